"""What the prizes of a challenge can cost at most."""

from collections.abc import Sequence
from dataclasses import dataclass
from heapq import nlargest
from itertools import islice

from challenges.calc.pots import most_of_pool
from challenges.calc.rules import Prize, PrizeFor, PrizeKind, Rules, TieRule
from challenges.calc.tickets import prizes_by_draw
from challenges.calc.worst_places import PLAYED, most_of_places, players


@dataclass(frozen=True, slots=True)
class Liability:
    """The most that can be due, by kind and currency; None is without limit."""

    kind: PrizeKind
    currency: str | None
    most: int | None


def maximum_liability(rules: Rules, entrants: int) -> tuple[Liability, ...]:
    """The worst case for that many entrants, ties included; money in minor units."""
    keys = sorted({(p.kind, p.currency or "") for p in rules.prizes})
    found = []
    for kind, currency in keys:
        chosen = [p for p in rules.prizes if (p.kind, p.currency or "") == (kind, currency)]
        found.append(Liability(kind, currency or None, _most(rules, chosen, entrants)))
    return tuple(found)


def _most(rules: Rules, prizes: Sequence[Prize], entrants: int) -> int | None:
    entrants = players(rules, entrants)
    total = _most_by_place(rules, prizes, entrants) + _most_by_draw(rules, prizes, entrants)
    tiers: dict[int, int] = {}
    for prize in prizes:
        match prize.purpose:
            case PrizeFor.UNIT if prize.at_most is None:
                return None
            case PrizeFor.UNIT:
                total += entrants * prize.amount * (prize.at_most or 0)
            case PrizeFor.TIER:
                tiers[prize.tier] = tiers.get(prize.tier, 0) + prize.amount
            case PrizeFor.ALL | PrizeFor.THRESHOLD:
                total += entrants * prize.amount
            case PrizeFor.POT | PrizeFor.SHARE if entrants:
                most = most_of_pool(prize)
                if most is None:
                    return None
                total += most
    if tiers:
        every = rules.format.pays_every_tier(rules.params)
        total += entrants * (sum(tiers.values()) if every else max(tiers.values()))
    return total


def _most_by_draw(rules: Rules, prizes: Sequence[Prize], entrants: int) -> int:
    """The prizes that can be drawn: as many as there are entrants where each wins only once."""
    asked = rules.format.tickets(rules.params)
    if asked is None or not entrants:
        return 0
    amounts = {prize.number: prize.amount for prize in prizes}
    draws = prizes_by_draw(rules)
    possible = islice(draws, entrants) if asked.win_once else draws
    return sum(amounts.get(number, 0) for number in possible)


def _most_by_place(rules: Rules, prizes: Sequence[Prize], entrants: int) -> int:
    """Prizes of ranks and of winning."""
    ranks = [p for p in prizes if p.purpose is PrizeFor.RANK]
    winning = sum(p.amount for p in prizes if p.purpose is PrizeFor.WINNERS)
    if rules.format.key not in PLAYED:
        return _most_by_rank(rules, ranks, entrants) + entrants * winning

    def at(rank: int) -> int:
        return sum(p.amount for p in ranks if _is_for(p, rank))

    return most_of_places(rules, entrants, at, winning)


def _most_by_rank(rules: Rules, prizes: Sequence[Prize], entrants: int) -> int:
    """Pooling costs the list; sharing costs the worst grouping of equal places.

    Where reserves pass people down, places can stay free: pooled, the dearest ones cost most;
    shared, everybody can be equal at the dearest place.
    """
    places = max((p.last for p in prizes), default=0)
    reserves = rules.format.reserves(rules.params)
    passing = reserves is not None and reserves.pass_down
    last = places if passing else min(entrants, places)
    at = [sum(p.amount for p in prizes if _is_for(p, r)) for r in range(1, last + 1)]
    if rules.ties.rule is TieRule.POOL:
        return sum(nlargest(entrants, at))
    if passing:
        return entrants * max(at, default=0)
    best: dict[int, int] = {}
    for rank in range(last, 0, -1):
        best[rank] = max(
            size * at[rank - 1] + best.get(rank + size, 0) for size in range(1, entrants - rank + 2)
        )
    return best.get(1, 0)


def _is_for(prize: Prize, rank: int) -> bool:
    return prize.first <= rank <= prize.last
