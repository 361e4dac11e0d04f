"""Prizes that are one sum for several: the pot that grows with the scores, the shared pool."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from challenges.calc.formats.base import Score
from challenges.calc.ranking import Place, draw
from challenges.calc.rules import Prize, PrizeFor, Rules
from kernel.money import allocate, digits_of
from kernel.numbers import Rounding, round_integer


@dataclass(frozen=True, slots=True)
class Part:
    """What one entrant gets of a pool; of a pot also for which places, first and last."""

    entrant: str
    amount: int
    first: int = 0
    last: int = 0


@dataclass(frozen=True, slots=True)
class Pool:
    """A pool and its parts; amounts in minor units of money. `total` is what it is reckoned from:
    everyone's total of a pot, the total of the ranked of a shared pool."""

    prize: Prize
    total: Fraction
    amount: int
    parts: tuple[Part, ...]


def pools(rules: Rules, ranking: Sequence[Place], scores: Mapping[str, Score]) -> tuple[Pool, ...]:
    """All pools, in the order of the prizes."""
    found = []
    for prize in rules.prizes:
        match prize.purpose:
            case PrizeFor.POT:
                found.append(_pot(rules, prize, ranking, scores))
            case PrizeFor.SHARE:
                found.append(_shared(rules, prize, ranking, scores))
    return tuple(found)


def by_lot(rules: Rules, entrants: Iterable[str]) -> list[str]:
    """In the order in which odd cents go: the seeded draw, highest first."""
    seed = rules.ties.seed or rules.key
    return sorted(entrants, key=lambda id_: draw(seed, id_), reverse=True)


def _pot(rules: Rules, prize: Prize, ranking: Sequence[Place], scores: Mapping[str, Score]) -> Pool:
    """A share of everyone's total, rounded down; places that nobody holds keep their part of it."""
    total = sum((_total(score) for score in scores.values()), Fraction(0))
    units = 10 ** digits_of(prize.currency) if prize.currency else 1
    amount = max(0, round_integer(total * prize.of_total * units, Rounding.DOWN))
    amount = amount if prize.at_most is None else min(amount, prize.at_most)
    by_place = _by_place(prize, amount)
    parts = [part for place in ranking for part in _of_place(rules, place, by_place)]
    return Pool(prize, total, amount, tuple(parts))


def _total(score: Score) -> Fraction:
    """What an entrant brings: of a team what its members did, whatever it is divided by."""
    return score.numerator if score.numerator is not None else score.value or Fraction(0)


def _of_place(rules: Rules, place: Place, by_place: Sequence[int]) -> Iterable[Part]:
    """The parts of tied places are added and split."""
    last = place.rank + len(place.holders) - 1
    holders = by_lot(rules, place.holders)
    amounts = allocate(sum(by_place[place.rank - 1 : last]), [1] * len(holders))
    for id_, amount in zip(holders, amounts, strict=True):
        if amount:
            yield Part(id_, amount, place.rank, last)


def _shared(
    rules: Rules, prize: Prize, ranking: Sequence[Place], scores: Mapping[str, Score]
) -> Pool:
    """Largest remainder; of equal remainders the seeded draw decides, so no order of names does."""
    ranked = by_lot(rules, (id_ for place in ranking for id_ in place.holders))
    weights = [max(scores[id_].value or Fraction(0), Fraction(0)) for id_ in ranked]
    total = sum(weights, Fraction(0))
    if total == 0:
        return Pool(prize, total, prize.amount, ())
    amounts = allocate(prize.amount, weights)
    pairs = zip(ranked, amounts, strict=True)
    return Pool(prize, total, prize.amount, tuple(Part(i, amount) for i, amount in pairs if amount))


def most_of_pool(prize: Prize, heads: int) -> int | None:
    """The most that a pot or a shared pool can cost when so many compete; None is without limit.

    With fewer than there are places, a smaller pot can round more into the first ones, by less
    than a unit for each.
    """
    if prize.purpose is not PrizeFor.POT:
        return prize.amount
    if prize.at_most is None:
        return None
    held = sum(prize.split[:heads], Fraction(0))
    best, amount = 0, prize.at_most
    while amount > 0 and held and amount * held + heads > best:
        best = max(best, sum(_by_place(prize, amount)[:heads]))
        amount -= 1
        if heads >= len(prize.split):
            break
    return best


def _by_place(prize: Prize, amount: int) -> list[int]:
    """What each place gets of so much in the pot."""
    given = round_integer(amount * sum(prize.split, Fraction(0)), Rounding.DOWN)
    return allocate(given, prize.split)
