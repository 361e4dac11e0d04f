"""Who would get which prize, and what all of it can cost at most."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from challenges.calc.formats.base import Score, Verdict
from challenges.calc.notes import Note, note
from challenges.calc.paid_places import paid_places
from challenges.calc.pots import Part, Pool, by_lot, pools
from challenges.calc.ranking import Place
from challenges.calc.rules import Prize, PrizeFor, PrizeKind, Rules, TieRule
from challenges.calc.tickets import Draw, Drawn
from kernel.issues import N_
from kernel.money import allocate
from kernel.numbers import as_text

Paid = Mapping[int, tuple[int, ...]]


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
    rules: Rules,
    ranking: Sequence[Place],
    outcomes: Sequence[Outcome],
    made: Draw | None = None,
) -> tuple[Award, ...]:
    """All awards, ordered by prize and then by entrant; nothing for the unranked.

    `made` is the draw of a lottery.
    """
    scores = {outcome.id: outcome.score for outcome in outcomes}
    paid = paid_places(rules, ranking, {id_: score.value for id_, score in scores.items()})
    found: list[Award] = []
    if rules.ties.rule is TieRule.POOL:
        found.extend(_pooled(rules, ranking, paid))
    else:
        found.extend(_shared(rules, ranking, paid))
    found.extend(award for pool in pools(rules, ranking, scores) for award in _of_pool(pool))
    found.extend(_drawn(rules, made))
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


def _shared(rules: Rules, ranking: Sequence[Place], paid: Paid) -> list[Award]:
    """Everyone who shares a rank gets the whole prize of the place as which it is paid."""
    return [
        _award(prize, id_, prize.amount, _ranked(place.rank, number))
        for place in ranking
        for number in paid[place.rank]
        for prize in rules.prizes
        if _is_for(prize, number)
        for id_ in place.holders
    ]


def _ranked(rank: int, paid_as: int) -> Note:
    if rank == paid_as:
        return note("rank", N_("Rank {rank}."), rank=str(rank))
    template = N_("Rank {rank}, paid as place {place}.")
    return note("rank_paid_as", template, rank=str(rank), place=str(paid_as))


def _is_for(prize: Prize, rank: int) -> bool:
    return prize.purpose is PrizeFor.RANK and prize.first <= rank <= prize.last


def _pooled(rules: Rules, ranking: Sequence[Place], paid: Paid) -> list[Award]:
    """The prizes of all tied places are added and split; odd cents go by a seeded draw."""
    found: list[Award] = []
    for place in ranking:
        ranks = paid[place.rank]
        sums: dict[tuple[PrizeKind, str | None], tuple[Prize, int]] = {}
        for prize in rules.prizes:
            times = sum(1 for rank in ranks if _is_for(prize, rank))
            if times:
                first, pool = sums.get((prize.kind, prize.currency), (prize, 0))
                sums[prize.kind, prize.currency] = (first, pool + times * prize.amount)
        for prize, pool in sums.values():
            found.extend(_split(rules, place, ranks, prize, pool))
    return found


def _split(
    rules: Rules, place: Place, ranks: Sequence[int], prize: Prize, pool: int
) -> list[Award]:
    holders = by_lot(rules, place.holders)
    amounts = allocate(pool, [1] * len(holders))
    if len(holders) == 1:
        reason = _ranked(place.rank, ranks[0])
    else:
        reason = note(
            "pooled",
            N_("Ranks {first} to {last} pooled and split between {count}."),
            first=str(ranks[0]),
            last=str(ranks[-1]),
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


def _of_pool(pool: Pool) -> list[Award]:
    return [_award(pool.prize, part.entrant, part.amount, _part(pool, part)) for part in pool.parts]


def _part(pool: Pool, part: Part) -> Note:
    if pool.prize.purpose is PrizeFor.SHARE:
        template = N_("A share of {total}, by the own part of the total.")
        return note("pool_share", template, total=as_text(pool.total))
    if part.first == part.last:
        return note("pot", N_("Place {place} of the pot."), place=str(part.first))
    template = N_("Places {first} to {last} of the pot, added and split.")
    return note("pot_pooled", template, first=str(part.first), last=str(part.last))


def _drawn(rules: Rules, made: Draw | None) -> list[Award]:
    """The prizes of a draw: one award for each prize and who was drawn for it, however often."""
    found: dict[tuple[int, str], list[Drawn]] = {}
    for one in made.drawn if made else ():
        found.setdefault((one.prize, one.entrant), []).append(one)
    by_number = {prize.number: prize for prize in rules.prizes}
    return [
        _award(by_number[number], entrant, by_number[number].amount * len(drawn), _lot(drawn))
        for (number, entrant), drawn in found.items()
    ]


def _lot(drawn: Sequence[Drawn]) -> Note:
    tickets = ", ".join(f"{one.ticket} / {one.of_tickets}" for one in drawn)
    return note("drawn", N_("Drawn with ticket {tickets}."), tickets=tickets)


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
