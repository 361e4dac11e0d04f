"""Maven's quarters forecast another way: floats, day by day, from the files alone.

Written from docs/algorithms/forecast.md and sharing no code with the engine: no book, no importer,
no database. In these files a deal has one dated open stage, so to leave it is to be won or lost.
"""

import csv
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate, pairwise
from math import sqrt
from pathlib import Path
from statistics import fmean, pvariance

import holidays

AGES = 800
COMPANY = "company"
STARTS = [date(2017, 1, 1), date(2017, 4, 1), date(2017, 7, 1), date(2017, 10, 1), date(2018, 1, 1)]
QUARTERS = list(pairwise(STARTS))
FREE = holidays.country_holidays("US", years=(2016, 2017))


@dataclass(frozen=True)
class Sale:
    """A row of the pipeline; amounts in cents."""

    agent: str
    product: str
    began: date
    closed: date | None
    is_won: bool
    value: float


@dataclass(frozen=True)
class Data:
    """The files: the deals with a date, list prices, and the groups of each agent."""

    sales: list[Sale]
    listed: dict[str, float]
    groups: dict[str, tuple[str, ...]]


@dataclass(frozen=True)
class Said:
    """What was expected of a group's rest, before any correction."""

    booked: float
    rest: float
    variance: float


def read(directory: Path) -> Data:
    """The three files."""

    def rows(name: str) -> list[dict[str, str]]:
        with (directory / name).open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    def sale(row: dict[str, str]) -> Sale:
        closed = date.fromisoformat(row["close_date"]) if row["close_date"] else None
        product = "GTX Pro" if row["product"] == "GTXPro" else row["product"]
        began = date.fromisoformat(row["engage_date"])
        value = 100 * float(row["close_value"] or 0)
        return Sale(row["sales_agent"], product, began, closed, row["deal_stage"] == "Won", value)

    return Data(
        [sale(row) for row in rows("sales_pipeline.csv") if row["engage_date"]],
        {row["product"]: 100 * float(row["sales_price"]) for row in rows("products.csv")},
        {
            row["sales_agent"]: (row["sales_agent"], row["manager"], row["regional_office"])
            for row in rows("sales_teams.csv")
        },
    )


def works(day: date) -> bool:
    return day.weekday() < 5 and day not in FREE


def days(start: date, end: date) -> list[date]:
    return [start + timedelta(n) for n in range((end - start).days)]


def revenue(data: Data, start: date, end: date) -> dict[str, float]:
    """What was won from a day up to another, by group."""
    found: dict[str, float] = defaultdict(float)
    for one in data.sales:
        if one.is_won and one.closed and start <= one.closed < end:
            for group in (*data.groups[one.agent], COMPANY):
                found[group] += one.value
    return found


class Morning:
    """What could be known and learnt on the morning of a day."""

    def __init__(self, data: Data, day: date) -> None:
        self.data, self.day = data, day
        self.begun = [one for one in data.sales if one.began < day]
        self.closed = [one for one in self.begun if one.closed and one.closed < day]
        self.open = [one for one in self.begun if not (one.closed and one.closed < day)]
        self.first = min((one.closed for one in self.closed if one.closed), default=day)
        won: dict[str, list[float]] = defaultdict(list)
        for one in self.closed:
            if one.is_won:
                won[one.product].append(one.value)
        self.prices = {name: (fmean(part), pvariance(part)) for name, part in won.items()}
        self.won, self.ended = self._rates()

    def price(self, product: str) -> tuple[float, float]:
        """Mean and variance of what a deal brings."""
        return self.prices.get(product, (self.data.listed[product], 0.0))

    def _rates(self) -> tuple[list[float], list[float]]:
        """By age, the chance of being won, and of ending at all, on that day."""
        change, won, ended = [0] * AGES, [0] * AGES, [0] * AGES
        for one in self.begun:
            end = one.closed if one.closed and one.closed < self.day else None
            begin = max(0, (self.first - one.began).days)
            stop = (end - one.began).days + 1 if end else (self.day - one.began).days
            if stop > begin:
                change[begin] += 1
                change[stop] -= 1
            if end:
                won[(end - one.began).days] += one.is_won
                ended[(end - one.began).days] += 1
        risk = list(accumulate(change))
        most = max((age for age in range(AGES) if risk[age]), default=0) + 1
        enough = max(25, len(self.closed) // 40)
        bands: list[list[int]] = [[0, 0, 0, 0]]
        for age in range(most):
            more = (risk[age], won[age], ended[age], 1)
            bands[-1] = [held + new for held, new in zip(bands[-1], more, strict=True)]
            if bands[-1][2] >= enough:
                bands.append([0, 0, 0, 0])
        if not bands[-1][0]:
            bands.pop()
        rates = [
            (band[1] / band[0], band[2] / band[0]) for band in bands for _day in range(band[3])
        ]
        return [rate[0] for rate in rates], [rate[1] for rate in rates]

    def chance(self, age: int, left: int) -> float:
        """Of a deal of this age, to be won within the days that are left."""
        still, total = 1.0, 0.0
        for day in range(age, age + left):
            at = min(day, len(self.won) - 1)
            total += still * self.won[at]
            still *= 1 - self.ended[at]
        return total

    def said(self, start: date, end: date) -> dict[str, Said]:
        """Booked, expected rest and its variance, by group."""
        rest: dict[str, float] = defaultdict(float)
        variance: dict[str, float] = defaultdict(float)

        def add(agent: str, mean: float, spread: float) -> None:
            for group in (*self.data.groups[agent], COMPANY):
                rest[group] += mean
                variance[group] += spread

        left = (end - self.day).days
        chances = {age: self.chance(age, left) for age in {self._age(one) for one in self.open}}
        for one in self.open:
            mean, spread = self.price(one.product)
            chance = chances[self._age(one)]
            square = chance * (spread + mean * mean)
            add(one.agent, chance * mean, square - (chance * mean) ** 2)
        since = max(self.day - timedelta(91), self.first)
        past = sum(map(works, days(since, self.day)))
        ahead = [self.chance(0, (end - day).days) for day in days(self.day, end) if works(day)]
        for one in self.begun:
            if one.began >= since and past:
                mean, spread = self.price(one.product)
                share = sum(ahead) / past
                add(one.agent, share * mean, share * (spread + mean * mean))
        booked = revenue(self.data, start, self.day)
        return {
            group: Said(booked.get(group, 0), rest.get(group, 0), variance.get(group, 0))
            for group in {*booked, *rest, COMPANY}
        }

    def _age(self, one: Sale) -> int:
        return (self.day - one.began).days


class Past:
    """Every week of every quarter of which 25 deals had been closed."""

    def __init__(self, data: Data) -> None:
        self.data = data
        self.agents = list(data.groups)
        self.became = [revenue(data, start, end) for start, end in QUARTERS]
        self.said: dict[tuple[int, int], dict[str, Said]] = {}
        for index, (start, end) in enumerate(QUARTERS):
            for offset in range(0, (end - start).days, 7):
                morning = Morning(data, start + timedelta(offset))
                if len(morning.closed) >= 25:
                    self.said[index, offset] = morning.said(start, end)

    def factor(self, quarter: int, offset: int) -> float:
        told = [one for one in range(quarter) if (one, offset) in self.said]
        expected = sum(self.said[one, offset][COMPANY].rest for one in told)
        became = sum(self._rest(one, offset, COMPANY) for one in told)
        return 1 + len(told) / (len(told) + 1) * (became / expected - 1) if told else 1.0

    def _rest(self, quarter: int, offset: int, group: str) -> float:
        return self.became[quarter].get(group, 0) - self.said[quarter, offset][group].booked

    def spread(self, quarter: int, offset: int) -> tuple[float, float]:
        """The common error and the own scatter, from checks up to 14 days from the place."""
        common, own = [0.25**2], [1.5]
        for one in range(quarter):
            near = [
                place for place in range(offset - 14, offset + 15, 7) if (one, place) in self.said
            ]
            errors = list[float]()
            scatter = list[float]()
            for place in near:
                held = self.said[one, place]
                whole = self._rest(one, place, COMPANY)
                corrected = held[COMPANY].rest * self.factor(one, place)
                errors.append(((whole - corrected) / corrected) ** 2)
                share = whole / held[COMPANY].rest
                for agent in self.agents:
                    if agent in held and held[agent].variance > 0:
                        off = self._rest(one, place, agent) - share * held[agent].rest
                        scatter.append(off * off / held[agent].variance)
            if near:
                common.append(fmean(errors))
                own.append(fmean(scatter))
        return sqrt(fmean(common)), fmean(own)

    def lines(self) -> dict[tuple[str, date, int], tuple[float, float, float, float]]:
        """By group, quarter and place: low, expected, high, and what it became."""
        found: dict[tuple[str, date, int], tuple[float, float, float, float]] = {}
        for (quarter, offset), held in self.said.items():
            factor = self.factor(quarter, offset)
            common, own = self.spread(quarter, offset)
            for group, one in held.items():
                expected = one.booked + factor * one.rest
                season = common * factor * one.rest
                away = 1.2816 * sqrt(own * factor * one.variance + season * season)
                low, became = max(one.booked, expected - away), self.became[quarter].get(group, 0)
                key = (group, QUARTERS[quarter][0], offset)
                found[key] = (low, expected, expected + away, became)
        return found
