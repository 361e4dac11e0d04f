"""Format 23: only what happens within the hours counts, whenever it arrives."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from challenges.calc import Cancellation, Person, Record, Roster, rulebook
from kernel.issues import Invalid, fill
from tests.challenges.calc.builders import (
    HEAD,
    at,
    board,
    member,
    people,
    record,
    result,
    rules_of,
    won,
)

# Tuesdays and Thursdays 14:00 to 15:00 in Paris (13:00 to 14:00 UTC), and one Friday morning
TEXT = """format: power_hour
score:
  metric: calls
  measure: count
  feed_delay: 6
  repeated: [{days: [tue, thu], from: 14:00, to: 15:00}]
  hours: [{start: 2026-11-06T09:00, end: 2026-11-06T10:30}]
"""


def call(id_: str, person: str, occurred: str, **given: object) -> Record:
    return record(id_, person, occurred, metric="calls", **given)  # type: ignore[arg-type]  # passed on


def test_only_what_happens_in_the_hours_counts_and_the_end_does_not_belong_to_them() -> None:
    records = [
        call("first", "ana", "11-03 13:00"),
        call("last", "ana", "11-03 13:59"),
        call("after", "ana", "11-03 14:00"),
        call("friday", "ana", "11-06 09:29"),
        call("wednesday", "ana", "11-04 13:30"),
        call("only", "ben", "11-05 13:30"),
    ]
    standings = result(rules_of(TEXT), records, people("ana", "ben", "cleo"))
    assert board(standings) == [(1, "ana", "3"), (2, "ben", "1"), (None, "cleo", "0")]
    ana = standings.row("ana")
    assert [(e.record.id, e.part) for e in ana.effects] == [
        ("first", "2026-11-03T14:00:00+01:00"),
        ("last", "2026-11-03T14:00:00+01:00"),
        ("friday", "2026-11-06T09:00:00+01:00"),
    ]
    assert [(out.record.id, out.reason.code) for out in ana.left_out] == [
        ("after", "outside_hours"),
        ("wednesday", "outside_hours"),
    ]
    assert [note.text() for note in ana.notes] == [
        "Power hour of 2026-11-03T14:00:00+01:00: 2.",
        "Power hour of 2026-11-06T09:00:00+01:00: 1.",
    ]


def test_a_nightly_feed_does_not_ruin_the_hour_and_what_misses_the_cut_off_does_not_count() -> None:
    records = [
        call("night", "ana", "11-03 13:30", known="11-04 02:00"),
        call("never", "ben", "11-03 13:30", known="12-05 10:00"),
    ]
    rules, duo = rules_of(TEXT), people("ana", "ben")
    assert board(result(rules, records, duo, at("11-03 14:00"))) == [
        (None, "ana", "0"),
        (None, "ben", "0"),
    ]
    assert board(result(rules, records, duo)) == [(1, "ana", "1"), (None, "ben", "0")]


def test_a_correction_can_move_a_record_out_of_its_hour_and_a_cancellation_takes_it() -> None:
    records = [
        call("a", "ana", "11-03 13:30"),
        call("b", "ana", "11-03 13:40"),
        call("b2", "ana", "11-03 14:40", known="11-09 10:00", supersedes="b"),
        call("c", "ana", "11-03 13:50"),
        Cancellation("x", "c", at("11-10 10:00")),
    ]
    rules, solo = rules_of(TEXT), people("ana")
    moments = ("11-08 10:00", "11-09 10:00", "11-10 10:00")
    scores = [result(rules, records, solo, at(m)).row("ana").score for m in moments]
    assert scores == [3, 2, 1]


def test_a_record_with_only_a_date_lies_in_no_hour() -> None:
    text = TEXT.replace("days: [tue, thu], from: 14:00, to: 15:00", "from: 00:00, to: 24:00")
    records = [
        call("dated", "ana", "11-02 23:00", date_only=True),
        call("timed", "ben", "11-02 23:00"),
    ]
    standings = result(rules_of(text), records, people("ana", "ben"))
    assert board(standings) == [(1, "ben", "1"), (None, "ana", "0")]
    assert [out.reason.code for out in standings.row("ana").left_out] == ["only_a_day"]


def test_hours_that_overlap_count_a_record_once_in_the_one_that_began_first() -> None:
    text = TEXT.replace(
        "from: 14:00, to: 15:00}", "from: 14:00, to: 15:00}, {from: 13:30, to: 15:00}"
    )
    standings = result(rules_of(text), [call("a", "ana", "11-03 13:30")], people("ana"))
    effects = standings.row("ana").effects
    assert [(str(e.amount), e.part) for e in effects] == [("1", "2026-11-03T13:30:00+01:00")]


def test_values_ties_prizes_and_negative_values_are_those_of_a_total() -> None:
    text = (
        TEXT.replace("metric: calls\n  measure: count", "metric: revenue")
        + "winners: 2\nprizes:\n  - {for: rank, rank: 1, kind: points, amount: 10}\n"
        "  - {for: winners, kind: points, amount: 1}\n"
    )
    records = [
        record("a", "ana", "11-03 13:10", 70),
        record("a2", "ana", "11-03 13:20", -20),
        record("b", "ben", "11-05 13:10", 50),
        record("c", "cleo", "11-05 13:10", 900, metric="calls"),
        record("d", "dora", "11-05 13:10", -5),
    ]
    standings = result(rules_of(text), records, people("ana", "ben", "cleo", "dora"))
    assert board(standings) == [
        (1, "ana", "50"),
        (1, "ben", "50"),
        (None, "cleo", "0"),
        (None, "dora", "-5"),
    ]
    assert won(standings) == [("ana", 1, 10), ("ben", 1, 10), ("ana", 2, 1), ("ben", 2, 1)]


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        ("sum", [(1, "north", "3"), (2, "south", "2")]),
        ("mean", [(1, "south", "2"), (2, "north", "1.5")]),
        ("per_fte", [(1, "north", "2"), (1, "south", "2")]),
        ("best_n, best_n: 1", [(1, "north", "2"), (1, "south", "2")]),
    ],
)
def test_teams(how: str, expected: list[tuple[int, str, str]]) -> None:
    roster = Roster(
        (member("ana", "north"), member("ben", "north", "0.5"), member("cleo", "south"))
    )
    records = [
        call("a", "ana", "11-03 13:10"),
        call("a2", "ana", "11-03 13:20"),
        call("b", "ben", "11-03 13:20"),
        call("out", "ben", "11-03 15:20"),
        call("c", "cleo", "11-03 13:10"),
        call("c2", "cleo", "11-05 13:10"),
    ]
    rules = rules_of(TEXT + f"entrants: {{kind: team, team_score: {how}}}\n")
    standings = result(rules, records, roster)
    assert board(standings) == expected
    assert [out.record.id for out in standings.row("north").left_out] == ["out"]


def test_pauses_late_joiners_and_leavers_hold_as_everywhere() -> None:
    text = TEXT + "pauses: [{start: 2026-11-05, end: 2026-11-06}]\n"
    late = replace(Person("ana", "Ana"), joined_on=date(2026, 11, 4))
    gone = replace(Person("ben", "Ben"), left_on=date(2026, 11, 5))
    records = [
        call("early", "ana", "11-03 13:10"),
        call("paused", "ana", "11-05 13:10"),
        call("counts", "ana", "11-10 13:10"),
        call("kept", "ben", "11-03 13:10"),
    ]
    standings = result(rules_of(text), records, Roster((late, gone)))
    assert board(standings) == [(1, "ana", "1"), (1, "ben", "1")]
    reasons = {out.record.id: out.reason.code for out in standings.row("ana").left_out}
    assert reasons == {"early": "before_joining", "paused": "paused"}


def test_the_clock_of_the_zone_decides_also_when_the_clocks_change() -> None:
    head = HEAD.replace("2026-11-01", "2026-10-20").replace("2026-12-01", "2026-11-01")
    text = """format: power_hour
score: {metric: calls, measure: count, feed_delay: 0, repeated: [{from: 02:00, to: 03:00}]}
"""
    # the hour from 02:00 to 03:00 comes twice on 25 October 2026
    twice = [call(f"{minute}", "ana", f"10-25 {minute}") for minute in ("00:30", "01:30", "02:00")]
    standings = result(rules_of(text, head), twice, people("ana"))
    assert board(standings) == [(1, "ana", "2")]


@pytest.mark.parametrize(
    ("delay", "hour", "fits"),
    [
        ("6", "from: 14:00, to: 15:00", True),
        ("6.5", "from: 14:00, to: 15:00", False),
        ("0.5", "from: 14:00, to: 14:05", True),
        ("1", "from: 14:00, to: 14:05", False),
    ],
)
def test_a_feed_slower_than_a_tenth_of_the_shortest_hour_is_refused(
    delay: str, hour: str, fits: bool
) -> None:
    text = TEXT.replace("feed_delay: 6", f"feed_delay: {delay}")
    text = text.replace("from: 14:00, to: 15:00", hour)
    if fits:
        assert rules_of(text).format.key == "power_hour"
        return
    with pytest.raises(Invalid) as caught:
        rules_of(text)
    assert [(i.code, i.place.path) for i in caught.value.issues] == [
        ("slow_feed", "score.feed_delay")
    ]


def codes(text: str) -> list[tuple[str, str]]:
    with pytest.raises(Invalid) as caught:
        rules_of(text)
    assert all(issue.remedy for issue in caught.value.issues)
    return [(issue.code, issue.place.path) for issue in caught.value.issues]


def test_everything_wrong_with_the_hours_is_said_at_once() -> None:
    text = """format: power_hour
score:
  metric: calls
  feed_delay: -1
  repeated:
    - {from: 15:00, to: 14:00}
    - {from: 25:00, to: noon}
    - {days: [funday], from: 10:00, to: 11:00}
  hours:
    - {start: 2026-11-05T10:00, end: 2026-11-05T10:00}
    - {start: 2026-10-31T10:00, end: 2026-10-31T11:00}
    - {start: 2026-11-05, end: 2026-11-07}
"""
    assert codes(text) == [
        ("too_small", "score.feed_delay"),
        ("empty_hour", "score.repeated[0].to"),
        ("not_a_time", "score.repeated[1].from"),
        ("not_a_time", "score.repeated[1].to"),
        ("not_an_option", "score.repeated[2].days[0]"),
        ("empty_hour", "score.hours[0].end"),
        ("hour_outside", "score.hours[1].end"),
        ("long_hour", "score.hours[2].end"),
    ]


def test_an_hour_that_never_comes_and_no_hour_at_all_are_refused() -> None:
    week = HEAD.replace("2026-11-01", "2026-11-02T08:00").replace("2026-12-01", "2026-11-06T18:00")
    never = TEXT.replace("[tue, thu]", "[sat]")
    with pytest.raises(Invalid) as caught:
        rules_of(never, week)
    assert [issue.code for issue in caught.value.issues] == ["hour_never"]
    assert rules_of(TEXT, week).format.key == "power_hour"
    bare = "format: power_hour\nscore: {metric: calls, feed_delay: 1}\n"
    assert codes(bare) == [("no_hours", "score.hours")]
    clock = HEAD.replace("2026-12-01", "2026-12-01T03:00")
    missing = TEXT.replace("2026-11-06T09:00", "2026-11-06T9")
    with pytest.raises(Invalid) as caught:
        rules_of(missing, clock)
    assert [i.code for i in caught.value.issues] == ["not_a_moment"]


def test_the_rulebook_names_the_hours() -> None:
    said = [fill(template, params) for template, params in rulebook(rules_of(TEXT))]
    assert said[4:9] == [
        "The score is the number of “calls” records in the power hours.",
        "Tuesdays from 14:00 until just before 15:00.",
        "Thursdays from 14:00 until just before 15:00.",
        "From 2026-11-06T09:00:00+01:00 until just before 2026-11-06T10:30:00+01:00.",
        "The highest score is first.",
    ]
    daily = TEXT.replace("days: [tue, thu], ", "")
    assert "Every day from 14:00 until just before 15:00." in [
        fill(template, params) for template, params in rulebook(rules_of(daily))
    ]


PARIS = ZoneInfo("Europe/Paris")
START = datetime(2026, 10, 31, 23, tzinfo=UTC)


@settings(max_examples=80, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 30 * 24 * 60 - 1), st.integers(-3, 9)), max_size=12))
def test_the_total_agrees_with_a_clock_read_by_hand(found: list[tuple[int, int]]) -> None:
    text = TEXT.replace("metric: calls\n  measure: count", "metric: revenue")
    records = []
    total = 0
    for number, (minutes, value) in enumerate(found):
        when = START + timedelta(minutes=minutes)
        records.append(Record(str(number), "ana", "revenue", when, when, Fraction(value)))
        said = when.astimezone(PARIS).strftime("%a %d %H:%M")
        if (said[:3] in ("Tue", "Thu") and said[7:9] == "14") or (
            said[:6] == "Fri 06" and "09:00" <= said[7:] < "10:30"
        ):
            total += value
    row = result(rules_of(text), reversed(records), people("ana")).row("ana")
    assert row.score == total == sum(effect.amount for effect in row.effects)
    assert len(row.effects) + len(row.left_out) == len(records)
