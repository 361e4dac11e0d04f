"""The board in the database: what moves it, what each move leaves behind."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from challenges import queries, services
from challenges.models import Challenge, ScoreChange
from kernel.issues import Invalid
from kpis.services import ObjectiveInput, load_objectives
from tests.challenges.games import MARCH, MID_MARCH, board, lines, live, made, rescore, win
from tests.kpis.crew import Crew, as_correction, at, cancel, event, record


def test_a_live_challenge_ranks_who_does_not_lead(crew: Crew) -> None:
    win("d1", "2026-03-10 11:00", "P1", 900)
    win("d2", "2026-03-11 11:00", "P2", 1000)
    win("d3", "2026-03-12 11:00", "P4", 5000)  # Inès leads North

    challenge = live()

    assert challenge.state == "live"
    assert board(challenge) == [(1, "Hugo", "1000"), (2, "Léa", "900"), (None, "Noor", "0")]


def test_a_cancelled_deal_moves_the_board_back_and_says_why(crew: Crew) -> None:
    win("d1", "2026-03-10 11:00", "P1", 900)
    win("d2", "2026-03-11 11:00", "P2", 1000)
    challenge = live()
    before = challenge.version
    record(cancel("d2"), recorded_at=at("2026-03-17 10:00"))

    assert rescore(challenge, at("2026-03-17 10:01")) is True

    assert board(challenge) == [(1, "Léa", "900"), (None, "Hugo", "0"), (None, "Noor", "0")]
    assert lines(challenge) == [
        ("", "opening", "+1000", "", "1000"),
        ("", "opening", "+900", "", "900"),
        ("crm:d2#1", "cancelled", "-1000", "1000", "0"),
    ]
    challenge.refresh_from_db()
    assert challenge.version == before + 1


def test_the_board_opens_with_one_line_for_each_entrant_of_whom_something_counts(
    crew: Crew,
) -> None:
    for number, amount in enumerate((900, 50, 50)):
        win(f"d{number}", "2026-03-10 11:00", "P1", amount)
    challenge = made()
    services.schedule(actor=None, challenge=challenge, at=at("2026-02-20 10:00"))
    assert lines(challenge) == []

    services.advance(challenge_id=challenge.pk, at=MID_MARCH)

    assert lines(challenge) == [("", "opening", "+1000", "0", "1000")]
    opening = ScoreChange.objects.get(challenge=challenge)
    assert opening.detail == {"records": 3, "rank": [None, 1], "passed": []}

    win("d4", "2026-03-17 11:00", "P1", 100)
    record(cancel("d1"), recorded_at=at("2026-03-17 11:30"))
    rescore(challenge, at("2026-03-17 12:00"))

    assert lines(challenge)[1:] == [
        ("crm:d1#1", "cancelled", "-50", "1000", "1050"),
        ("crm:d4#1", "counted", "+100", "1000", "1050"),
    ]


def test_scoring_twice_writes_once(crew: Crew) -> None:
    win("d1", "2026-03-10 11:00", "P1", 900)
    challenge = live()
    win("d2", "2026-03-17 11:00", "P1", 100)

    first = rescore(challenge, at("2026-03-17 12:00"))
    state = Challenge.objects.filter(pk=challenge.pk).values().get()
    again = rescore(challenge, at("2026-03-17 13:00"))

    assert (first, again) == (True, False)
    assert Challenge.objects.filter(pk=challenge.pk).values().get() == state
    assert len(lines(challenge)) == 2


def test_a_correction_to_somebody_else_takes_and_gives(crew: Crew) -> None:
    win("d1", "2026-03-10 11:00", "P1", 900)
    challenge = live()
    moved = event("d1", "2026-03-10 11:00", "P2", kind="deal_won", amount=700)
    record(as_correction(moved), recorded_at=at("2026-03-17 10:00"))

    rescore(challenge, at("2026-03-17 11:00"))

    assert board(challenge) == [(1, "Hugo", "700"), (None, "Léa", "0"), (None, "Noor", "0")]
    assert lines(challenge)[1:] == [
        ("crm:d1#2", "counted", "+700", "0", "700"),
        ("crm:d1#1", "corrected", "-900", "900", "0"),
    ]


def test_what_happened_in_a_pause_does_not_count_and_the_end_moves(crew: Crew) -> None:
    challenge = live()
    services.pause(actor=None, challenge=challenge, reason="Strike", at=at("2026-03-17 00:00"))
    win("d1", "2026-03-18 11:00", "P1", 900)
    rescore(challenge, at("2026-03-18 12:00"))
    during = board(challenge)
    resumed = services.resume(actor=None, challenge=challenge, at=at("2026-03-19 00:00"))
    win("d2", "2026-04-01 11:00", "P2", 50)
    rescore(challenge, at("2026-04-01 12:00"))

    assert during == [(None, "Hugo", "0"), (None, "Léa", "0"), (None, "Noor", "0")]
    assert resumed.state == "live"
    assert resumed.ends_at == at("2026-04-03 00:00")
    assert board(challenge) == [(1, "Hugo", "50"), (None, "Léa", "0"), (None, "Noor", "0")]


def test_percent_of_own_target_reads_the_objectives(crew: Crew) -> None:
    load_objectives(
        actor=None,
        rows=[
            ObjectiveInput(
                kpi="revenue_booked",
                person=number,
                valid_from=date(2026, 3, 1),
                valid_to=date(2026, 4, 1),
                target=Fraction(target),
            )
            for number, target in (("P1", 1000), ("P2", 4000))
        ],
    )
    win("d1", "2026-03-10 11:00", "P1", 500)
    win("d2", "2026-03-11 11:00", "P2", 1000)

    challenge = live({"format": "percent_of_target"})

    assert board(challenge) == [(1, "Léa", "50"), (2, "Hugo", "25"), (None, "Noor", None)]


def test_an_own_target_of_the_challenge_goes_before_the_objective(crew: Crew) -> None:
    win("d1", "2026-03-10 11:00", "P1", 500)
    challenge = services.create_challenge(
        actor=None,
        document={**MARCH, "format": "percent_of_target"},
        team_keys=["west"],
        targets={"P1": Decimal(2000)},
    )
    services.launch(actor=None, challenge=challenge, at=MID_MARCH)

    assert board(challenge) == [(1, "Léa", "25"), (None, "Hugo", None), (None, "Noor", None)]


def test_a_team_challenge_credits_the_team_of_the_day(crew: Crew) -> None:
    win("d1", "2026-03-10 11:00", "P1", 600)  # Léa in North
    win("d2", "2026-03-15 11:00", "P1", 300)  # Léa in South
    challenge = live({"entrants": {"kind": "team", "team_score": "sum"}})

    assert board(challenge) == [(1, "North", "600"), (2, "South", "300")]


def test_a_late_arrival_counts_until_the_cut_off_and_not_after(crew: Crew) -> None:
    challenge = live()
    # three working days after 1 April: Easter Monday, the 6th, is none
    assert challenge.cut_off_at == at("2026-04-07 00:00")
    services.advance(challenge_id=challenge.pk, at=at("2026-04-01 00:00"))
    win("d1", "2026-03-30 11:00", "P1", 10, known=at("2026-04-06 23:59"))
    win("d2", "2026-03-30 11:00", "P2", 20, known=at("2026-04-07 00:01"))

    rescore(challenge, at("2026-04-08 00:00"))

    assert board(challenge) == [(1, "Léa", "10"), (None, "Hugo", "0"), (None, "Noor", "0")]
    challenge.refresh_from_db()
    left_out = queries.explained(challenge).row("P2").left_out
    assert [(out.record.id, out.reason.code) for out in left_out] == [("crm:d2#1", "after_cut_off")]


@pytest.mark.parametrize(
    ("changes", "codes", "paths"),
    [
        ({"score": {"metric": "revenu"}}, {"kpis.unknown_kpi"}, {"score.metric"}),
        ({"score": {"metric": "median_deal"}}, {"kpis.not_record_by_record"}, {"score.metric"}),
        ({"entrants": {"teams": ["nort"]}}, {"challenges.unknown"}, {"entrants.teams"}),
        ({"entrants": {"people": ["P9"]}}, {"challenges.unknown"}, {"entrants.people"}),
        ({"official_at": "2026-05-01"}, {"challenges.not_yet"}, {"official_at"}),
        (
            {"window": {"start": "2026-03-02", "end": "2026-03-01"}},
            {"empty_window"},
            {"window.end"},
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_document_is_said_with_its_place(
    crew: Crew, changes: dict[str, object], codes: set[str], paths: set[str]
) -> None:
    with pytest.raises(Invalid) as caught:
        made(changes)

    assert {issue.code for issue in caught.value.issues} == codes
    assert {issue.place.path for issue in caught.value.issues} == paths
    assert not Challenge.objects.exists()


def test_all_issues_are_said_at_once(crew: Crew) -> None:
    with pytest.raises(Invalid) as caught:
        made({"score": {"metric": "revenu"}, "entrants": {"people": ["P9"], "teams": ["x"]}})

    assert len(caught.value.issues) == 3
