"""The free days of a part-timer whose weekdays nobody has told.

Of them only the share is known: in each week as many own days without anything that counts are free
as the share leaves free, rounded up (at 80 % of five days one, at 50 % three); the earliest ones.
Leave in the week is taken from the days at work, not from the free ones.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from math import ceil

from challenges.calc.roster import Person, Span, full_days
from kernel.calendars import WorkCalendar
from kernel.periods import Period

Met = Callable[[date], bool]


def with_days_off(person: Person, span: Period, met: Met, calendar: WorkCalendar) -> Person:
    """The person with their free days in `span` as absences; `met` says on which days anything
    counts. Nothing is added for who works full time, or whose weekdays are known."""
    if not weekdays_unknown(person):
        return person
    free: list[Span] = []
    week = Period.week(span.start)
    while week.start < span.end:
        free += [
            Span(day, day + timedelta(days=1)) for day in _free(person, week, span, met, calendar)
        ]
        week = Period.week(week.end)
    return replace(person, absences=(*person.absences, *free))


def share_in(person: Person, week: Period, calendar: WorkCalendar) -> Fraction:
    """The share of full time that counts in the week; 1 where the weekdays are known."""
    if not weekdays_unknown(person):
        return Fraction(1)
    own = (day for day in week.dates() if person.works_on(day, calendar))
    membership = next((one for day in own if (one := person.membership_on(day))), None)
    return Fraction(1) if membership is None else membership.fte


def weekdays_unknown(person: Person) -> bool:
    """Somebody part-time, of whom nobody has told which weekdays are theirs."""
    return person.weekdays is None and any(one.fte < 1 for one in person.memberships)


def _free(
    person: Person, week: Period, span: Period, met: Met, calendar: WorkCalendar
) -> list[date]:
    free = 1 - share_in(person, week, calendar)
    allowed = ceil(free * full_days(person, week, calendar))
    own = (day for day in week.dates() if span.contains(day) and person.works_on(day, calendar))
    return [day for day in own if not met(day)][:allowed]
