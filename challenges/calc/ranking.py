"""Competition ranks: 1, 1, 3.  A tie is broken only by what the rules say."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby
from math import lcm

from challenges.calc.field import Entrant
from challenges.calc.formats.base import Score, Verdict
from challenges.calc.lots import draw as draw
from challenges.calc.moments import day_of, microseconds, start_of
from challenges.calc.rules import Criterion, Rules, TieRule

Key = tuple[Fraction, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """A shared rank and who holds it."""

    rank: int
    holders: tuple[str, ...]


def places(
    rules: Rules,
    entrants: Sequence[Entrant],
    scores: Mapping[str, Score],
    verdicts: Mapping[str, Verdict],
    *,
    by_day: bool,
    ties: Mapping[str, Key],
) -> tuple[Place, ...]:
    """The ranked entrants, best first; holders of one place are equal under the rules.

    `ties` are the known `chain_key` of entrants whose records are not here.
    """
    keyed: list[tuple[Key, str]] = []
    for entrant in entrants:
        verdict = verdicts[entrant.id]
        place = verdict.place
        if place is not None:
            chain = ties.get(entrant.id) if verdict.ties is None else verdict.ties
            if chain is None:
                chain = chain_key(rules, entrant, scores[entrant.id], by_day=by_day)
            keyed.append(((*place, *chain), entrant.id))
    ordered = _whole(keyed)
    ordered.sort(key=lambda pair: pair[1])
    ordered.sort(key=lambda pair: pair[0], reverse=True)
    found: list[Place] = []
    rank = 1
    for _, group in groupby(ordered, key=lambda pair: pair[0]):
        holders = tuple(id_ for _, id_ in group)
        found.append(Place(rank, holders))
        rank += len(holders)
    return tuple(found)


def _whole(keyed: list[tuple[Key, str]]) -> list[tuple[Key | tuple[int, ...], str]]:
    """The same order in whole numbers, which compare many times faster than fractions."""
    scale = 1
    for key, _ in keyed:
        for part in key:
            scale = lcm(scale, part.denominator)
        if scale.bit_length() > 256:  # shares of many different targets
            return [*keyed]
    return [
        (tuple(part.numerator * (scale // part.denominator) for part in key), id_)
        for key, id_ in keyed
    ]


def chain_key(rules: Rules, entrant: Entrant, score: Score, *, by_day: bool) -> Key:
    """What the tie-break chain says about one entrant, higher first; empty without a chain."""
    if rules.ties.rule is not TieRule.CHAIN:
        return ()
    return tuple(
        part
        for link in rules.ties.chain
        for part in _present(_value(rules, link, entrant, score, by_day=by_day))
    )


def _present(value: Fraction | None) -> Key:
    """What is missing comes after everything that is there."""
    return (Fraction(0), Fraction(0)) if value is None else (Fraction(1), value)


def _value(
    rules: Rules, link: Criterion, entrant: Entrant, score: Score, *, by_day: bool
) -> Fraction | None:
    match link.by:
        case "second_metric" if link.measure is not None:
            value = _total(link, entrant)
            return -value if link.lower else value
        case "percent_of_target" if link.measure is not None:
            return _percent(link, entrant)
        case "earliest":
            return _earliness(rules, score, by_day=by_day)
        case "larger_denominator":
            return score.denominator
        case "draw":
            return Fraction(draw(rules.ties.seed, entrant.id))
    raise ValueError(f"no such criterion: {link.by}")


def _total(link: Criterion, entrant: Entrant) -> Fraction:
    assert link.measure is not None  # noqa: S101 - narrowed by the caller's match
    total = sum((link.measure.total(case.records) for case in entrant.cases), Fraction(0))
    return total / (entrant.view.divisor or Fraction(1))


def _percent(link: Criterion, entrant: Entrant) -> Fraction | None:
    assert link.measure is not None  # noqa: S101 - narrowed by the caller's match
    actual = target = Fraction(0)
    for case in entrant.cases:
        own = case.target(link.measure.metric)
        if own is not None:
            actual += link.measure.total(case.records)
            target += own.value
    return actual / target if target else None


def _earliness(rules: Rules, score: Score, *, by_day: bool) -> Fraction | None:
    moment = score.reached_at or score.achieved_at
    if moment is None:
        return None
    if by_day:
        moment = start_of(day_of(moment, rules.zone), rules.zone)
    return -Fraction(microseconds(moment))
