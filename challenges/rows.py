"""From the engine's standings to the rows of the board. Pure: the services read and write.

A row that was scored carries what each record counts, so that the next scoring can say which record
moved the score and why (`challenges.changes`); a row of a kept tally does not.
"""

from collections.abc import Collection, Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from types import MappingProxyType
from typing import Any, NamedTuple

from challenges.calc import Award, Standings
from challenges.calc import Standing as Scored
from challenges.calc.notes import Note
from challenges.calc.output_rounds import seasonal
from challenges.calc.standings import Standings as Result
from kernel.numbers import as_text, round_to

MOST_ROUND_LINES = 4_000
"""So many lines of rounds are kept beside a board."""
Detail = dict[str, Any]


class Row(NamedTuple):
    """One row of the board; `entrant` is a person's number or a team's key.

    `effects` (record to amount) is None where the records were not read; `left_out` (record to why
    it does not count) explains a change and is not stored. `added_up` is how many records count
    where the database added them up: their effects it fills in itself.
    """

    entrant: str
    position: int
    rank: int | None
    score_text: str | None
    detail: Detail
    effects: Mapping[str, str] | None = None
    left_out: Mapping[str, str] = MappingProxyType({})
    added_up: int = 0


def rows_of(result: Standings, kept: Collection[str] = ()) -> list[Row]:
    """All rows in the order of the board; those of `kept` tallies without their records."""
    awards: dict[str, list[Detail]] = {}
    for award in result.awards:
        awards.setdefault(award.entrant, []).append(_award(award))
    return [
        Row(
            entrant=row.entrant,
            position=position,
            rank=row.rank,
            score_text=None if row.score is None else as_text(row.score),
            detail=_detail(result, row, awards.get(row.entrant, [])),
            effects=None if row.entrant in kept else _effects(row),
            left_out={out.record.id: out.reason.code for out in row.left_out},
        )
        for position, row in enumerate(result.rows, start=1)
    ]


def _detail(result: Standings, row: Scored, awards: Sequence[Detail]) -> Detail:
    shown = None if row.score is None else _shown(row.score, result.rules.decimals)
    return {
        "tied": row.tied,
        "winner": row.winner,
        "shown": shown,
        "tier": row.tier,
        "numerator": None if row.numerator is None else as_text(row.numerator),
        "denominator": None if row.denominator is None else as_text(row.denominator),
        "target": None if row.target is None else as_text(row.target),
        "reached_at": row.reached_at.isoformat() if row.reached_at else None,
        "reason": _note(row.reason),
        "members": list(row.members),
        "awards": list(awards),
        **_special(row),
        **_reviewed(result, row),
    }


def _special(row: Scored) -> Detail:
    """What only some formats have: the baseline that counts, who is out, and how far each act of a
    path has come."""
    found: Detail = {}
    for part in row.parts:
        if (base := dict(part.figures).get("counted_baseline")) is not None:
            found["baseline"] = as_text(base)
    if row.eliminated is not None:
        found["eliminated"] = row.eliminated
    if row.acts:
        found["acts"] = [
            {
                "key": act.key,
                "state": act.state.value,
                "value": as_text(act.value),
                "times": act.times,
                "done_at": act.done_at.isoformat() if act.done_at else None,
            }
            for act in row.acts
        ]
    return found


def _reviewed(result: Standings, row: Scored) -> Detail:
    """How many records of the row wait for a decision; nothing where no rule asks."""
    return {} if result.rules.integrity is None else {"under_review": len(row.under_review)}


# a worker that scores a board again writes almost the same numbers
@lru_cache(maxsize=20_000)
def _shown(value: Fraction, decimals: int) -> str:
    return str(round_to(value, decimals))


def _note(note: Note | None) -> Detail | None:
    if note is None:
        return None
    return {"code": note.code, "template": note.template, "params": dict(note.params)}


def _award(award: Award) -> Detail:
    return {
        "prize": award.prize,
        "kind": award.kind.value,
        "amount": award.amount,
        "currency": award.currency,
        "label": award.label,
        "taxable": award.taxable,
        "reason": _note(award.reason),
    }


def _effects(row: Scored) -> dict[str, str]:
    """What each record counts, over its parts and members."""
    sums: dict[str, Any] = {}
    for effect in row.effects:
        sums[effect.record.id] = sums.get(effect.record.id, 0) + effect.amount
    return {record: as_text(amount) for record, amount in sorted(sums.items())}


def summary_of(result: Result) -> Detail:
    """What belongs to no single row."""
    goal = result.collective
    return {
        "complete": result.complete,
        "decided_at": result.decided_at.isoformat() if result.decided_at else None,
        "by_day": result.by_day,
        "collective": None
        if goal is None
        else {"total": as_text(goal.total), "target": as_text(goal.target), "tier": goal.tier},
        "not_entered": [
            {"entrant": person, "reason": _note(reason)} for person, reason in result.not_entered
        ],
        "carried": sorted({out.record.id for out in result.carried}),
        **_seasonal(result),
    }


def _seasonal(result: Result) -> Detail:
    """The rounds, of very long seasons the latest; members of teams one by one."""
    found = seasonal(result)
    rounds = found.get("rounds")
    if isinstance(rounds, list):
        while len(rounds) > 1 and sum(len(one["lines"]) for one in rounds) > MOST_ROUND_LINES:
            rounds.pop(0)
    return found
