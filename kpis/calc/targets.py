"""A target from the past, and how likely it is to be reached: shares of comparable periods.

Nothing is assumed of how values are spread: the chance is what has happened so far. The method and
a worked table stand in docs/algorithms/objectives.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

MOST_PERIODS = 12
"""How many comparable periods are looked at, the latest ones."""
ENOUGH = 6
"""With fewer own periods, those of the role count as well."""
LEAST_OTHERS = 3
"""Of fewer others in the role nothing is read: their figures could be told from what is shown."""
OFTEN = Fraction(2, 5)
"""A proposed target was reached in at least this share of comparable periods."""
REFERENCE = Fraction(15, 100)
"""How much better than one's own mean the reference is."""


@dataclass(frozen=True, slots=True)
class PastPeriod:
    """The figure of one person in one comparable period, and the days worked in it."""

    value: Fraction
    days: int


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What the past says of a period to come; values are for all of its days.

    `mean` is of the own past; `reference` is 15 % better; `proposed` was often reached. `sample`
    is what chances are shares of: `own` periods, and `others` of the same role where these are few.
    `withheld` others would have counted, but are fewer than `LEAST_OTHERS`.
    """

    better: str
    sample: tuple[Fraction, ...]
    own: int
    others: int
    mean: Fraction | None
    reference: Fraction | None
    proposed: Fraction | None
    withheld: int = 0

    def chance(self, target: Fraction) -> Fraction | None:
        """The share of the sample that reached `target`; None without a sample."""
        return chance_of(target, self.sample, self.better)


def suggest(
    own: Sequence[PastPeriod],
    role: Sequence[Sequence[PastPeriod]],
    days: int,
    *,
    additive: bool,
    better: str,
) -> Suggestion:
    """A target for a period of `days` working days.

    `additive` values (counts, money) are scaled by days worked; rates stay as they are. `role`
    holds the periods of each of the others; fewer than `LEAST_OTHERS` of them are left out.
    """
    mine = scaled(own, days, additive=additive)
    beside = [found for one in role if (found := scaled(one, days, additive=additive))]
    beside = beside if len(mine) < ENOUGH else []
    withheld = len(beside) if len(beside) < LEAST_OTHERS else 0
    others = () if withheld else tuple(value for one in beside for value in one)
    sample = tuple(sorted((*mine, *others)))
    mean = sum(mine, Fraction(0)) / len(mine) if mine else None
    growth = 1 + REFERENCE if better == "up" else 1 - REFERENCE
    return Suggestion(
        better=better,
        sample=sample,
        own=len(mine),
        others=len(others),
        mean=mean,
        reference=None if mean is None else mean * growth,
        proposed=_proposed(sample, better),
        withheld=withheld,
    )


def scaled(past: Sequence[PastPeriod], days: int, *, additive: bool) -> tuple[Fraction, ...]:
    """The values as if each period had had `days` working days; none without a day worked."""
    return tuple(one.value * days / one.days if additive else one.value for one in past if one.days)


def chance_of(target: Fraction, sample: Sequence[Fraction], better: str) -> Fraction | None:
    """The share of `sample` that is at or beyond `target`; None without a sample."""
    if not sample:
        return None
    hits = sum(one >= target if better == "up" else one <= target for one in sample)
    return Fraction(hits, len(sample))


def _proposed(sample: Sequence[Fraction], better: str) -> Fraction | None:
    """The hardest value that was reached often enough, made round towards the easier side."""
    reached = [one for one in sample if (chance_of(one, sample, better) or Fraction(0)) >= OFTEN]
    if not reached:
        return None
    best = max(reached) if better == "up" else min(reached)
    return rounded(best, up=better != "up") or None


def rounded(value: Fraction, *, up: bool) -> Fraction:
    """`value` with two leading digits, down or `up`; 0 stays 0. For values from 0."""
    if value <= 0:
        return Fraction(0)
    unit = Fraction(1)
    while value >= 100 * unit:
        unit *= 10
    while value < 10 * unit:
        unit /= 10
    steps = -(-value // unit) if up else value // unit
    return steps * unit
