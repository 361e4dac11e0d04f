"""From the engine's standings to the rows of the board, and from two boards to what changed.

Pure: the services read and write. A row keeps, beside score and rank, what each record counts, so
that the next scoring can say which record moved the score and why.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from challenges.calc import Award, Standings
from challenges.calc import Standing as Scored
from challenges.calc.notes import Note
from challenges.calc.standings import Standings as Result
from kernel.numbers import as_text, from_text, round_to

NOTHING = ""
Detail = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the board; `entrant` is a person's number or a team's key."""

    entrant: str
    position: int
    rank: int | None
    score_text: str | None
    detail: Detail = field(compare=True, hash=False)


@dataclass(frozen=True, slots=True)
class Change:
    """Why a score moved: the record that began, stopped or changed to count, and by how much.

    `delta` is what the record counts for more or less; `before` and `after` are the scores.
    """

    entrant: str
    record: str
    cause: str
    delta: str
    before: str
    after: str


def rows_of(result: Standings) -> list[Row]:
    """All rows in the order of the board."""
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
        )
        for position, row in enumerate(result.rows, start=1)
    ]


def _detail(result: Standings, row: Scored, awards: Sequence[Detail]) -> Detail:
    shown = None if row.score is None else str(round_to(row.score, result.rules.decimals))
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
        "effects": _effects(row),
        "left_out": {out.record.id: out.reason.code for out in row.left_out},
    }


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
    }


# --- what changed -----------------------------------------------------------------------------


def changes_between(
    before: Mapping[str, Row], after: Iterable[Row], *, rules_changed: bool
) -> list[Change]:
    """A line for each record that counts otherwise than before, in the order of the board.

    A score that moved although every record counts the same has one line without a record: the
    rules changed, or the person's target or place. Who falls off the board loses every record.
    """
    found: list[Change] = []
    left = dict(before)
    for row in after:
        old = left.pop(row.entrant, None)
        found += _changes_of(row.entrant, old, row, rules_changed=rules_changed)
    for entrant, old in sorted(left.items()):
        found += _changes_of(entrant, old, None, rules_changed=rules_changed)
    return found


def _changes_of(
    entrant: str, old: Row | None, new: Row | None, *, rules_changed: bool
) -> list[Change]:
    was, now = _counting(old), _counting(new)
    scores = (_score(old), _score(new))
    out: Mapping[str, str] = new.detail["left_out"] if new else {}
    found = [
        Change(entrant, _name(chain, was, now), _cause(chain, was, now, out), delta, *scores)
        for chain in sorted(was.keys() | now.keys())
        if (delta := _delta(was.get(chain), now.get(chain))) is not None
    ]
    if not found and old is not None and scores[0] != scores[1]:
        cause = "rules" if rules_changed else "circumstances"
        found = [Change(entrant, NOTHING, cause, _difference(*scores), *scores)]
    return found


def _counting(row: Row | None) -> dict[str, tuple[str, str]]:
    """Chain to (revision's id, amount) of what counts; an amount of zero says nothing."""
    if row is None:
        return {}
    effects: Mapping[str, str] = row.detail["effects"]
    return {_chain(id_): (id_, amount) for id_, amount in effects.items() if amount != "0"}


def _chain(record: str) -> str:
    return record.rpartition("#")[0]


def _score(row: Row | None) -> str:
    return (row.score_text or NOTHING) if row else NOTHING


def _delta(was: tuple[str, str] | None, now: tuple[str, str] | None) -> str | None:
    change = from_text(now[1] if now else "0") - from_text(was[1] if was else "0")
    return None if change == 0 else ("+" if change > 0 else "") + as_text(change)


def _difference(before: str, after: str) -> str:
    change = from_text(after or "0") - from_text(before or "0")
    return ("+" if change > 0 else "") + as_text(change)


def _name(
    chain: str, was: Mapping[str, tuple[str, str]], now: Mapping[str, tuple[str, str]]
) -> str:
    return (now.get(chain) or was[chain])[0]


def _cause(
    chain: str,
    was: Mapping[str, tuple[str, str]],
    now: Mapping[str, tuple[str, str]],
    left_out: Mapping[str, str],
) -> str:
    if chain in was and chain in now:
        return "corrected" if was[chain][0] != now[chain][0] else "recounted"
    if chain in now:
        return "counted"
    return left_out.get(was[chain][0], "elsewhere")
