"""What people must be able to rely on: targets that stay, news that is not lost, reasons given."""

from datetime import date, timedelta
from fractions import Fraction

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from challenges import queries, services
from challenges.models import Challenge, Entrant, ScoreChange, Standing
from kernel.issues import Invalid
from kpis.models import Metric
from kpis.services import ObjectiveInput, load_objectives
from people.models import Assignment
from tests.challenges.games import AFTER_CUT_OFF, MARCH, MID_MARCH, board, lines, live, made, win
from tests.kpis.crew import Crew, at, cancel, event, record

PERCENT: dict[str, object] = {"format": "percent_of_target"}
AMEND: dict[str, object] = {"after_official": {"policy": "amend"}}


def objective(number: str, target: int) -> None:
    load_objectives(
        actor=None,
        rows=[
            ObjectiveInput(
                kpi="revenue_booked", person=number, target=Fraction(target), reason="agreed",
                valid_from=date(2026, 3, 1), valid_to=date(2026, 4, 1),
            )
        ],
    )  # fmt: skip


# --- targets ----------------------------------------------------------------------------------


def test_an_objective_changed_after_the_launch_moves_no_running_challenge(crew: Crew) -> None:
    objective("P1", 1000)
    win("d1", "2026-03-10 11:00", "P1", 500)
    challenge = live(PERCENT)
    objective("P1", 500)
    objective("P2", 10)

    assert services.rescore_challenge(challenge_id=challenge.pk, at=MID_MARCH) is False
    assert board(challenge) == [(1, "Léa", "50"), (None, "Hugo", None), (None, "Noor", None)]


def test_an_amendment_may_read_the_targets_anew_and_shows_both_values(crew: Crew) -> None:
    objective("P1", 1000)
    win("d1", "2026-03-10 11:00", "P1", 500)
    challenge = live(PERCENT)
    objective("P1", 500)
    document = {**MARCH, **PERCENT}

    services.amend_challenge(
        actor=None, challenge=challenge, document=document, reason="Wording", at=MID_MARCH
    )
    without = board(challenge)
    services.amend_challenge(
        actor=None, challenge=challenge, document=document, reason="Targets were halved",
        refresh_targets=True, at=MID_MARCH,
    )  # fmt: skip

    assert without == [(1, "Léa", "50"), (None, "Hugo", None), (None, "Noor", None)]
    assert board(challenge) == [(1, "Léa", "100"), (None, "Hugo", None), (None, "Noor", None)]
    last = ScoreChange.objects.filter(challenge=challenge).latest("id")
    assert (last.cause, last.before, last.after) == ("target", "50", "100")
    assert last.detail["target"] == ["1000", "500"]


def test_until_the_launch_the_present_objective_holds(crew: Crew) -> None:
    draft = made(PERCENT)
    services.schedule(actor=None, challenge=draft, at=at("2026-02-01 09:00"))
    objective("P1", 1000)
    win("d1", "2026-03-10 11:00", "P1", 500)
    challenge = services.launch(actor=None, challenge=draft, at=MID_MARCH)
    began = board(challenge)

    assert began == [(1, "Léa", "50"), (None, "Hugo", None), (None, "Noor", None)]
    frozen = Entrant.objects.filter(challenge=challenge).order_by("person__number")
    assert list(frozen.values_list("targets", flat=True)) == [[["revenue", "1000"]], [], []]


# --- no news is lost --------------------------------------------------------------------------


def official(changes: dict[str, object]) -> Challenge:
    win("d1", "2026-03-10 11:00", "P1", 900)
    win("d2", "2026-03-11 11:00", "P2", 1000)
    challenge = live(changes)
    services.advance(challenge_id=challenge.pk, at=at("2026-04-01 00:00"))
    return services.make_official(actor=None, challenge=challenge, at=AFTER_CUT_OFF)


def test_the_sweep_finds_a_late_cancellation_of_a_signed_result(crew: Crew) -> None:
    challenge = official(AMEND)
    record(cancel("d2"), recorded_at=at("2026-04-20 08:00"))

    assert services.sweep_all(at=at("2026-04-20 09:00")) == 1

    challenge.refresh_from_db()
    assert challenge.state == "amended"
    assert board(challenge)[0] == (1, "Léa", "900")


def test_after_its_horizon_the_sweep_leaves_a_signed_result_alone(crew: Crew) -> None:
    challenge = official(AMEND)
    record(cancel("d2"), recorded_at=AFTER_CUT_OFF + timedelta(days=100))

    assert services.sweep_all(at=AFTER_CUT_OFF + timedelta(days=101)) == 0

    challenge.refresh_from_db()
    assert challenge.state == "official"


def test_one_challenge_that_cannot_be_scored_does_not_stop_the_others(crew: Crew) -> None:
    broken = live({"score": {"metric": "calls"}})
    sound = live()
    Metric.objects.filter(key="calls").delete()
    Challenge.objects.filter(pk=broken.pk).update(definitions={})
    win("d1", "2026-03-10 11:00", "P1", 900)
    with pytest.raises(Invalid):
        services.rescore_challenge(challenge_id=broken.pk, at=MID_MARCH)

    moved = services.rescore_people(person_ids=[crew.lea.pk], at=MID_MARCH)
    win("d2", "2026-03-11 11:00", "P2", 1000)
    swept = services.sweep_all(at=MID_MARCH)

    assert (moved, swept) == ([sound.pk], 1)
    assert board(sound) == [(1, "Hugo", "1000"), (2, "Léa", "900"), (None, "Noor", "0")]


@pytest.mark.parametrize(
    ("kind", "when", "scored"),
    [
        ("deal_won", "2026-03-10 11:00", True),
        ("call", "2026-03-10 11:00", False),  # not what the challenge counts
        ("deal_won", "2026-02-10 11:00", False),  # before the window
        ("deal_won", "2026-02-28 23:59", False),
        ("deal_won", "2026-03-01 00:00", True),
        ("deal_won", "2026-03-31 23:59", True),
    ],
)
def test_only_challenges_that_the_news_can_concern_are_scored(
    crew: Crew, kind: str, when: str, scored: bool
) -> None:
    live()
    amount = 10 if kind == "deal_won" else None
    record(event("d1", when, "P1", kind=kind, amount=amount), recorded_at=at(when))
    day = date.fromisoformat(when[:10])

    with CaptureQueriesContext(connection) as asked:
        moved = services.rescore_people(
            person_ids=[crew.lea.pk], days=[day], at=MID_MARCH + timedelta(days=30)
        )
    locks = [one for one in asked if "pg_advisory_xact_lock" in one["sql"]]

    assert (bool(moved), bool(locks)) == (scored, scored)


def test_a_deal_that_becomes_a_call_is_news_for_the_deals(crew: Crew) -> None:
    challenge = live()
    win("d1", "2026-03-10 11:00", "P1", 900)
    services.rescore_challenge(challenge_id=challenge.pk, at=MID_MARCH)
    record(cancel("d1"), recorded_at=MID_MARCH)

    moved = services.rescore_people(
        person_ids=[crew.lea.pk], days=[date(2026, 3, 10)], at=MID_MARCH
    )

    assert moved == [challenge.pk]
    assert board(challenge) == [(None, "Hugo", "0"), (None, "Léa", "0"), (None, "Noor", "0")]


# --- why did my rank fall ---------------------------------------------------------------------


def test_a_line_says_which_rank_became_which_and_who_was_passed(crew: Crew) -> None:
    challenge = live()
    win("d1", "2026-03-10 11:00", "P1", 900)
    services.rescore_challenge(challenge_id=challenge.pk, at=MID_MARCH)
    win("d2", "2026-03-11 11:00", "P2", 1000)
    services.rescore_challenge(challenge_id=challenge.pk, at=MID_MARCH)

    first, second = ScoreChange.objects.filter(challenge=challenge).order_by("id")
    assert first.detail == {"rank": [None, 1], "passed": []}
    assert second.detail == {"rank": [None, 1], "passed": [f"person:{crew.lea.pk}"]}
    assert queries.passed_by(challenge, f"person:{crew.lea.pk}") == [second]
    assert queries.passed_by(challenge, f"person:{crew.hugo.pk}") == []


# --- before the start -------------------------------------------------------------------------


def test_who_no_longer_plays_before_the_start_is_off_the_board(crew: Crew) -> None:
    challenge = made()
    services.schedule(actor=None, challenge=challenge, at=at("2026-02-01 09:00"))

    services.change_draft(
        actor=None, challenge=challenge, document=MARCH, team_keys=["south"],
        at=at("2026-02-02 09:00"),
    )  # fmt: skip

    rows = Standing.objects.filter(challenge=challenge).order_by("person__number")
    assert list(rows.values_list("person__number", flat=True)) == ["P1", "P3"]
    players = Entrant.objects.filter(challenge=challenge).order_by("person__number")
    assert list(players.values_list("person__number", flat=True)) == ["P1", "P3"]


def test_what_is_over_cannot_be_launched(crew: Crew) -> None:
    challenge = live()
    services.cancel_challenge(actor=None, challenge=challenge, reason="Snow", at=MID_MARCH)
    with pytest.raises(Invalid) as refused:
        services.launch(actor=None, challenge=challenge, at=MID_MARCH)

    assert [one.code for one in refused.value.issues] == ["challenges.not_now"]
    assert lines(challenge) == []


# --- what is signed, what is over -------------------------------------------------------------


def test_a_signed_result_moves_with_records_and_not_with_the_roster(crew: Crew) -> None:
    win("d3", "2026-03-12 11:00", "P3", 900)
    challenge = official(AMEND)  # Léa and Noor are level
    signed = board(challenge)
    crew.lea.first_name, crew.lea.last_name = "Zoé", "Zorn"
    crew.lea.save()
    Assignment.objects.filter(person=crew.noor).update(valid_to=date(2026, 2, 1))

    moved = services.rescore_challenge(challenge_id=challenge.pk, at=at("2026-04-20 09:00"))

    challenge.refresh_from_db()
    assert (moved, challenge.state) == (False, "official")
    assert [row[0::2] for row in board(challenge)] == [row[0::2] for row in signed]


def test_closing_now_after_the_end_does_not_lengthen_it(crew: Crew) -> None:
    challenge = live()
    win("d1", "2026-04-01 09:00", "P1", 900)

    with pytest.raises(Invalid) as refused:
        services.close_challenge(
            actor=None, challenge=challenge, reason="Done", at=at("2026-04-01 10:00")
        )

    challenge.refresh_from_db()
    assert [one.code for one in refused.value.issues] == ["challenges.over"]
    assert (challenge.state, challenge.ends_at) == ("live", at("2026-04-01 00:00"))


@pytest.mark.parametrize(
    ("over", "window", "allowed"),
    [
        (False, {"start": "2026-03-20", "end": "2026-04-01"}, False),  # not begun any more
        (True, {"start": "2026-03-01", "end": "2026-05-01"}, False),  # running again
        (True, {"start": "2026-03-01", "end": "2026-03-31"}, True),
        (False, {"start": "2026-03-02", "end": "2026-04-02"}, True),
    ],
)
def test_an_amendment_does_not_undo_the_start_or_the_end(
    crew: Crew, over: bool, window: dict[str, str], allowed: bool
) -> None:
    challenge = live()
    moment = MID_MARCH
    if over:
        moment = at("2026-04-02 09:00")
        services.advance(challenge_id=challenge.pk, at=moment)

    def amend() -> None:
        services.amend_challenge(
            actor=None, challenge=challenge, document={**MARCH, "window": window},
            reason="Other days", at=moment,
        )  # fmt: skip

    if allowed:
        amend()
    else:
        with pytest.raises(Invalid) as refused:
            amend()
        assert [one.code for one in refused.value.issues] == ["challenges.clock_turned_back"]
    assert challenge.rules.count() == (2 if allowed else 1)


def test_a_cancelled_challenge_keeps_its_board_and_promises_nothing(crew: Crew) -> None:
    win("d1", "2026-03-10 11:00", "P1", 900)
    challenge = live()
    before, promised = board(challenge), awards(challenge)

    services.cancel_challenge(actor=None, challenge=challenge, reason="Snow", at=MID_MARCH)

    assert promised == [50000]
    assert (board(challenge), awards(challenge)) == (before, [])


def awards(challenge: Challenge) -> list[int]:
    rows = Standing.objects.filter(challenge=challenge).order_by("position")
    return [award["amount"] for row in rows for award in row.detail["awards"]]


@pytest.mark.parametrize("state", ["draft", "paused"])
def test_what_is_cancelled_early_has_no_board_of_its_own(crew: Crew, state: str) -> None:
    challenge = made() if state == "draft" else live()
    if state == "paused":
        services.pause(actor=None, challenge=challenge, reason="Snow", at=MID_MARCH)
    before = board(challenge)

    services.cancel_challenge(
        actor=None, challenge=challenge, reason="Snow", at=MID_MARCH + timedelta(hours=1)
    )

    challenge.refresh_from_db()
    assert (challenge.state, awards(challenge)) == ("cancelled", [])
    assert board(challenge) == before


def test_what_is_over_does_not_depend_on_whether_the_timer_came(crew: Crew) -> None:
    challenge = live()
    after = at("2026-04-01 00:00")

    with pytest.raises(Invalid) as extending:
        services.extend_challenge(
            actor=None, challenge=challenge, ends_at=at("2026-05-01 00:00"), reason="x", at=after
        )
    with pytest.raises(Invalid) as amending:
        services.amend_challenge(
            actor=None, challenge=challenge, reason="x", at=after,
            document={**MARCH, "window": {"start": "2026-03-01", "end": "2026-05-01"}},
        )  # fmt: skip

    codes = [one.value.issues[0].code for one in (extending, amending)]
    assert codes == ["challenges.over", "challenges.clock_turned_back"]
    assert challenge.rules.count() == 1


def test_a_pause_that_lasts_beyond_the_end_may_be_extended(crew: Crew) -> None:
    challenge = live()
    services.pause(actor=None, challenge=challenge, reason="Snow", at=MID_MARCH)

    services.extend_challenge(
        actor=None, challenge=challenge, ends_at=at("2026-05-01 00:00"), reason="More snow",
        at=at("2026-04-02 00:00"),
    )  # fmt: skip

    challenge.refresh_from_db()
    assert (challenge.state, challenge.ends_at) == ("paused", at("2026-05-01 00:00"))


def test_what_the_roster_does_after_an_amendment_leaves_the_result_alone(crew: Crew) -> None:
    challenge = official(AMEND)
    record(cancel("d2"), recorded_at=at("2026-04-20 08:00"))
    services.rescore_challenge(challenge_id=challenge.pk, at=at("2026-04-20 09:00"))
    amended, results = board(challenge), challenge.results.count()
    crew.lea.first_name = "Zoé"
    crew.lea.save()
    Assignment.objects.filter(person=crew.noor).update(valid_to=date(2026, 2, 1))

    moved = services.rescore_challenge(challenge_id=challenge.pk, at=at("2026-04-21 09:00"))

    assert (moved, challenge.results.count()) == (False, results)
    assert [row[0::2] for row in board(challenge)] == [row[0::2] for row in amended]


def test_an_amendment_reads_the_roster_of_the_signature(crew: Crew) -> None:
    """Somebody who is moved, leaves or comes afterwards changes no place and no team credit."""
    win("d3", "2026-03-12 11:00", "P3", 500)
    win("d4", "2026-03-20 11:00", "P1", 50)
    teams: dict[str, object] = {"entrants": {"kind": "team", "team_score": "mean"}}
    challenge = official({**AMEND, **teams})
    signed = board(challenge)
    Assignment.objects.filter(person=crew.noor).update(valid_to=date(2026, 2, 1))
    Assignment.objects.filter(person=crew.lea, team=crew.south).delete()
    crew.hugo.left_on = date(2026, 2, 1)
    crew.hugo.save()
    record(cancel("d4"), recorded_at=at("2026-04-20 08:00"))

    services.rescore_challenge(challenge_id=challenge.pk, at=at("2026-04-20 09:00"))

    challenge.refresh_from_db()
    # North: Hugo and Léa, (900 + 1000) / 2; South: Noor and Léa, (500 + 50) / 2, then 500 / 2
    assert signed == [(1, "North", "950"), (2, "South", "275")]
    assert (challenge.state, board(challenge)) == (
        "amended",
        [(1, "North", "950"), (2, "South", "250")],
    )
    first, second = challenge.results.order_by("number")
    assert first.roster is not None
    assert second.roster is None
    assert queries.explained(challenge).row("south").score == Fraction(250)
