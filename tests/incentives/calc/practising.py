"""Plans of usual practice in a few lines, and the small arithmetic that checks them by hand."""

from fractions import Fraction
from typing import Any

from incentives.calc import calculate_periods, parse_document, parse_plan
from kernel.documents import load_text
from tests.incentives.calc.rechecking import recheck_payee

F = Fraction
HEAD: dict[str, Any] = {"key": "practice", "name": "Practice", "currency": "EUR", "period": "any"}
MEASURES: dict[str, Any] = {
    "revenue": {"sum": "amount", "unit": "money"},
    "whole": {"sum": "amount", "share": False, "unit": "money"},
    "quota": {"objective": "revenue"},
}


def totals(plan: str, inputs: str) -> list[dict[str, Fraction]]:
    """What each payee gets in each period. The plan gives `steps` or `components`, and the rest.

    Every trace is re-evaluated, every ledger balanced.
    """
    block: Any = load_text(plan).value
    lines = block.pop("components", None) or [{"key": "line", "steps": block.pop("line")}]
    document = {
        **HEAD, **block, "measures": MEASURES | block.get("measures", {}), "components": lines,
    }  # fmt: skip
    body: Any = load_text(inputs).value
    if "periods" not in body:
        body = {"periods": [body]}
    read = parse_plan(document)
    periods = parse_document(body, currency="EUR", convertible=bool(read.conversion.rates))
    assert isinstance(periods, tuple)
    results = calculate_periods(read, periods).periods
    for _, result in results:
        for payee in result.payees:
            recheck_payee(payee.trace)
            assert sum(posting.amount.minor for posting in payee.ledger) == 0
    return [{one.id: one.total.amount for one in result.payees} for _, result in results]


def paid(plan: str, inputs: str) -> list[Fraction]:
    """What the only payee gets in each period."""
    return [next(iter(found.values())) for found in totals(plan, inputs)]


def cents(value: Fraction | int) -> Fraction:
    """Half-up to the cent, symmetric: written again here, without the engine."""
    size = abs(F(value)) * 100
    whole = size.numerator // size.denominator
    whole += 2 * (size - whole) >= 1
    return F(-whole if value < 0 else whole, 100)


def slices(base: Fraction | int, tiers: list[tuple[int, str]]) -> Fraction:
    """Marginal tiers by hand: (limit, rate) from 0 upwards."""
    total = F(0)
    for n, (limit, rate) in enumerate(tiers):
        top = tiers[n + 1][0] if n + 1 < len(tiers) else None
        inside = max(min(F(base), F(top)) - limit if top is not None else F(base) - limit, F(0))
        total += inside * F(rate)
    return total
