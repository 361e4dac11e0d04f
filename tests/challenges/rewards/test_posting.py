"""Points exist exactly once, whatever happens to the messages that tell of them."""

import json
from datetime import datetime, timedelta
from io import StringIO

import pytest
from django.core.cache import cache
from django.core.management import call_command
from django.db import IntegrityError, ProgrammingError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from challenges import services
from challenges.badges.queries import source_of
from challenges.badges.services.awarding import tell_ledger
from challenges.calc.points_expiry import LAST_MONTHS, months_after
from challenges.models import (
    Badge,
    BadgeAward,
    BadgeMove,
    BadgeRule,
    Challenge,
    PointsMove,
    PointsRead,
)
from challenges.rewards.checking import check_points
from challenges.rewards.services import post_all, post_challenge
from challenges.tasks import post_points
from common.models import AuditEntry
from tests.challenges.games import live, rescore, win
from tests.challenges.rewards.purses import (
    ENDED,
    PRIZES,
    SIGNED,
    SOON,
    ended,
    lines,
    purse,
    sign,
    together,
)
from tests.kpis.crew import Crew, at, cancel, make_crew, record

LATER = at("2026-04-20 09:00")
CEREMONY = {"visibility": {"freeze": "10 %", "reveal": "ceremony"}}


def amended(crew: Crew) -> Challenge:
    """Hugo's deal is cancelled after the signature."""
    challenge = sign(ended())
    post_all(at=SOON)
    record(cancel("d2"), recorded_at=at("2026-04-20 08:00"))
    assert rescore(challenge, LATER)
    return challenge


def test_points_are_provisional_then_earned_then_reversed(crew: Crew) -> None:
    challenge = ended()
    post_all(at=ENDED)
    assert [purse(crew.hugo), purse(crew.lea)] == [{"provisional": 500}, {"provisional": 200}]

    sign(challenge)
    post_all(at=SOON)
    assert [purse(crew.hugo), purse(crew.lea)] == [{"earned": 500}, {"earned": 200}]

    record(cancel("d2"), recorded_at=at("2026-04-20 08:00"))
    rescore(challenge, LATER)
    post_all(at=LATER)
    assert [purse(crew.hugo), purse(crew.lea)] == [
        {"reversed": 500},
        # the second place falls away, the first is Léa's now: two prizes, two sources
        {"reversed": 200, "earned": 500},
    ]
    assert lines(crew.hugo) == [
        ("issue", "provisional", 500, "provisional"),
        ("provisional", "earned", 500, "result:1"),
        ("earned", "reversed", 500, "result:2"),
    ]
    assert check_points(LATER).ok


def test_a_second_posting_changes_nothing(crew: Crew) -> None:
    challenge = sign(ended())
    first = post_challenge(challenge_id=challenge.pk, at=SOON)
    again = [post_challenge(challenge_id=challenge.pk, at=SOON), post_all(at=SOON)]

    assert (first, again) == (2, [0, 0])
    assert PointsMove.objects.count() == 2
    assert AuditEntry.objects.filter(action="points.post").count() == 1
    post_points()  # by the clock of today: what has lapsed since then lapses
    assert (post_points(), post_all()) == (0, 0)


def test_late_messages_leave_the_same_balances(crew: Crew) -> None:
    """Nobody told of the provisional board, nor of the first result."""
    challenge = sign(ended())
    record(cancel("d2"), recorded_at=at("2026-04-20 08:00"))
    rescore(challenge, LATER)
    post_all(at=LATER)

    assert purse(crew.hugo) == {"reversed": 500}
    assert lines(crew.hugo) == [
        ("issue", "earned", 500, "result:2"),
        ("earned", "reversed", 500, "result:2"),
    ]
    assert PointsMove.objects.filter(person=crew.hugo, to_account="earned").get().at == SIGNED
    assert check_points(LATER).ok


def test_a_challenge_that_is_called_off_gives_nothing(crew: Crew) -> None:
    challenge = ended()
    post_all(at=ENDED)
    services.cancel_challenge(actor=None, challenge=challenge, reason="Wrong month", at=SIGNED)
    post_all(at=SOON)

    assert purse(crew.hugo) == {}
    assert lines(crew.hugo)[-1] == ("provisional", "issue", 500, "withdrawn")
    assert check_points(SOON).ok


def test_points_tell_nobody_who_has_won_before_the_ceremony(crew: Crew) -> None:
    challenge = ended(CEREMONY)
    post_all(at=ENDED)
    sign(challenge)
    post_all(at=SOON)
    hidden = PointsMove.objects.count()
    services.reveal(actor=None, challenge=challenge, at=LATER)
    post_all(at=LATER)

    assert hidden == 0
    assert purse(crew.hugo) == {"earned": 500}
    assert PointsMove.objects.filter(person=crew.hugo).get().at == LATER


def test_a_team_shares_its_prize_in_whole_points(crew: Crew) -> None:
    teams = {"entrants": {"kind": "team", "team_score": "sum"}}
    prizes = [{"for": "rank", "rank": 1, "kind": "points", "amount": "301"}]
    challenge = ended({**teams, "prizes": prizes})
    post_all(at=ENDED)
    provisional = purse(crew.hugo)
    sign(challenge)
    post_all(at=SOON)

    # North won: Hugo, and Léa who was in it until the middle of March; the odd point is nobody's
    assert (provisional, purse(crew.hugo), purse(crew.lea)) == (
        {"provisional": 150}, {"earned": 150}, {"earned": 150},
    )  # fmt: skip
    assert purse(crew.noor) == {}
    assert check_points(SOON).ok


def test_points_lapse_on_the_schedule_at_their_moment(crew: Crew) -> None:
    sign(ended())
    post_all(at=SOON)
    due = months_after(SIGNED, LAST_MONTHS)

    assert post_all(at=due - (due - SIGNED) / 1000) == 0
    assert post_all(at=due) == 2
    assert purse(crew.hugo) == {"expired": 500}
    assert post_all(at=due) == 0
    assert check_points(due).ok


# --- badges -----------------------------------------------------------------------------------


def awarded(crew: Crew, points: int = 50) -> BadgeAward:
    badge = Badge.objects.create(key="test-badge", name_fr="Essai", name_en="Test")
    rule = BadgeRule.objects.create(badge=badge, number=1, document="", points=points)
    award = BadgeAward.objects.create(
        badge=badge,
        rule=rule,
        person=crew.lea,
        valid_from=ENDED.date(),
        valid_to=SIGNED.date(),
        points=points,
        earned_at=ENDED,
        awarded_at=SIGNED,
    )
    tell_ledger([award])
    return award


def test_a_badge_gives_its_points_once_and_takes_them_back(crew: Crew) -> None:
    award = awarded(crew)
    assert [post_all(at=SOON), post_all(at=SOON)] == [1, 0]
    earned = purse(crew.lea)
    _move(award, 1, BadgeMove.Kind.TAKEN_BACK)
    post_all(at=LATER)
    taken = purse(crew.lea)
    _move(award, 2, BadgeMove.Kind.GIVEN_BACK)
    post_all(at=LATER)

    assert (earned, taken, purse(crew.lea)) == ({"earned": 50}, {"reversed": 50}, {"earned": 50})
    assert set(PointsMove.objects.values_list("source", flat=True)) == {source_of(award)}
    assert check_points(LATER).ok


def test_a_badge_taken_back_before_anybody_looked_shows_as_both(crew: Crew) -> None:
    _move(awarded(crew), 1, BadgeMove.Kind.TAKEN_BACK)

    assert [post_all(at=LATER), post_all(at=LATER)] == [2, 0]
    assert lines(crew.lea) == [
        ("issue", "earned", 50, "taken_back"),
        ("earned", "reversed", 50, "taken_back"),
    ]
    assert purse(crew.lea) == {"reversed": 50}
    assert check_points(LATER).ok


def _move(award: BadgeAward, number: int, kind: str) -> None:
    BadgeMove.objects.create(award=award, number=number, kind=kind, at=LATER, reason={})
    tell_ledger([award])


# --- the proof ----------------------------------------------------------------------------------


def told(*options: str) -> tuple[int, str]:
    out = StringIO()
    try:
        call_command("check_points", *options, stdout=out)
    except SystemExit as end:
        return int(str(end.code)), out.getvalue()
    return 0, out.getvalue()


def test_the_command_says_that_all_is_well(crew: Crew) -> None:
    sign(ended())
    post_all(at=SOON)
    assert PointsMove.objects.count() == 2
    post_all()  # the command looks at today, when they may have lapsed

    moves = PointsMove.objects.count()
    assert told() == (
        0, f"2 people, {moves} moves, 700 points issued.\nEverything is as the sources say.\n",
    )  # fmt: skip


def test_the_command_names_every_difference(crew: Crew) -> None:
    challenge = sign(ended())
    post_all(at=SOON)
    post_all()  # the command looks at today, when they may have lapsed
    source = f"challenge:{challenge.pk}:1:P2"
    PointsMove.objects.create(
        person=crew.hugo, source=source, serial=99, from_account="issue", to_account="earned",
        amount=7, cause="by hand", at=SOON,
    )  # fmt: skip
    code, said = told("--json")

    assert code == 1
    found = json.loads(said)["differences"]
    assert [(one["person"], one["source"], one["account"]) for one in found] == [
        ("P2", source, "issue"), ("P2", source, "earned"),
    ]  # fmt: skip
    assert (found[0]["ledger"], found[0]["sources"]) == (-507, -500)
    assert found[1]["ledger"] - found[1]["sources"] == 7
    assert told()[1].count("in the ledger") == 2


def test_the_command_finds_an_account_below_zero(crew: Crew) -> None:
    PointsMove.objects.create(
        person=crew.hugo, source="request:0", serial=1, from_account="earned",
        to_account="reserved", amount=7, cause="by hand", at=SOON,
    )  # fmt: skip
    below = check_points(SOON).below_zero

    assert [(pk, account.value) for pk, account in below] == [(crew.hugo.pk, "earned")]


def test_the_ledger_cannot_be_changed_nor_a_move_repeated(crew: Crew) -> None:
    sign(ended())
    post_all(at=SOON)
    move = PointsMove.objects.order_by("id")[0]
    with pytest.raises(ProgrammingError), transaction.atomic():
        PointsMove.objects.filter(pk=move.pk).update(amount=9)
    with pytest.raises(ProgrammingError), transaction.atomic():
        move.delete()
    move.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        move.save(force_insert=True)


# --- at once ------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_and_a_flushed_valkey_give_points_once() -> None:
    crew = make_crew()
    challenge = sign(ended())
    cache.clear()
    posting = [lambda: post_challenge(challenge_id=challenge.pk, at=SOON)] * 4
    found = together(*posting, lambda: post_all(at=SOON))

    assert sum(found) == 2
    assert [purse(crew.hugo), purse(crew.lea)] == [{"earned": 500}, {"earned": 200}]
    cache.clear()
    assert post_all(at=SOON) == 0


class KilledError(Exception):
    """The end of a worker in the middle of its transaction."""


@pytest.mark.django_db(transaction=True)
def test_what_a_killed_worker_wrote_is_written_by_the_next() -> None:
    crew = make_crew()
    challenge = sign(ended())

    def killed() -> None:
        with transaction.atomic():
            post_challenge(challenge_id=challenge.pk, at=SOON)
            raise KilledError

    with pytest.raises(KilledError):
        together(killed)
    assert (PointsMove.objects.count(), PointsRead.objects.count()) == (0, 0)
    assert post_all(at=SOON) == 2
    assert purse(crew.hugo) == {"earned": 500}


# --- any life of challenges -----------------------------------------------------------------------


STEPS = st.lists(
    st.sampled_from(["win", "cancel", "advance", "sign", "call off", "post"]),
    min_size=3,
    max_size=9,
)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_any_life_of_challenges_leaves_what_a_replay_says(crew: Crew, steps: list[str]) -> None:
    sid = transaction.savepoint()
    life, moment = Life(), ENDED
    for step in steps:
        moment += timedelta(days=5)
        life.live_on(step, moment)
        rescore(life.challenge, moment)
    post_all(at=moment)
    checked, again = check_points(moment), post_all(at=moment)
    transaction.savepoint_rollback(sid)

    assert (checked.ok, again) == (True, 0)


class Life:
    """A challenge to which one thing after the other happens, as far as it may."""

    def __init__(self) -> None:
        win("d1", "2026-03-10 11:00", "P1", 900)
        win("d2", "2026-03-11 11:00", "P2", 1000)
        self.challenge = live(PRIZES)
        self.won = ["d1", "d2"]

    def live_on(self, step: str, moment: datetime) -> None:
        self.challenge.refresh_from_db()
        match step:
            case "win":
                name = f"d{len(self.won) + 10}"
                win(name, "2026-03-20 11:00", "P3", 950 + len(self.won), known=moment)
                self.won.append(name)
            case "cancel" if self.won:
                record(cancel(self.won.pop()), recorded_at=moment)
            case "advance":
                services.advance(challenge_id=self.challenge.pk, at=moment)
            case "sign" if self.challenge.state == "provisional" and moment > SIGNED:
                sign(self.challenge, moment)
            case "call off" if self.challenge.state == "provisional":
                services.cancel_challenge(
                    actor=None, challenge=self.challenge, reason="Enough", at=moment
                )
            case "post":
                post_all(at=moment)
