"""A rep proposes a duel; the other accepts, declines, or lets it lapse."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import close_old_connections, connection

from challenges import services as challenges
from challenges.duels import queries, services
from challenges.models import Challenge, DuelProposal, DuelState
from challenges.queries import board as board_of
from challenges.topics import can_listen_to_duels
from common.models import AuditEntry
from kernel.issues import Invalid
from people.access import viewer_of
from people.models import Assignment, Person, Role
from tests.challenges.games import board, rescore, win
from tests.kpis.crew import Crew, at, make_crew

ASKED = at("2026-03-10 09:00")
IN_TIME = at("2026-03-10 10:00")
TOO_LATE = at("2026-03-10 10:00:01")


def proposed(crew: Crew, **more: object) -> DuelProposal:
    """Léa asks Hugo, both of North, at nine; he has until ten."""
    wanted: dict[str, object] = {
        "proposer": crew.lea, "opponent": crew.hugo, "metric": "revenue", "days": 3, "at": ASKED,
    }  # fmt: skip
    return services.propose_duel(actor=crew.user_of(crew.lea), **{**wanted, **more})  # type: ignore[arg-type]  # as keywords


def refused(work: object, **kwargs: object) -> list[str]:
    with pytest.raises(Invalid) as found:
        work(**kwargs)  # type: ignore[operator]  # a service
    return [one.code for one in found.value.issues]


def accepted(crew: Crew, duel: DuelProposal) -> Challenge:
    return services.accept_duel(actor=crew.user_of(crew.hugo), duel_id=duel.pk, at=IN_TIME)


def states() -> list[str]:
    return list(DuelProposal.objects.order_by("pk").values_list("state", flat=True))


def acts() -> list[tuple[str, str]]:
    rows = AuditEntry.objects.filter(action__startswith="duel.").order_by("pk")
    return list(rows.values_list("action", "actor_name"))


# --- accepted ---------------------------------------------------------------------------------


def test_accepted_in_the_last_second_it_is_a_challenge_of_both_from_zero(crew: Crew) -> None:
    win("before", "2026-03-10 09:30", "P1", 5000)
    duel = proposed(crew, wager=True)
    challenge = accepted(crew, duel)
    win("d1", "2026-03-11 11:00", "P1", 300)
    win("d2", "2026-03-12 11:00", "P2", 400)
    win("after", "2026-03-14 00:00", "P1", 900)
    rescore(challenge, at("2026-03-14 09:00"))
    challenge.refresh_from_db()

    assert (challenge.state, challenge.created_by) == ("live", crew.user_of(crew.hugo))
    assert (challenge.starts_at, challenge.ends_at) == (IN_TIME, at("2026-03-14 00:00"))
    assert [team.key for team in challenge.teams.all()] == ["north"]
    assert board(challenge) == [(1, "Hugo", "400"), (2, "Léa", "300")]
    assert acts() == [("duel.propose", "Léa Martin"), ("duel.accept", "Hugo Petit")]
    moves = [row.to_state for row in challenge.transitions.order_by("number")]
    assert moves == ["scheduled", "live"]


def test_accepted_twice_it_is_one_challenge(crew: Crew) -> None:
    duel = proposed(crew)
    assert accepted(crew, duel) == accepted(crew, duel)
    assert Challenge.objects.count() == 1


def test_the_winner_gets_the_points_that_the_company_states_and_the_other_loses_nothing(
    crew: Crew,
) -> None:
    challenges.state_house_rules(
        actor=crew.admin, duel_reach="team", duel_points=15, duel_minutes=60
    )
    challenge = accepted(crew, proposed(crew, wager=True))
    win("d1", "2026-03-11 11:00", "P1", 300)
    challenges.advance(challenge_id=challenge.pk, at=at("2026-03-14 00:00"))
    assert services.wake_duels(at=at("2026-03-18 23:59")) == 0
    assert services.wake_duels(at=at("2026-03-19 00:00")) == 1
    assert services.wake_duels(at=at("2026-03-19 00:00")) == 0
    challenge.refresh_from_db()
    result = challenge.results.get()

    assert (challenge.state, result.by) == ("official", None)
    given = [(one["entrant"], one["kind"], one["amount"]) for one in result.document["awards"]]
    assert given == [("P1", "points", 15)]


def test_without_a_wager_there_is_nothing_to_win(crew: Crew) -> None:
    challenge = accepted(crew, proposed(crew))
    version = challenge.rules.get()
    assert "prizes" not in version.document
    assert "money" not in version.document


# --- not accepted -----------------------------------------------------------------------------


def test_a_second_too_late_it_has_lapsed_whether_the_sweep_came_or_not(crew: Crew) -> None:
    duel = proposed(crew)
    work = services.accept_duel
    refusal = refused(work, actor=None, duel_id=duel.pk, at=TOO_LATE)

    assert refusal == ["duels.closed"]
    assert queries.state_at(duel, IN_TIME) == DuelState.OPEN
    assert queries.state_at(duel, TOO_LATE) == DuelState.LAPSED
    assert services.wake_duels(at=IN_TIME) == 0
    assert services.wake_duels(at=at("2026-03-10 15:00")) == 1
    assert services.wake_duels(at=at("2026-03-10 15:00")) == 0
    duel.refresh_from_db()
    assert (duel.state, duel.closed_at) == (DuelState.LAPSED, IN_TIME)
    assert (Challenge.objects.count(), acts()[-1]) == (0, ("duel.lapse", "system"))


@pytest.mark.parametrize(("words", "kept"), [("", ""), (" Not this week. ", "Not this week.")])
def test_declined_with_words_or_without(crew: Crew, words: str, kept: str) -> None:
    duel = proposed(crew)
    hugo = crew.user_of(crew.hugo)
    services.decline_duel(actor=hugo, duel_id=duel.pk, words=words, at=IN_TIME)
    duel.refresh_from_db()

    assert (duel.state, duel.closed_words) == (DuelState.DECLINED, kept)
    for work in (services.accept_duel, services.decline_duel, services.withdraw_duel):
        assert refused(work, actor=hugo, duel_id=duel.pk, at=IN_TIME) == ["duels.closed"]
    assert Challenge.objects.count() == 0


def test_withdrawn_it_can_be_proposed_anew(crew: Crew) -> None:
    duel = proposed(crew)
    services.withdraw_duel(actor=crew.user_of(crew.lea), duel_id=duel.pk, at=IN_TIME)
    proposed(crew)
    assert states() == ["withdrawn", "open"]


# --- one at a time ----------------------------------------------------------------------------


def test_a_pair_has_one_proposal_for_each_thing_that_counts(crew: Crew) -> None:
    proposed(crew)
    back = {"proposer": crew.hugo, "opponent": crew.lea}
    assert refused(proposed, crew=crew) == ["duels.already"]
    assert refused(proposed, crew=crew, **back) == ["duels.already"]
    proposed(crew, metric="calls")
    assert states() == ["open", "open"]


def test_while_it_runs_there_is_no_second_one_and_afterwards_there_is(crew: Crew) -> None:
    challenge = accepted(crew, proposed(crew))
    assert refused(proposed, crew=crew, at=at("2026-03-11 09:00")) == ["duels.already"]
    challenges.cancel_challenge(actor=crew.admin, challenge=challenge, reason="A quarrel")
    proposed(crew, at=at("2026-03-11 09:00"))
    assert states() == ["accepted", "open"]


def test_a_lapsed_one_that_no_sweep_closed_is_in_nobodys_way(crew: Crew) -> None:
    proposed(crew)
    proposed(crew, at=at("2026-03-10 10:00:01"))
    assert states() == ["lapsed", "open"]


# --- to whom ----------------------------------------------------------------------------------


def reached(crew: Crew, person: Person) -> list[str]:
    found = queries.rivals(person.pk, ASKED.date(), queries.house_rules())
    return [one.name for one in found]


@pytest.mark.parametrize(
    ("reach", "names"),
    [
        ("team", ["Hugo Petit"]),
        ("region", ["Hugo Petit", "Noor Haddad"]),
        ("company", ["Hugo Petit", "Noor Haddad", "Omar East"]),
        ("nobody", []),
    ],
)
def test_it_goes_to_whom_the_company_allows(crew: Crew, reach: str, names: list[str]) -> None:
    east = crew.west.__class__.objects.create(key="east", name="East")
    omar = Person.objects.create(number="P9", first_name="Omar", last_name="East")
    Assignment.objects.create(
        person=omar, team=east, role=Role.objects.get(key="ae"), valid_from=at("2026-01-01").date()
    )
    challenges.state_house_rules(actor=crew.admin, duel_reach=reach, duel_points=0, duel_minutes=60)
    assert reached(crew, crew.lea) == names
    others = {"Hugo Petit": crew.hugo, "Noor Haddad": crew.noor, "Omar East": omar}
    for name, person in others.items():
        if name in names:
            proposed(crew, opponent=person)
        else:
            assert refused(proposed, crew=crew, opponent=person) == ["duels.out_of_reach"]


def test_who_leads_neither_proposes_nor_is_asked(crew: Crew) -> None:
    assert refused(proposed, crew=crew, opponent=crew.ines) == ["duels.out_of_reach"]
    assert refused(proposed, crew=crew, proposer=crew.ines) == ["duels.out_of_reach"]
    assert refused(proposed, crew=crew, opponent=crew.lea) == ["duels.out_of_reach"]


def test_who_opted_out_is_not_asked_and_asks_nobody(crew: Crew) -> None:
    challenges.set_face(actor=None, person=crew.hugo, nickname="", hidden=False, off_duels=True)
    assert reached(crew, crew.lea) == reached(crew, crew.hugo) == []
    assert refused(proposed, crew=crew) == ["duels.out_of_reach"]
    challenges.set_face(actor=None, person=crew.hugo, nickname="", hidden=False)
    assert proposed(crew).opponent == crew.hugo


def test_opting_out_after_the_proposal_ends_it_without_a_duel(crew: Crew) -> None:
    duel = proposed(crew)
    challenges.set_face(actor=None, person=crew.lea, nickname="", hidden=False, off_duels=True)
    assert refused(accepted, crew=crew, duel=duel) == ["duels.out_of_reach"]


def test_what_cannot_be_counted_or_lasts_otherwise_is_refused(crew: Crew) -> None:
    assert refused(proposed, crew=crew, metric="nonsense") == ["kpis.unknown_kpi"]
    assert refused(proposed, crew=crew, days=365) == ["duels.length"]
    assert states() == []


# --- who sees it, who stops it ----------------------------------------------------------------


def seen_by(person: Person, crew: Crew) -> list[int]:
    viewer = viewer_of(crew.user_of(person), ASKED.date())
    return list(queries.visible_duels(viewer).values_list("pk", flat=True))


def test_the_two_and_who_leads_them_see_it_and_only_a_leader_stops_it(crew: Crew) -> None:
    duel = proposed(crew)
    assert [bool(seen_by(one, crew)) for one in (crew.lea, crew.hugo, crew.ines)] == [True] * 3
    assert [seen_by(one, crew) for one in (crew.noor, crew.paul)] == [[], []]
    viewers = [
        viewer_of(user, ASKED.date())
        for user in (*map(crew.user_of, (crew.lea, crew.hugo, crew.ines, crew.paul)), crew.admin)
    ]
    assert [queries.may_stop(viewer, duel) for viewer in viewers] == [
        False, False, True, False, True,
    ]  # fmt: skip


def test_stopped_before_and_after_it_was_accepted(crew: Crew) -> None:
    ines = crew.user_of(crew.ines)
    first = proposed(crew)
    assert refused(services.stop_duel, actor=ines, duel_id=first.pk, reason=" ") == [
        "challenges.no_reason"
    ]
    services.stop_duel(actor=ines, duel_id=first.pk, reason="Not in March", at=IN_TIME)
    second = proposed(crew)
    challenge = accepted(crew, second)
    services.stop_duel(actor=ines, duel_id=second.pk, reason="Not in March", at=IN_TIME)
    challenge.refresh_from_db()
    first.refresh_from_db()

    assert (first.state, first.closed_words) == (DuelState.STOPPED, "Not in March")
    assert challenge.state == "cancelled"


def test_the_two_hear_of_it_and_nobody_else_does(crew: Crew) -> None:
    duel = proposed(crew)
    assert queries.duel_news(crew.hugo.pk, IN_TIME) == [duel]
    assert queries.duel_news(crew.lea.pk, IN_TIME) == []
    services.decline_duel(actor=None, duel_id=duel.pk, at=IN_TIME)
    tomorrow = IN_TIME + timedelta(days=1)
    assert queries.duel_news(crew.hugo.pk, IN_TIME) == []
    assert queries.duel_news(crew.lea.pk, tomorrow - timedelta(seconds=1)) == [duel]
    assert queries.duel_news(crew.lea.pk, tomorrow) == []
    assert queries.duel_news(crew.noor.pk, IN_TIME) == queries.duel_news(None, IN_TIME) == []
    listeners = [viewer_of(crew.user_of(one)) for one in (crew.lea, crew.noor)]
    assert [can_listen_to_duels(one, str(crew.lea.pk)) for one in listeners] == [True, False]


def test_both_see_both_even_who_wants_no_public_rank(crew: Crew) -> None:
    challenges.set_face(actor=None, person=crew.hugo, nickname="", hidden=True)
    challenge = accepted(crew, proposed(crew))
    win("d2", "2026-03-12 11:00", "P2", 400)
    rescore(challenge, at("2026-03-13 09:00"))
    mira = Person.objects.create(number="P8", first_name="Mira", last_name="North")
    Assignment.objects.create(
        person=mira, team=crew.north, role=Role.objects.get(key="ae"),
        valid_from=at("2026-01-01").date(),
    )  # fmt: skip

    def names(person: Person) -> list[str]:
        viewer = viewer_of(crew.user_of(person), IN_TIME.date())
        return [row.name for row in board_of(challenge, viewer).rows]

    assert names(crew.lea) == names(crew.hugo) == ["Hugo Petit", "Léa Martin"]
    assert names(mira) == []


# --- at once ----------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_accepting_and_lapsing_at_once_by_several_makes_one_challenge_or_none() -> None:
    crew = make_crew()
    duel = proposed(crew)
    together, found, refusals = threading.Barrier(4), list[int](), set[str]()
    crew.user_of(crew.hugo)  # made once, before the threads

    def accept() -> None:
        found.append(accepted(crew, duel).pk)

    def lapse() -> None:
        services.wake_duels(at=TOO_LATE)

    def run(work: Callable[[], None]) -> None:
        close_old_connections()
        try:
            together.wait(30)
            work()
        except Invalid as invalid:
            refusals.update(one.code for one in invalid.issues)
        finally:
            connection.close()

    works = (accept, lapse) * 2
    workers = [threading.Thread(target=run, args=[work], daemon=True) for work in works]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)

    made = set(Challenge.objects.values_list("pk", flat=True))
    last = "accept" if made else "lapse"
    assert (set(found), len(made)) == (made, len(found) // 2)
    assert states() == ["accepted" if made else "lapsed"]
    assert refusals == (set() if made else {"duels.closed"})
    assert [action for action, _ in acts()] == ["duel.propose", f"duel.{last}"]


@pytest.mark.django_db(transaction=True)
def test_both_propose_at_once_and_one_proposal_stands() -> None:
    crew = make_crew()
    for person in (crew.lea, crew.hugo):
        crew.user_of(person)
    together, refusals = threading.Barrier(2), list[str]()

    def ask(proposer: Person, opponent: Person) -> None:
        close_old_connections()
        try:
            together.wait(30)
            proposed(crew, proposer=proposer, opponent=opponent)
        except Invalid as invalid:
            refusals.extend(one.code for one in invalid.issues)
        finally:
            connection.close()

    pairs = [(crew.lea, crew.hugo), (crew.hugo, crew.lea)]
    workers = [threading.Thread(target=ask, args=pair, daemon=True) for pair in pairs]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)

    assert (states(), refusals) == (["open"], ["duels.already"])
