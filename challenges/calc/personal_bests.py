"""Personal records: months better than all before, of one person and one metric. Pure."""

from collections.abc import Mapping
from datetime import date
from fractions import Fraction

MONTHS_BEFORE = 3
"""So many earlier months must have a figure above zero: a newcomer's second month is no record."""


def best_months(values: Mapping[date, Fraction]) -> frozenset[date]:
    """The months (by first day) whose figure is above zero and above that of every earlier month,
    of which at least `MONTHS_BEFORE` have one above zero. Equal to the best is no record."""
    found: set[date] = set()
    best, seen = Fraction(0), 0
    for month in sorted(values):
        value = values[month]
        if value > best:
            if seen >= MONTHS_BEFORE:
                found.add(month)
            best = value
        seen += value > 0
    return frozenset(found)
