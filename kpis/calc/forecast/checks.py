"""The method held against the past: what it would have said, week by week, known then only.

A check is one past period seen from one of its weeks: what the method expected of the rest,
uncorrected, and what the rest became. The checks of periods that were over then correct a later
forecast and make its range (`kpis.calc.forecast.ranges`).
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from kernel.periods import Period, start_of_day
from kpis.calc.forecast.book import Book, Known, Win, known_at
from kpis.calc.forecast.chances import ZERO, learn
from kpis.calc.forecast.outlook import Part, parts_of

WEEK = 7
LEAST_CLOSINGS = 25
"""Fewer closed deals teach nothing: before, there is no forecast."""
COMPANY = "company"


def person_group(person: int) -> str:
    """The group of one person."""
    return f"person:{person}"


def team_group(team: int) -> str:
    """The group of a team."""
    return f"team:{team}"


def kind_of(group: str) -> str:
    """ "person", "team" or "company"."""
    return group.partition(":")[0]


@dataclass(frozen=True, slots=True)
class Rest:
    """The uncorrected rest of a period as expected, with the model's own variance."""

    booked: int
    part: Part


Became = Mapping[Period, Mapping[str, int]]
"""What periods became, by group, as known at some moment."""


@dataclass(frozen=True, slots=True)
class Check:
    """What was expected of a past period on the morning of its day `offset`, uncorrected."""

    period: Period
    offset: int
    said: Mapping[str, Rest]
    earlier: Became
    """What the periods before it had become, as known on that morning."""
    busy: tuple[int, int]
    """`Seen.around` that morning, as known on it."""
    followed: frozenset[tuple[Period, int]]
    """Earlier checks, by period and offset, whose mornings were followed as known on this one."""

    def was_followed(self, later: "Seen") -> bool:
        """Whether its morning was followed here: at least half of the revenue of the two weeks
        before it, and of the deals that were open on it, were recorded by then, as one knows
        `later`. A past that was handed in later says nothing about how well it could have been
        forecast."""
        around = later.around(self.period.start + timedelta(days=self.offset))
        return all(2 * had >= has for had, has in zip(self.busy, around, strict=True))

    def rest_of(self, group: str, became: Became) -> tuple[Decimal, Decimal, Decimal]:
        """Expected rest, its variance, and what the rest became."""
        said = self.said[group]
        in_the_end = Decimal(became[self.period].get(group, 0) - said.booked)
        return said.part.rest, said.part.variance, in_the_end


def booked_in(wins: Iterable[Win], period: Period) -> dict[str, int]:
    """Revenue by group: the person, the teams of that day, the company."""
    found: dict[str, int] = {}
    for win in wins:
        if period.start <= win.on < period.end:
            for group in (person_group(win.person), *win.groups, COMPANY):
                found[group] = found.get(group, 0) + win.minor
    return found


def by_group(known: Known, parts: Mapping[int, Part]) -> dict[str, Part]:
    """The parts of the people, added up over the groups that they are in on the day."""
    found: dict[str, Part] = {}
    for person, part in sorted(parts.items()):
        for group in (person_group(person), *known.groups.get(person, ()), COMPANY):
            found[group] = found.get(group, Part()) + part
    return found


def rests(known: Known, period: Period, working_days: frozenset[date]) -> dict[str, Rest]:
    """What is booked, and what is expected of the rest of the period, by group."""
    days = max(0, (period.end - known.day).days)
    booked = booked_in(known.wins, period)
    chances = learn(known, days)
    parts = by_group(known, parts_of(known, chances, period.end, working_days))
    nobody = Part()
    return {
        group: Rest(booked.get(group, 0), parts.get(group, nobody))
        for group in sorted({*booked, *parts, COMPANY})
    }


def became_of(known: Known, periods: Iterable[Period]) -> Became:
    """What the periods that are over became, as known."""
    return {one: booked_in(known.wins, one) for one in periods if one.end <= known.day}


class Seen:
    """How busy each day was, as known at a moment: what was booked, and which deals were open."""

    def __init__(self, known: Known) -> None:
        self._booked: dict[date, int] = {}
        for win in known.wins:
            self._booked[win.on] = self._booked.get(win.on, 0) + win.minor
        begun = [(deal, on) for deal in known.deals if (on := deal.began_on) is not None]
        self._begun = sorted(on for _deal, on in begun)
        self._gone = sorted(max(on, deal.closed[1]) for deal, on in begun if deal.closed)

    def around(self, day: date) -> tuple[int, int]:
        """Revenue of the two weeks before a day, and how many dated deals were open on it."""
        recent = (day - timedelta(days=back) for back in range(1, 2 * WEEK + 1))
        booked = sum(self._booked.get(one, 0) for one in recent)
        return booked, bisect_left(self._begun, day) - bisect_left(self._gone, day)


def checks_of(book: Book, periods: Sequence[Period], tz: ZoneInfo) -> list[Check]:
    """The checks of past periods at each of their weeks, oldest first."""
    found: list[Check] = []
    for period in sorted(periods):
        before = [one for one in periods if one.end <= period.start]
        for offset in range(0, period.days, WEEK):
            day = period.start + timedelta(days=offset)
            known = known_at(book, start_of_day(day, tz), day)
            if known.closings >= LEAST_CLOSINGS:
                seen = Seen(known)
                followed = ((one.period, one.offset) for one in found if one.was_followed(seen))
                said = rests(known, period, book.working_days)
                earlier = became_of(known, before)
                found.append(
                    Check(period, offset, said, earlier, seen.around(day), frozenset(followed))
                )
    return found


def has_rest(check: Check) -> bool:
    """Whether anything was expected of the rest of the company's period."""
    return COMPANY in check.said and check.said[COMPANY].part.rest > ZERO
