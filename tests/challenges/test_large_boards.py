"""Boards of many: drawn in part, scored from sums, explained one entrant at a time."""

from datetime import date, datetime
from fractions import Fraction

import pytest

from challenges import queries, services
from challenges.calc import standings
from challenges.calc.digests import ADDING, tallies_from
from challenges.calc.tallies import grounds, players
from challenges.gathering.inputs import frame_of, with_records
from challenges.gathering.summed import tallies_of_sums
from challenges.gathering.sums import revised_of, sums_of, told_sums
from challenges.gathering.tallies import bare
from challenges.models import Challenge, Entrant, ScoreChange, Standing, ToScore
from people.models import Person
from tests.challenges.games import MID_MARCH, board, lines, live, rescore, win
from tests.challenges.test_recompute import content
from tests.kpis.crew import Crew, as_correction, at, cancel, event, record

LATE = at("2026-04-20 09:00")


def full_of_cases() -> None:
    """Each way of counting or not counting: plain, zero, negative, late, in the pause, before the
    window, corrected in amount and person, cancelled, made known after the cut-off."""
    win("plain", "2026-03-10 11:00", "P1", 900)
    win("zero", "2026-03-12 11:00", "P1", 0)
    win("negative", "2026-03-20 11:00", "P2", -50)
    win("positive", "2026-03-11 11:00", "P2", 50)
    win("paused", "2026-03-05 12:00", "P1", 1)
    win("before", "2026-02-28 12:00", "P1", 2)
    win("late", "2026-03-15 12:00", "P1", 4, known=at("2026-04-10 09:00"))
    win("grows", "2026-03-13 12:00", "P3", 8)
    moved = event("grows", "2026-03-14 12:00", "P2", kind="deal_won", amount=16)
    record(as_correction(moved), recorded_at=at("2026-03-16 12:00"))
    win("goes", "2026-03-13 13:00", "P3", 32)
    record(cancel("goes"), recorded_at=at("2026-03-16 12:00"))


@pytest.mark.parametrize("measure", ["sum", "count"])
@pytest.mark.parametrize("moment", [MID_MARCH, at("2026-03-25 09:00"), LATE])
def test_sums_give_the_tallies_that_all_records_give(
    crew: Crew, measure: str, moment: datetime
) -> None:
    Person.objects.filter(number="P2").update(hired_on=date(2026, 3, 11))
    full_of_cases()
    challenge = live(
        {
            "score": {"metric": "revenue", "measure": measure},
            "pauses": [{"start": "2026-03-05T10:00", "end": "2026-03-06"}],
            "extend_for_pauses": False,
            "entrants": {"scores_from": "joining"},
            "ties": {"rule": "chain", "chain": [{"by": "earliest"}]},
        }
    )
    frame = frame_of(challenge, moment)
    entries = with_records(frame).entries
    whole = standings(frame.rules, entries, frame.roster, frame.rules.calendar, moment).tallies

    summed = (*sums_of(frame, told_sums(frame)), *revised_of(frame))
    sums = tallies_from(frame.rules, summed, frame.roster, moment)

    assert whole is not None
    assert {id_: bare(one) for id_, one in sums.items()} == {
        id_: bare(one) for id_, one in whole.items()
    }
    if moment == LATE and measure == "sum":
        assert {id_: one.score.value for id_, one in sums.items()} == {
            "P1": Fraction(900), "P2": Fraction(16), "P3": Fraction(0),
        }  # fmt: skip


def half_of_it_revised() -> None:
    """Léa has a corrected record and one that is too late; Hugo and Noor only such as add up."""
    win("grows", "2026-03-10 11:00", "P1", 8)
    corrected = event("grows", "2026-03-10 12:00", "P1", kind="deal_won", amount=16)
    record(as_correction(corrected), recorded_at=at("2026-03-11 12:00"))
    win("later", "2026-03-12 11:00", "P1", 4, known=at("2026-03-17 09:00"))
    win("plus", "2026-03-11 11:00", "P2", 900)
    win("minus", "2026-03-12 11:00", "P2", -50)
    win("paused", "2026-03-05 12:00", "P2", 1)
    win("zero", "2026-03-13 11:00", "P3", 0)
    half = (("P2", Fraction(1, 2)), ("P3", Fraction(1, 2)))
    shared = event("half", "2026-03-13 12:00", half, kind="deal_won", amount=5)
    record(shared, recorded_at=at("2026-03-13 12:00"))


ADDED: list[dict[str, object]] = [
    {"format": "most", "score": {"metric": "revenue"}},
    {"format": "most", "score": {"metric": "deals_won", "measure": "count"}},
    {"format": "most", "score": {"metric": "deals_won"}},
    {"format": "percent_of_target", "score": {"metric": "revenue"}},
    {"format": "over_the_line", "score": {"metric": "revenue", "target": "500"}},
    {"format": "collective_goal", "score": {"metric": "revenue", "target": "1000"}},
    {"format": "steps", "score": {"metric": "revenue", "tiers": ["500"], "pays": "every"}},
]


def test_every_format_that_adds_up_is_tried() -> None:
    assert {str(one["format"]) for one in ADDED} == ADDING


@pytest.mark.parametrize("changes", ADDED, ids=lambda one: f"{one['format']}-{one['score']}")
@pytest.mark.parametrize("paused", [False, True])
def test_a_board_that_opens_over_sums_is_that_of_the_records(
    crew: Crew, changes: dict[str, object], *, paused: bool
) -> None:
    half_of_it_revised()
    pause = {"start": "2026-03-05T10:00", "end": "2026-03-06"}
    pauses = {"pauses": [pause] if paused else [], "extend_for_pauses": False}
    both: dict[str, object] = {**changes, **pauses, "prizes": []}

    challenge = live(both)

    opened = content(challenge)
    Standing.objects.filter(challenge=challenge).delete()
    assert rescore(challenge, MID_MARCH) is True  # reads every record
    assert opened == content(challenge)
    records = {row[0]: sum(amount != "0" for amount in row[4].values()) for row in opened}
    opening = ScoreChange.objects.filter(challenge=challenge, cause="opening")
    assert {one.entrant_key: one.detail["records"] for one in opening} == {
        key: number for key, number in records.items() if number
    }


def test_news_of_one_person_leaves_the_records_of_others_unread(crew: Crew) -> None:
    win("d1", "2026-03-10 11:00", "P1", 900)
    challenge = live()
    win("d2", "2026-03-11 11:00", "P1", 50)
    win("d3", "2026-03-11 11:00", "P2", 1000)

    moved = services.rescore_people(person_ids=[crew.lea.pk], at=MID_MARCH)

    # Hugo's deal is news that nobody told: his tally stands until somebody does
    assert moved == [challenge.pk]
    assert board(challenge) == [(1, "Léa", "950"), (None, "Hugo", "0"), (None, "Noor", "0")]
    assert ToScore.objects.count() == 0
    services.rescore_people(person_ids=[crew.hugo.pk], at=MID_MARCH)
    assert board(challenge)[:2] == [(1, "Hugo", "1000"), (2, "Léa", "950")]
    assert lines(challenge)[1:] == [
        ("crm:d2#1", "counted", "+50", "900", "950"),
        ("crm:d3#1", "counted", "+1000", "0", "1000"),
    ]


def test_a_full_scoring_repairs_a_spoilt_row(crew: Crew) -> None:
    win("d1", "2026-03-10 11:00", "P1", 900)
    challenge = live()
    before = board(challenge)
    Standing.objects.filter(challenge=challenge).update(score_text="7", rank=None)

    assert rescore(challenge, MID_MARCH) is True
    assert board(challenge) == before
    Standing.objects.filter(challenge=challenge).update(tally={"value": "7", "ground": "x"})
    assert rescore(challenge, MID_MARCH) is False
    rows = Standing.objects.filter(challenge=challenge).order_by("position")
    assert list(rows.values_list("tally__value", flat=True)) == ["900", "0", "0"]


def test_the_explanation_of_one_is_that_of_the_whole(crew: Crew) -> None:
    full_of_cases()
    challenge = live()
    rescore(challenge, LATE)
    challenge.refresh_from_db()

    alone = queries.explained(challenge, entrants=["P2"])
    whole = queries.explained(challenge).row("P2")

    (row,) = alone.rows
    assert (row.score, row.effects, row.left_out) == (whole.score, whole.effects, whole.left_out)


def test_what_a_worker_remembers_of_sums_holds_while_nothing_it_came_from_has_changed(
    crew: Crew,
) -> None:
    win("r1", "2026-03-02 11:00", "P1", 700)
    win("r2", "2026-03-03 11:00", "P2", 500)
    challenge = live({"format": "percent_of_target"})
    for person, target in ((crew.lea, 1000), (crew.hugo, 2000)):
        Entrant.objects.update_or_create(
            challenge=challenge, person=person, defaults={"target": target, "targets": None}
        )
    wanted = {"P1": Fraction(70), "P2": Fraction(25), "P3": None}
    assert remembered(challenge) == remembered(challenge) == wanted
    Entrant.objects.filter(challenge=challenge, person=crew.hugo).update(target=1000)
    assert remembered(challenge) == {**wanted, "P2": Fraction(50)}
    win("r3", "2026-03-04 11:00", "P2", 100)
    assert remembered(challenge) == {**wanted, "P2": Fraction(60)}
    less = event("r1", "2026-03-02 11:00", "P1", kind="deal_won", amount=100)
    record(as_correction(less), recorded_at=at("2026-03-16 12:00"))
    assert remembered(challenge) == {"P1": Fraction(10), "P2": Fraction(60), "P3": None}


def remembered(challenge: Challenge) -> dict[str, Fraction | None]:
    frame = frame_of(challenge, LATE)
    standing_on = grounds(players(frame.rules, frame.roster))
    tallies = tallies_of_sums(frame, standing_on, told_sums(frame), revised_of(frame))
    return {id_: one.score.value for id_, one in tallies.items()}
