"""The rows of boards as they are stored, with the names of who holds them: read fast, because every
page of a challenge begins with all of them.

Rows of a large board are the same for all viewers of a version, so each process keeps those of its
latest versions: half the work of a page of 5,000 rows was to read them again.
"""

import time
from collections.abc import Collection
from itertools import accumulate, pairwise
from threading import Lock
from typing import Any, NamedTuple, TypeVar

from django.db.models import Model
from django.db.models.base import ModelState

from challenges.models import Challenge, Face, Standing
from people.models import Person, Team

LARGE, MOST_KEPT, KEPT_SECONDS = 500, 8, 60.0
"""Boards with more rows are kept, so many, so long: a person's new name shows after that."""
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
T = TypeVar("T", bound=Model)
Key = tuple[int, int, object]


class _Kept(NamedTuple):
    until: float
    rows: tuple[Standing, ...]


_kept: dict[Key, _Kept] = {}
_lock = Lock()


def stored_rows(challenges: Collection[Challenge]) -> dict[int, list[Standing]]:
    """All rows by challenge, best first; nobody may change them. At most one query."""
    found = {one.pk: _known(one) for one in challenges}
    missing = [one for one in challenges if found[one.pk] is None]
    read = _read([one.pk for one in missing]) if missing else {}
    for one in missing:
        _keep(one, read[one.pk])
    return {pk: list(read[pk] if rows is None else rows) for pk, rows in found.items()}


def _known(challenge: Challenge) -> tuple[Standing, ...] | None:
    kept = _kept.get(_key(challenge))
    return kept.rows if kept is not None and kept.until > time.monotonic() else None


def _keep(challenge: Challenge, rows: list[Standing]) -> None:
    if len(rows) <= LARGE:
        return
    with _lock:
        _drop_old(challenge)
        while len(_kept) >= MOST_KEPT:
            del _kept[min(_kept, key=lambda key: _kept[key].until)]
        _kept[_key(challenge)] = _Kept(time.monotonic() + KEPT_SECONDS, tuple(rows))


def _drop_old(challenge: Challenge) -> None:
    """What nobody asks for any more: rows past their time, and of earlier versions of this one."""
    now, newest = time.monotonic(), _key(challenge)
    for key in list(_kept):
        is_earlier = key[0] == challenge.pk and (key[2] != newest[2] or key[1] < newest[1])
        if is_earlier or _kept[key].until <= now:
            del _kept[key]


def _key(challenge: Challenge) -> Key:
    return challenge.pk, challenge.version, challenge.created_at


def _read(ids: Collection[int]) -> dict[int, list[Standing]]:
    found: dict[int, list[Standing]] = {pk: [] for pk in ids}
    rows = Standing.objects.filter(challenge_id__in=ids).order_by("position")
    for values in rows.values_list(*_COLUMNS):
        row = _row(values)
        found[row.challenge_id].append(row)
    return found


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
