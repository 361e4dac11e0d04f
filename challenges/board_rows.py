"""The rows of boards as they are stored, with the names of who holds them.

Who may see what of a board is decided from its places: of each row only who holds it and its rank.
The rest of a row (name, score, what it would bring) is read when it is shown: of a board of 5,000
that is one row in fifty. Places and rows of a large board are the same for all viewers of a
version, so each process keeps those of its latest versions.
"""

import time
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime
from itertools import accumulate, pairwise
from threading import Lock
from typing import Any, NamedTuple, TypeVar

from django.db import connection
from django.db.models import Model, QuerySet
from django.db.models.base import ModelState

from challenges.models import Challenge, Face, Standing
from people.models import Person, Team

SMALL, MOST_KEPT, KEPT_SECONDS = 100, 8, 60.0
"""Boards with more rows are read in parts and kept, so many, so long: a person's new name shows
after that."""
_ROW = ("id", "challenge_id", "entrant_key", "person_id", "team_id", "position", "rank",
        "score_text", "detail", "since")  # fmt: skip
_PERSON = ("number", "first_name", "last_name")
_FACE = ("id", "nickname", "hidden")
_TEAM = ("key", "name", "parent_id")
_COLUMNS = (
    *_ROW,
    *(f"person__{name}" for name in _PERSON),
    *(f"person__challenge_face__{name}" for name in _FACE),
    *(f"team__{name}" for name in _TEAM),
)
_ENDS = tuple(accumulate((len(_ROW), len(_PERSON), len(_FACE), len(_TEAM)), initial=0))
_PARTS = tuple(slice(first, last) for first, last in pairwise(_ENDS))
_PLACES = """
SELECT s.id, s.entrant_key, s.person_id, s.team_id, s.rank, s.score_text,
    s.detail->>'eliminated' IS NOT NULL, s.detail->'awards' <> '[]',
    s.detail->'awards' @> '[{"reason": {"code": "drawn"}}]', coalesce(f.hidden, false)
FROM challenges_standing s LEFT JOIN challenges_face f ON f.person_id = s.person_id
WHERE s.challenge_id = %s ORDER BY s.position
"""
T = TypeVar("T", bound=Model)


class Key(NamedTuple):
    """Which board is kept: of which challenge, as it was at which moment (None: as it is), in
    which version."""

    challenge_id: int
    created_at: datetime
    as_at: datetime | None
    version: int


class Place(NamedTuple):
    """What decides who may see a row, of every row of a board. `id` is that of the stored row."""

    id: int | None
    key: str
    person_id: int | None
    team_id: int | None
    rank: int | None
    score_text: str | None = None
    eliminated: bool = False
    awarded: bool = False
    drawn: bool = False
    """By lot: a draw is public."""
    hides: bool = False
    """Somebody who wants no public rank."""


def place_of(row: Standing) -> Place:
    """The place of a row that is known."""
    awards = row.detail["awards"]
    face: Face | None = getattr(row.person, "challenge_face", None)
    return Place(
        row.pk,
        row.entrant_key,
        row.person_id,
        row.team_id,
        row.rank,
        row.score_text,
        eliminated=row.detail.get("eliminated") is not None,
        awarded=bool(awards),
        drawn=any((award["reason"] or {}).get("code") == "drawn" for award in awards),
        hides=face is not None and face.hidden,
    )


class BoardRows:
    """A board: all its places, best first, and its rows, which nobody may change."""

    def __init__(
        self,
        places: Sequence[Place],
        rows: dict[int, Standing],
        read: Callable[[Sequence[int]], Iterable[Standing]] | None = None,
    ) -> None:
        self.places = places
        self._rows, self._read = rows, read

    @classmethod
    def of(cls, rows: Sequence[Standing]) -> "BoardRows":
        """A board that has been read whole."""
        return cls([place_of(row) for row in rows], dict(enumerate(rows)))

    def at(self, chosen: Collection[int]) -> dict[int, Standing]:
        """The rows of these places (0 is the first). At most one query, and none for rows that
        were asked for before; who is no more on the board is left out."""
        missing = [at for at in chosen if at not in self._rows]
        if missing and self._read is not None:
            by_key = {self.places[at].key: at for at in missing}
            self._rows.update({by_key[row.entrant_key]: row for row in self._read(missing)})
        return {at: self._rows[at] for at in chosen if at in self._rows}

    def whole(self) -> list[Standing]:
        """All rows, for the few who want all of them."""
        return list(self.at(range(len(self.places))).values())


def stored_rows(challenges: Collection[Challenge]) -> dict[int, BoardRows]:
    """The boards by challenge. One query for all small ones, and one for each large one."""
    found = {one.pk: known for one in challenges if (known := recall(_key(one))) is not None}
    missing = [one for one in challenges if one.pk not in found]
    read = _first_rows([one.pk for one in missing]) if missing else {}
    for one in missing:
        rows = read[one.pk]
        if len(rows) <= SMALL:
            found[one.pk] = BoardRows.of(rows)
        else:
            found[one.pk] = keep(_key(one), _large(one, rows))
    return found


def _key(challenge: Challenge) -> Key:
    return Key(challenge.pk, challenge.created_at, None, challenge.version)


def _first_rows(ids: Collection[int]) -> dict[int, list[Standing]]:
    """Of a large board one row more than of a small one."""
    found: dict[int, list[Standing]] = {pk: [] for pk in ids}
    rows = Standing.objects.filter(challenge_id__in=ids, position__lte=SMALL + 1)
    for row in _built(rows.order_by("position")):
        found[row.challenge_id].append(row)
    return found


def _large(challenge: Challenge, first: Sequence[Standing]) -> BoardRows:
    with connection.cursor() as cursor:
        cursor.execute(_PLACES, [challenge.pk])
        places = [Place(*values) for values in cursor.fetchall()]

    def read(chosen: Sequence[int]) -> Iterable[Standing]:
        return _built(Standing.objects.filter(pk__in=[places[at].id for at in chosen]))

    by_key = {one.key: at for at, one in enumerate(places[: len(first)])}
    rows = {by_key[row.entrant_key]: row for row in first if row.entrant_key in by_key}
    return BoardRows(places, rows, read)


# --- what a process keeps ---------------------------------------------------------------------


class _Kept(NamedTuple):
    until: float
    board: BoardRows


_kept: dict[Key, _Kept] = {}
_lock = Lock()


def recall(key: Key) -> BoardRows | None:
    """The board that was kept under a key."""
    kept = _kept.get(key)
    return kept.board if kept is not None and kept.until > time.monotonic() else None


def keep(key: Key, board: BoardRows) -> BoardRows:
    """Keep it in the place of what nobody asks for any more."""
    with _lock:
        _drop_old(key)
        while len(_kept) >= MOST_KEPT:
            del _kept[min(_kept, key=lambda key: _kept[key].until)]
        _kept[key] = _Kept(time.monotonic() + KEPT_SECONDS, board)
    return board


def _drop_old(newest: Key) -> None:
    """Boards past their time, and earlier versions of this one."""
    now = time.monotonic()
    for key in list(_kept):
        if _is_before(key, newest) or _kept[key].until <= now:
            del _kept[key]


def _is_before(key: Key, newest: Key) -> bool:
    if key.challenge_id != newest.challenge_id:
        return False
    is_other = key.created_at != newest.created_at
    return is_other or (key.as_at == newest.as_at and key.version < newest.version)


# --- rows as values of the ORM ----------------------------------------------------------------


def _built(rows: QuerySet[Standing]) -> Iterable[Standing]:
    return (_row(values) for values in rows.values_list(*_COLUMNS))


def _row(values: tuple[Any, ...]) -> Standing:
    own, person, face, team = (values[part] for part in _PARTS)
    row = _made(Standing, dict(zip(_ROW, own, strict=True)))
    kept = row._state.fields_cache
    kept["person"] = kept["team"] = None
    if row.person_id is not None:
        kept["person"] = _person(row.person_id, person, face)
    if row.team_id is not None:
        kept["team"] = _made(Team, {"id": row.team_id, **dict(zip(_TEAM, team, strict=True))})
    return row


def _person(pk: int, values: tuple[Any, ...], face: tuple[Any, ...]) -> Person:
    person = _made(Person, {"id": pk, **dict(zip(_PERSON, values, strict=True))})
    shown = dict(zip(_FACE, face, strict=True))
    has_one = shown["id"] is not None
    person._state.fields_cache["challenge_face"] = (
        _made(Face, {**shown, "person_id": pk}) if has_one else None
    )
    return person


def _made(model: type[T], values: dict[str, Any]) -> T:
    """As `Model.from_db`, without the signals and checks that are most of reading a row; a field
    that is not given is read when it is asked for."""
    made = model.__new__(model)
    made.__dict__.update(values)
    made._state = ModelState()
    made._state.adding, made._state.db = False, "default"
    return made
