"""The ledger tables of docs/algorithms/incentives.md: each row is a period of the same payee."""

import re
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from incentives.calc import ACCOUNTS, amount_text, calculate_periods, parse_document, parse_plan
from kernel.documents import load_text
from kernel.numbers import as_text
from tests.incentives.calc.rechecking import recheck_payee

PAGE = Path(__file__).parents[3] / "docs" / "algorithms" / "incentives.md"
TABLE = re.compile(r"```yaml ledger\n(.*?)```\n\n((?:\|[^\n]*\n)+)", re.DOTALL)
LISTS = ("period", "deals", "events", "pays", *ACCOUNTS)


def cells_of(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def tables() -> list[Any]:
    found = []
    for section in PAGE.read_text(encoding="utf-8").split("\n## ")[1:]:
        title = section.partition("\n")[0].strip()
        for number, match in enumerate(TABLE.finditer(section), start=1):
            header, _, *rows = match[2].strip().splitlines()
            columns = cells_of(header)
            periods = [dict(zip(columns, cells_of(row), strict=True)) for row in rows]
            steps = load_text(match[1]).value
            found.append(pytest.param(steps, periods, id=f"{title}-{number}"))
    return found


def words_of(text: str) -> list[list[str]]:
    """`D1 2026-01-15 10000; D2 2026-01-20 500` as rows of words."""
    return [one.split() for one in text.split(";") if one.strip()]


def deal_of(words: list[str]) -> dict[str, Any]:
    """`D1 2026-01-15 10000 contract_months=12`."""
    credit, day, amount, *attributes = words
    found: dict[str, Any] = {"id": credit, "closed_at": day, "amount": amount}
    return found | {"attributes": dict(one.split("=") for one in attributes)}


def event_of(words: list[str]) -> dict[str, Any]:
    """`collected D1 2026-02-10 5000`, `milestone D1 2026-02-10 name=go_live`."""
    event, credit, day, *rest = words
    found: dict[str, Any] = {"event": event, "credit": credit, "on": day}
    for one in rest:
        key, _, value = one.rpartition("=")
        found[key or "amount"] = value
    return found


def inputs_of(rows: list[dict[str, str]]) -> dict[str, Any]:
    periods = []
    for number, row in enumerate(rows, start=1):
        payee = {
            "id": "ana",
            "credits": [deal_of(words) for words in words_of(row.get("deals", ""))],
            "events": [event_of(words) for words in words_of(row.get("events", ""))],
            "measures": {key: cell or None for key, cell in row.items() if key not in LISTS},
        }
        month = row.get("period") or f"{date(2026, number, 1):%Y-%m}"
        periods.append({"period": month, "payees": [payee]})
    return {"periods": periods}


def plan_of(steps: Any, rows: list[dict[str, str]]) -> dict[str, Any]:
    given = {key: {"given": key} for key in rows[0] if key not in LISTS}
    return {
        "key": "case",
        "name": "Case",
        "currency": "EUR",
        "period": "month",
        "measures": {"revenue": {"sum": "amount"}, **given},
        "components": [{"key": "line", "steps": steps}],
    }


@pytest.mark.parametrize(("steps", "rows"), tables())
def test_a_row_is_what_the_period_pays_and_where_the_accounts_stand(
    steps: Any, rows: list[dict[str, str]]
) -> None:
    inputs = parse_document(inputs_of(rows), currency="EUR")
    assert isinstance(inputs, tuple)
    plan = parse_plan(plan_of(steps, rows))
    for count, row in enumerate(rows, start=1):
        chain = calculate_periods(plan, inputs[:count])
        payee = chain.periods[-1][1].of("ana")
        accounts = chain.ledger["ana"]["EUR"]
        found = {account: amount_text(accounts[account]) for account in ACCOUNTS}
        found["pays"] = amount_text(payee.total)
        assert found == {key: row[key] for key in found}, row
        assert sum(amount.minor for amount in accounts.values()) == 0
        debt = sum((payee.carried or {}).values(), Fraction(0))
        assert as_text(debt) == as_text(accounts["debt"].amount)
        recheck_payee(payee.trace)
