"""Half-open stretches of days and of time: `start` belongs to it, `end` does not."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from kernel.issues import N_, NOWHERE, Invalid, Issue, Place, error

FIRST_YEAR, LAST_YEAR = 1900, 2999


def _require_date(day: date) -> None:
    # datetime is a subclass of date, and would compare wrongly or not at all
    if not isinstance(day, date) or isinstance(day, datetime):
        raise TypeError(f"a plain date is needed, not {day!r}")


def _shift_months(first: date, months: int) -> date:
    """The first of a month, moved by whole months."""
    year, month = divmod(first.year * 12 + first.month - 1 + months, 12)
    return date(year, month + 1, 1)


def _same_day_last_year(day: date) -> date:
    return day.replace(year=day.year - 1, day=min(day.day, 28) if day.month == 2 else day.day)


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """Whole days from `start` up to but without `end`; `Invalid` when that is empty."""

    start: date
    end: date

    def __post_init__(self) -> None:
        _require_date(self.start)
        _require_date(self.end)
        if self.start >= self.end:
            raise Invalid(_empty(self.start.isoformat(), self.end.isoformat()))

    @classmethod
    def day(cls, day: date) -> "Period":
        """One day."""
        return cls(day, day + timedelta(days=1))

    @classmethod
    def week(cls, day: date) -> "Period":
        """The ISO week (Monday to Sunday) that contains `day`."""
        monday = day - timedelta(days=day.weekday())
        return cls(monday, monday + timedelta(days=7))

    @classmethod
    def month(cls, day: date) -> "Period":
        """The calendar month that contains `day`."""
        return cls._months_around(day, 1, 1)

    @classmethod
    def quarter(cls, day: date, first_month: int = 1) -> "Period":
        """The quarter that contains `day`, of a year that starts with `first_month`."""
        return cls._months_around(day, 3, first_month)

    @classmethod
    def half(cls, day: date, first_month: int = 1) -> "Period":
        """The half-year that contains `day`, of a year that starts with `first_month`."""
        return cls._months_around(day, 6, first_month)

    @classmethod
    def year(cls, day: date, first_month: int = 1) -> "Period":
        """The (fiscal) year that contains `day` and starts with `first_month`."""
        return cls._months_around(day, 12, first_month)

    @classmethod
    def _months_around(cls, day: date, months: int, first_month: int) -> "Period":
        if not 1 <= first_month <= 12:
            raise ValueError("first_month is 1 to 12")
        start = _shift_months(day.replace(day=1), -((day.month - first_month) % months))
        return cls(start, _shift_months(start, months))

    @property
    def days(self) -> int:
        """How many days."""
        return (self.end - self.start).days

    @property
    def last(self) -> date:
        """The last day that belongs to it, for showing to people."""
        return self.end - timedelta(days=1)

    def contains(self, day: date) -> bool:
        """Whether `day` belongs to it."""
        _require_date(day)
        return self.start <= day < self.end

    def overlap(self, other: "Period") -> "Period | None":
        """The days that belong to both, or None."""
        start, end = max(self.start, other.start), min(self.end, other.end)
        return Period(start, end) if start < end else None

    def dates(self) -> Iterator[date]:
        """Each day, in order."""
        return (self.start + timedelta(days=index) for index in range(self.days))

    def months(self) -> "tuple[Period, ...]":
        """Cut at the firsts of months: consecutive parts, the outer ones possibly partial."""
        cuts = [self.start]
        while cuts[-1] < self.end:
            cuts.append(min(_shift_months(cuts[-1].replace(day=1), 1), self.end))
        return tuple(Period(start, end) for start, end in pairwise(cuts))

    def previous(self) -> "Period":
        """The one just before: as many months when it is made of whole months, else of days."""
        if count := self._whole_months():
            return Period(_shift_months(self.start, -count), self.start)
        return Period(self.start - timedelta(days=self.days), self.start)

    def following(self) -> "Period":
        """The one just after, of the same kind as `previous`."""
        if count := self._whole_months():
            return Period(self.end, _shift_months(self.end, count))
        return Period(self.end, self.end + timedelta(days=self.days))

    def year_before(self) -> "Period":
        """The comparable one a year earlier.

        Whole months: the same months. Whole ISO weeks: 52 weeks earlier, so that weekdays match.
        Otherwise the same calendar days; 29 February becomes the 28th.
        """
        if self._whole_months():
            return Period(_shift_months(self.start, -12), _shift_months(self.end, -12))
        if self.start.weekday() == 0 and self.days % 7 == 0:
            return Period(self.start - timedelta(days=364), self.end - timedelta(days=364))
        last = _same_day_last_year(self.last)
        return Period(_same_day_last_year(self.start), last + timedelta(days=1))

    def _whole_months(self) -> int:
        if self.start.day != 1 or self.end.day != 1:
            return 0
        return (self.end.year - self.start.year) * 12 + self.end.month - self.start.month

    @property
    def name(self) -> str:
        """The shortest text that `parse_period` reads back: "2026-11", "2026-Q3", "2026-W09"."""
        year, month = self.start.year, self.start.month
        match self._whole_months():
            case 1:
                return f"{year:04}-{month:02}"
            case 3 if month % 3 == 1:
                return f"{year:04}-Q{month // 3 + 1}"
            case 6 if month % 6 == 1:
                return f"{year:04}-H{month // 6 + 1}"
            case 12 if month == 1:
                return f"{year:04}"
        if self == Period.week(self.start):
            iso = self.start.isocalendar()
            return f"{iso.year:04}-W{iso.week:02}"
        return str(self)

    def as_json(self) -> str:
        """ISO 8601 interval."""
        return str(self)

    def __str__(self) -> str:
        return f"{self.start.isoformat()}/{self.end.isoformat()}"


_NAMED = re.compile(r"(?P<year>[0-9]{4})(?:-(?:(?P<month>[0-9]{2})|(?P<kind>[QHW])(?P<n>[0-9]+)))?")


def parse_period(text: str, place: Place = NOWHERE) -> Period:
    """A period from "2026-11", "2026-Q3", "2026-H1", "2026", "2026-W09" or "from/to".

    In "2026-01-01/2026-02-01" the second date is exclusive. Anything else raises `Invalid`.
    """
    clean = text.strip()
    try:
        found = _interval(clean) if "/" in clean else _named(clean)
    except Invalid as invalid:
        raise Invalid(issue.at(place) for issue in invalid.issues) from None
    except ValueError:
        found = None
    if found is None or not FIRST_YEAR <= found.start.year <= found.end.year <= LAST_YEAR + 1:
        raise Invalid(_unreadable(clean, place))
    return found


def _interval(text: str) -> Period | None:
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}/[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        return None
    start, end = text.split("/")
    return Period(date.fromisoformat(start), date.fromisoformat(end))


def _named(text: str) -> Period | None:
    match = _NAMED.fullmatch(text)
    if match is None:
        return None
    year_number = int(match["year"])
    january = date(year_number, 1, 1)
    if match["month"]:
        return Period.month(date(year_number, int(match["month"]), 1))
    match match["kind"], match["n"]:
        case "Q", ("1" | "2" | "3" | "4") as number:
            return Period.quarter(date(year_number, int(number) * 3, 1))
        case "H", ("1" | "2") as number:
            return Period.half(date(year_number, int(number) * 6, 1))
        case "W", str(number) if len(number) == 2:
            return Period.week(date.fromisocalendar(year_number, int(number), 1))
        case None, None:
            return Period.year(january)
    return None


def _unreadable(text: str, place: Place) -> Issue:
    return error(
        "period.unreadable",
        N_('"{text}" is not a period.'),
        N_("Write 2026-11, 2026-Q4, 2026-W48, 2026, or first/end as 2026-11-01/2026-12-01."),
        place,
        text=text,
    )


def _empty(start: str, end: str) -> Issue:
    return error(
        "period.empty",
        N_("The period from {start} to {end} contains no time: the end is exclusive."),
        N_("Choose an end after the start."),
        start=start,
        end=end,
    )


@dataclass(frozen=True, slots=True)
class Window:
    """A half-open stretch of time between two moments, kept in UTC.

    Moments in one zone compare by their wall clock in Python, which is wrong in the repeated
    hour of autumn; in UTC they compare by when they happened.
    """

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        for moment in (self.start, self.end):
            if moment.tzinfo is None:
                raise TypeError("a window needs moments with a time zone")
        object.__setattr__(self, "start", self.start.astimezone(UTC))
        object.__setattr__(self, "end", self.end.astimezone(UTC))
        if self.start >= self.end:
            raise Invalid(_empty(self.start.isoformat(), self.end.isoformat()))

    @classmethod
    def of(cls, period: Period, tz: ZoneInfo) -> "Window":
        """The time of `period`'s days in `tz`; its days of 23 and 25 hours included."""
        return cls(start_of_day(period.start, tz), start_of_day(period.end, tz))

    def contains(self, moment: datetime) -> bool:
        """Whether `moment` (aware) lies in it; `end` does not."""
        return self.start <= moment.astimezone(UTC) < self.end if _aware(moment) else False

    def overlap(self, other: "Window") -> "Window | None":
        """The time that belongs to both, or None."""
        start, end = max(self.start, other.start), min(self.end, other.end)
        return Window(start, end) if start < end else None

    @property
    def duration(self) -> timedelta:
        """How long it really lasts."""
        return self.end - self.start


def _aware(moment: datetime) -> bool:
    if moment.tzinfo is None:
        raise TypeError("a moment needs a time zone")
    return True


def start_of_day(day: date, tz: ZoneInfo) -> datetime:
    """The first moment of `day` in `tz`, in UTC, also where midnight is skipped or repeated."""
    _require_date(day)
    return datetime(day.year, day.month, day.day, tzinfo=tz).astimezone(UTC)


def business_day(moment: datetime, tz: ZoneInfo) -> date:
    """The calendar day of `moment` (aware) in `tz`; at the ends of the calendar its last day."""
    _aware(moment)
    try:
        return moment.astimezone(tz).date()
    except OverflowError:
        return date.max if moment.year > date.min.year else date.min
