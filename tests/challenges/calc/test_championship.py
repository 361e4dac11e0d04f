"""Format 21: stages rank, places earn points, the worst results may be dropped."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from challenges.calc import (
    Cancellation,
    Person,
    Record,
    Roster,
    Rules,
    Standings,
    canonical,
    rulebook,
)
from kernel.issues import Invalid, fill
from kernel.numbers import as_text
from tests.challenges.calc.builders import (
    at,
    board,
    member,
    people,
    record,
    result,
    rules_of,
    won,
)

# four weeks from Monday the 2nd; late arrivals count for three working days after each
HEAD = """
key: november
timezone: Europe/Paris
window: {start: 2026-11-02, end: 2026-11-30}
"""
TEXT = "format: championship\nscore: {metric: revenue, points: [10, 6, 4]%s}\n"
WEEK = {1: "11-04", 2: "11-11", 3: "11-18", 4: "11-25"}


def rules(extra: str = "", more: str = "") -> Rules:
    return rules_of(TEXT % extra + more, HEAD)


def sold(*weeks: tuple[int, str, int]) -> list[Record]:
    """Week, person, value."""
    return [
        record(f"{person}{week}", person, f"{WEEK[week]} 10:00", value)
        for week, person, value in weeks
    ]


def lines(standings: Standings, number: int) -> list[tuple[str, int | None, str, str | None]]:
    """Entrant, place, points and outcome of a stage."""
    assert standings.rounds is not None
    played = next(r for r in standings.rounds if r.span.number == number)
    return [
        (line.entrant, line.rank, as_text(line.points or Fraction(0)), line.outcome)
        for line in played.lines
    ]


TRIO = people("ana", "ben", "cleo")
SALES = sold(
    (1, "ana", 50), (1, "ben", 40), (1, "cleo", 30),
    (2, "ana", 10), (2, "ben", 40), (2, "cleo", 30),
    (3, "ana", 90), (3, "ben", 1), (3, "cleo", 30),
)  # fmt: skip


def test_places_of_stages_earn_points_that_add_up() -> None:
    standings = result(rules(), SALES, TRIO)
    assert board(standings) == [(1, "ana", "24"), (2, "ben", "20"), (3, "cleo", "16")]
    assert lines(standings, 1) == [
        ("ana", 1, "10", None),
        ("ben", 2, "6", None),
        ("cleo", 3, "4", None),
    ]
    assert lines(standings, 4) == [
        ("ana", None, "0", None),
        ("ben", None, "0", None),
        ("cleo", None, "0", None),
    ]
    assert standings.rounds is not None
    assert [[as_text(x.total or Fraction(0)) for x in r.lines] for r in standings.rounds] == [
        ["10", "6", "4"],
        ["16", "10", "14"],
        ["24", "16", "20"],
        ["24", "20", "16"],
    ]


def test_the_worst_results_are_dropped_once_more_stages_have_begun_than_count() -> None:
    half = result(rules(", drop: 2"), SALES, TRIO, at("11-15 10:00"))
    assert board(half) == [(1, "ben", "16"), (2, "ana", "14"), (3, "cleo", "10")]
    whole = result(rules(", drop: 2"), SALES, TRIO)
    assert board(whole) == [(1, "ana", "20"), (2, "ben", "16"), (3, "cleo", "12")]
    assert lines(whole, 2) == [
        ("ben", 1, "10", None),
        ("cleo", 2, "6", None),
        ("ana", 3, "4", "dropped"),
    ]


def test_more_first_places_decide_between_equal_points_then_second_ones() -> None:
    even = sold(
        (1, "ana", 9), (1, "ben", 8), (1, "cleo", 7),
        (2, "cleo", 9), (2, "ben", 8), (2, "ana", 7),
    )  # fmt: skip
    text = TEXT.replace("[10, 6, 4]", "[6, 4, 2]")
    standings = result(rules_of(text % "", HEAD), even, TRIO)
    # 8 points each: ana and cleo have a first and a third place, ben two second ones
    assert board(standings) == [(1, "ana", "8"), (1, "cleo", "8"), (3, "ben", "8")]
    pooled = "ties: {rule: pool}\nprizes:\n  - {for: rank, rank: 1, kind: points, amount: 9}\n"
    split = result(rules_of(text % "" + pooled, HEAD), even, TRIO)
    assert sorted(amount for _, _, amount in won(split)) == [4, 5]


@pytest.mark.parametrize(
    ("extra", "expected"),
    [
        ("", [(1, "ana", "10"), (1, "ben", "10"), (3, "cleo", "4")]),
        (", equal_places: split", [(1, "ana", "8"), (1, "ben", "8"), (3, "cleo", "4")]),
    ],
)
def test_equal_scores_in_a_stage_share_the_place(
    extra: str, expected: list[tuple[int, str, str]]
) -> None:
    sales = sold((1, "ana", 50), (1, "ben", 50), (1, "cleo", 30))
    assert board(result(rules(extra), sales, TRIO)) == expected


def test_the_tie_break_chain_holds_within_a_stage() -> None:
    chain = "ties: {rule: chain, chain: [{by: earliest}]}\n"
    sales = [record("a", "ana", "11-04 11:00", 50), record("b", "ben", "11-04 10:00", 50)]
    standings = result(rules("", chain), sales, TRIO)
    assert board(standings) == [(1, "ben", "10"), (2, "ana", "6"), (None, "cleo", "0")]
    reason = standings.row("cleo").reason
    assert reason is not None
    assert reason.code == "no_points"


def test_zero_below_zero_and_below_the_minimum_have_no_place_in_a_stage() -> None:
    sales = sold((1, "ana", 50), (1, "ben", -5), (2, "ben", 7))
    plain = result(rules(), sales, TRIO)
    assert board(plain) == [(1, "ana", "10"), (1, "ben", "10"), (None, "cleo", "0")]
    high = result(rules("", "minimum: 8\n"), sales, TRIO)
    assert board(high) == [(1, "ana", "10"), (None, "ben", "0"), (None, "cleo", "0")]


def test_a_decided_stage_stays_and_an_open_one_follows_every_correction() -> None:
    # the first week ends on Monday the 9th, and is decided three working days later
    sales = [
        *sold((1, "ana", 50), (1, "ben", 40), (2, "ana", 5), (2, "ben", 6)),
        Cancellation("x", "ana1", at("11-12 10:00")),
        Cancellation("y", "ben2", at("11-17 10:00")),
        record("late", "ben", "11-05 10:00", 90, known="11-11 10:00"),
        record("later", "ben", "11-05 10:00", 90, known="11-13 10:00"),
    ]
    before = result(rules(), sales, TRIO, at("11-10 10:00"))
    assert board(before)[:2] == [(1, "ana", "10"), (2, "ben", "6")]
    standings = result(rules(), sales, TRIO)
    assert lines(standings, 1) == [
        ("ben", 1, "10", None),
        ("ana", 2, "6", None),
        ("cleo", None, "0", None),
    ]
    assert lines(standings, 2) == [
        ("ana", 1, "10", None),
        ("ben", None, "0", None),
        ("cleo", None, "0", None),
    ]
    assert board(standings)[:2] == [(1, "ana", "16"), (2, "ben", "10")]
    left = {out.record.id: out.reason.code for out in standings.row("ben").left_out}
    assert left["later"] == "round_decided"


def test_late_joiners_have_no_result_in_earlier_stages_and_leavers_keep_their_points() -> None:
    late = replace(Person("ana", "Ana"), joined_on=date(2026, 11, 9))
    gone = replace(Person("ben", "Ben"), left_on=date(2026, 11, 9))
    sales = sold((1, "ana", 99), (1, "ben", 5), (2, "ana", 5), (2, "ben", 99))
    standings = result(rules(), sales, Roster((late, gone)))
    assert [line[0] for line in lines(standings, 1)] == ["ben"]
    assert [line[0] for line in lines(standings, 2)] == ["ana"]
    assert board(standings) == [(1, "ana", "10"), (1, "ben", "10")]


def test_teams_compete_by_their_mean() -> None:
    roster = Roster((member("ana", "north"), member("ben", "north"), member("cleo", "south")))
    sales = sold((1, "ana", 50), (1, "ben", 40), (1, "cleo", 46))
    standings = result(rules("", "entrants: {kind: team}\n"), sales, roster)
    assert board(standings) == [(1, "south", "10"), (2, "north", "6")]


def codes(text: str) -> list[tuple[str, str]]:
    with pytest.raises(Invalid) as caught:
        rules_of(text, HEAD)
    assert all(issue.remedy for issue in caught.value.issues)
    return [(issue.code, issue.place.path) for issue in caught.value.issues]


def test_what_does_not_fit_is_refused() -> None:
    assert codes(TEXT.replace("10, 6, 4", "4, 6") % ", drop: 4") == [
        ("points_rising", "score.points"),
        ("drops_everything", "score.drop"),
    ]
    assert codes(TEXT % ", round_days: 60") == [("no_round", "score.round_days")]
    assert codes(TEXT.replace("10, 6, 4", "") % ", drop: -1") == [
        ("list_length", "score.points"),
        ("not_whole", "score.drop"),
    ]


def test_the_rulebook() -> None:
    said = [fill(t, p) for t, p in rulebook(rules(", drop: 1"))]
    assert said[3:8] == [
        "Each stage ranks by “revenue”; its places earn points, from the first on: 10, 6, 4.",
        "In a shared place each gets the points of that place.",
        "Of 4 stages each one's best 3 count.",
        "Of equal points more first places decide, then more second ones, and so on.",
        "There are 4 rounds. A late arrival or a correction counts when it is known before its "
        "round is decided; a decided round is not replayed.",
    ]


START = datetime(2026, 11, 1, 23, tzinfo=UTC)
NAMES = ("ana", "ben", "cleo", "dora")


def by_hand(log: Sequence[Record], drop: int) -> dict[str, int]:
    """Points added with pencil and paper: places by counting the better ones."""
    earned: dict[str, list[int]] = {name: [] for name in NAMES}
    for week in range(4):
        start = START + timedelta(days=7 * week)
        totals = {
            name: sum(
                r.value
                for r in log
                if r.person == name and start <= r.occurred_at < start + timedelta(days=7)
            )
            for name in NAMES
        }
        for name in NAMES:
            place = sum(1 for other in NAMES if totals[other] > totals[name])
            in_points = totals[name] > 0 and place < 3
            earned[name].append((10, 6, 4)[place] if in_points else 0)
    return {name: sum(sorted(earned[name], reverse=True)[: 4 - drop]) for name in NAMES}


@settings(max_examples=80, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(NAMES), st.integers(0, 28 * 24 - 1), st.integers(-2, 9)),
        max_size=16,
    ),
    st.integers(0, 3),
    st.randoms(use_true_random=False),
)
def test_points_agree_with_pencil_and_paper_in_any_order(
    found: list[tuple[str, int, int]], drop: int, random: Random
) -> None:
    log = [
        Record(str(number), person, "revenue", when, when, Fraction(value))
        for number, (person, hours, value) in enumerate(found)
        for when in (START + timedelta(hours=hours),)
    ]
    chosen = rules(f", drop: {drop}")
    standings = result(chosen, log, people(*NAMES))
    assert {row.entrant: row.score for row in standings.rows} == by_hand(log, drop)
    random.shuffle(log)
    again = result(chosen, log, people(*reversed(NAMES)))
    assert canonical(again) == canonical(standings)
