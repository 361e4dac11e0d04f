"""From the engine's standings to the rows of the board, and from two boards to what changed.

Pure: the services read and write. A row that was scored carries what each record counts, so that
the next scoring can say which record moved the score and why; a row of a kept tally does not.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import lru_cache
from itertools import islice
from typing import Any

from challenges.calc import Award, Standings
from challenges.calc import Standing as Scored
from challenges.calc.notes import Note
from challenges.calc.output_rounds import seasonal
from challenges.calc.standings import Standings as Result
from kernel.numbers import as_text, from_text, round_to

NOTHING = ""
OPENING = "opening"
MOST_PASSED = 20
"""So many of the passed are named in one line: the nearest, who ask why they fell."""
MOST_ROUND_LINES = 4_000
"""So many lines of rounds are kept beside a board."""
Detail = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the board; `entrant` is a person's number or a team's key.

    `effects` (record to amount) is None where the records were not read; `left_out` (record to why
    it does not count) explains a change and is not stored. `added_up` is how many records count
    where the database added them up: their effects it fills in itself.
    """

    entrant: str
    position: int
    rank: int | None
    score_text: str | None
    detail: Detail = field(hash=False)
    effects: Mapping[str, str] | None = field(default=None, hash=False)
    left_out: Mapping[str, str] = field(default_factory=dict, hash=False, compare=False)
    added_up: int = 0


@dataclass(frozen=True, slots=True)
class Change:
    """Why a score moved: the record that began, stopped or changed to count, and by how much.

    `delta` is what the record counts for more or less; `before` and `after` are the scores.
    `detail` is that of `models.ScoreChange`.
    """

    entrant: str
    record: str
    cause: str
    delta: str
    before: str
    after: str
    detail: Detail = field(default_factory=dict, hash=False)


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
            score_text=None if row.score is None else _text(row.score),
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
        "numerator": None if row.numerator is None else _text(row.numerator),
        "denominator": None if row.denominator is None else _text(row.denominator),
        "target": None if row.target is None else _text(row.target),
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
def _text(value: Fraction) -> str:
    return as_text(value)


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


# --- what changed -----------------------------------------------------------------------------


def changes_between(
    before: Mapping[str, Row],
    after: Iterable[Row],
    *,
    rules_changed: bool = False,
    opening: bool = False,
) -> list[Change]:
    """A line for each record that counts otherwise than before, in the order of the board.

    A score that moved although every record counts the same has one line without a record: the
    person's target moved, or the rules changed, or the person's place. Who falls off the board
    loses every record. Who is only passed has no line: the line of who passed names them.

    With `opening`, when the board begins over records that are there already, each entrant of
    whom something counts has one line, the starting position; `detail` has their number.
    """
    rows = list(after)
    new = {row.entrant: row for row in rows}
    places = {row.entrant: place for place, row in enumerate(rows)}
    board = _Board(rows, places, any(row.rank is not None for row in before.values()))
    found: list[Change] = []
    for entrant in [*new, *sorted(before.keys() - new.keys())]:
        old, row = before.get(entrant), new.get(entrant)
        if opening:
            changes = _opening_of(entrant, old, row)
        else:
            changes = _changes_of(entrant, old, row, rules_changed=rules_changed)
        if changes:
            detail = {**_detail_of(old, row), "passed": _passed(entrant, before, board)}
            found += [replace(change, detail=change.detail | detail) for change in changes]
    return found


@dataclass(frozen=True, slots=True)
class _Board:
    """The new rows with their places, and whether anybody had a rank before."""

    rows: Sequence[Row]
    places: Mapping[str, int]
    had_ranks: bool


def _opening_of(entrant: str, old: Row | None, new: Row | None) -> list[Change]:
    counting = _counting(new)
    number = len(counting) + (new.added_up if new else 0)
    if not number or (counting and counting == _counting(old)):
        return []
    scores = (_score(old), _score(new))
    detail = {"records": number}
    return [Change(entrant, NOTHING, OPENING, _difference(*scores), *scores, detail)]


def _detail_of(old: Row | None, new: Row | None) -> Detail:
    ranks = [old.rank if old else None, new.rank if new else None]
    targets = [_target(old), _target(new)]
    moved = old is not None and new is not None and targets[0] != targets[1]
    return {"rank": ranks, **({"target": targets} if moved else {})}


def _target(row: Row | None) -> str | None:
    return row.detail.get("target") if row else None


def _passed(entrant: str, before: Mapping[str, Row], board: _Board) -> list[str]:
    """Who had a rank ahead of the entrant's and now is behind, nearest to the new place first."""
    place = board.places.get(entrant)
    if place is None or not board.had_ranks or (rank := board.rows[place].rank) is None:
        return []
    old = before.get(entrant)
    was = old.rank if old and old.rank is not None else None
    found: list[str] = []
    for other in islice(board.rows, place + 1, None):
        theirs = before[other.entrant].rank if other.entrant in before else None
        if (other.rank is None or other.rank > rank) and _ahead(theirs, was):
            found.append(other.entrant)
            if len(found) == MOST_PASSED:
                break
    return found


def _ahead(rank: int | None, of: int | None) -> bool:
    return rank is not None and (of is None or rank < of)


def _changes_of(
    entrant: str, old: Row | None, new: Row | None, *, rules_changed: bool
) -> list[Change]:
    was, now = _counting(old), _counting(new)
    scores = (_score(old), _score(new))
    out: Mapping[str, str] = new.left_out if new else {}
    found = [
        Change(entrant, _name(chain, was, now), _cause(chain, was, now, out), delta, *scores)
        for chain in sorted(was.keys() | now.keys())
        if (delta := _delta(was.get(chain), now.get(chain))) is not None
    ]
    if not found and old is not None and scores[0] != scores[1]:
        cause = "rules" if rules_changed else "circumstances"
        if new is not None and _target(old) != _target(new):
            cause = "target"
        elif new is not None and old.detail.get("baseline") != new.detail.get("baseline"):
            cause = "baseline"
        found = [Change(entrant, NOTHING, cause, _difference(*scores), *scores)]
    return found


def _counting(row: Row | None) -> dict[str, tuple[str, str]]:
    """Chain to (revision's id, amount) of what counts; an amount of zero says nothing."""
    if row is None:
        return {}
    effects = row.effects or {}
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
