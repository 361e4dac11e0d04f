"""Competition ranks: 1, 1, 3. Nobody's rank depends on an order of arrival or an internal id."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Rank(Generic[K]):
    """A place in a ranking: `rank` 1, 1, 3; `dense_rank` 1, 1, 2; `tied` when it is shared."""

    key: K
    value: Fraction
    rank: int
    dense_rank: int
    tied: bool


def competition_ranks(
    values: Mapping[K, Fraction | None], names: Mapping[K, str], *, better: str = "up"
) -> list[Rank[K]]:
    """All keys with a value, best first; equal values share the rank and stand by name.

    Keys without a value are not ranked: a missing value is neither best nor worst. Names that
    are equal too stand in the order of the text of their keys, so the order is always the same.
    """
    known = [(key, value) for key, value in values.items() if value is not None]
    sign = -1 if better == "up" else 1
    known.sort(key=lambda pair: (sign * pair[1], names.get(pair[0], ""), str(pair[0])))
    ranked: list[Rank[K]] = []
    for dense, (value, group) in enumerate(groupby(known, key=lambda pair: pair[1]), start=1):
        keys = [key for key, _ in group]
        rank = len(ranked) + 1
        ranked.extend(Rank(key, value, rank, dense, len(keys) > 1) for key in keys)
    return ranked


def top(ranked: list[Rank[K]], places: int) -> list[Rank[K]]:
    """Everybody whose rank is at most `places`: a tie at the edge keeps all who share it."""
    return [row for row in ranked if row.rank <= places]
