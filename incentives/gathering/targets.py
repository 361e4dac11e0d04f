"""What is to be reached on the days that a plan pays: objectives cut to stretches of days.

An objective speaks of a stretch of days of its own (a month, a quarter). Who is paid by a plan on
some of these days only (hired, left, another role or plan) has to reach the part of it that falls
on them, so that two plans of a period never both ask for the whole.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache, partial

from kernel.calendars import WorkCalendar
from kernel.numbers import as_text
from kernel.periods import Period
from kpis.queries.objectives import ADDITIVE_UNITS, ObjectiveRow

EVERY_DAY = WorkCalendar(weekdays=frozenset(range(7)))
"""Counts calendar days."""
Part = tuple[str, int, int]
"""An objective as exact text, the days of it that are asked for, and all its days."""


@dataclass(frozen=True, slots=True)
class Held:
    """Days of one place, with the objectives that may speak of them: own ones, then the role's."""

    days: Period
    scopes: Sequence[Sequence[ObjectiveRow]]


def value_of(parts: Iterable[Part]) -> Fraction:
    """The objective that these parts make together, exactly."""
    return sum((Fraction(target) * days / of for target, days, of in parts), Fraction(0))


def parts_of(held: Sequence[Held], period: Period, calendar: WorkCalendar) -> tuple[Part, ...]:
    """The parts of objectives that fall on these days; nothing where a day has no objective.

    `calendar` says which days count. For rates, which are the same for any stretch of days, the
    parts are weights: each objective counts by its days among all of `held`.
    """
    found: dict[int, tuple[ObjectiveRow, list[Period]]] = {}
    for one in held:
        pieces = next(filter(None, (_pieces(rows, one.days, period) for rows in one.scopes)), None)
        if pieces is None:
            return ()
        for row, days in pieces:
            found.setdefault(row.id, (row, []))[1].append(days)
    additive = all(row.unit in ADDITIVE_UNITS for row, _ in found.values())
    counted = _counter(calendar, [row.period for row, _ in found.values()])
    if additive:
        return tuple(
            (as_text(row.target), sum(map(counted, days)), counted(row.period))
            for row, days in found.values()
        )
    together = sum(counted(days) for _, pieces in found.values() for days in pieces)
    if not together:
        counted, together = _calendar_days, sum(one.days.days for one in held)
    return tuple(
        (as_text(row.target), sum(map(counted, days)), together) for row, days in found.values()
    )


def _pieces(
    rows: Sequence[ObjectiveRow], days: Period, period: Period
) -> list[tuple[ObjectiveRow, Period]] | None:
    """Which objective speaks for which of the days; None when one of them has none.

    First one of exactly these days, then one of exactly the pay period, then the shortest that
    covers them; else several that follow each other.
    """
    covering = [
        row for row in rows if row.period.start <= days.start and days.end <= row.period.end
    ]
    if covering:
        return [(min(covering, key=lambda row: _rank(row, days, period)), days)]
    pieces, day = [], days.start
    while day < days.end:
        inside = [row for row in rows if row.period.contains(day)]
        if not inside:
            return None
        row = min(inside, key=lambda row: (row.period.days, row.id))
        piece = Period(day, min(row.period.end, days.end))
        pieces.append((row, piece))
        day = piece.end
    return pieces


def _rank(row: ObjectiveRow, days: Period, period: Period) -> tuple[bool, bool, int, int]:
    return (row.period != days, row.period != period, row.period.days, row.id)


def _counter(calendar: WorkCalendar, periods: Iterable[Period]) -> Callable[[Period], int]:
    """Counts days as the calendar does, or calendar days where an objective has no working day."""
    if all(_working_days(calendar, one) for one in periods):
        return partial(_working_days, calendar)
    return _calendar_days


# a whole company is asked about the same few stretches
@lru_cache(maxsize=4096)
def _working_days(calendar: WorkCalendar, days: Period) -> int:
    return calendar.working_days(days)


def _calendar_days(days: Period) -> int:
    return days.days


def shown(parts: Sequence[Part]) -> str | list[dict[str, object]]:
    """The objective as inputs state it: a number, or its parts where only some days count."""
    if all(days == of for _, days, of in parts):
        return as_text(value_of(parts))
    return [{"target": target, "days": days, "of": of} for target, days, of in parts]


def grouped(
    rows: Iterable[ObjectiveRow],
) -> Mapping[tuple[int | str | None, str], list[ObjectiveRow]]:
    """Objectives by scope (a person's id, or the key of a role) and KPI."""
    found: dict[tuple[int | str | None, str], list[ObjectiveRow]] = {}
    for row in rows:
        scope = row.role_key if row.person_id is None else row.person_id
        found.setdefault((scope, row.kpi_key), []).append(row)
    return found
