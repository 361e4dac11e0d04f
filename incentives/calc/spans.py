"""The span of time that a balance belongs to, so that it begins anew with the next one."""

from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from typing import TypeVar

from incentives.calc.fields import Choice, Field, Number
from kernel.periods import Period

YEAR_STARTS = Field(
    "year_starts", Number(Fraction(1), whole=True), "the first month of the year", Fraction(1)
)
RUNNING_TOTAL = "to_date."
"""What the names of running totals begin with; no other balance has a dot there."""
Figure = TypeVar("Figure")
SPANS = ("quarter", "half", "year")
SINCE = Field(
    "since",
    Choice(("year", "half", "quarter", "ever")),
    "what is remembered begins anew with each year, half-year or quarter, or never",
    "year",
)


def span_balance(name: str, start: date, since: str, first_month: Fraction | int) -> str:
    """The name of a balance in the year, half or quarter of a day: `excess.paid.2026-Q1`.

    Since ever it is the plain name.
    """
    month = min(int(first_month), 12)
    match since:
        case "ever":
            return name
        case "half":
            span = Period.half(start, month)
        case "quarter":
            span = Period.quarter(start, month)
        case _:
            span = Period.year(start, month)
    return f"{name}.{span.name.replace('/', '_')}"


def carried_on(brought: Mapping[str, Figure], left: Mapping[str, Figure]) -> dict[str, Figure]:
    """All balances after a period: one that no step of the plan has touched stays as it was.

    Not so a running total that the plan does not keep, under that name: it would lack this period,
    and be taken for whole by a version that gives the measure its old key again.
    """
    kept = {name: value for name, value in brought.items() if not name.startswith(RUNNING_TOTAL)}
    return {**kept, **left}
