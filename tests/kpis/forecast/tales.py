"""Invented books of deals, told late and corrected later, and what is forecast of them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from kernel.periods import Period
from kernel.trace import to_bytes
from kpis.calc.forecast.book import Book, Membership, Stage, Win
from kpis.calc.forecast.documents import deal_rows, learnt_document, outcome_rows
from kpis.calc.forecast.forecast import Forecast, forecast, past_periods

TZ = ZoneInfo("Europe/Paris")
MARCH = Period.month(date(2026, 3, 1))
NOW = datetime(2026, 3, 16, 9, tzinfo=UTC)
TEAMS = {1: ("team:1", "team:9"), 2: ("team:1", "team:9"), 3: ("team:2", "team:9")}


@dataclass(frozen=True, slots=True)
class Told:
    """A deal in days: when it began, how long it took, what became of it, how late it was told, and
    after how many more days its amount was corrected (0: never)."""

    begun: int
    took: int
    end: str
    minor: int
    late: int
    owner: int
    mended: int = 0


FIRST = date(2025, 11, 1)
told = st.builds(
    Told,
    begun=st.integers(0, 150),
    took=st.integers(0, 60),
    end=st.sampled_from(["won", "won", "lost", "open"]),
    minor=st.integers(1, 1_000_000),
    late=st.integers(0, 9),
    owner=st.integers(1, 3),
    mended=st.integers(0, 40),
)
tales = st.lists(told, min_size=45, max_size=70)


def moment_of(day: date, hour: int = 12) -> datetime:
    return datetime.combine(day, time(hour), tzinfo=UTC)


def stage(pk: int, deal: int, name: str, day: date, one: Told) -> Stage:
    minor = one.minor if name == "won" else None
    at = moment_of(day)
    return Stage(
        pk, deal, name, at, day, one.owner, one.minor % 3, minor, 5_000, at + timedelta(one.late)
    )


def win(deal: int, day: date, one: Told) -> Win:
    at = moment_of(day)
    groups = TEAMS[one.owner]
    return Win(one.owner, deal, at, day, one.minor, groups, at + timedelta(one.late))


def book_of(tale: Sequence[Told]) -> Book:
    stages, wins = list[Stage](), list[Win]()
    for deal, one in enumerate(tale, start=1):
        begun = FIRST + timedelta(days=one.begun)
        stages.append(stage(2 * deal, deal, "engaging", begun, one))
        if one.end != "open":
            ended = begun + timedelta(days=one.took)
            closing = stage(2 * deal + 1, deal, one.end, ended, one)
            if one.end != "won":
                stages.append(closing)
                continue
            booked = win(deal, ended, one)
            at = booked.known_from + timedelta(one.mended)
            if one.mended:
                double = 2 * one.minor
                stages.append(replace(closing, id=closing.id + 10_000, minor=double, known_from=at))
                wins.append(replace(booked, minor=double, known_from=at))
            until = at if one.mended else None
            stages.append(replace(closing, known_until=until))
            wins.append(replace(booked, known_until=until))
    members = [
        Membership(person, date(2020, 1, 1), date.max, groups) for person, groups in TEAMS.items()
    ]
    days = (FIRST + timedelta(days=offset) for offset in range(400))
    return Book(stages, wins, members, frozenset(day for day in days if day.weekday() < 5))


def made(book: Book, period: Period = MARCH, moment: datetime = NOW) -> Forecast:
    return forecast(book, period, moment, TZ, past_periods(period, FIRST, 12))


def whole(found: Forecast) -> bytes:
    """Everything that is kept of a forecast."""
    lines = [[line.group, line.booked, line.low, line.expected, line.high] for line in found.lines]
    return to_bytes([lines, deal_rows(found), outcome_rows(found), learnt_document(found)])
