"""The dearest way in which places can be taken where not everybody can share one.

In a duel and a tug of war there are two, and a winner only when they are not equal. A bracket has
one champion, and whoever comes less far shares a place with those who come as far. When both of a
match have left before it, nobody goes on, and those behind move up.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from challenges.calc.formats.brackets import rounds_needed
from challenges.calc.formats.knockout import MOST_ENTRANTS, Knockout
from challenges.calc.rules import Rules, TieRule

BETWEEN_TWO = frozenset({"duel", "tug_of_war"})
BRACKET = "knockout"
PLAYED = BETWEEN_TWO | {BRACKET}
"""Formats in which not every grouping of equal places is possible."""


@dataclass(frozen=True, slots=True)
class Places:
    """What a place pays, and a winner: `at` from rank 1 on, 0 where nothing is paid."""

    rules: Rules
    at: Callable[[int], int]
    winner: int

    def tied(self, first: int, size: int) -> int:
        """So many who share a rank."""
        if self.rules.ties.rule is TieRule.POOL:
            return sum(self.at(rank) for rank in range(first, first + size))
        return size * self.at(first)

    def groups(self, last: int) -> list[int]:
        """By each rank (the index), the most for those on the places from there to the last one,
        who come equally far; a chain may part them, or some of them."""
        ties = self.rules.ties
        if ties.rule is not TieRule.CHAIN:
            return [0, *(self._won(rank, last - rank + 1) for rank in range(1, last + 1))]
        most = 1 if any(link.by == "draw" for link in ties.chain) else last
        best = [0] * (last + 2)
        for rank in range(last, 0, -1):
            best[rank] = max(
                self._won(rank, size) + best[rank + size]
                for size in range(1, min(most, last - rank + 1) + 1)
            )
        return best

    def _won(self, first: int, size: int) -> int:
        winners = self.rules.winners
        wins = winners is None or first <= winners
        return self.tied(first, size) + (size * self.winner if wins else 0)


def players(rules: Rules, entrants: int) -> int:
    """How many of the entrants can get anything."""
    params = rules.params
    if rules.format.key in BETWEEN_TWO:
        return 2 if entrants == 2 else 0
    if isinstance(params, Knockout):
        there = min(entrants, 2 ** len(params.spans), MOST_ENTRANTS)
        return there if there > 1 else 0
    return entrants


def most_of_places(rules: Rules, count: int, at: Callable[[int], int], winner: int) -> int:
    """The most that ranks and winning can cost with so many players (`players`)."""
    if count == 0:
        return 0
    places = Places(rules, at, winner)
    if rules.format.key in BETWEEN_TWO:
        apart = at(1) + at(2) + winner
        drawn = any(link.by == "draw" for link in rules.ties.chain)
        return apart if drawn else max(apart, places.tied(1, 2))
    return _most_of_bracket(places, count)


def _most_of_bracket(places: Places, count: int) -> int:
    """Over how many are left after each round. The first round is always played: who has left
    before it is not in the bracket. Then at least one is left, at most one of each match."""
    rounds = rounds_needed(count)
    groups = cache(places.groups)

    @cache
    def after(played: int, left: int) -> int:
        if played == rounds:
            return groups(1)[1]
        most = min(left, 2 ** (rounds - played - 1))
        return max(
            after(played + 1, more) + (groups(left)[more + 1] if left > more else 0)
            for more in (range(1, most + 1) if played else [2 ** (rounds - 1)])
        )

    return after(0, count)
