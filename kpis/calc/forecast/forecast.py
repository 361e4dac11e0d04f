"""The forecast of a period as of a moment, and how the same method did before."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Context, Decimal, localcontext
from zoneinfo import ZoneInfo

from kernel.periods import Period
from kpis.calc.forecast.book import Book, known_at
from kpis.calc.forecast.chances import ZERO, Chances, learn
from kpis.calc.forecast.checks import (
    COMPANY,
    LEAST_CLOSINGS,
    WEEK,
    Became,
    Check,
    Seen,
    became_of,
    checks_of,
    rests,
)
from kpis.calc.forecast.outlook import OpenDeal, open_deals, prices_of
from kpis.calc.forecast.ranges import Correction, Line, Past, line_of

EXACT_ENOUGH = Context(prec=28)
"""The same digits on every machine, whatever the caller's context is."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What would have been said of a group's past period, and what it became."""

    group: str
    period: Period
    offset: int
    low: int
    expected: int
    high: int
    became: int

    @property
    def is_inside(self) -> bool:
        return self.low <= self.became <= self.high

    @property
    def error(self) -> Decimal | None:
        """The relative error of the expected value; None where nothing was booked in the end."""
        if self.became <= 0:
            return None
        return abs(Decimal(self.expected - self.became)) / self.became


@dataclass(frozen=True, slots=True)
class Measure:
    """How good a set of past forecasts was."""

    count: int
    inside: Decimal | None
    error: Decimal | None


@dataclass(frozen=True, slots=True)
class Forecast:
    """A period as of a moment. Without enough history `lines` is empty."""

    period: Period
    moment: datetime
    day: date
    closings: int
    lines: tuple[Line, ...]
    deals: tuple[OpenDeal, ...]
    chances: Chances
    correction: Correction
    outcomes: tuple[Outcome, ...]

    @property
    def is_learnt(self) -> bool:
        """Whether enough deals were closed to learn from."""
        return self.closings >= LEAST_CLOSINGS


def forecast(
    book: Book, period: Period, moment: datetime, tz: ZoneInfo, past: Sequence[Period]
) -> Forecast:
    """What `period` will bring, as known just before `moment`, held against the `past` periods.

    The same book, period and moment give the same lines to the last digit. Amounts are in minor
    units of the company's currency.
    """
    with localcontext(EXACT_ENOUGH):
        day = moment.astimezone(tz).date()
        known = known_at(book, moment, day)
        over = [one for one in past if one.end <= day and one.end <= period.start]
        checks, became, seen = checks_of(book, over, tz), became_of(known, over), Seen(known)
        followed = [one for one in checks if one.was_followed(seen)]
        correction = Past(followed, became).correction(period, (known.day - period.start).days)
        days = max(0, (period.end - known.day).days)
        chances = learn(known, days)
        said = rests(known, period, book.working_days) if known.closings >= LEAST_CLOSINGS else {}
        return Forecast(
            period, moment, day, known.closings,
            tuple(line_of(group, rest, correction) for group, rest in said.items()),
            tuple(open_deals(known, chances, prices_of(known), days)),
            chances, correction,
            tuple(outcomes_of(checks, followed, became)),
        )  # fmt: skip


def outcomes_of(
    checks: Sequence[Check], followed: Sequence[Check], became: Became
) -> list[Outcome]:
    """What would have been said in those that were `followed`, as one knows now, corrected by what
    was known then of all earlier `checks`, beside what it became."""
    found = list[Outcome]()
    for check in followed:
        told = [one for one in checks if (one.period, one.offset) in check.followed]
        correction = Past(told, check.earlier).correction(check.period, check.offset)
        for group in check.said:
            line = line_of(group, check.said[group], correction)
            found.append(
                Outcome(group, check.period, check.offset, line.low, line.expected, line.high,
                        became[check.period].get(group, 0))
            )  # fmt: skip
    return found


def measured(outcomes: Iterable[Outcome]) -> Measure:
    """The share of outcomes inside the range, and the mean error of the expected value."""
    held = list(outcomes)
    errors = [one.error for one in held if one.error is not None]
    if not held:
        return Measure(0, None, None)
    inside = Decimal(sum(one.is_inside for one in held)) / len(held)
    error = sum(errors, ZERO) / len(errors) if errors else None
    return Measure(len(held), inside, error)


def is_mid(outcome: Outcome) -> bool:
    """Whether it was said in the week in which half of the period had passed."""
    middle = outcome.period.days // 2
    return middle - WEEK < outcome.offset <= middle


def measures_by(
    outcomes: Iterable[Outcome], key: Callable[[Outcome], str]
) -> Mapping[str, Measure]:
    """The measures of each part, by what `key` says of an outcome."""
    parts: dict[str, list[Outcome]] = {}
    for one in outcomes:
        parts.setdefault(key(one), []).append(one)
    return {name: measured(parts[name]) for name in sorted(parts)}


def past_periods(period: Period, first_day: date, most: int) -> list[Period]:
    """The periods of the same kind before, not before `first_day`; at most `most`, newest last."""
    found: list[Period] = []
    one = period.previous()
    while one.start >= first_day and len(found) < most:
        found.append(one)
        one = one.previous()
    return found[::-1]


def company_line(lines: Iterable[Line]) -> Line | None:
    """The line of the whole company."""
    return next((line for line in lines if line.group == COMPANY), None)
