"""Which places pay whom: the ranks, unless a place asks for a reserve that is missed."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

from challenges.calc.formats.base import Decision, Score, Verdict
from challenges.calc.formats.kinds import Reserves
from challenges.calc.notes import Note, note
from challenges.calc.ranking import Place
from challenges.calc.rules import Rules, TieRule
from kernel.issues import N_
from kernel.numbers import as_text


def paid_places(
    rules: Rules, ranking: Sequence[Place], values: Mapping[str, Fraction | None]
) -> dict[int, tuple[int, ...]]:
    """By rank: the places whose prizes its holders get. When prizes are pooled, as many as there
    are holders; otherwise one, which each of them gets; none where the reserve is missed.
    """
    reserves = rules.format.reserves(rules.params)
    pooled = rules.ties.rule is TieRule.POOL
    found: dict[int, tuple[int, ...]] = {}
    free = 1
    for place in ranking:
        first, size = place.rank, len(place.holders)
        value = values[place.holders[0]] or Fraction(0)
        if reserves is not None and reserves.pass_down:
            first = _first_reached(reserves, value, free)
            free = first + size
        taken = range(first, first + (size if pooled else 1))
        pays = taken if reserves is None else (r for r in taken if reserves.reached(value, r))
        found[place.rank] = tuple(pays)
    return found


def _first_reached(reserves: Reserves, value: Fraction, place: int) -> int:
    while not reserves.reached(value, place):
        place += 1
    return place


def with_reserves(
    rules: Rules, decision: Decision, ranking: Sequence[Place], scores: Mapping[str, Score]
) -> Decision:
    """The decision with winners by the places that pay, and a note for each one who missed."""
    reserves = rules.format.reserves(rules.params)
    if reserves is None:
        return decision
    paid = paid_places(rules, ranking, {id_: score.value for id_, score in scores.items()})
    settled = {
        id_: _settled(rules, reserves, decision.verdicts[id_], place.rank, paid[place.rank])
        for place in ranking
        for id_ in place.holders
    }
    return replace(decision, verdicts={**decision.verdicts, **settled})


def _settled(
    rules: Rules, reserves: Reserves, verdict: Verdict, rank: int, paid: tuple[int, ...]
) -> Verdict:
    wins = bool(paid) and (rules.winners is None or paid[0] <= rules.winners)
    missed = () if paid[:1] == (rank,) else (_missed(reserves, rank, paid),)
    return replace(verdict, winner=wins, notes=(*verdict.notes, *missed))


def _missed(reserves: Reserves, rank: int, paid: tuple[int, ...]) -> Note:
    if reserves.pass_down:
        template = N_("Paid as place {place}: the reserve of a better place is missed.")
        return note("paid_as", template, place=str(paid[0]))
    return lapsed(reserves, rank)


def lapsed(reserves: Reserves, rank: int) -> Note:
    """Which reserve a place misses."""
    least = as_text(reserves.levels[rank - 1])
    template = N_("Place {place} asks for at least {minimum}: its prize lapses.")
    return note("lapsed", template, place=str(rank), minimum=least)
