"""Tallies as they are stored beside the rows of a board, and which of them still hold. Pure.

A tally holds when nothing it came from has changed: the rules and measures (`Inputs.basis`), what
the roster says about the entrant (`grounds`), and the entrant's records, of whose changes the
outbox tells (`models.ToScore`).
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from fractions import Fraction
from functools import lru_cache
from hashlib import sha256
from typing import Any

from challenges.calc.formats.base import Score
from challenges.calc.notes import Note
from challenges.calc.tallies import Tally
from kernel.numbers import as_text, from_text

Json = dict[str, Any]
_NUMBERS = ("value", "numerator", "denominator", "target", "reached_value")
_MOMENTS = ("achieved_at", "reached_at")


def as_json(tally: Tally | None, ground: str, left_out: Collection[str]) -> Json:
    """What is kept: plain data, exact, without what is absent; `ground` says what it stands on.

    Of the records that were left out only a digest: enough to see that there are others than
    before, and so another explanation.
    """
    kept: Json = {} if tally is None else _score(tally)
    if left_out:
        kept["left_out"] = sha256(repr(sorted(left_out)).encode()).hexdigest()[:16]
    return {**kept, "ground": ground}


def _score(tally: Tally) -> Json:
    score, kept = tally.score, Json()
    for name in _NUMBERS:
        if (number := getattr(score, name)) is not None:
            kept[name] = as_text(number)
    for name in _MOMENTS:
        if (moment := getattr(score, name)) is not None:
            kept[name] = moment.astimezone(UTC).isoformat()
    if score.own_target:
        kept["own_target"] = True
    if score.reached_by:
        kept["reached_by"] = list(score.reached_by)
    if score.missing is not None:
        kept["missing"] = [score.missing.code, score.missing.template, *score.missing.params]
    if tally.ties:
        kept["ties"] = [as_text(one) for one in tally.ties]
    return kept


def bare(tally: Tally) -> Tally:
    """The tally as it comes back from the store."""
    return replace(tally, score=replace(tally.score, effects=(), set_aside=(), notes=()))


def from_json(kept: Json) -> Tally:
    """The tally that was kept, `bare`."""
    score = Score(
        _number(kept, "value"),
        numerator=_number(kept, "numerator"),
        denominator=_number(kept, "denominator"),
        target=_number(kept, "target"),
        own_target=kept.get("own_target", False),
        achieved_at=_moment(kept, "achieved_at"),
        reached_at=_moment(kept, "reached_at"),
        reached_value=_number(kept, "reached_value"),
        reached_by=tuple(kept.get("reached_by", ())),
        missing=_note(kept.get("missing")),
    )
    return Tally(score, tuple(from_text(text) for text in kept.get("ties", ())))


def _number(kept: Json, name: str) -> Fraction | None:
    return from_text(kept[name]) if name in kept else None


def _moment(kept: Json, name: str) -> datetime | None:
    return datetime.fromisoformat(kept[name]) if name in kept else None


def _note(kept: list[Any] | None) -> Note | None:
    if kept is None:
        return None
    code, template, *params = kept
    return Note(code, template, tuple((name, value) for name, value in params))


@lru_cache(maxsize=20_000)
def read(text: str) -> tuple[str, Tally]:
    """What a tally stands on, and the tally: a worker that scores a board again knows most."""
    kept = json.loads(text)
    return kept["ground"], from_json(kept)


def holding(stored: Mapping[str, str], grounds: Mapping[str, str]) -> dict[str, Tally]:
    """The tallies (as they are written) that stand on the ground of now; both by entrant."""
    known = {id_: read(text) for id_, text in stored.items() if id_ in grounds}
    return {id_: tally for id_, (ground, tally) in known.items() if ground == grounds[id_]}
