"""How late the records of a power hour became known: measured, beside what the rules state."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction

from challenges.calc.records import Record, Told
from challenges.calc.rules import Rules

SLOW = Fraction(95, 100)
"""The part of the records that the slow figure covers."""


@dataclass(frozen=True, slots=True)
class Arrivals:
    """Minutes from the moment of a record until it was known: of half of them, and of 95 %."""

    records: int
    median: Fraction
    slow: Fraction


def arrivals_of(rules: Rules, entries: Iterable[Told], as_of: datetime) -> Arrivals | None:
    """Of the records that count in the window, as they were first told; None in other formats, and
    where there is none. A record that carries only a date says nothing."""
    if rules.format.key != "power_hour":
        return None
    return measured(
        one.recorded_at - one.occurred_at
        for one in entries
        if isinstance(one, Record)
        and one.supersedes is None
        and one.metric in rules.metrics
        and not one.date_only
        and rules.start <= one.occurred_at < rules.end
        and one.recorded_at <= as_of
    )


def measured(delays: Iterable[timedelta]) -> Arrivals | None:
    """By nearest rank: the smallest delay that so many do not exceed. One that was told ahead of
    its moment arrived at once."""
    ordered = sorted(max(one, timedelta()) for one in delays)
    if not ordered:
        return None
    return Arrivals(len(ordered), _at(ordered, Fraction(1, 2)), _at(ordered, SLOW))


def _at(ordered: list[timedelta], part: Fraction) -> Fraction:
    rank = -(-len(ordered) * part.numerator // part.denominator)
    return Fraction(ordered[rank - 1] // timedelta(microseconds=1), 60_000_000)
