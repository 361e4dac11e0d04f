"""Every worked table of docs/algorithms/incentives.md, calculated by the engine."""

import re
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from incentives.calc import calculate, parse_inputs, parse_plan
from incentives.calc.quantities import exact_number
from incentives.calc.steps import MECHANICS
from kernel.documents import load_text

PAGE = Path(__file__).parents[3] / "docs" / "algorithms" / "incentives.md"


class Case(NamedTuple):
    """One row of a worked table."""

    mechanic: str
    steps: list[dict[str, Any]]
    columns: list[str]
    cells: list[str]

    def __str__(self) -> str:
        return f"{self.mechanic}: {' | '.join(self.cells)}"


def cells_of(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def cases_of(section: str) -> list[Case]:
    mechanic, _, body = section.partition("\n")
    found = []
    for block in re.finditer(r"```yaml\n(.*?)```\n\n((?:\|[^\n]*\n)+)", body, re.DOTALL):
        steps: Any = load_text(block[1]).value
        header, _, *rows = block[2].strip().splitlines()
        columns = cells_of(header)
        found += [Case(mechanic.strip(), steps, columns, cells_of(row)) for row in rows]
    return found


SECTIONS = PAGE.read_text(encoding="utf-8").split("\n## ")[2:]
CASES = [case for section in SECTIONS for case in cases_of(section)]


def plan_of(case: Case) -> dict[str, Any]:
    given = [c for c in case.columns if c not in ("deals", "shares", "pays") and "." not in c]
    measures: dict[str, Any] = {name: {"given": name} for name in given}
    measures["revenue"] = {"sum": "amount"}
    measures["whole"] = {"sum": "amount", "share": False}
    return {
        "key": "case",
        "name": "Case",
        "currency": "EUR",
        "period": "quarter",
        "measures": measures,
        "components": [{"key": "line", "steps": case.steps}],
    }


def inputs_of(case: Case) -> dict[str, Any]:
    row = dict(zip(case.columns, case.cells, strict=True))
    amounts = [part.strip() for part in row.pop("deals", "").split(";") if part.strip()]
    shares = [part.strip() for part in row.pop("shares", "").split(";")]
    credits = [
        {"id": f"d{n}", "closed_at": f"2026-01-{n + 1:02}", "amount": amount}
        | ({"share": shares[n]} if shares[0] else {})
        for n, amount in enumerate(amounts)
    ]
    carried = {k.partition(".")[2]: v for k, v in row.items() if k.startswith("carried.")}
    figures = {k: v or None for k, v in row.items() if "." not in k and k != "pays"}
    payee = {"id": "ana", "credits": credits, "measures": figures, "carried": carried}
    return {"period": "2026-Q1", "payees": [payee]}


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_row_of_the_page_is_what_the_engine_gives(case: Case) -> None:
    result = calculate(parse_plan(plan_of(case)), parse_inputs(inputs_of(case), currency="EUR"))
    (payee,) = result.payees
    expected = exact_number(case.cells[case.columns.index("pays")])
    assert payee.total.amount == expected
    assert sum((line.amount.amount for line in payee.lines), Fraction(0)) == expected
    row = dict(zip(case.columns, case.cells, strict=True))
    missing = any(not cell for key, cell in row.items() if key != "deals")
    zero = "0" in (row.get("quota"), row.get("weight")) or row.get("share") == "0"
    assert bool(payee.issues) is (missing or zero)


def test_every_mechanic_has_a_section_with_worked_cases() -> None:
    worked = {case.mechanic for case in CASES}
    # what settles deals goes over several periods: test_ledger.py reads those tables
    periods = {section.partition("\n")[0] for section in SECTIONS if "```yaml ledger" in section}
    settling = {key for key, mechanic in MECHANICS.items() if mechanic.kind == "settles"}
    assert worked == set(MECHANICS) - settling
    assert settling <= periods
