"""What the rest of a period will bring each person: open deals, and business not yet begun."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from kpis.calc.forecast.book import WON, Deal, Known
from kpis.calc.forecast.chances import ZERO, Chances

PATTERN_DAYS = 91
"""The person's own daily pattern is that of the last thirteen weeks."""


@dataclass(frozen=True, slots=True)
class Worth:
    """What a won deal of a kind brings: mean and variance, in minor units."""

    mean: Decimal
    variance: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Prices:
    """What deals bring: by product, as won so far, and for what was never won."""

    by_product: Mapping[int, Worth]
    overall: Worth

    def of(self, deal: Deal) -> Worth:
        """What is stated; else the mean won of its product; else the list price; else of all."""
        if deal.minor is not None and deal.closed is None:
            return Worth(Decimal(deal.minor))
        if deal.product is not None and deal.product in self.by_product:
            return self.by_product[deal.product]
        return self.overall if deal.list_minor is None else Worth(Decimal(deal.list_minor))


def prices_of(known: Known) -> Prices:
    """Means of the deals that were won."""
    amounts: dict[int | None, list[int]] = {}
    for deal in known.deals:
        if deal.closed and deal.closed[0] == WON and deal.minor is not None:
            amounts.setdefault(deal.product, []).append(deal.minor)
    every = [one for part in amounts.values() for one in part]
    by_product = {key: _worth(part) for key, part in amounts.items() if key is not None}
    return Prices(by_product, _worth(every) if every else Worth(ZERO))


def _worth(amounts: Sequence[int]) -> Worth:
    mean = Decimal(sum(amounts)) / len(amounts)
    spread = Decimal(sum(one * one for one in amounts)) / len(amounts) - mean * mean
    return Worth(mean, max(ZERO, spread))


@dataclass(frozen=True, slots=True)
class OpenDeal:
    """An open deal in the forecast, and why it counts as it does."""

    deal: int
    owner: int
    stage: str
    age: int | None
    worth: Decimal
    chance: Decimal


@dataclass(frozen=True, slots=True)
class Part:
    """A person's rest of the period, in minor units; the variance is the model's own."""

    pipeline: Decimal = ZERO
    new: Decimal = ZERO
    variance: Decimal = ZERO
    open_deals: int = 0
    begun: int = 0
    """Deals begun in the last thirteen weeks: the daily pattern."""

    def __add__(self, other: "Part") -> "Part":
        return Part(
            self.pipeline + other.pipeline,
            self.new + other.new,
            self.variance + other.variance,
            self.open_deals + other.open_deals,
            self.begun + other.begun,
        )

    @property
    def rest(self) -> Decimal:
        """What is expected besides what is booked."""
        return self.pipeline + self.new


def open_deals(known: Known, chances: Chances, prices: Prices, days: int) -> list[OpenDeal]:
    """The open deals with their chances of being won within `days`, by id."""
    return [_open_deal(deal, known.day, chances, prices, days) for deal in known.open_deals]


def _open_deal(deal: Deal, day: date, chances: Chances, prices: Prices, days: int) -> OpenDeal:
    entered = deal.visits[-1][1]
    age = None if entered is None else max(0, (day - entered).days)
    chance = chances.won_within(deal.stage, age, days)
    return OpenDeal(deal.id, deal.owner, deal.stage, age, prices.of(deal).mean, chance)


def parts_of(
    known: Known, chances: Chances, end: date, working_days: frozenset[date]
) -> dict[int, Part]:
    """The rest of the period up to `end` (exclusive), by person."""
    days = max(0, (end - known.day).days)
    prices = prices_of(known)
    found: dict[int, Part] = {}
    for deal in known.open_deals:
        found[deal.owner] = found.get(deal.owner, Part()) + _of_open(
            deal, known.day, chances, prices, days
        )
    new = _new_business(known, chances, prices, days, working_days)
    for person, part in new.items():
        found[person] = found.get(person, Part()) + part
    return found


def _of_open(deal: Deal, day: date, chances: Chances, prices: Prices, days: int) -> Part:
    one = _open_deal(deal, day, chances, prices, days)
    worth = prices.of(deal)
    mean = one.chance * worth.mean
    square = one.chance * (worth.variance + worth.mean * worth.mean)
    return Part(pipeline=mean, variance=square - mean * mean, open_deals=1)


def _new_business(
    known: Known, chances: Chances, prices: Prices, days: int, working_days: frozenset[date]
) -> dict[int, Part]:
    """Deals like those that the person began lately begin on each working day that is left."""
    if known.first_closing is None:
        return {}
    since = max(known.day - timedelta(days=PATTERN_DAYS), known.first_closing)
    past = _working(since, known.day, working_days)
    if not past:
        return {}
    left = [
        days - offset
        for offset in range(days)
        if known.day + timedelta(days=offset) in working_days
    ]
    share: dict[str, Decimal] = {}
    found: dict[int, Part] = {}
    for deal in _begun(known, since):
        stage = next(stage for stage, on in deal.visits if on is not None)
        if stage not in share:
            share[stage] = sum((chances.fresh_within(stage, one) for one in left), ZERO) / past
        worth = prices.of(deal)
        mean = share[stage] * worth.mean
        square = share[stage] * (worth.variance + worth.mean * worth.mean)
        part = Part(new=mean, variance=square, begun=1)
        found[deal.owner] = found.get(deal.owner, Part()) + part
    for person, part in _without_deals(known, since, past, len(left)).items():
        found[person] = found.get(person, Part()) + part
    return found


def _begun(known: Known, since: date) -> Iterator[Deal]:
    """Deals that began lately, of people who are still in a team: others begin nothing new."""
    return (
        deal
        for deal in known.deals
        if deal.owner in known.groups
        and deal.began_on is not None
        and since <= deal.began_on < known.day
    )


def _without_deals(known: Known, since: date, past: int, left: int) -> dict[int, Part]:
    """Revenue that no deal announces goes on as it came in."""
    found: dict[int, Part] = {}
    for win in known.wins:
        if win.deal is None and win.person in known.groups and since <= win.on < known.day:
            mean = Decimal(win.minor) * left / past
            part = Part(new=mean, variance=mean * win.minor)
            found[win.person] = found.get(win.person, Part()) + part
    return found


def _working(start: date, end: date, working_days: frozenset[date]) -> int:
    return sum(
        start + timedelta(days=offset) in working_days for offset in range((end - start).days)
    )
