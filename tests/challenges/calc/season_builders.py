"""Short ways to look at the rounds of a season."""

from challenges.calc import Standings
from kernel.numbers import as_text

Match = tuple[str, str | None, str | None, str | None]


def played(standings: Standings) -> dict[int, list[Match]]:
    """Round to (entrant, value, against, outcome) of each line."""
    return {
        one.span.number: [
            (x.entrant, None if x.value is None else as_text(x.value), x.against, x.outcome)
            for x in one.lines
        ]
        for one in standings.rounds or ()
    }


def wins(standings: Standings) -> dict[int, list[str]]:
    """Round to those who won it or went on, in the order of the matches."""
    return {
        number: [entrant for entrant, _, _, outcome in lines if outcome in ("win", "bye")]
        for number, lines in played(standings).items()
    }


def left_out(standings: Standings, entrant: str) -> list[tuple[str, str]]:
    """(record, code of the reason) of what does not count for the entrant."""
    return [(out.record.id, out.reason.code) for out in standings.row(entrant).left_out]


def counted(standings: Standings, entrant: str) -> list[tuple[str, str, str]]:
    """(record, round, effect) of what counts for the entrant."""
    return [(e.record.id, e.part, as_text(e.amount)) for e in standings.row(entrant).effects]
