"""The year that a balance belongs to, so that it begins anew with the next one."""

from datetime import date
from fractions import Fraction

from incentives.calc.fields import Field, Number
from kernel.periods import Period

YEAR_STARTS = Field(
    "year_starts", Number(Fraction(1), whole=True), "the first month of the year", Fraction(1)
)


def year_balance(name: str, start: date, first_month: Fraction) -> str:
    """The name of a balance in the year that holds a day: `excess.paid.2026`."""
    year = Period.year(start, min(int(first_month), 12))
    return f"{name}.{year.name.replace('/', '_')}"
