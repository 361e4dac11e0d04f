"""Small plans and inputs for tests: one component of given steps, one payee."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from incentives.calc import PayeeResult, Plan, calculate, parse_inputs, parse_plan

MEASURES: Mapping[str, Any] = {
    "revenue": {"sum": "amount", "unit": "money"},
    "quota": {"objective": "revenue"},
    "attainment": {"formula": "revenue / quota"},
    "win_rate": {"kpi": "win_rate"},
    "pay": {"given": "pay"},
}


def plan_of(*steps: Mapping[str, Any], measures: Mapping[str, Any] = MEASURES, **top: Any) -> Plan:
    """A plan in euros with one component `pay` of these steps."""
    body: dict[str, Any] = {
        "key": "test",
        "name": "Test",
        "currency": "EUR",
        "period": "quarter",
        "measures": measures,
        "components": [{"key": "commission", "steps": list(steps)}],
        **top,
    }
    return parse_plan(body)


def deals(*amounts: str | int) -> list[dict[str, Any]]:
    """Credits d1, d2, ... closed on 1, 2, ... January 2026."""
    return [
        {"id": f"d{n}", "closed_at": f"2026-01-{n:02}", "amount": str(amount)}
        for n, amount in enumerate(amounts, start=1)
    ]


def result_of(plan: Plan, **payee: Any) -> PayeeResult:
    """The result of one payee, Ana, in the first quarter of 2026."""
    body = {"period": "2026-Q1", "payees": [{"id": "ana", **payee}]}
    return calculate(plan, parse_inputs(body, currency=plan.currency)).of("ana")


def paid(plan: Plan, *amounts: str | int, **payee: Any) -> Fraction:
    """Ana's total for deals of these amounts."""
    return result_of(plan, credits=deals(*amounts), **payee).total.amount
