"""The dearest way in which places can be taken where everybody may share one with anybody.

Ranks are taken in groups of equal ones from the first on, and a group of three takes three places.
What a group costs grows by the same amount with each member, so that the dearest grouping has its
borders where the pay of the places changes, and only those need to be weighed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from challenges.calc.formats.tiered import TieredLeagues
from challenges.calc.rules import Rules, TieRule

RACE, HOLDER = "race", "record"
"""Formats in which whoever is later, or not the best, has no place at all."""


@dataclass(frozen=True, slots=True)
class Pay:
    """What places pay: `at` from the first on; each winner has `winner` beside it, and the places
    up to `winning` win. No group begins after `last` (None: wherever somebody is left)."""

    at: Sequence[int]
    winner: int
    winning: int
    last: int | None = None

    def prize(self, place: int) -> int:
        """The prize of a place."""
        return self.at[place - 1] if place <= len(self.at) else 0

    def head(self, place: int) -> int:
        """What each one has who is paid as that place."""
        return self.prize(place) + (self.winner if place <= self.winning else 0)

    def borders(self) -> list[int]:
        """The places at which the pay changes."""
        end = max(len(self.at), self.winning) + 1
        found = {1, self.winning + 1, *range(1, len(self.at) + 2)}
        stop = end if self.last is None else self.last
        return [p for p in found if p <= stop and (p == 1 or self.head(p) != self.head(p - 1))]


def most_of_ranking(rules: Rules, heads: int, at: Sequence[int], winner: int) -> int:
    """The most that ranks and winning can cost together, when so many compete.

    In a league, a championship, a streak and tiered leagues it is a limit which not every document
    can reach: some groupings would take more rounds or days than there are. So it is where a place
    is dearer than the one before it, reserves are passed down, and scores are paid for too.
    """
    winning = heads + len(at) if rules.winners is None else rules.winners
    drawn = any(link.by == "draw" for link in rules.ties.chain)
    params = rules.params
    if isinstance(params, TieredLeagues):
        # each league has its own winners, and how many play in it is open
        winners = min(heads, winning * len(params.leagues)) if drawn else heads
        return winner * winners + _most(rules, heads, Pay(at, 0, 0), drawn=drawn)
    if rules.format.key == RACE:
        # whoever has a rank has won; what happened at one moment is one rank, or parted
        last = None if _parts_a_moment(rules) else winning
        return _most(rules, heads, Pay(at, winner, heads + len(at), last), drawn=drawn)
    last = 1 if rules.format.key == HOLDER and not _parts_a_moment(rules) else None
    return _most(rules, heads, Pay(at, winner, winning, last), drawn=drawn)


def _parts_a_moment(rules: Rules) -> bool:
    """Whether the chain can order those who reached the same at one moment."""
    return any(link.by in ("second_metric", "percent_of_target") for link in rules.ties.chain)


def _most(rules: Rules, heads: int, pay: Pay, *, drawn: bool) -> int:
    pooled = rules.ties.rule is TieRule.POOL
    if not heads:
        return 0
    if passes_down(rules):
        falls = frozenset(_worth(pay, falls_of(rules)))
        if drawn or pooled:
            return _one_by_one(heads, pay, falls, pooled=pooled)
        return _equal(heads, pay, falls)
    if pooled:
        return sum(pay.at[:heads]) + (heads * pay.winner if pay.winning else 0)
    if drawn:
        return sum(pay.head(place) for place in range(1, heads + 1))
    return _equal(heads, pay, frozenset())


def passes_down(rules: Rules) -> bool:
    """Whether a place can stay free while one behind it is paid."""
    reserves = rules.format.reserves(rules.params)
    return reserves is not None and reserves.pass_down


def falls_of(rules: Rules) -> list[int]:
    """The places that somebody with a rank can reach who misses the reserve of the one before."""
    reserves = rules.format.reserves(rules.params)
    bar = Fraction(0) if rules.minimum is None else rules.minimum
    levels = [*(reserves.levels if reserves else ()), bar]
    return [n + 2 for n, (one, later) in enumerate(pairwise(levels)) if one > max(later, bar)]


def _worth(pay: Pay, falls: Sequence[int]) -> Iterator[int]:
    """Of several falls with the same pay the last one, from which it is least far to the next."""
    borders = pay.borders()
    for first, end in zip(borders, [*borders[1:], None], strict=True):
        yield from [fall for fall in falls if first <= fall and (not end or fall < end)][-1:]


def _equal(heads: int, pay: Pay, falls: frozenset[int]) -> int:
    """Equal ones are all paid as one place. A place in `falls` can be taken while those before it
    stay free; then one head is enough for the group before it."""
    starts = sorted({*pay.borders(), *falls}, reverse=True)
    best: dict[tuple[int, int], int] = {}
    for place in starts:
        head = pay.head(place)
        for left in _lefts(heads, place, falls):
            nexts = [left * head]
            for start in starts:
                if start <= place:
                    break
                sizes = {start - place, 1} if start in falls else {start - place}
                nexts += [n * head + best[start, left - n] for n in sizes if n < left]
            best[place, left] = max(nexts)
    return max(best[start, heads] for start in (1, *falls))


def _lefts(heads: int, place: int, falls: frozenset[int]) -> range:
    """How many can be left at a place: those before it are taken, or free up to the last fall."""
    free = min(place, max(falls, default=1)) - 1
    most = min(heads, heads - place + 1 + free)
    return range(max(1, heads - place + 1), most + 1)


def _one_by_one(heads: int, pay: Pay, falls: frozenset[int], *, pooled: bool) -> int:
    """Each place has its own holder. Equal ones who split the prizes of their places cost the same,
    and all of them win when the first one does."""
    last = max(len(pay.at), *falls, 1)
    best: dict[tuple[int, int, bool], int] = {}

    def after(place: int, left: int, *, wins: bool) -> int:
        """From a place on, when the one before it is taken, or the group begins with it."""
        if place <= last:
            return best.get((place, left, wins), 0)
        winners = left if wins else 0
        return pay.winner * (winners if pooled else min(left, max(0, pay.winning - place + 1)))

    for place in range(last, 0, -1):
        for left in _lefts(heads, place, falls):
            for begun in (True, False):
                wins = begun if pooled else place <= pay.winning
                own = pay.prize(place) + (pay.winner if wins else 0)
                nexts = [own + after(place + 1, left - 1, wins=begun)]
                nexts += [after(q, left, wins=q <= pay.winning) for q in falls if q > place]
                best[place, left, begun] = max(nexts)
    return best.get((1, heads, pay.winning >= 1), 0)
