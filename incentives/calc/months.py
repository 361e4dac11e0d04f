"""Whole months between days: the 31st of January and one month is the last day of February."""

from calendar import monthrange
from datetime import MAXYEAR, date, timedelta

LONG = 4_000_000
"""Days that no two dates are apart."""


def months_after(day: date, count: int) -> date:
    """The same day of the month ``count`` months later; the last day where there is none.

    What lies beyond all dates is the last of them.
    """
    year, month = divmod(day.year * 12 + day.month - 1 + count, 12)
    if year > MAXYEAR:
        return date.max
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def whole_months(start: date, end: date) -> int:
    """How many months are complete between two days; 0 when the second is not later."""
    count = (end.year - start.year) * 12 + end.month - start.month
    if months_after(start, count) > end:
        count -= 1
    return max(count, 0)


def started_months(start: date, end: date) -> int:
    """How many months have begun between two days: a month begins on its first day."""
    complete = whole_months(start, end)
    return complete + (months_after(start, complete) < end)


def last_day(start: date, months: int | None, days: int | None) -> date | None:
    """The last day of a window of months or of days since a day; None when it has no end."""
    if months is not None:
        return months_after(start, months)
    return None if days is None else start + min(timedelta(days=min(days, LONG)), date.max - start)
