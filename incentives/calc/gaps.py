"""The gap of variable pay between women and men by category, without telling anybody's pay.

A category is shown only where at least ``SMALL`` women and ``SMALL`` men stand behind it. Means of
all categories together are shown too, so a hidden category could be computed back from them;
therefore further categories are hidden, the smallest first, until the people behind the hidden
ones are, for each sex, nobody or at least ``SMALL`` (complementary suppression). Where that
cannot be reached, the means of all are hidden instead.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

SMALL = 5
SEXES = ("F", "M")


@dataclass(frozen=True, slots=True)
class Group:
    """One category: how many of each sex, their means in minor units, and the gap.

    ``gap`` is (mean of men - mean of women) / mean of men; everything is None where it is hidden.
    """

    category: str
    counts: Mapping[str, int] | None
    means: Mapping[str, Fraction] | None
    gap: Fraction | None

    @property
    def is_hidden(self) -> bool:
        return self.counts is None


@dataclass(frozen=True, slots=True)
class Gaps:
    """All categories by name, and everybody together."""

    groups: tuple[Group, ...]
    everybody: Group


def pay_gaps(rows: Sequence[tuple[str, str, int]]) -> Gaps:
    """The report over rows of (category, sex F or M, amount in minor units)."""
    amounts: dict[str, dict[str, list[int]]] = {}
    for category, sex, minor in rows:
        amounts.setdefault(category, {one: [] for one in SEXES})[sex].append(minor)
    counts = {key: {sex: len(of[sex]) for sex in SEXES} for key, of in amounts.items()}
    hidden = hidden_categories(counts)
    together = {sex: [one for of in amounts.values() for one in of[sex]] for sex in SEXES}
    shows_all = _enough(together) and _covered(counts, hidden)
    return Gaps(
        tuple(_group(key, amounts[key], key in hidden) for key in sorted(amounts)),
        _group("", together, not shows_all),
    )


def hidden_categories(counts: Mapping[str, Mapping[str, int]]) -> frozenset[str]:
    """The categories to hide: small ones, and others that keep these from being computed back."""
    hidden = {key for key, of in counts.items() if min(of[sex] for sex in SEXES) < SMALL}
    shown = sorted(counts.keys() - hidden, key=lambda key: (sum(counts[key].values()), key))
    while shown and not _covered(counts, hidden):
        hidden.add(shown.pop(0))
    return frozenset(hidden)


def _covered(counts: Mapping[str, Mapping[str, int]], hidden: frozenset[str] | set[str]) -> bool:
    """Whether what is hidden, taken together, is nobody or enough people of each sex."""
    sums = [sum(counts[key][sex] for key in hidden) for sex in SEXES]
    return all(not one or one >= SMALL for one in sums)


def _enough(amounts: Mapping[str, Sequence[int]]) -> bool:
    return all(len(amounts[sex]) >= SMALL for sex in SEXES)


def _group(category: str, amounts: Mapping[str, Sequence[int]], hidden: bool) -> Group:
    if hidden:
        return Group(category, None, None, None)
    means = {sex: Fraction(sum(amounts[sex]), len(amounts[sex])) for sex in SEXES}
    gap = (means["M"] - means["F"]) / means["M"] if means["M"] > 0 else None
    return Group(category, {sex: len(amounts[sex]) for sex in SEXES}, means, gap)
