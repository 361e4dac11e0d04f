"""Each format with its edge cases, as whole boards."""

from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from challenges.calc import Cancellation, Membership, Person, Roster, Span, Target
from kernel.issues import Invalid
from kernel.numbers import as_text
from tests.challenges.calc.builders import (
    at,
    board,
    member,
    people,
    record,
    result,
    rules_of,
    span,
    won,
)

PERCENT = "format: percent_of_target\nscore: {metric: revenue}\n"
RACE = "format: race\nscore: {metric: revenue, target: 100}\n"


def with_target(name: str, *targets: Target, absences: tuple[Span, ...] = ()) -> Person:
    return Person(name, name.title(), targets=targets, absences=absences)


def flat(value: int) -> Target:
    return Target(Fraction(value))


# 2, percent of own target ---------------------------------------------------------------------


def test_percent_of_own_target_ranks_attainment_not_volume() -> None:
    roster = Roster((with_target("ana", flat(200)), with_target("ben", flat(30))))
    records = [record("a", "ana", "11-03 10:00", 100), record("b", "ben", "11-03 10:00", 20)]
    standings = result(rules_of(PERCENT), records, roster)
    assert board(standings) == [(1, "ben", "200/3"), (2, "ana", "50")]
    assert [(str(row.numerator), str(row.target)) for row in standings.rows] == [
        ("20", "30"),
        ("100", "200"),
    ]


def test_zero_target_and_no_target_are_not_ranked_and_say_why() -> None:
    roster = Roster((with_target("ana", flat(0)), with_target("ben"), with_target("cleo", flat(9))))
    records = [record(name, name, "11-03 10:00", 9) for name in ("ana", "ben", "cleo")]
    standings = result(rules_of(PERCENT), records, roster)
    assert board(standings) == [(1, "cleo", "100"), (None, "ana", None), (None, "ben", None)]
    reasons = [row.reason.code for row in standings.rows if row.reason]
    assert reasons == ["zero_target", "no_target"]


def test_a_target_amended_in_mid_window_counts_by_working_days() -> None:
    # November 2026 has 21 weekdays: 10 before the 15th, 11 from it
    ana = with_target(
        "ana",
        Target(Fraction(210), None, span(None, "11-15")),
        Target(Fraction(420), None, span("11-15", None)),
    )
    records = [record("a", "ana", "11-03 10:00", 160)]
    standings = result(rules_of(PERCENT), records, Roster((ana,)))
    assert standings.row("ana").target == 100 + 220
    assert board(standings) == [(1, "ana", "50")]
    assert [note.text() for note in standings.row("ana").notes] == [
        "Target 210, for 10 of 21 working days: 100.",
        "Target 420, for 11 of 21 working days: 220.",
    ]


def test_absence_joining_and_leaving_prorate_the_target_unless_switched_off() -> None:
    away = with_target("ana", flat(210), absences=(span("11-02", "11-09"),))
    late = replace(with_target("ben", flat(210)), joined_on=date(2026, 11, 16))
    gone = replace(with_target("cleo", flat(210)), left_on=date(2026, 11, 9))
    roster = Roster((away, late, gone))
    targets = {row.entrant: row.target for row in result(rules_of(PERCENT), [], roster).rows}
    assert targets == {"ana": 160, "ben": 110, "cleo": 50}
    whole = result(rules_of(PERCENT + "prorate: false\n"), [], roster)
    assert {row.target for row in whole.rows} == {210}


def test_absence_on_a_part_timers_day_off_changes_nothing() -> None:
    ana = replace(with_target("ana", flat(100)), weekdays=frozenset({0, 1, 2, 3}))
    off = replace(ana, absences=(span("11-06", "11-07"),))
    on = replace(ana, absences=(span("11-05", "11-06"),))
    found = [result(rules_of(PERCENT), [], Roster((p,))).row("ana").target for p in (off, on)]
    assert found == [100, Fraction(100 * 16, 17)]


def test_the_target_of_the_metric_goes_before_the_general_one() -> None:
    ana = with_target(
        "ana", flat(50), Target(Fraction(80), "revenue"), Target(Fraction(7), "calls")
    )
    assert result(rules_of(PERCENT), [], Roster((ana,))).row("ana").target == 80


# 9, race --------------------------------------------------------------------------------------


def test_the_live_winner_is_overtaken_by_a_late_record_with_an_earlier_time() -> None:
    records = [
        record("a", "ana", "11-10 10:00", 100),
        record("b", "ben", "11-09 10:00", 100, known="12-02 10:00"),
    ]
    rules, duo = rules_of(RACE), people("ana", "ben")
    live = result(rules, records, duo, at("11-15 10:00"))
    assert ([r.entrant for r in live.rows if r.winner], live.complete) == (["ana"], False)
    final = result(rules, records, duo)
    assert ([r.entrant for r in final.rows if r.winner], final.complete) == (["ben"], True)
    assert final.row("ben").reached_at == final.decided_at == at("11-09 10:00")
    reason = final.row("ana").reason
    assert reason is not None
    assert reason.code == "race_over"


def test_the_winner_who_is_cancelled_before_the_cut_off_loses_the_race() -> None:
    records = [
        record("a", "ana", "11-10 10:00", 100),
        record("b", "ben", "11-11 10:00", 100),
        Cancellation("x", "a", at("12-01 10:00")),
    ]
    rules, duo = rules_of(RACE), people("ana", "ben")
    boards = [result(rules, records, duo, at(m)) for m in ("11-30 10:00", "12-01 10:00")]
    assert [[r.entrant for r in b.rows if r.winner] for b in boards] == [["ana"], ["ben"]]
    assert board(boards[1]) == [(1, "ben", "100"), (None, "ana", "0")]


def test_minutes_decide_until_one_record_carries_only_a_date() -> None:
    timed = [record("a", "ana", "11-10 15:00", 100), record("b", "ben", "11-10 09:00", 120)]
    rules = rules_of(RACE + "winners: all\n")
    assert board(result(rules, timed, people("ana", "ben"))) == [
        (1, "ben", "120"),
        (2, "ana", "100"),
    ]
    dated = [*timed, record("c", "ana", "11-09 23:00", 1, date_only=True)]
    standings = result(rules, dated, people("ana", "ben"))
    assert board(standings) == [(1, "ana", "101"), (1, "ben", "120")]
    assert standings.by_day
    by_minute = RACE.replace("100}", "100, decided_by: moment}") + "winners: all\n"
    assert [
        row.entrant for row in result(rules_of(by_minute), dated, people("ana", "ben")).rows
    ] == [
        "ben",
        "ana",
    ]


def test_a_later_negative_record_does_not_undo_the_reach_and_shows_the_record() -> None:
    records = [
        record("a", "ana", "11-10 10:00", 60),
        record("b", "ana", "11-11 10:00", 60),
        record("c", "ana", "11-12 10:00", -50),
    ]
    row = result(rules_of(RACE), records, people("ana")).row("ana")
    assert (row.rank, row.score, row.reached_by) == (1, Fraction(70), ("b",))
    assert row.reached_value == 120


def test_nobody_reaches_the_target() -> None:
    standings = result(
        rules_of(RACE), [record("a", "ana", "11-10 10:00", 99)], people("ana", "ben")
    )
    assert board(standings) == [(None, "ana", "99"), (None, "ben", "0")]
    assert standings.decided_at is None


# teams ----------------------------------------------------------------------------------------

TEAMS = Roster((member("ana", "north"), member("ben", "north", "0.5"), member("cleo", "south")))
TEAM_RECORDS = [
    record("a", "ana", "11-03 10:00", 60),
    record("b", "ben", "11-04 10:00", 30),
    record("c", "cleo", "11-04 10:00", 50),
]


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        ("team_score: sum", [(1, "north", "90"), (2, "south", "50")]),
        ("team_score: mean", [(1, "south", "50"), (2, "north", "45")]),
        ("team_score: per_fte", [(1, "north", "60"), (2, "south", "50")]),
        ("team_score: best_n, best_n: 1", [(1, "north", "60"), (2, "south", "50")]),
    ],
)
def test_team_scores(how: str, expected: list[tuple[int, str, str]]) -> None:
    text = f"format: most\nscore: {{metric: revenue}}\nentrants: {{kind: team, {how}}}\n"
    standings = result(rules_of(text), TEAM_RECORDS, TEAMS)
    assert board(standings) == expected
    for row in standings.rows:
        assert sum(effect.amount for effect in row.effects) == row.score


def test_team_credit_follows_membership_on_the_business_day() -> None:
    mover = replace(
        member("ana", "north"),
        memberships=(
            replace(member("ana", "north").memberships[0], span=span(None, "11-16")),
            replace(member("ana", "south").memberships[0], span=span("11-16", None)),
        ),
        targets=(flat(210),),
    )
    records = [record("a", "ana", "11-15 22:59", 10), record("b", "ana", "11-15 23:00", 5)]
    sums = "format: most\nscore: {metric: revenue}\nentrants: {kind: team, team_score: sum}\n"
    assert board(result(rules_of(sums), records, Roster((mover,)))) == [
        (1, "north", "10"),
        (2, "south", "5"),
    ]
    percent = PERCENT + "entrants: {kind: team, team_score: sum}\n"
    rows = result(rules_of(percent), records, Roster((mover,))).rows
    assert {row.entrant: row.target for row in rows} == {"north": 100, "south": 110}


def test_team_percent_is_pooled_or_a_mean_of_percents() -> None:
    roster = Roster(
        tuple(
            replace(member(name, "north"), targets=targets)
            for name, targets in {"ana": (flat(100),), "ben": (flat(300),), "cleo": ()}.items()
        )
    )
    records = [record("a", "ana", "11-03 10:00", 100), record("c", "cleo", "11-03 10:00", 99)]
    found = {
        how: as_text(score)
        for how in ("sum", "mean", "best_n, best_n: 1")
        if (
            score := result(
                rules_of(f"{PERCENT}entrants: {{kind: team, team_score: {how}}}\n"), records, roster
            )
            .row("north")
            .score
        )
        is not None
    }
    assert found == {"sum": "25", "mean": "50", "best_n, best_n: 1": "100"}
    with pytest.raises(Invalid) as caught:
        rules_of(PERCENT + "entrants: {kind: team, team_score: per_fte}\n")
    assert [issue.code for issue in caught.value.issues] == ["team_score_not_possible"]


@pytest.mark.parametrize(
    ("how", "reached"),
    [
        ("team_score: sum", {"north": "11-05 10:00", "south": None}),
        ("team_score: mean", {"north": "11-07 10:00", "south": None}),
        ("team_score: best_n, best_n: 1", {"north": "11-07 10:00", "south": None}),
    ],
)
def test_team_race(how: str, reached: dict[str, str | None]) -> None:
    records = [
        *TEAM_RECORDS,
        record("d", "ben", "11-05 10:00", 20),
        record("e", "ana", "11-07 10:00", 90),
    ]
    standings = result(rules_of(f"{RACE}entrants: {{kind: team, {how}}}\n"), records, TEAMS)
    assert {row.entrant: row.reached_at for row in standings.rows} == {
        team: at(moment) if moment else None for team, moment in reached.items()
    }


# 3, weighted points ---------------------------------------------------------------------------

POINTS = """format: weighted_points
score:
  parts:
    - {metric: calls, measure: count, points: 2, cap_per_day: 5}
    - {metric: revenue, points: 0.1, cap: 12}
"""


def test_weighted_points_with_caps_and_a_negative_correction() -> None:
    records = [
        record("c1", "ana", "11-03 10:00", metric="calls"),
        record("c2", "ana", "11-03 11:00", metric="calls"),
        record("c3", "ana", "11-03 12:00", metric="calls"),
        record("c4", "ana", "11-04 12:00", metric="calls"),
        record("r1", "ana", "11-04 13:00", 100),
        record("r2", "ana", "11-05 13:00", 50),
        record("r3", "ana", "11-06 13:00", -40),
    ]
    row = result(rules_of(POINTS), records, people("ana")).row("ana")
    assert row.score == 5 + 2 + 11
    assert [(e.record.id, as_text(e.amount), bool(e.notes)) for e in row.effects] == [
        ("c1", "2", False),
        ("c2", "2", False),
        ("c3", "1", True),
        ("c4", "2", False),
        ("r1", "10", False),
        ("r2", "2", True),
        ("r3", "-1", True),
    ]


def test_a_metric_twice_is_refused() -> None:
    with pytest.raises(Invalid) as caught:
        rules_of(POINTS + "    - {metric: calls, points: 1}\n")
    assert [(i.code, i.place.line) for i in caught.value.issues] == [("metric_twice", 10)]


# 5, rate --------------------------------------------------------------------------------------

RATE = """format: rate
score:
  numerator: [{metric: won, measure: count}]
  denominator: [{metric: won, measure: count}, {metric: lost, measure: count}]
  minimum_denominator: 2
"""


def closed(name: str, wins: int, losses: int) -> list[object]:
    pairs = [("won", n) for n in range(wins)] + [("lost", n) for n in range(losses)]
    return [record(f"{name}{m}{n}", name, "11-03 10:00", metric=m) for m, n in pairs]


def test_rate_needs_its_minimum_denominator() -> None:
    records = [*closed("ana", 1, 0), *closed("ben", 1, 1), *closed("cleo", 2, 1)]
    standings = result(rules_of(RATE), records, people("ana", "ben", "cleo", "dora"))
    assert board(standings) == [
        (1, "cleo", "200/3"),
        (2, "ben", "50"),
        (None, "ana", None),
        (None, "dora", None),
    ]
    reasons = [row.reason.code for row in standings.rows if row.reason]
    assert reasons == ["small_denominator", "no_denominator"]


def test_rate_where_lower_wins_ranks_a_true_zero_and_breaks_ties_by_denominator() -> None:
    records = [*closed("ana", 0, 2), *closed("ben", 0, 3), *closed("cleo", 1, 1)]
    text = RATE + "  better: lower\nties: {rule: chain, chain: [{by: larger_denominator}]}\n"
    standings = result(rules_of(text), records, people("ana", "ben", "cleo", "dora"))
    assert board(standings) == [
        (1, "ben", "0"),
        (2, "ana", "0"),
        (3, "cleo", "50"),
        (None, "dora", None),
    ]


def test_team_rate_pools_small_members() -> None:
    text = RATE + "entrants: {kind: team, team_score: sum}\n"
    records = [*closed("ana", 1, 0), *closed("ben", 0, 1), *closed("cleo", 1, 0)]
    assert board(result(rules_of(text), records, TEAMS)) == [
        (1, "north", "50"),
        (None, "south", None),
    ]


# 6, average; 7, largest -----------------------------------------------------------------------


def test_average_without_a_record_is_unranked() -> None:
    text = "format: average\nscore: {metric: revenue, minimum_records: 2}\n"
    records = [
        record("a", "ana", "11-03 10:00", 1),
        record("b", "ana", "11-03 10:00", 2),
        record("c", "ben", "11-03 10:00", 9),
    ]
    standings = result(rules_of(text), records, people("ana", "ben", "cleo"))
    assert board(standings) == [(1, "ana", "1.5"), (None, "ben", None), (None, "cleo", None)]


def test_largest_record_falls_to_the_next_best_when_cancelled() -> None:
    text = "format: largest_record\nscore: {metric: revenue}\n"
    records = [
        record("a", "ana", "11-03 10:00", 90),
        record("b", "ana", "11-04 10:00", 40),
        record("c", "ben", "11-04 10:00", 60),
        Cancellation("x", "a", at("11-20 10:00")),
    ]
    rules, trio = rules_of(text), people("ana", "ben", "cleo")
    assert board(result(rules, records, trio, at("11-19 10:00"))) == [
        (1, "ana", "90"),
        (2, "ben", "60"),
        (None, "cleo", None),
    ]
    standings = result(rules, records, trio)
    assert board(standings) == [(1, "ben", "60"), (2, "ana", "40"), (None, "cleo", None)]
    assert [e.record.id for e in standings.row("ana").effects] == ["b"]


# 10, 11, 12 -----------------------------------------------------------------------------------


def test_over_the_line_everyone_at_the_target_wins() -> None:
    text = """format: over_the_line
score: {metric: revenue, target: 50}
prizes: [{for: winners, kind: money, amount: 10, currency: EUR}]
"""
    records = [
        record("a", "ana", "11-03 10:00", 50),
        record("b", "ben", "11-03 10:00", 70),
        record("c", "cleo", "11-03 10:00", 49),
    ]
    standings = result(rules_of(text), records, people("ana", "ben", "cleo"))
    assert [(r.rank, r.entrant, r.winner) for r in standings.rows] == [
        (None, "ben", True),
        (None, "ana", True),
        (None, "cleo", False),
    ]
    assert won(standings) == [("ana", 1, 1000), ("ben", 1, 1000)]


def test_over_the_own_line_needs_a_target() -> None:
    text = "format: over_the_line\nscore: {metric: revenue, target: own}\n"
    roster = Roster((with_target("ana", flat(5)), with_target("ben", flat(0)), with_target("cleo")))
    records = [record(name, name, "11-03 10:00", 5) for name in ("ana", "ben", "cleo")]
    standings = result(rules_of(text), records, roster)
    assert [(row.entrant, row.winner) for row in standings.rows] == [
        ("ana", True),
        ("ben", False),
        ("cleo", False),
    ]


COLLECTIVE = """format: collective_goal
score: {metric: revenue, target: 100, stretch: [120 %, 150 %], minimum_contribution: 10}
prizes:
  - {for: tier, tier: 1, kind: points, amount: 5}
  - {for: tier, tier: 2, kind: points, amount: 8}
"""


def test_collective_goal_with_tiers_and_a_least_part() -> None:
    records = [
        record("a", "ana", "11-03 10:00", 80),
        record("b", "ben", "11-03 10:00", 9),
        record("c", "cleo", "11-03 10:00", 31),
    ]
    standings = result(rules_of(COLLECTIVE), records, people("ana", "ben", "cleo"))
    goal = standings.collective
    assert goal is not None
    assert (str(goal.total), str(goal.target), goal.tier) == ("120", "100", 2)
    assert [(r.entrant, r.winner, r.tier) for r in standings.rows] == [
        ("ana", True, 2),
        ("cleo", True, 2),
        ("ben", False, 0),
    ]
    assert won(standings) == [("ana", 2, 8), ("cleo", 2, 8)]
    short = result(rules_of(COLLECTIVE), records[:2], people("ana", "ben", "cleo"))
    assert not any(row.winner for row in short.rows)
    assert short.awards == ()


@pytest.mark.parametrize(
    ("pays", "expected"),
    [("highest", [("ana", 2, 20)]), ("every", [("ana", 1, 10), ("ana", 2, 20)])],
)
def test_steps_exactly_on_a_tier_pays_it(pays: str, expected: list[tuple[str, int, int]]) -> None:
    text = f"""format: steps
score: {{metric: revenue, tiers: [50, 100, 150], pays: {pays}}}
prizes:
  - {{for: tier, tier: 1, kind: points, amount: 10}}
  - {{for: tier, tier: 2, kind: points, amount: 20}}
  - {{for: tier, tier: 3, kind: points, amount: 30}}
"""
    records = [record("a", "ana", "11-03 10:00", 100), record("b", "ben", "11-03 10:00", 49)]
    standings = result(rules_of(text), records, people("ana", "ben"))
    assert [(row.entrant, row.tier) for row in standings.rows] == [("ana", 2), ("ben", 0)]
    assert won(standings) == expected
    with pytest.raises(Invalid) as caught:
        rules_of(text.replace("tier: 3", "tier: 4").replace("100, 150", "150, 100"))
    codes = [issue.code for issue in caught.value.issues]
    assert codes == ["tiers_not_rising", "no_such_tier"]


# 27, streak -----------------------------------------------------------------------------------

STREAK = "format: streak\nscore: {metric: calls, measure: count, at_least: 2%s}\n"


def days(name: str, *listed: int) -> list[object]:
    return [
        record(f"{name}{day}{n}", name, f"11-{day:02} 1{n}:00", metric="calls")
        for day in listed
        for n in range(2)
    ]


def streak(extra: str, listed: tuple[int, ...], as_of: str = "12-10 10:00", **person: Any) -> str:
    ana = replace(Person("ana", "Ana"), **person)
    standings = result(rules_of(STREAK % extra), days("ana", *listed), Roster((ana,)), at(as_of))
    return as_text(standings.row("ana").score or Fraction(0))


def test_streak_over_a_weekend_broken_repaired_and_frozen_by_leave() -> None:
    assert streak("", (2, 3, 4, 5, 6, 9, 10)) == "7"
    assert streak("", (2, 3, 5, 6, 9, 10)) == "4"
    assert streak(", repairs: 1", (2, 3, 5, 6, 9, 10)) == "6"
    assert streak("", (2, 3, 5, 6, 9, 10), absences=(span("11-04", "11-05"),)) == "6"
    assert streak("", (2, 4, 5, 9), weekdays=frozenset({0, 2, 3})) == "4"


def test_a_running_day_does_not_break_and_the_current_run_may_count() -> None:
    assert streak(", counts: current", (9, 10), as_of="11-11 10:00") == "2"
    assert streak(", counts: current", (9, 10), as_of="11-12 10:00") == "0"
    assert streak("", (9, 10), as_of="11-12 10:00") == "2"


def test_a_part_timer_has_the_free_days_that_the_share_leaves() -> None:
    at_80 = (Membership("north", Fraction(4, 5)),)
    # one empty day a week is free, whichever it is; the second one breaks
    assert streak("", (2, 3, 4, 6, 10, 11, 12, 13), memberships=at_80) == "8"
    assert streak("", (2, 3, 4, 6, 10, 12, 13), memberships=at_80) == "5"
    # leave is taken from the days at work, so there is still one free day
    away = (span("11-03", "11-04"),)
    assert streak("", (4, 5, 6, 9, 10, 11, 12), memberships=at_80, absences=away) == "7"
    # full time, or weekdays that are known: every one of them is asked
    assert streak("", (2, 3, 4, 6), memberships=(Membership("north"),)) == "3"
    known = frozenset({0, 1, 2, 3})
    assert streak("", (2, 3, 5), memberships=at_80, weekdays=known) == "2"


def test_a_part_timer_needs_the_share_of_a_week() -> None:
    text = "format: streak\nscore: {metric: calls, measure: count, per: week, at_least: 5}\n"
    half = Person("ana", "Ana", memberships=(Membership("north", Fraction(1, 2)),))
    calls = [record(f"c{n}", "ana", f"11-0{n} 10:00", metric="calls") for n in (2, 3)]
    assert board(result(rules_of(text), calls, Roster((half,)))) == [(None, "ana", "0")]
    calls.append(record("c4", "ana", "11-04 10:00", metric="calls"))
    assert board(result(rules_of(text), calls, Roster((half,)))) == [(1, "ana", "1")]
    full = replace(half, memberships=(Membership("north"),))
    assert board(result(rules_of(text), calls, Roster((full,)))) == [(None, "ana", "0")]


def test_weekly_streak_lowers_the_minimum_in_a_short_week() -> None:
    text = "format: streak\nscore: {metric: calls, measure: count, per: week, at_least: 5}\n"
    away = replace(Person("ana", "Ana"), absences=(span("11-09", "11-12"),))
    records = [
        *[record(f"a{n}", "ana", "11-03 10:00", metric="calls") for n in range(5)],
        *[record(f"b{n}", "ana", "11-12 10:00", metric="calls") for n in range(2)],
    ]
    scores = [
        result(rules_of(text), records, Roster((person,))).row("ana").score
        for person in (Person("ana", "Ana"), away)
    ]
    assert scores == [1, 2]
