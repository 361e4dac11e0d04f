"""The public pipeline data against its reference: rankings, ties and races of all quarters."""

import csv
import json
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from challenges.calc import Entry, Person, Record, Roster, Standings, parse_rules, standings
from kernel.numbers import as_text

AS_OF = datetime(2018, 3, 1, tzinfo=UTC)
QUARTERS = {
    "2017-Q1": ("2017-01-01", "2017-04-01"),
    "2017-Q2": ("2017-04-01", "2017-07-01"),
    "2017-Q3": ("2017-07-01", "2017-10-01"),
    "2017-Q4": ("2017-10-01", "2018-01-01"),
}
Board = Callable[..., Standings]


@pytest.fixture(scope="module")
def reference(shared: Path) -> dict[str, Any]:
    text = (shared / "data/maven_crm_sales/reference.json").read_text()
    found: dict[str, Any] = json.loads(text)
    return found


@pytest.fixture(scope="module")
def pipeline(shared: Path) -> list[dict[str, str]]:
    with (shared / "data/maven_crm_sales/sales_pipeline.csv").open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def entries(pipeline: list[dict[str, str]]) -> list[Entry]:
    found: list[Entry] = []
    for row in pipeline:
        if row["deal_stage"] not in ("Won", "Lost"):
            continue
        day = datetime.combine(date.fromisoformat(row["close_date"]), time(), UTC)
        id_, agent = row["opportunity_id"], row["sales_agent"]
        metric = "revenue" if row["deal_stage"] == "Won" else "lost"
        value = Fraction(row["close_value"])
        found.append(Record(id_, agent, metric, day, day, value, date_only=True))
    return found


@pytest.fixture(scope="module")
def agents(shared: Path) -> Roster:
    with (shared / "data/maven_crm_sales/sales_teams.csv").open(newline="") as file:
        return Roster(
            tuple(Person(row["sales_agent"], row["sales_agent"]) for row in csv.DictReader(file))
        )


@pytest.fixture
def board(entries: list[Entry], agents: Roster) -> Board:
    def make(window: tuple[str, str], text: str) -> Standings:
        head = f"key: q\ntimezone: UTC\nwindow: {{start: {window[0]}, end: {window[1]}}}\n"
        rules = parse_rules(head + text)
        return standings(rules, entries, agents, rules.calendar, AS_OF)

    return make


def ranked(result: Standings, upto: int) -> list[tuple[int | None, str, str]]:
    return [
        (row.rank, row.entrant, as_text(row.score))
        for row in result.rows
        if row.rank is not None and row.rank <= upto and row.score is not None
    ]


@pytest.mark.parametrize("quarter", QUARTERS)
@pytest.mark.parametrize(("by", "measure"), [("won", "count"), ("revenue", "sum")])
def test_top_ten_of_each_quarter(
    reference: dict[str, Any], board: Board, quarter: str, by: str, measure: str
) -> None:
    text = f"format: most\nscore: {{metric: revenue, measure: {measure}}}\n"
    result = board(QUARTERS[quarter], text)
    expected = reference["rankings"][f"{quarter}_top10_by_{by}"]
    assert ranked(result, 10) == [(e["rank"], e["sales_agent"], str(e[by])) for e in expected]
    assert [r.tied for r in result.rows if r.rank is not None and r.rank <= 10] == [
        e["tied"] for e in expected
    ]


@pytest.mark.parametrize("month", [f"2017-{m:02}" for m in range(3, 13)])
def test_full_ranking_of_each_month_by_wins(
    reference: dict[str, Any], board: Board, month: str
) -> None:
    year, number = map(int, month.split("-"))
    end = date(year + number // 12, number % 12 + 1, 1).isoformat()
    result = board((f"{month}-01", end), "format: most\nscore: {metric: revenue, measure: count}")
    expected = reference["rankings"][f"{month}_full_ranking_by_won"]
    with_wins = [e for e in expected if e["won"] > 0]
    assert ranked(result, 100) == [(e["rank"], e["sales_agent"], str(e["won"])) for e in with_wins]


def test_idle_agents_are_listed_with_zero(reference: dict[str, Any], board: Board) -> None:
    text = "format: most\nminimum: 0\nscore: {metric: revenue}\n"
    result = board(QUARTERS["2017-Q4"], text)
    expected = reference["roster_aware_2017_Q4_by_revenue"]
    assert ranked(result, 100) == [
        (e["rank"], e["sales_agent"], str(e["revenue"])) for e in expected
    ]
    assert len(result.rows) == 35


@pytest.mark.parametrize("quarter", ["2017-Q2", "2017-Q3", "2017-Q4"])
def test_race_to_100000(reference: dict[str, Any], board: Board, quarter: str) -> None:
    text = "format: race\nwinners: all\nscore: {metric: revenue, target: 100000}\n"
    result = board(QUARTERS[quarter], text)
    assert [
        {
            "rank": row.rank,
            "sales_agent": row.entrant,
            "reached_on": row.reached_at.date().isoformat() if row.reached_at else None,
            "cumulative_that_day": int(row.reached_value or 0),
        }
        for row in result.rows
        if row.rank is not None
    ] == reference["challenges"][f"race_to_100000_revenue_{quarter}"]


def test_race_ends_with_its_winners(board: Board) -> None:
    text = "format: race\nwinners: 5\nscore: {metric: revenue, target: 100000}\n"
    result = board(QUARTERS["2017-Q3"], text)
    assert [(row.rank, row.entrant) for row in result.rows if row.winner] == [
        (1, "Darcel Schlecht"),
        (2, "Donn Cantrell"),
        (3, "Vicki Laflamme"),
        (4, "Reed Clapper"),
        (5, "Corliss Cosme"),
        (5, "James Ascencio"),
    ]
    reason = result.row("Cassey Cress").reason
    assert reason is not None
    assert reason.code == "race_over"


def test_largest_deal_of_each_quarter(reference: dict[str, Any], board: Board) -> None:
    found = []
    for quarter, window in QUARTERS.items():
        top = board(window, "format: largest_record\nscore: {metric: revenue}\n").rows[0]
        (effect,) = top.effects
        found.append((quarter, top.entrant, effect.record.id, int(top.score or 0)))
    assert found == [
        (e["quarter"], e["sales_agent"], e["opportunity_id"], e["close_value"])
        for e in reference["challenges"]["biggest_single_deal_per_quarter"]
    ]


def test_longest_runs_of_calendar_days_with_a_win(reference: dict[str, Any], board: Board) -> None:
    text = (
        "format: streak\nscore: {metric: revenue, measure: count}\n"
        "calendar: {weekdays: [mon, tue, wed, thu, fri, sat, sun]}\n"
    )
    result = board(("2017-01-01", "2018-01-01"), text)
    expected = reference["challenges"]["longest_run_of_consecutive_calendar_days_with_a_win"]
    assert {row.entrant: str(row.score) for row in result.rows if row.rank is not None} == {
        e["sales_agent"]: str(e["days"]) for e in expected
    }


@pytest.mark.parametrize("quarter", QUARTERS)
def test_win_rate_of_each_quarter_with_a_minimum_of_closed_deals(
    reference: dict[str, Any], board: Board, quarter: str
) -> None:
    text = """format: rate
score:
  numerator: [{metric: revenue, measure: count}]
  denominator: [{metric: revenue, measure: count}, {metric: lost, measure: count}]
  factor: 1
"""
    rows = {row.entrant: row for row in board(QUARTERS[quarter], text).rows}
    expected = [e for e in reference["per_agent_quarter"] if e["quarter"] == quarter]
    for agent in expected:
        row = rows.pop(agent["sales_agent"])
        assert row.score == Fraction(agent["won"], agent["closed"])
        better = sum(1 for e in expected if Fraction(e["won"], e["closed"]) > row.score)
        assert row.rank == better + 1
    assert {row.score for row in rows.values()} == {None}
