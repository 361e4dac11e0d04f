"""Format 4, scorecard: several objectives with weights, floors, caps and missing targets."""

from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from challenges.calc import Cancellation, Person, Roster, Target, as_json, parse_rules
from kernel.issues import Invalid
from tests.challenges.calc.builders import HEAD, at, board, member, record, result, rules_of

CARD = """format: scorecard
score:
  parts:
    - {metric: revenue, weight: 60 %, floor: 50 %, cap: 120 %}
    - {metric: calls, measure: count, weight: 40 %, target: 5}
"""


def person(name: str, revenue: int | None = None) -> Person:
    targets = () if revenue is None else (Target(Fraction(revenue), "revenue"),)
    return Person(name, name.title(), targets=targets)


def calls(name: str, count: int) -> list[Any]:
    return [record(f"{name}-c{n}", name, "11-04 10:00", metric="calls") for n in range(count)]


def test_the_score_is_the_weighted_mean_of_what_counts() -> None:
    roster = Roster((person("ana", 100), person("ben", 200), person("cleo", 100)))
    records = [
        record("a", "ana", "11-03 10:00", 90),  # 90 % x 0.6 + 60 % x 0.4 = 78
        *calls("ana", 3),
        record("b", "ben", "11-03 10:00", 99),  # 49.5 % is below the floor: 0 + 100 % x 0.4
        *calls("ben", 5),
        record("c", "cleo", "11-03 10:00", 300),  # capped at 120 % x 0.6, no call
    ]
    standings = result(rules_of(CARD), records, roster)
    assert board(standings) == [(1, "ana", "78"), (2, "cleo", "72"), (3, "ben", "40")]
    parts = {p.name: dict(p.figures) for p in standings.row("ben").parts}
    assert parts == {
        "revenue": {
            "actual": 99,
            "target": 200,
            "attainment": Fraction(99, 200),
            "counted": 0,
            "weight": Fraction(3, 5),
        },
        "calls": {
            "actual": 5,
            "target": 5,
            "attainment": 1,
            "counted": 1,
            "weight": Fraction(2, 5),
        },
    }


def test_exactly_on_the_floor_counts_and_below_it_may_count_as_the_floor() -> None:
    roster = Roster((person("ana", 100), person("ben", 100)))
    records = [record("a", "ana", "11-03 10:00", 50), record("b", "ben", "11-03 10:00", 49)]
    one = "format: scorecard\nscore: {parts: [{metric: revenue, floor: 50 %%%s}]}\n"
    zero = result(rules_of(one % ""), records, roster)
    assert board(zero) == [(1, "ana", "50"), (None, "ben", "0")]
    floored = result(rules_of(one % ", below_floor: floor"), records, roster)
    assert board(floored) == [(1, "ana", "50"), (1, "ben", "50")]


@pytest.mark.parametrize(("missing", "score"), [("reweight", "40"), ("zero", "16")])
def test_a_missing_target_is_reweighted_or_zero_as_stated(missing: str, score: str) -> None:
    roster = Roster((person("ana"), person("ben", 0)))
    records = [*calls("ana", 2), record("x", "ana", "11-03 10:00", 70), *calls("ben", 2)]
    standings = result(rules_of(f"{CARD}  missing: {missing}\n"), records, roster)
    assert board(standings) == [(1, "ana", score), (1, "ben", score)]
    weights = [dict(part.figures)["weight"] for part in standings.row("ana").parts]
    assert weights == ([0, 1] if missing == "reweight" else [Fraction(3, 5), Fraction(2, 5)])
    said = standings.row("ana").notes[0]
    assert said.code == "part_missing"


def test_without_any_target_there_is_no_score_and_without_records_it_is_zero() -> None:
    text = "format: scorecard\nscore: {parts: [{metric: revenue}], missing: zero}\n"
    standings = result(rules_of(text), [], Roster((person("ana"), person("ben", 10))))
    assert board(standings) == [(None, "ben", "0"), (None, "ana", None)]
    reasons = [row.reason.code for row in standings.rows if row.reason]
    assert reasons == ["no_score", "no_target"]


def test_own_targets_are_prorated_and_stated_ones_are_not() -> None:
    # November 2026 has 21 weekdays, 11 of them from the 16th
    late = replace(person("ana", 210), joined_on=date(2026, 11, 16))
    standings = result(rules_of(CARD), [record("a", "ana", "11-17 10:00", 55)], Roster((late,)))
    targets = {part.name: dict(part.figures)["target"] for part in standings.row("ana").parts}
    assert targets == {"revenue": 110, "calls": 5}
    assert standings.row("ana").score == 30


def test_correction_cancellation_and_late_arrival_move_it() -> None:
    roster = Roster((person("ana", 100),))
    text = "format: scorecard\nscore: {parts: [{metric: revenue}]}\n"
    records = [
        record("a", "ana", "11-03 10:00", 40),
        record("a2", "ana", "11-03 10:00", 70, known="11-20 10:00", supersedes="a"),
        record("b", "ana", "11-04 10:00", 30, known="12-02 10:00"),
        Cancellation("b2", "b", at("12-10 10:00")),
        record("c", "ana", "11-05 10:00", 900, known="12-10 10:00"),
    ]
    moments = ["11-10 10:00", "11-25 10:00", "12-03 10:00", "12-15 10:00"]
    scores = [result(rules_of(text), records, roster, at(m)).row("ana").score for m in moments]
    assert scores == [40, 70, 100, 70]


TEAMS = "entrants: {kind: team, team_score: %s}\n"


def test_a_team_adds_actuals_and_targets_or_takes_the_mean_of_its_members() -> None:
    roster = Roster(
        (
            replace(member("ana", "north"), targets=(Target(Fraction(100), "revenue"),)),
            replace(member("ben", "north"), targets=(Target(Fraction(300), "revenue"),)),
            member("cleo", "north"),
        )
    )
    text = "format: scorecard\nscore: {parts: [{metric: revenue, cap: 1}]}\n"
    records = [
        record("a", "ana", "11-03 10:00", 150),
        record("b", "ben", "11-03 10:00", 150),
        record("c", "cleo", "11-03 10:00", 999),
    ]
    scores = {
        how: result(rules_of(text + TEAMS % how), records, roster).row("north").score
        for how in ("sum", "mean", "best_n, best_n: 1")
    }
    # 300 of 400; the mean of 100 (capped) and 50; the best alone; cleo has no target
    assert scores == {"sum": 75, "mean": 75, "best_n, best_n: 1": 100}
    with pytest.raises(Invalid) as caught:
        rules_of(text + TEAMS % "per_fte")
    assert [issue.code for issue in caught.value.issues] == ["team_score_not_possible"]


def test_everything_wrong_is_said_at_once_with_its_line() -> None:
    text = (
        HEAD
        + """format: scorecard
score:
  missing: ignore
  parts:
    - {metric: revenue, weight: 0}
    - {metric: revenue, floor: 80 %, cap: 50 %}
    - {metric: calls, target: -3}
    - {metric: calls, targett: 3}
    - {metric: revenue}
"""
    )
    with pytest.raises(Invalid) as caught:
        parse_rules(text)
    found = [(i.code, i.place.path, i.place.line) for i in caught.value.issues]
    assert found == [
        ("not_an_option", "score.missing", 7),
        ("too_small", "score.parts[0].weight", 9),
        ("cap_below_floor", "score.parts[1].cap", 10),
        ("objective_twice", "score.parts[1].metric", 10),
        ("too_small", "score.parts[2].target", 11),
        ("unknown_key", "score.parts[3].targett", 12),
        ("objective_twice", "score.parts[3].metric", 12),
        ("objective_twice", "score.parts[4].metric", 13),
    ]


def test_the_output_tells_each_objective() -> None:
    standings = result(rules_of(CARD), calls("ana", 1), Roster((person("ana", 100),)))
    rows: Any = as_json(standings)["standings"]
    assert rows[0]["parts"][1] | {"notes": []} == {
        "name": "calls",
        "actual": "1",
        "target": "5",
        "attainment": "0.2",
        "counted": "0.2",
        "weight": "0.4",
        "notes": [],
    }
    assert [line["part"] for line in rows[0]["lines"]] == ["calls"]


RATES = st.integers(1, 30).map(lambda tenths: Fraction(tenths, 10))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 300),
            st.sampled_from([0, 50, 100]),
            st.integers(1, 5),
            st.one_of(st.none(), RATES),
            st.one_of(st.none(), RATES),
        ),
        min_size=1,
        max_size=5,
    ),
    st.booleans(),
)
def test_it_agrees_with_a_sum_by_hand(parts: list[Any], zero: bool) -> None:
    if any(f is not None and c is not None and c < f for *_, f, c in parts):
        return
    spelled, records, targets = [], [], []
    total, weights, missing = Fraction(0), Fraction(0), True
    for number, (actual, target, weight, floor, cap) in enumerate(parts):
        limits = f", floor: {_spell(floor)}" if floor is not None else ""
        limits += f", cap: {_spell(cap)}" if cap is not None else ""
        spelled.append(f"{{metric: m{number}, weight: {weight}{limits}}}")
        records.append(record(f"r{number}", "ana", "11-03 10:00", actual, f"m{number}"))
        if target:
            targets.append(Target(Fraction(target), f"m{number}"))
            missing = False
            share = Fraction(actual, target)
            if floor is not None and share < floor:
                share = Fraction(0)
            elif cap is not None:
                share = min(share, cap)
            total += weight * share
        weights += weight if target or zero else 0
    text = f"format: scorecard\nscore: {{missing: {'zero' if zero else 'reweight'}, parts: ["
    rules = rules_of(text + ", ".join(spelled) + "]}\n")
    row = result(rules, records, Roster((Person("ana", targets=tuple(targets)),))).row("ana")
    assert row.score == (None if missing else 100 * total / weights)


def _spell(value: Fraction) -> str:
    return f"{value * 100} %"
