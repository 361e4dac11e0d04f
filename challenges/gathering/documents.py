"""Changes of a rules document that come from its life: pauses, a new end, the signature.

Each takes plain data and gives plain data; every change becomes a new `RulesVersion`, so what held
when can be read for ever. Scalars stay the text that was written: nothing becomes a float.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import yaml

from challenges.calc import Rules, parse_rules
from challenges.calc.moments import iso_in, read_moment
from kernel.documents import load_text, texts_of
from kernel.issues import Place
from kernel.numbers import as_text

Document = dict[str, object]


def read(text: str) -> Document:
    """The document as plain data with texts for scalars; `Invalid` when it cannot be read."""
    plain = texts_of(load_text(text, "rules").value)
    return plain if isinstance(plain, dict) else {}


def write(document: Mapping[str, object]) -> str:
    """The text of plain data; reading it gives the same data back."""
    return yaml.safe_dump(_texts(document), sort_keys=False, allow_unicode=True, width=100)


def _texts(value: object) -> object:
    match value:
        case Mapping():
            return {str(key): _texts(inner) for key, inner in value.items()}
        case None | str():
            return value
        case bool():
            return "true" if value else "false"
        case Decimal():
            return format(value, "f")
        case Fraction():
            return as_text(value)
        case datetime() | date():
            return value.isoformat()
        case Sequence():
            return [_texts(inner) for inner in value]
    return str(value)


def with_pause(document: Mapping[str, object], start: datetime, end: datetime) -> Document:
    """With one more pause; the end moves with it, and so does a cut-off that names a moment."""
    rules = parse_rules(document)
    added = {"start": iso_in(start, rules.zone), "end": iso_in(end, rules.zone)}
    known = document.get("pauses")
    pauses = [*known, added] if isinstance(known, list) else [added]
    return _cut_off_moved({**document, "pauses": pauses}, rules, end - start)


def with_end(document: Mapping[str, object], end: datetime) -> Document:
    """With another effective end, pauses included; a cut-off that names a moment moves along."""
    rules = parse_rules(document)
    stated = parse_rules({**_without_moments(document), "extend_for_pauses": "false"})
    window = document["window"]
    assert isinstance(window, dict)  # noqa: S101 - the document was read as rules just before
    moved = {**window, "end": iso_in(stated.end + (end - rules.end), rules.zone)}
    if end < rules.end:
        # closed early: what was paused before then stays paused, but adds nothing any more
        moved["end"] = iso_in(end, rules.zone)
        document = {**document, "extend_for_pauses": "false"}
    return _cut_off_moved({**document, "window": moved}, rules, end - rules.end)


def _without_moments(document: Mapping[str, object]) -> Document:
    """Without what must lie after the end, so that an earlier end can be read."""
    return {key: value for key, value in document.items() if key not in ("cut_off", "official_at")}


def _cut_off_moved(document: Document, rules: Rules, by: timedelta) -> Document:
    written = document.get("cut_off")
    if not isinstance(written, str):
        return document
    moment = read_moment(written, rules.zone, Place(path="cut_off"))[0]
    return {**document, "cut_off": iso_in(moment + by, rules.zone)}


def signed(document: Mapping[str, object], at: datetime) -> Document:
    """With the moment from which the result is official."""
    return {**document, "official_at": iso_in(at, parse_rules(document).zone)}


def cancelled(document: Mapping[str, object], at: datetime) -> Document:
    """With the moment of its cancellation."""
    return {**document, "cancelled_at": iso_in(at, parse_rules(document).zone)}
