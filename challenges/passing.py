"""Who was passed by whom, between two orders of the same board. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from math import inf

MOST_PASSED = 20
"""So many of the passed are named in one line: the nearest, who ask why they fell."""


class Passing:
    """`after` are keys and ranks in the order of the board, `before` the ranks that were, by key.

    A board in which all move at once asks for everybody: each answer costs a few steps for each
    one named, not a walk over all places.
    """

    def __init__(
        self, after: Sequence[tuple[str, int | None]], before: Mapping[str, int | None]
    ) -> None:
        self._after, self._before = after, before

    def passed(self, key: str) -> list[str]:
        """Who had a rank ahead of the key's and now is behind, nearest to the new place first; at
        most `MOST_PASSED`."""
        place = self._places.get(key)
        if place is None or self._after[place][1] is None:
            return []
        was = self._before.get(key)
        start = self._behind[place]
        return [self._after[one][0] for one in self._ahead(start, inf if was is None else was)]

    def _ahead(self, start: int, bound: float) -> Iterator[int]:
        """Places from `start` on whose holder had a rank below the bound."""
        for _ in range(MOST_PASSED):
            found = self._next(start, bound)
            if found is None:
                return
            yield found
            start = found + 1

    def _next(self, start: int, bound: float) -> int | None:
        size, best = self._size, self._best
        if start >= size:
            return None
        node = start + size
        while best[node] >= bound:  # on to the next part that has not been looked at
            while node & 1:
                node >>= 1
            if node == 0:
                return None
            node += 1
        while node < size:
            node *= 2
            node += best[node] >= bound
        return node - size

    @cached_property
    def _places(self) -> dict[str, int]:
        return {key: place for place, (key, _) in enumerate(self._after)}

    @cached_property
    def _behind(self) -> list[int]:
        """By place: the first place behind all that share its rank."""
        found = [len(self._after)] * len(self._after)
        for place in range(len(self._after) - 2, -1, -1):
            shared = self._after[place][1] == self._after[place + 1][1]
            found[place] = found[place + 1] if shared else place + 1
        return found

    @cached_property
    def _size(self) -> int:
        size = 1
        while size < len(self._after):
            size *= 2
        return size

    @cached_property
    def _best(self) -> list[float]:
        """A tree of minima over the ranks that were: node n has 2n and 2n + 1 below it."""
        ranks = [self._before.get(key) for key, _ in self._after]
        best = [inf] * (2 * self._size)
        for place, rank in enumerate(ranks, start=self._size):
            best[place] = inf if rank is None else rank
        for node in range(self._size - 1, 0, -1):
            best[node] = min(best[2 * node], best[2 * node + 1])
        return best
