"""Who would get which prize, and what all of it can cost at most."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from challenges.calc.formats.base import Score, Verdict
from challenges.calc.notes import Note, note
from challenges.calc.ranking import Place, draw
from challenges.calc.rules import Prize, PrizeFor, PrizeKind, Rules, TieRule
from kernel.issues import N_
from kernel.money import allocate
from kernel.numbers import as_text


@dataclass(frozen=True, slots=True)
class Award:
    """A prize for an entrant. `amount` is minor units for money, otherwise a number of units."""

    entrant: str
    prize: int
    kind: PrizeKind
    amount: int
    currency: str | None
    label: str
    taxable: bool
    reason: Note


@dataclass(frozen=True, slots=True)
class Outcome:
    """What `awards` needs to know about one entrant."""

    id: str
    score: Score
    verdict: Verdict
    winner: bool
    ranked: bool


def awards(
    rules: Rules, ranking: Sequence[Place], outcomes: Sequence[Outcome]
) -> tuple[Award, ...]:
    """All awards, ordered by prize and then by entrant; nothing for the unranked."""
    found: list[Award] = []
    if rules.ties.rule is TieRule.POOL:
        found.extend(_pooled(rules, ranking))
    else:
        found.extend(_shared(rules, ranking))
    for outcome in outcomes:
        for prize in rules.prizes:
            found.extend(_individual(rules, prize, outcome))
    return tuple(sorted(found, key=lambda award: (award.prize, award.entrant)))


def _award(prize: Prize, entrant: str, amount: int, reason: Note) -> Award:
    return Award(
        entrant,
        prize.number,
        prize.kind,
        amount,
        prize.currency,
        prize.label,
        prize.taxable,
        reason,
    )


def _shared(rules: Rules, ranking: Sequence[Place]) -> list[Award]:
    """Everyone who shares a rank gets the rank's whole prize."""
    return [
        _award(prize, id_, prize.amount, note("rank", N_("Rank {rank}."), rank=str(place.rank)))
        for place in ranking
        for prize in rules.prizes
        if _is_for(prize, place.rank)
        for id_ in place.holders
    ]


def _is_for(prize: Prize, rank: int) -> bool:
    return prize.purpose is PrizeFor.RANK and prize.first <= rank <= prize.last


def _pooled(rules: Rules, ranking: Sequence[Place]) -> list[Award]:
    """The prizes of all tied places are added and split; odd cents go by a seeded draw."""
    found: list[Award] = []
    for place in ranking:
        ranks = range(place.rank, place.rank + len(place.holders))
        pools: dict[tuple[PrizeKind, str | None], tuple[Prize, int]] = {}
        for prize in rules.prizes:
            times = sum(1 for rank in ranks if _is_for(prize, rank))
            if times:
                first, pool = pools.get((prize.kind, prize.currency), (prize, 0))
                pools[prize.kind, prize.currency] = (first, pool + times * prize.amount)
        for prize, pool in pools.values():
            found.extend(_split(rules, place, prize, pool))
    return found


def _split(rules: Rules, place: Place, prize: Prize, pool: int) -> list[Award]:
    seed = rules.ties.seed or rules.key
    holders = sorted(place.holders, key=lambda id_: draw(seed, id_), reverse=True)
    amounts = allocate(pool, [1] * len(holders))
    if len(holders) == 1:
        reason = note("rank", N_("Rank {rank}."), rank=str(place.rank))
    else:
        reason = note(
            "pooled",
            N_("Ranks {first} to {last} pooled and split between {count}."),
            first=str(place.rank),
            last=str(place.rank + len(holders) - 1),
            count=str(len(holders)),
        )
    pairs = zip(holders, amounts, strict=True)
    return [_award(prize, id_, amount, reason) for id_, amount in pairs if amount]


def _individual(rules: Rules, prize: Prize, outcome: Outcome) -> list[Award]:
    eligible = outcome.ranked or outcome.winner or outcome.verdict.tier > 0
    if not eligible or prize.purpose is PrizeFor.RANK:
        return []
    found = _times(rules, prize, outcome)
    if found is None:
        return []
    times, reason = found
    return [_award(prize, outcome.id, prize.amount * times, reason)]


def _times(rules: Rules, prize: Prize, outcome: Outcome) -> tuple[int, Note] | None:
    """How often the entrant gets the prize, and why; None for never."""
    value = outcome.score.value
    match prize.purpose:
        case PrizeFor.ALL:
            return 1, note("for_all", N_("For everyone who is ranked."))
        case PrizeFor.WINNERS if outcome.winner:
            return 1, note("for_winners", N_("For every winner."))
        case PrizeFor.TIER if _gets_tier(rules, prize, outcome):
            return 1, note("tier", N_("Tier {tier} reached."), tier=str(prize.tier))
        case PrizeFor.THRESHOLD if value is not None and _reaches(rules, value, prize.at):
            return 1, note("threshold", N_("{at} reached."), at=as_text(prize.at))
        case PrizeFor.UNIT if value is not None and value >= prize.every:
            times = int(value // prize.every)
            times = times if prize.at_most is None else min(times, prize.at_most)
            reason = note(
                "units",
                N_("{times} times {every}."),
                times=str(times),
                every=as_text(prize.every),
            )
            return times, reason
    return None


def _reaches(rules: Rules, value: Fraction, at: Fraction) -> bool:
    return value <= at if rules.lower_wins else value >= at


def _gets_tier(rules: Rules, prize: Prize, outcome: Outcome) -> bool:
    reached = outcome.verdict.tier
    if rules.format.pays_every_tier(rules.params):
        return reached >= prize.tier
    return reached == prize.tier


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
    ranks = [p for p in prizes if p.purpose is PrizeFor.RANK]
    total = _most_by_rank(rules, ranks, entrants)
    tiers: dict[int, int] = {}
    for prize in prizes:
        match prize.purpose:
            case PrizeFor.UNIT if prize.at_most is None:
                return None
            case PrizeFor.UNIT:
                total += entrants * prize.amount * (prize.at_most or 0)
            case PrizeFor.TIER:
                tiers[prize.tier] = tiers.get(prize.tier, 0) + prize.amount
            case PrizeFor.ALL | PrizeFor.WINNERS | PrizeFor.THRESHOLD:
                total += entrants * prize.amount
    if tiers:
        every = rules.format.pays_every_tier(rules.params)
        total += entrants * (sum(tiers.values()) if every else max(tiers.values()))
    return total


def _most_by_rank(rules: Rules, prizes: Sequence[Prize], entrants: int) -> int:
    """Pooling costs the list; sharing costs the worst grouping of equal places."""
    last = min(entrants, max((p.last for p in prizes), default=0))
    at = [sum(p.amount for p in prizes if _is_for(p, r)) for r in range(1, last + 1)]
    if rules.ties.rule is TieRule.POOL:
        return sum(at)
    best: dict[int, int] = {}
    for rank in range(last, 0, -1):
        best[rank] = max(
            size * at[rank - 1] + best.get(rank + size, 0) for size in range(1, entrants - rank + 2)
        )
    return best.get(1, 0)
