"""The draw of a lottery: anyone who knows the seed and the list of tickets can repeat it.

Tickets are numbered from 1, entrant by entrant in the order of their ids (by the bytes of UTF-8).
The number of draw n is 1 + (SHA-256 of seed, line feed, n, read as a big-endian number) modulo the
number of tickets.  Where one can win only once, a winner's tickets leave and the rest are numbered
anew.  Prizes are drawn in their order, each `times` times, until no ticket is left.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import accumulate

from challenges.calc.formats.base import Decision, Score, Verdict
from challenges.calc.notes import Note, note
from challenges.calc.ranking import draw
from challenges.calc.rules import PrizeFor, Rules
from kernel.issues import N_

NOT_DRAWN = note("not_drawn", N_("Not drawn."))
NO_SEED_YET = note("no_seed_yet", N_("The tickets are frozen; the seed has not been told yet."))


@dataclass(frozen=True, slots=True)
class Holder:
    """The tickets of one entrant, first to last."""

    entrant: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Drawn:
    """One draw: the ticket of so many that were in it, for a prize, and whose it was."""

    number: int
    prize: int
    ticket: int
    of_tickets: int
    entrant: str


@dataclass(frozen=True, slots=True)
class Draw:
    """The list of tickets (frozen once the cut-off has passed), and what was drawn; nothing before
    the cut-off or before the seed is told. `seed` is None until then."""

    seed_sha256: str
    seed: str | None
    frozen: bool
    holders: tuple[Holder, ...]
    drawn: tuple[Drawn, ...]


def draw_of(rules: Rules, scores: Mapping[str, Score], as_of: datetime) -> Draw | None:
    """The draw of a lottery; None for other formats."""
    asked = rules.format.tickets(rules.params)
    if asked is None:
        return None
    counts = {id_: int(score.value or 0) for id_, score in scores.items()}
    frozen = as_of >= rules.cut_off_at
    seed = asked.seed if frozen else None
    cancelled = rules.cancelled_at is not None and rules.cancelled_at <= as_of
    drawn = () if seed is None or cancelled else tuple(_drawn(rules, counts, seed))
    return Draw(asked.seed_sha256, seed, frozen, numbered(counts), drawn)


def numbered(counts: Mapping[str, int]) -> tuple[Holder, ...]:
    """The list of tickets; who has none is not on it."""
    ids = sorted((id_ for id_, count in counts.items() if count), key=str.encode)
    ends = accumulate(counts[id_] for id_ in ids)
    return tuple(
        Holder(id_, end - counts[id_] + 1, end) for id_, end in zip(ids, ends, strict=True)
    )


def _drawn(rules: Rules, counts: Mapping[str, int], seed: str) -> Iterator[Drawn]:
    asked = rules.format.tickets(rules.params)
    left = dict(counts)
    for number, prize in enumerate(prizes_by_draw(rules), start=1):
        holders = numbered(left)
        if not holders:
            return
        size = holders[-1].last
        ticket = 1 + draw(seed, str(number)) % size
        entrant = next(holder.entrant for holder in holders if ticket <= holder.last)
        yield Drawn(number, prize, ticket, size, entrant)
        if asked is not None and asked.win_once:
            left[entrant] = 0


def prizes_by_draw(rules: Rules) -> Iterator[int]:
    """The number of the prize of each draw, in the order in which they are drawn."""
    for prize in rules.prizes:
        if prize.purpose is PrizeFor.DRAW:
            yield from (prize.number for _ in range(prize.times))


def with_draw(decision: Decision, made: Draw | None) -> Decision:
    """The decision with the drawn as winners, and why the others are none."""
    if made is None or not made.frozen:
        return decision
    winners = {one.entrant for one in made.drawn}
    lost = NO_SEED_YET if made.seed is None else NOT_DRAWN
    verdicts = {
        id_: _verdict(verdict, lost, won=id_ in winners)
        for id_, verdict in decision.verdicts.items()
    }
    return replace(decision, verdicts=verdicts)


def _verdict(verdict: Verdict, lost: Note, *, won: bool) -> Verdict:
    if won:
        return replace(verdict, winner=True, reason=None)
    in_draw = verdict.reason is not None and verdict.reason.code == "in_the_draw"
    return replace(verdict, reason=lost) if in_draw else verdict
