"""What only some formats have in their plain data: pools, a draw, the marks of a record."""

from collections.abc import Callable

from challenges.calc.formats.kinds import Mark, Part
from challenges.calc.moments import day_of, iso_in
from challenges.calc.pots import Pool
from challenges.calc.standings import Standings
from challenges.calc.tickets import Draw
from kernel.numbers import as_text

Say = Callable[[str], str]


def special(result: Standings) -> dict[str, object]:
    """The keys that this format has beside those of all."""
    found: dict[str, object] = {}
    if result.pools:
        found["pools"] = [_pool(pool) for pool in result.pools]
    if result.draw is not None:
        found["draw"] = _draw(result.draw)
    if result.rules.format.key == "record":
        found["marks"] = [_mark(mark, result) for mark in result.marks]
    return found


def part_json(part: Part, translate: Say) -> dict[str, object]:
    """One piece of a score: its name, its figures, what is said of it."""
    figures = {name: None if value is None else as_text(value) for name, value in part.figures}
    return {"name": part.name, **figures, "notes": [note.as_json(translate) for note in part.notes]}


def _pool(pool: Pool) -> dict[str, object]:
    return {
        "prize": pool.prize.number,
        "kind": pool.prize.kind.value,
        "currency": pool.prize.currency,
        "total": as_text(pool.total),
        "amount": pool.amount,
        "given": sum(part.amount for part in pool.parts),
    }


def _draw(draw: Draw) -> dict[str, object]:
    return {
        "seed_sha256": draw.seed_sha256,
        "seed": draw.seed,
        "frozen": draw.frozen,
        "tickets": [
            {"entrant": one.entrant, "first": one.first, "last": one.last} for one in draw.holders
        ],
        "drawn": [
            {
                "draw": one.number,
                "prize": one.prize,
                "ticket": one.ticket,
                "of_tickets": one.of_tickets,
                "entrant": one.entrant,
            }
            for one in draw.drawn
        ],
    }


def _mark(mark: Mark, result: Standings) -> dict[str, object]:
    zone = result.rules.zone
    at = day_of(mark.at, zone).isoformat() if result.by_day else iso_in(mark.at, zone)
    return {"entrant": mark.entrant, "value": as_text(mark.value), "at": at, "record": mark.record}
