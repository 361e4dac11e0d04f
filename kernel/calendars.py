"""Working days: the week's pattern, the country's public holidays, the company's own closures."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

import holidays

from kernel.issues import N_, NOWHERE, Invalid, Issue, Place, error
from kernel.periods import Period

MONDAY_TO_FRIDAY = frozenset(range(5))
FARTHEST = 10_000  # working days; about 40 years


@lru_cache(maxsize=512)
def _public_holidays(country: str, subdivision: str | None, year: int) -> frozenset[date]:
    if not country:
        return frozenset()
    return frozenset(holidays.country_holidays(country, subdiv=subdivision, years=year))


@lru_cache(maxsize=1)
def _countries() -> dict[str, list[str]]:
    return holidays.list_supported_countries()


@dataclass(frozen=True, slots=True)
class WorkCalendar:
    """On which days people work.

    `country` is ISO 3166-1 ("FR"), `subdivision` as the library `holidays` names it ("57" for
    Moselle with its two days more), both checked; an empty country has no public holidays.
    `weekdays` count from Monday 0; `closed` are the company's own closing days.
    """

    country: str = ""
    subdivision: str | None = None
    weekdays: frozenset[int] = MONDAY_TO_FRIDAY
    closed: frozenset[date] = frozenset()

    def __post_init__(self) -> None:
        if not self.weekdays or not self.weekdays <= set(range(7)):
            raise Invalid(_no_weekday())
        if self.country not in ("", *_countries()):
            raise Invalid(_unknown_country(self.country))
        if self.subdivision is not None and self.subdivision not in self._subdivisions():
            raise Invalid(_unknown_subdivision(self.subdivision, self._subdivisions()))

    def _subdivisions(self) -> list[str]:
        return _countries().get(self.country, [])

    def is_holiday(self, day: date) -> bool:
        """Whether `day` is a public holiday here."""
        return day in _public_holidays(self.country, self.subdivision, day.year)

    def is_working(self, day: date) -> bool:
        """Whether people work on `day`."""
        return (
            day.weekday() in self.weekdays and day not in self.closed and not self.is_holiday(day)
        )

    def working_days(self, period: Period) -> int:
        """How many days of `period` are worked."""
        return sum(map(self.is_working, period.dates()))

    def add_working_days(self, day: date, n: int) -> date:
        """The n-th working day after `day` (before it when n is negative); 0 gives `day` itself."""
        if abs(n) > FARTHEST:
            raise ValueError(f"at most {FARTHEST} working days, not {n}")
        pace = timedelta(days=1 if n > 0 else -1)
        left = abs(n)
        while left:
            day += pace
            left -= self.is_working(day)
        return day


def _no_weekday() -> Issue:
    return error(
        "calendar.no_weekday",
        N_("The working week has no day, or a day that does not exist."),
        N_("Choose at least one day; Monday is 0 and Sunday is 6."),
    )


def _unknown_country(country: str, where: Place = NOWHERE) -> Issue:
    return error(
        "calendar.unknown_country",
        N_('There are no public holidays for the country "{country}".'),
        N_("Use the two capital letters of ISO 3166, for example FR."),
        where,
        country=country,
    )


def _unknown_subdivision(subdivision: str, known: list[str], where: Place = NOWHERE) -> Issue:
    return error(
        "calendar.unknown_subdivision",
        N_('The country has no part "{subdivision}" with public holidays of its own.'),
        N_("Use one of {known}, or leave it empty."),
        where,
        subdivision=subdivision,
        known=", ".join(known) or "-",
    )
