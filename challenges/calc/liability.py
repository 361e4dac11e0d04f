"""What the prizes of a challenge can cost at most."""

from collections.abc import Sequence
from dataclasses import dataclass

from challenges.calc.groupings import most_of_ranking, passes_down
from challenges.calc.pots import most_of_pool
from challenges.calc.rules import Prize, PrizeFor, PrizeKind, Rules
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
    """Every world in which all are ranked costs what each one has, and what the places pay."""
    heads = players(rules, entrants)
    each, pools = (
        _of_each(rules, prizes),
        [
            most_of_pool(prize, heads)
            for prize in prizes
            if heads and prize.purpose in (PrizeFor.POT, PrizeFor.SHARE)
        ],
    )
    if None in pools or (each is None and heads):
        return None
    found = sum(pool or 0 for pool in pools)
    winning = sum(p.amount for p in prizes if p.purpose is PrizeFor.WINNERS)
    if (asked := rules.format.tickets(rules.params)) is not None:
        # only the drawn get anything, at most one for each draw
        drawn = list(prizes_by_draw(rules))
        heads = min(heads, len(drawn))
        amounts = {prize.number: prize.amount for prize in prizes}
        possible = drawn[:heads] if asked.win_once or not heads else drawn
        return heads * ((each or 0) + winning) + sum(amounts.get(one, 0) for one in possible)
    return found + heads * (each or 0) + _of_places(rules, prizes, heads, winning)


def _of_each(rules: Rules, prizes: Sequence[Prize]) -> int | None:
    """What one entrant can get beside ranks and winning; None is without limit."""
    total = 0
    tiers: dict[int, int] = {}
    for prize in prizes:
        match prize.purpose:
            case PrizeFor.UNIT if (times := _units(rules, prize)) is None:
                return None
            case PrizeFor.UNIT:
                total += prize.amount * (times or 0)
            case PrizeFor.TIER:
                tiers[prize.tier] = tiers.get(prize.tier, 0) + prize.amount
            case PrizeFor.ALL | PrizeFor.THRESHOLD:
                total += prize.amount
    if tiers:
        every = rules.format.pays_every_tier(rules.params)
        total += sum(tiers.values()) if every else max(tiers.values())
    return total


def _units(rules: Rules, prize: Prize) -> int | None:
    """How often one entrant can get a prize for each unit; None is without limit."""
    highest = rules.format.highest(rules.params)
    if highest is None or prize.amount == 0:
        return prize.at_most if prize.amount else 0
    reached = int(highest // prize.every)
    return reached if prize.at_most is None else min(reached, prize.at_most)


def _of_places(rules: Rules, prizes: Sequence[Prize], heads: int, winning: int) -> int:
    """Prizes of ranks and of winning together."""
    ranks = [p for p in prizes if p.purpose is PrizeFor.RANK]
    if not rules.format.competitive:
        return heads * winning

    def at(rank: int) -> int:
        return sum(p.amount for p in ranks if p.first <= rank <= p.last)

    if rules.format.key in PLAYED:
        return most_of_places(rules, heads, at, winning)
    last = max((p.last for p in ranks), default=0)
    if not passes_down(rules):
        last = min(last, heads)
    return most_of_ranking(rules, heads, [at(rank) for rank in range(1, last + 1)], winning)
