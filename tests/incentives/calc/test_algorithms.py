"""Every worked table of docs/algorithms/incentives.md, calculated by the engine."""

import re
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from incentives.calc import (
    calculate,
    calculate_periods,
    parse_document,
    parse_inputs,
    parse_plan,
)
from incentives.calc.quantities import exact_number
from incentives.calc.steps import MECHANICS
from kernel.documents import load_text

PAGE = Path(__file__).parents[3] / "docs" / "algorithms" / "incentives.md"


class Case(NamedTuple):
    """One row of a worked table."""

    mechanic: str
    plan: Any
    columns: list[str]
    cells: list[str]

    def __str__(self) -> str:
        return f"{self.mechanic}: {' | '.join(self.cells)}"


def cells_of(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


TABLE = re.compile(r"```yaml( periods)?\n(.*?)```\n\n((?:\|[^\n]*\n)+)", re.DOTALL)


def tables_of(section: str, periods: bool) -> list[list[Case]]:
    mechanic, _, body = section.partition("\n")
    found = []
    for kind, plan, table in TABLE.findall(body):
        header, _, *rows = table.strip().splitlines()
        columns, read = cells_of(header), load_text(plan).value
        if bool(kind) is periods:
            found.append([Case(mechanic.strip(), read, columns, cells_of(row)) for row in rows])
    return found


SECTIONS = PAGE.read_text(encoding="utf-8").split("\n## ")[2:]
CASES = [case for one in SECTIONS for table in tables_of(one, periods=False) for case in table]
CHAINS = [table for section in SECTIONS for table in tables_of(section, periods=True)]
OWN = ("deals", "shares", "pays", "issue", "ben gets")


def plan_of(case: Case) -> dict[str, Any]:
    given = [c for c in case.columns if c not in OWN and "." not in c]
    measures: dict[str, Any] = {name: {"given": name} for name in given}
    measures["revenue"] = {"sum": "amount"}
    measures["whole"] = {"sum": "amount", "share": False}
    block: Any = case.plan if isinstance(case.plan, dict) else {"steps": case.plan}
    rest = {key: value for key, value in block.items() if key not in ("steps", "measures")}
    return {
        "key": "case",
        "name": "Case",
        "currency": "EUR",
        "period": "quarter",
        "measures": measures | (block.get("measures") or {}),
        "components": [{"key": "line", "steps": block["steps"]}],
        **rest,
    }


def within(row: dict[str, str], prefix: str) -> dict[str, str]:
    return {k[len(prefix) :]: v for k, v in row.items() if k.startswith(prefix) and v}


def credits_of(row: dict[str, str]) -> list[dict[str, Any]]:
    """The deals of a row; `shares` and `deal.<key>` have one entry for each of them."""
    columns = within({**row, "deal.share": row.get("shares", "")}, "deal.")
    lists = {key: [part.strip() for part in text.split(";")] for key, text in columns.items()}
    amounts = [part.strip() for part in row.get("deals", "").split(";") if part.strip()]
    credits: list[dict[str, Any]] = []
    for n, amount in enumerate(amounts):
        own = {key: cells[n] for key, cells in lists.items() if cells[n]}
        credit: dict[str, Any] = {"id": f"d{n}", "closed_at": f"2026-01-{n + 1:02}"}
        words = [word for word in ("share", "currency", "closed_at") if word in own]
        keys: dict[str, Any] = {word: own.pop(word) for word in words}
        credits.append({**credit, "amount": amount, "attributes": own, **keys})
    return credits


def inputs_of(case: Case, period: str = "2026-Q1") -> dict[str, Any]:
    row = dict(zip(case.columns, case.cells, strict=True))
    figures = {k: v or None for k, v in row.items() if "." not in k and k not in OWN}
    payee = {
        "id": "ana",
        "credits": credits_of(row),
        "measures": figures,
        "carried": within(row, "carried."),
        **{key: load_text(text).value for key, text in within(row, "payee.").items()},
    }
    others = [{"id": "ben"}] if "ben gets" in row else []
    more = {key: load_text(text).value for key, text in within(row, "inputs.").items()}
    return {"period": period, "payees": [payee, *others], **more}


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_row_of_the_page_is_what_the_engine_gives(case: Case) -> None:
    result = calculate(parse_plan(plan_of(case)), parse_inputs(inputs_of(case), currency="EUR"))
    payee = result.of("ana")
    expected = exact_number(case.cells[case.columns.index("pays")])
    assert payee.total.amount == expected
    assert sum((line.amount.amount for line in payee.lines), Fraction(0)) == expected
    row = dict(zip(case.columns, case.cells, strict=True))
    if "ben gets" in row:
        assert result.of("ben").total.amount == exact_number(row["ben gets"])
    if "issue" in row:
        assert [issue.code for issue in payee.issues] == row["issue"].split()
        return
    missing = any(not cell for key, cell in row.items() if key != "deals" and "." not in key)
    zero = "0" in (row.get("quota"), row.get("weight")) or row.get("share") == "0"
    assert bool(payee.issues) is (missing or zero)


@pytest.mark.parametrize("table", CHAINS, ids=lambda table: table[0].mechanic)
def test_the_rows_of_a_table_of_periods_follow_each_other(table: list[Case]) -> None:
    """One row for each month of 2026; from one to the next flows what the engine carries."""
    rows = [inputs_of(case, f"2026-{n:02}") for n, case in enumerate(table, start=1)]
    inputs = parse_document({"periods": rows}, currency="EUR")
    assert isinstance(inputs, tuple)
    chain = calculate_periods(parse_plan(plan_of(table[0])), inputs)
    found = [result.of("ana").total.amount for _, result in chain.periods]
    assert found == [exact_number(case.cells[case.columns.index("pays")]) for case in table]


def test_every_mechanic_has_a_section_with_worked_cases() -> None:
    worked = {case.mechanic for case in CASES}
    # what settles deals goes over several periods: test_ledger.py reads those tables
    periods = {section.partition("\n")[0] for section in SECTIONS if "```yaml ledger" in section}
    settling = {key for key, mechanic in MECHANICS.items() if mechanic.kind == "settles"}
    assert set(MECHANICS) - settling <= worked
    assert settling <= periods
