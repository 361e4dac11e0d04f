"""The mark of a qualitative objective from the scores of joint visits, and weighted attainment."""

from collections.abc import Sequence
from fractions import Fraction

TOP_SCORE = 5
"""Each criterion is scored from 0 to this."""


def mark_of(weights: Sequence[Fraction], visits: Sequence[Sequence[int | None]]) -> Fraction | None:
    """The mark in percent (0..100): the weighted mean of the criteria, each the mean of its scores
    over the top of the scale. A criterion that was seen on no visit does not count; None when none
    was seen.
    """
    total, weighed = Fraction(0), Fraction(0)
    for at, weight in enumerate(weights):
        seen = [score for visit in visits if (score := visit[at]) is not None]
        if seen:
            total += weight * Fraction(sum(seen), len(seen) * TOP_SCORE)
            weighed += weight
    return total / weighed * 100 if weighed else None


def weighted_attainment(
    parts: Sequence[tuple[Fraction, Fraction | None]],
) -> Fraction | None:
    """The mean of attainments by their weights; those without a value do not count."""
    known = [(weight, value) for weight, value in parts if value is not None]
    together = sum((weight for weight, _ in known), Fraction(0))
    if not together:
        return None
    return sum((weight * value for weight, value in known), Fraction(0)) / together
