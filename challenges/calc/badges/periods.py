"""The periods in which badges are earned, and when they are official.

A record is placed by its business time. It counts for a period when it was known by the moment at
which the period is official: three full working days after its end. Until then badges follow the
records; from then on they stay.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from zoneinfo import ZoneInfo

from challenges.calc.moments import add_working_days, start_of
from kernel.calendars import WorkCalendar
from kernel.periods import Period

DAYS_TO_OFFICIAL = 3
KINDS: Mapping[str, Callable[[date], Period]] = {
    "day": Period.day,
    "week": Period.week,
    "month": Period.month,
    "quarter": Period.quarter,
}


def period_of(kind: str, day: date) -> Period:
    """The period of a kind that contains the day."""
    return KINDS[kind](day)


def periods_from(kind: str, start: date, until: date) -> Iterator[Period]:
    """The periods of a kind from the one that contains `start` to the one that contains `until`."""
    period = period_of(kind, start)
    while period.start <= until:
        yield period
        period = period_of(kind, period.end)


def official_at(period: Period, zone: ZoneInfo, calendar: WorkCalendar) -> datetime:
    """When what was earned in the period is official."""
    return add_working_days(start_of(period.end, zone), DAYS_TO_OFFICIAL, zone, calendar)


def known_by(period: Period, as_of: datetime, zone: ZoneInfo, calendar: WorkCalendar) -> datetime:
    """The moment whose knowledge decides about the period at `as_of`: however late one looks, what
    became known after the official moment does not count."""
    return min(as_of, official_at(period, zone, calendar))
