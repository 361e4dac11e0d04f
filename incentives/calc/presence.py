"""How much of a period a payee was present: calendar or working days, hours, months of 30 days."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from incentives.calc.facts import Inputs, Payee
from incentives.calc.months import whole_months
from kernel.periods import Period

COUNTED = ("calendar", "working", "hours", "thirtieths")
ONE = Fraction(1)


@dataclass(frozen=True, slots=True)
class Switches:
    """What an absence of a kind reduces: the objective, the payout, both, or nothing."""

    objective: bool = False
    payout: bool = False


Absences = Mapping[str, Switches]


def kinds_of(table: Absences, switch: str) -> frozenset[str]:
    """The kinds of absence that a switch of the plan's table deducts."""
    return frozenset(kind for kind, on in table.items() if getattr(on, switch))


def present(
    payee: Payee, inputs: Inputs, counted: str, absent: Collection[str]
) -> tuple[Fraction, Fraction, Fraction]:
    """Units present, units of the whole period, and units absent of the kinds that are deducted.

    A unit is a calendar day; a working day of the inputs' calendar; the same times the share of
    full time (hours); or a day of months that all have 30.
    """
    period = inputs.period
    here = _employed(payee, period)
    away = _away(payee, period, absent)
    if counted == "calendar" and not away and not payee.elsewhere:
        days = 0 if here is None else here.days
        return Fraction(days), Fraction(period.days), Fraction(0)
    whole, there, missed = Fraction(0), Fraction(0), Fraction(0)
    for day in period.dates():
        unit = _unit(inputs, counted, day)
        whole += unit
        if here is None or not here.contains(day) or not unit:
            continue
        if any(other.contains(day) for other in payee.elsewhere):
            continue
        unit *= _share_on(payee, day) if counted == "hours" else ONE
        lost = unit * min(away.get(day, Fraction(0)), ONE)
        there += unit - lost
        missed += lost
    return there, whole, missed


def calendar_figure(payee: Payee, inputs: Inputs, what: str) -> Fraction | None:
    """A figure of the last day of the period; seniority is None when nobody says when hired."""
    last = inputs.period.last
    match what:
        case "month":
            return Fraction(last.month)
        case "month_of_quarter":
            return Fraction((last.month - 1) % 3 + 1)
        case "quarter":
            return Fraction((last.month - 1) // 3 + 1)
        case "year":
            return Fraction(last.year)
    if payee.hired_on is None:
        return None
    return Fraction(whole_months(payee.hired_on, inputs.period.end))


def _employed(payee: Payee, period: Period) -> Period | None:
    starts = [day for day in (payee.present_from, payee.hired_on) if day is not None]
    start = max([period.start, *starts])
    end = min(payee.present_to or period.end, period.end)
    return Period(start, end) if start < end else None


def _unit(inputs: Inputs, counted: str, day: date) -> Fraction:
    match counted:
        case "calendar":
            return ONE
        case "thirtieths":
            return Fraction(thirtieths(day, day + timedelta(days=1)))
    return ONE if inputs.calendar.is_working(day) else Fraction(0)


def _share_on(payee: Payee, day: date) -> Fraction:
    for entry in reversed(payee.working_time):
        if entry.holds_on(day):
            return entry.value
    return ONE


def _away(payee: Payee, period: Period, absent: Collection[str]) -> dict[date, Fraction]:
    """How much of each day is missed by absences of these kinds; parts of one day add up."""
    found: dict[date, Fraction] = {}
    for absence in payee.absences:
        if absence.kind not in absent:
            continue
        days = Period(absence.start, absence.end).overlap(period)
        for day in days.dates() if days else ():
            found[day] = found.get(day, Fraction(0)) + absence.part
    return found


def thirtieths(start: date, end: date) -> int:
    """Days from ``start`` to before ``end`` when every month has 30.

    The 31st does not count; the last day of February counts for the days that it lacks.
    """
    if end <= start:
        return 0
    months = 12 * (end.year - start.year) + end.month - start.month
    return 30 * months + min(end.day - 1, 30) - min(start.day - 1, 30)
