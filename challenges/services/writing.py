"""Bring rows, entrants and the log of changes in step with a result."""

import json
from collections.abc import Collection, Mapping
from datetime import date, datetime
from functools import lru_cache
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import BooleanField, ExpressionWrapper, Q

from challenges.calc import Person, Standings
from challenges.changes import Change, changes_between
from challenges.gathering.inputs import Inputs, Keys
from challenges.gathering.tallies import Json, as_json
from challenges.models import Challenge, ChallengeState, Entrant, Standing
from challenges.rows import Row, rows_of, summary_of
from challenges.services.locking import announce
from challenges.services.storing import (
    Values,
    append_changes,
    insert_standings,
    update_standings,
)
from kernel.numbers import as_text

BEFORE_LAUNCH = (ChallengeState.DRAFT, ChallengeState.SCHEDULED)


class Stored(NamedTuple):
    """A row as it is in the database, without what its records count."""

    pk: int
    entrant_key: str
    position: int
    rank: int | None
    score_text: str | None
    detail: Json
    moved: Json
    """The rank with which the day began: see `_day_began`."""
    tally: str | None
    """As it is written: see `challenges.gathering.tallies.from_json`."""


class Summed(NamedTuple):
    """Entrants of a board that opens whose records the database has added up: how many of them
    count, and of whom they are the effects; and the rows, by key, that it began with these."""

    counts: Mapping[str, int]
    having: Collection[str]
    begun: Mapping[str, int]

    def told(self, row: Row) -> Row:
        """The row as if its records had been read."""
        number = self.counts.get(row.entrant)
        return row if number is None else row._replace(effects={}, added_up=number)


def stored_rows(challenge: Challenge) -> dict[str, Stored]:
    """The rows of the board by key. One query."""
    with connection.cursor() as cursor:
        # JSON as text: a worker that scores the same board again knows most of the texts
        cursor.execute(
            "SELECT id, entrant_key, position, rank, score_text, detail::text, tally::text"
            " FROM challenges_standing WHERE challenge_id = %s",
            [challenge.pk],
        )
        rows = cursor.fetchall()
    return {
        key: Stored(pk, key, position, rank, score, detail, moved, tally)
        for pk, key, position, rank, score, text, tally in rows
        for detail, moved in (_read(text),)
    }


@lru_cache(maxsize=20_000)
def _read(text: str) -> tuple[Json, Json]:
    """What a row says and how it moved. Not to be changed: all who read the same text share it."""
    found: Json = json.loads(text)
    return found, found.pop("moved", {})


def stored_effects(
    challenge: Challenge, keys: Collection[str] | None = None
) -> dict[str, dict[str, str]]:
    """What each record counts, by the key of the row: of all rows, or of these. One query."""
    rows = Standing.objects.filter(challenge=challenge)
    if keys is not None:
        rows = rows.filter(entrant_key__in=keys)
    found = rows.values_list("entrant_key", "effects")
    return {key: effects or {} for key, effects in found}


def write_board(
    challenge: Challenge,
    inputs: Inputs,
    result: Standings,
    at: datetime,
    *,
    stored: Mapping[str, Stored],
    kept: Collection[str],
    grounds: Mapping[str, str],
    opening: bool = False,
    summed: Summed | None = None,
) -> bool:
    """Write what differs from the stored rows, and why; whether anything moved.

    `kept` are the entrants whose records were not read; `grounds` (by entrant) is what tallies
    stand on; `summed` says whom the database has added up.
    """
    keys, summary = Keys(inputs), summary_of(result)
    after = {keys.key(row.entrant): row for row in rows_of(result, kept)}
    if summed is not None:
        after = {key: summed.told(row) for key, row in after.items()}
    read = {key for key, row in after.items() if row.effects is not None}
    gone = stored.keys() - after.keys()
    known = stored_effects(challenge, [*read, *gone] if kept else None)
    before = {key: _row_of(row, known.get(key)) for key, row in stored.items()}
    moved = {key for key, row in after.items() if key not in before or _moved(before[key], row)}
    day = at.astimezone(inputs.rules.zone).date()
    board = _Board(
        keys, stored, after, _tallies(result, after, grounds),
        at.isoformat(), day.isoformat(), summed,
    )  # fmt: skip
    behind = _write_rows(challenge, board, moved)
    Standing.objects.filter(pk__in=[stored[key].pk for key in gone]).delete()
    if not moved and not gone and challenge.summary.get("board") == summary:
        _note_grounds(challenge, inputs, at, behind=behind)
        return False
    rules_changed = challenge.summary.get("rules") not in (None, inputs.rules_number)
    changes = changes_between(before, after, rules_changed=rules_changed, opening=opening)
    append_changes([_line(challenge, board, change, inputs.rules_number) for change in changes])
    challenge.summary = {"board": summary, "rules": inputs.rules_number, "basis": inputs.basis}
    challenge.version += 1
    challenge.scored_at = at
    challenge.save()
    announce(challenge)
    return True


def _note_grounds(challenge: Challenge, inputs: Inputs, at: datetime, *, behind: int) -> None:
    """The board is right as before, but it may have another explanation, or stand on something
    else. Other rules may show other rows of it: it is drawn anew."""
    stands_on = {"rules": inputs.rules_number, "basis": inputs.basis}
    summary = {**challenge.summary, **stands_on}
    if not behind and summary == challenge.summary:
        return
    amended = challenge.summary.get("rules") != inputs.rules_number
    challenge.summary, challenge.scored_at = summary, at
    if amended:
        challenge.version += 1
    challenge.save()
    if amended:
        announce(challenge)


def _tallies(
    result: Standings, after: Mapping[str, Row], grounds: Mapping[str, str]
) -> dict[str, Json]:
    tallies = result.tallies or {}
    return {
        key: as_json(tallies.get(row.entrant), grounds[row.entrant], row.left_out)
        for key, row in after.items()
        if row.effects is not None
    }


def _row_of(row: Stored, effects: Mapping[str, str] | None) -> Row:
    return Row(row.entrant_key, row.position, row.rank, row.score_text, row.detail, effects)


def _moved(before: Row, after: Row) -> bool:
    if after.effects is not None and after.effects != before.effects:
        return True
    return (before.position, before.rank, before.score_text, before.detail) != (
        after.position, after.rank, after.score_text, after.detail,
    )  # fmt: skip


def _line(challenge: Challenge, board: "_Board", change: Change, rules_number: int) -> Values:
    return {
        "challenge_id": challenge.pk,
        "entrant_key": change.entrant,
        "at": board.at,
        "record": change.record,
        "cause": change.cause,
        "detail": change.detail,
        "delta": change.delta[:80],
        "before": change.before[:80],
        "after": change.after[:80],
        "rules_number": rules_number,
    }


# --- rows -------------------------------------------------------------------------------------


class _Board(NamedTuple):
    """What is stored and what is to be; tallies are those of the rows whose records were read. The
    moment and its day are as they are written."""

    keys: Keys
    stored: Mapping[str, Stored]
    after: Mapping[str, Row]
    tallies: Mapping[str, Json]
    at: str
    day: str
    summed: Summed | None = None

    def shown(self, key: str) -> dict[str, Any]:
        """The columns that a page reads."""
        return {**self.placed(key), "detail": {**self.after[key].detail, "moved": self._moved(key)}}

    def placed(self, key: str) -> dict[str, Any]:
        """Those of them that say where the row stands: most rows move without saying more."""
        row = self.after[key]
        return {
            "position": row.position,
            "rank": row.rank,
            "score_text": row.score_text,
            "since": self.at,
        }

    def says_the_same(self, key: str) -> bool:
        """Whether the rest of a stored row stays as it is."""
        known = self.stored[key]
        return known.detail == self.after[key].detail and known.moved == self._moved(key)

    def _moved(self, key: str) -> Json:
        return _day_began(self.stored.get(key), self.day)

    def behind(self, key: str) -> dict[str, Any]:
        """The columns from which the next scoring starts."""
        return {"tally": self.tallies.get(key), "effects": self.after[key].effects}


def _write_rows(challenge: Challenge, board: _Board, moved: Collection[str]) -> int:
    """How many rows that did not move have another tally."""
    new = [key for key in moved if key not in board.stored]
    begun = board.summed.begun if board.summed else {}
    insert_standings([_standing(challenge, board, key) for key in new if key not in begun])
    _complete(board, begun)
    old = [key for key in moved if key in board.stored]
    _update(board, {key: board.shown(key) for key in old if not board.says_the_same(key)})
    _update(board, {key: board.placed(key) for key in old if board.says_the_same(key)})
    read = [key for key in old if board.after[key].effects is not None]
    other = [
        key for key, tally in board.tallies.items()
        if key in board.stored and key not in moved and not _is_kept(board.stored[key], tally)
    ]  # fmt: skip
    _update(board, {key: board.behind(key) for key in [*read, *other]})
    return len(other)


def _complete(board: _Board, begun: Mapping[str, int]) -> None:
    """Fill in the rows that the database began; what each record counts stands there already,
    unless the entrant was scored from records, or has no score that they could count in."""
    having = board.summed.having if board.summed else ()
    rows = [key for key in begun if key in board.after]
    summed = [key for key in rows if board.after[key].entrant in having]
    told = {key: {"tally": board.tallies.get(key)} for key in summed}
    update_standings({begun[key]: {**board.shown(key), **one} for key, one in told.items()})
    other = {key: board.behind(key) for key in rows if key not in told}
    update_standings({begun[key]: {**board.shown(key), **one} for key, one in other.items()})
    gone = [pk for key, pk in begun.items() if key not in board.after]
    Standing.objects.filter(pk__in=gone).delete()


def _is_kept(row: Stored, tally: Json) -> bool:
    return row.tally is not None and _kept(row.tally) == tally


@lru_cache(maxsize=20_000)
def _kept(tally: str) -> Json:
    """Not to be changed, as `_read`."""
    found: Json = json.loads(tally)
    return found


def _standing(challenge: Challenge, board: _Board, key: str) -> Values:
    person_id, team_id = board.keys.ids(board.after[key].entrant)
    return {
        "challenge_id": challenge.pk, "entrant_key": key, "person_id": person_id,
        "team_id": team_id, **board.shown(key), **board.behind(key),
    }  # fmt: skip


def _update(board: _Board, values: Mapping[str, Values]) -> None:
    update_standings({board.stored[key].pk: one for key, one in values.items()})


def _day_began(known: Stored | None, day: str) -> Json:
    """The rank with which the day began: what the arrow on the board compares with."""
    if known is None:
        return {"day": day, "rank": None}
    return known.moved if known.moved.get("day") == day else {"day": day, "rank": known.rank}


# --- entrants ---------------------------------------------------------------------------------


def sync_entrants(challenge: Challenge, inputs: Inputs) -> None:
    """Who plays, as the roster stands, and from the launch on with which targets.

    Nobody who ever played is forgotten; before the launch, who no longer plays is.
    """
    begun = challenge.state not in BEFORE_LAUNCH
    entrants = Entrant.objects.filter(challenge=challenge)
    frozen = ExpressionWrapper(Q(targets__isnull=False), BooleanField())
    rows = entrants.values_list("person_id", "joined_on", "left_on", frozen)
    known = {pk: (joined_on, left_on, has) for pk, joined_on, left_on, has in rows}
    wanted = {inputs.people[one.id].person_id: one for one in inputs.roster.people}
    new = [
        _brought_up(Entrant(challenge=challenge, person_id=person_id), person, begun=begun)
        for person_id, person in wanted.items()
        if person_id not in known
    ]
    behind = [
        person_id
        for person_id, person in wanted.items()
        if person_id in known and _is_behind(*known[person_id], person, begun=begun)
    ]
    changed = [
        _brought_up(one, wanted[one.person_id], begun=begun)
        for one in (entrants.filter(person_id__in=behind) if behind else ())
    ]
    Entrant.objects.bulk_create(new)
    Entrant.objects.bulk_update(changed, ["joined_on", "left_on", "targets"], batch_size=500)
    if not begun:
        entrants.filter(target=None).exclude(person_id__in=wanted).delete()


def _is_behind(
    joined_on: date | None, left_on: date | None, frozen: bool, person: Person, *, begun: bool
) -> bool:
    dates = (joined_on, left_on)
    return dates != (person.joined_on, person.left_on) or (begun and not frozen)


def _brought_up(entrant: Entrant, person: Person, *, begun: bool) -> Entrant:
    entrant.joined_on, entrant.left_on = person.joined_on, person.left_on
    if begun and entrant.targets is None:
        entrant.targets = [[one.metric, as_text(one.value)] for one in person.targets]
    return entrant
