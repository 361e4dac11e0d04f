"""Runs of own working days or weeks, counted as the challenge format “streak” counts them.

Weekends, public holidays, leave, the free days of a part-timer and the time before joining freeze
a run: they neither add nor break.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from math import ceil
from zoneinfo import ZoneInfo

from challenges.calc.badges.known import Days
from challenges.calc.badges.periods import period_of
from challenges.calc.formats import streak
from challenges.calc.formats.base import Case, Ground
from challenges.calc.formats.days_off import weekdays_unknown, with_days_off
from challenges.calc.formats.measure import Measure
from challenges.calc.moments import start_of
from challenges.calc.records import Record
from challenges.calc.roster import Person
from kernel.calendars import WorkCalendar
from kernel.periods import Period

FARTHEST = timedelta(days=800)
"""Nobody is on leave so long that a run would reach farther back."""


@dataclass(frozen=True, slots=True)
class Run:
    """A run that lasts: how many days or weeks, and the records that made it."""

    length: int
    records: tuple[Record, ...] = ()


def run_at(
    params: streak.Streak,
    person: Person,
    days: Days,
    span: Period,
    as_of: datetime,
    zone: ZoneInfo,
    calendar: WorkCalendar,
) -> Run:
    """The run that lasts at the end of `span` (a day or week that is not over cannot break it)."""
    span_end = start_of(span.end, zone)
    ground = Ground(
        zone, start_of(span.start, zone), span_end, span, calendar, min(as_of, span_end)
    )
    records = tuple(record for day in sorted(days) if span.contains(day) for record in days[day])
    score = streak.FORMAT.score(params, Case(person, records, ground, lambda _: None))
    return Run(int(score.value or 0), tuple(effect.record for effect in score.effects))


def params_of(measure: Measure, minimum: Fraction, per: str) -> streak.Streak:
    """The parameters of the challenge format for a run that lasts until now."""
    return streak.Streak(measure, per == "week", minimum, repairs=0, current=True)


def reach_back(
    person: Person, per: str, length: int, before: Period, calendar: WorkCalendar
) -> date:
    """The first day that must be known to tell whether a run of `length` began there or earlier."""
    share = min((one.fte for one in person.memberships), default=Fraction(1))
    wanted = ceil((length + 1) / share)  # of these the free ones of a part-timer do not count
    day, found, last = before.start, 0, before.start - FARTHEST
    first = max(last, person.joined_on or last)
    while found < wanted and day > first:
        period = period_of(per, day - timedelta(days=1))
        day = period.start
        found += any(person.works_on(one, calendar) for one in period.dates())
    # which days were free is told by whole weeks
    return Period.week(day).start if weekdays_unknown(person) else day


@dataclass(frozen=True, slots=True)
class Standing:
    """The present run of working days as a page shows it: since when, and what has frozen it.

    `frozen` counts by reason: "leave", "holiday", "free" (a part-timer's free days). `today` says
    whether today counts already.
    """

    length: int
    since: date | None
    frozen: Mapping[str, int]
    today: bool


def standing(
    measure: Measure,
    minimum: Fraction,
    person: Person,
    days: Days,
    today: date,
    start: date,
    zone: ZoneInfo,
    calendar: WorkCalendar,
) -> Standing:
    """The run of working days on `today`, from the records since `start`."""
    span = Period(start, today + timedelta(days=1))
    params = params_of(measure, minimum, "day")
    as_of = start_of(today, zone)
    run = run_at(params, person, days, span, as_of, zone, calendar)
    met = sorted(
        day
        for day, records in days.items()
        if span.contains(day)
        and person.works_on(day, calendar)
        and measure.total(records) >= minimum
    )
    counted = met[len(met) - run.length :] if run.length else []
    if not counted:
        return Standing(0, None, {}, today=False)
    eased = with_days_off(person, span, lambda day: measure.total(days.get(day, ())) != 0, calendar)
    inside = Period(counted[0], today + timedelta(days=1))
    return Standing(
        run.length, counted[0], _frozen(person, eased, inside, calendar), today in counted
    )


def _frozen(
    person: Person, eased: Person, span: Period, calendar: WorkCalendar
) -> Mapping[str, int]:
    found: dict[str, int] = {}
    for day in span.dates():
        reason = _reason(person, eased, day, calendar)
        if reason:
            found[reason] = found.get(reason, 0) + 1
    return found


def _reason(person: Person, eased: Person, day: date, calendar: WorkCalendar) -> str:
    if day.weekday() not in calendar.weekdays:
        return ""  # every run has weekends: nothing to tell
    if not calendar.is_working(day):
        return "holiday"
    if person.absent_on(day):
        return "leave"
    return "free" if eased.absent_on(day) else ""
