"""Moments and days in the challenge's own zone."""

import re
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from kernel.calendars import WorkCalendar
from kernel.issues import N_, Invalid, Place, error

# the ways that the formats document; Python alone would read week dates and more
WRITTEN = (
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.,][0-9]+)?)?(Z|[+-][0-9]{2}:?[0-9]{2})?)?"
)

_WRITTEN = re.compile(WRITTEN)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST, _LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
_FIRST_YEAR, _LAST_YEAR = 1900, 2999


@lru_cache(maxsize=20_000)
def start_of(day: date, zone: ZoneInfo) -> datetime:
    """The first instant of the day in the zone, in UTC (also where midnight is skipped). Of days at
    the ends of the calendar, which files write for "always", the nearest moment that there is."""
    try:
        return datetime.combine(day, time(), zone).astimezone(UTC)
    except OverflowError:
        return _FIRST if day.year == date.min.year else _LAST


def day_of(moment: datetime, zone: ZoneInfo) -> date:
    """The business day of a moment."""
    return moment.astimezone(zone).date()


def read_moment(text: str, zone: ZoneInfo, place: Place) -> tuple[datetime, bool]:
    """A moment in UTC from ISO text, and whether only a date was written.

    Without an offset the text is a wall clock of the zone; Invalid when that hour does not
    exist (spring) or exists twice (autumn), and outside the years 1900 to 2999.
    """
    clean = text.strip()
    try:
        moment = datetime.fromisoformat(clean) if _WRITTEN.fullmatch(clean) else None
    except ValueError:
        moment = None
    if moment is None:
        raise _not_a_moment(clean, place)
    if not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
        raise _too_far(clean, place)
    if len(clean) == 10:
        return start_of(moment.date(), zone), True
    if moment.tzinfo is not None:
        return moment.astimezone(UTC), False
    return _from_wall_clock(moment, zone, place), False


def _from_wall_clock(wall: datetime, zone: ZoneInfo, place: Place) -> datetime:
    first = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    second = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    if first == second:
        return first
    skipped = first.astimezone(zone).replace(tzinfo=None) != wall
    message = (
        N_("The hour {text} does not exist in {zone}: clocks go forward.")
        if skipped
        else N_("The hour {text} exists twice in {zone}: clocks go back.")
    )
    remedy = N_("Write the offset too, for example 2026-10-25T02:30+01:00.")
    raise Invalid(
        error("clock_change", message, remedy, place, text=wall.isoformat(), zone=zone.key)
    )


def add_working_days(
    moment: datetime, days: int, zone: ZoneInfo, calendar: WorkCalendar
) -> datetime:
    """The moment after that many full working days have passed.

    On a day off the count starts at the next working day's first instant; so a window that ends
    at Sunday 00:00 plus 3 working days is Thursday 00:00.
    """
    local = moment.astimezone(zone)
    day, clock = local.date(), local.time()
    if not calendar.is_working(day):
        clock = time()
        while not calendar.is_working(day):
            day += timedelta(days=1)
    for _ in range(days):
        day += timedelta(days=1)
        while not calendar.is_working(day):
            day += timedelta(days=1)
    return datetime.combine(day, clock, zone).astimezone(UTC)


def microseconds(moment: datetime) -> int:
    """Whole microseconds since 1970 in UTC: a moment as an exact number."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


def iso_in(moment: datetime, zone: ZoneInfo) -> str:
    """ISO text in the zone, with its offset."""
    return moment.astimezone(zone).isoformat()


def _not_a_moment(text: str, place: Place) -> Invalid:
    return Invalid(
        error(
            "not_a_moment",
            N_("“{text}” is not a date or a date with time."),
            N_("Write for example 2026-11-30 or 2026-11-30T18:00."),
            place,
            text=text,
        )
    )


def _too_far(text: str, place: Place) -> Invalid:
    return Invalid(
        error(
            "moment_too_far",
            N_("“{text}” lies outside the years {first} to {last}."),
            N_("Correct the year, or leave out what has no date."),
            place,
            text=text,
            first=str(_FIRST_YEAR),
            last=str(_LAST_YEAR),
        )
    )
