"""How likely an open deal is won, and when: learnt from what became of earlier deals.

For each stage, days after entering it are cut into bands that hold enough endings; in a band the
daily rate of an ending (won, lost, moved to another stage) is endings / days at risk. Only days
from the first closing ever recorded on are at risk: before, deals that closed are missing from the
book, and those that did not would look immortal.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from types import MappingProxyType

from kpis.calc.forecast.book import ORDER, WON, Deal, Known

LOST = "lost"
FEWEST = 25
"""Endings in a band of ages, so that its rate means something."""
BANDS = 40
"""At most so many bands of full size."""
ZERO, ONE = Decimal(0), Decimal(1)


@dataclass(frozen=True, slots=True)
class Band:
    """Ages in days from `start` up to `end` (None: no end), and what happened at them."""

    start: int
    end: int | None
    at_risk: int
    endings: Mapping[str, int]

    def rate(self, ending: str) -> Decimal:
        """The chance of this ending on one day."""
        return Decimal(self.endings.get(ending, 0)) / self.at_risk if self.at_risk else ZERO


@dataclass(slots=True)
class _Tally:
    """Days at risk and endings of one stage, by age."""

    starts: dict[int, int]
    stops: dict[int, int]
    endings: dict[int, dict[str, int]]

    def at_risk(self) -> list[int]:
        most = max(self.stops, default=0)
        found, now = [], 0
        for age in range(most):
            now += self.starts.get(age, 0) - self.stops.get(age, 0)
            found.append(now)
        return found


def _tallies(known: Known) -> dict[str, _Tally]:
    tallies = {stage: _Tally({}, {}, {}) for stage in ORDER}
    if known.first_closing is None:
        return tallies
    for deal in known.deals:
        _count(deal, tallies, known.first_closing, known.day)
    return tallies


def _count(deal: Deal, tallies: dict[str, _Tally], first: date, day: date) -> None:
    following: list[tuple[str, date | None]] = [*deal.visits[1:]]
    if deal.closed:
        following.append((WON if deal.closed[0] == WON else LOST, deal.closed[1]))
    for index, (stage, entered) in enumerate(deal.visits):
        if entered is None:
            continue
        ending, left = following[index] if index < len(following) else ("", None)
        # the day of the ending is at risk; today is not over, so it is not
        stop = (left - entered).days + 1 if left else (day - entered).days
        begin = max(0, (first - entered).days)
        if stop <= begin:
            continue
        tally = tallies[stage]
        tally.starts[begin] = tally.starts.get(begin, 0) + 1
        tally.stops[stop] = tally.stops.get(stop, 0) + 1
        if ending and left is not None:
            at_age = tally.endings.setdefault((left - entered).days, {})
            at_age[ending] = at_age.get(ending, 0) + 1


def _bands(tally: _Tally) -> tuple[Band, ...]:
    at_risk = tally.at_risk()
    total = sum(sum(one.values()) for one in tally.endings.values())
    enough = max(FEWEST, total // BANDS)
    bands: list[Band] = []
    start, days, counts = 0, 0, dict[str, int]()
    for age, risk in enumerate(at_risk):
        days += risk
        for ending, number in tally.endings.get(age, {}).items():
            counts[ending] = counts.get(ending, 0) + number
        if sum(counts.values()) >= enough:
            bands.append(Band(start, age + 1, days, counts))
            start, days, counts = age + 1, 0, {}
    if days or not bands:
        bands.append(Band(start, None, days, counts))
    return tuple(bands)


class Chances:
    """The learnt rates of all stages; answers what becomes of a deal within some days.

    A stated probability of a stage scales what was learnt for it, so that a fresh deal is won in
    the end with this probability; when it closes is still what was learnt.
    """

    def __init__(
        self,
        bands: Mapping[str, tuple[Band, ...]],
        days: int,
        edits: Mapping[str, Decimal] = MappingProxyType({}),
    ) -> None:
        self.bands, self.days, self.edits = bands, days, edits
        self._rates = {stage: _daily(stage, one) for stage, one in bands.items()}
        self._fresh: dict[str, list[Decimal]] = {}
        self._within: dict[tuple[str, int, int], Decimal] = {}
        self.learnt: dict[str, Decimal] = {}
        """By stage, the share of fresh deals that are won in the end; nothing without history."""
        for stage in reversed(ORDER):
            self._fresh[stage] = self._course(stage)
            if any(band.endings for band in bands[stage]):
                self.learnt[stage] = self._in_the_end(stage)

    def won_within(self, stage: str, age: int | None, days: int) -> Decimal:
        """The chance that a deal which entered `stage` `age` days ago is won within `days`.

        A deal without a date counts as fresh.
        """
        key = (stage, min(age or 0, len(self._rates[stage]) - 1), min(days, self.days))
        if key not in self._within:
            self._within[key] = self._stated(stage, self._walk(*key), key[2])
        return self._within[key]

    def fresh_within(self, stage: str, days: int) -> Decimal:
        """The same for a deal that enters the stage today."""
        days = min(days, self.days)
        return self._stated(stage, self._fresh[stage][days], days)

    def _stated(self, stage: str, chance: Decimal, days: int) -> Decimal:
        if stage not in self.edits:
            return chance
        learnt = self.learnt.get(stage, ZERO)
        if learnt:
            return min(ONE, chance * self.edits[stage] / learnt)
        # no deal of this stage has ended yet: it takes as long as those of the next that has
        for other in ORDER[ORDER.index(stage) + 1 :]:
            if self.learnt.get(other):
                in_time = self._fresh[other][days] / self.learnt[other]
                return self.edits[stage] * min(ONE, in_time)
        return ZERO

    def _in_the_end(self, stage: str) -> Decimal:
        left, total = ONE, ZERO
        rates = self._rates[stage]
        for rate in rates[:-1]:
            total += left * self._won_later(rate)
            left *= rate.stays
        last = rates[-1]
        ends = ONE - last.stays
        won = self._won_later(last)
        return total + (left * won / ends if ends else ZERO)

    def _won_later(self, rate: "_Daily") -> Decimal:
        """Won on the day, or in the end after a move on it."""
        moved = (part * self.learnt.get(to, ZERO) for to, part in rate.moves)
        return rate.won + sum(moved, ZERO)

    def _course(self, stage: str) -> list[Decimal]:
        """Chances of a fresh deal within 0, 1, 2 ... days."""
        rates = self._rates[stage]
        left, total, course = ONE, ZERO, [ZERO]
        entered: list[tuple[int, str, Decimal]] = []  # on which day, to where, how many
        for day in range(self.days):
            rate = rates[min(day, len(rates) - 1)]
            total += left * rate.won
            entered += [(day, to, left * part) for to, part in rate.moves]
            left *= rate.stays
            further = (part * self._fresh[to][day + 1 - since] for since, to, part in entered)
            course.append(total + sum(further, ZERO))
        return course

    def _walk(self, stage: str, age: int, days: int) -> Decimal:
        rates = self._rates[stage]
        left, total = ONE, ZERO
        for day in range(days):
            rate = rates[min(age + day, len(rates) - 1)]
            total += left * rate.won
            for to, part in rate.moves:
                total += left * part * self._fresh[to][days - day]
            left *= rate.stays
            if not left:
                break
        return total


@dataclass(frozen=True, slots=True)
class _Daily:
    won: Decimal
    moves: tuple[tuple[str, Decimal], ...]
    """To which later stage, and how many."""
    stays: Decimal


def _daily(stage: str, bands: tuple[Band, ...]) -> list[_Daily]:
    """The rates of each age; the last holds for all that follow."""
    found: list[_Daily] = []
    later = ORDER[ORDER.index(stage) + 1 :]
    for band in bands:
        moves = tuple((one, rate) for one in later if (rate := band.rate(one)))
        moved = sum((rate for _to, rate in moves), ZERO)
        won = band.rate(WON)
        one = _Daily(won, moves, max(ZERO, ONE - won - moved - band.rate(LOST)))
        found += [one] * ((band.end or band.start + 1) - band.start)
    return found


def learn(known: Known, days: int) -> Chances:
    """The chances that the company's own history teaches, for up to `days` ahead."""
    bands = {stage: _bands(tally) for stage, tally in _tallies(known).items()}
    return Chances(bands, days, known.edits)
