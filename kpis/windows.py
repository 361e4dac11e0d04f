"""Which period a page is about: a kind of window around a day, or two dates."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from kernel.issues import Invalid
from kernel.periods import Period, parse_period

FARTHEST_YEARS = 100
KINDS = ("day", "week", "month", "quarter", "year", "custom")


@dataclass(frozen=True, slots=True)
class PageWindow:
    """A period and the kind of window it is."""

    kind: str
    period: Period

    def query(self) -> dict[str, str]:
        """The parameters of the address that lead back here."""
        if self.kind == "custom":
            last = self.period.last.isoformat()
            return {"window": "custom", "from": self.period.start.isoformat(), "until": last}
        return {"window": self.kind, "on": self.period.start.isoformat()}

    def moved(self, forward: bool) -> "PageWindow":
        """The window just after or just before."""
        period = self.period.following() if forward else self.period.previous()
        return PageWindow(self.kind, period)


def cut(kind: str, day: date, first_month: int = 1) -> Period:
    """The window of a kind that contains `day`."""
    match kind:
        case "day":
            return Period.day(day)
        case "week":
            return Period.week(day)
        case "quarter":
            return Period.quarter(day, first_month)
        case "year":
            return Period.year(day, first_month)
        case _:
            return Period.month(day)


def window_of(query: Mapping[str, str], today: date, first_month: int = 1) -> PageWindow:
    """The window that an address asks for; what cannot be read, or lies more than a hundred years
    away (the calendar would end beside it), falls back to this month.

    `window` and `on`, or `window=custom` with `from` and `until` (inclusive), or `period`.
    """
    asked = _asked(query, today, first_month)
    years = (today.year - FARTHEST_YEARS, today.year + FARTHEST_YEARS)
    if asked and years[0] <= asked.period.start.year <= asked.period.end.year <= years[1]:
        return asked
    return PageWindow("month", Period.month(today))


def _asked(query: Mapping[str, str], today: date, first_month: int) -> PageWindow | None:
    kind = query.get("window", "month")
    kind = kind if kind in KINDS else "month"
    try:
        if query.get("period"):
            return PageWindow("custom", parse_period(query["period"]))
        if kind == "custom":
            start, last = (date.fromisoformat(query[name]) for name in ("from", "until"))
            return PageWindow(kind, Period(start, last + timedelta(days=1)))
        day = date.fromisoformat(query["on"]) if query.get("on") else today
        return PageWindow(kind, cut(kind, day, first_month))
    except (Invalid, KeyError, ValueError, OverflowError):
        return None


def known_on_of(query: Mapping[str, str], today: date) -> date | None:
    """The past day as of whose evening the figures are asked for; None for what is known now, also
    where the address says nothing that can be read, a day to come, or one of another century."""
    try:
        day = date.fromisoformat(query.get("known_on", ""))
    except ValueError:
        return None
    return day if today.year - FARTHEST_YEARS <= day.year and day < today else None
