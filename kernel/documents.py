"""Documents that people and programs write (YAML or JSON) as plain values that know their place.

Scalars stay the text that was written: ``0.05`` never becomes a binary float, ``2026-11-01`` no
date, ``no`` not False. Only true, false and null, unquoted, are more than text. A key that stands
twice, a reference, or a text that nests too deep is refused.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any, TypeAlias

import yaml

from kernel import unreadable
from kernel.issues import N_, Invalid, Issue, Place, error
from kernel.json_places import JsonPlaces
from kernel.paths import Mark, joined, placed, upwards

__all__ = [
    "Document",
    "Part",
    "Plain",
    "joined",
    "load_json",
    "load_object",
    "load_text",
    "texts_of",
]

Plain: TypeAlias = "str | bool | list[Plain] | dict[str, Plain] | None"

MAX_DEPTH = 60
LONGEST = 200_000
# longer JSON comes from programs, which need speed more than the line of every value
LONG_JSON = 100_000
# the C reader is ten times faster; a build without it reads the same documents
LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
CONSTANTS: Mapping[str, bool | None] = {
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
    "null": None, "Null": None, "NULL": None, "~": None, "": None,
}  # fmt: skip
_LARGEST_EXPONENT = 100
_HALVES = re.compile(r"[\ud800-\udfff\x00]")


@dataclass(frozen=True, slots=True)
class Document:
    """A plain value and, where it came from text, line and column of each path and each key."""

    value: Plain
    marks: Mapping[str, Mark] = field(default_factory=dict)
    keys: Mapping[str, Mark] = field(default_factory=dict)
    file: str | None = None

    def place(self, path: str) -> Place:
        """The place of a path; of its nearest marked parent when the path itself is absent."""
        for candidate in upwards(path):
            if candidate in self.marks:
                return placed(self.file, path, self.marks[candidate])
        return Place(file=self.file, path=path)

    def key_place(self, path: str) -> Place:
        """The place of the key that a path ends with; of the path when it is not written."""
        mark = self.keys.get(path)
        return self.place(path) if mark is None else placed(self.file, path, mark)

    @property
    def root(self) -> "Part":
        """The whole document."""
        return Part(self, "", self.value)


@dataclass(frozen=True, slots=True)
class Part:
    """One value of a document, with its path."""

    document: Document
    path: str
    value: Plain

    @property
    def place(self) -> Place:
        """Where the value stands."""
        return self.document.place(self.path)

    @property
    def text(self) -> str | None:
        """The text of a scalar as it was written; None for nothing, for a list and for a table."""
        text = texts_of(self.value)
        return text if isinstance(text, str) else None

    def member(self, key: str) -> "Part | None":
        """What a table holds under a key; None when the key is absent or has no value."""
        value = self.value.get(key) if isinstance(self.value, dict) else None
        return None if value is None else Part(self.document, joined(self.path, key), value)

    def items(self) -> "list[Part] | None":
        """The items of a list; None when it is none."""
        if not isinstance(self.value, list):
            return None
        return [Part(self.document, joined(self.path, n), v) for n, v in enumerate(self.value)]


def texts_of(value: Plain) -> Any:
    """The same value with texts for true and false, so that every scalar is a text or None."""
    match value:
        case bool():
            return "true" if value else "false"
        case list():
            return [texts_of(item) for item in value]
        case dict():
            return {key: texts_of(item) for key, item in value.items()}
    return value


def load_text(text: str, file: str | None = None, *, longest: int | None = LONGEST) -> Document:
    """Read YAML or JSON; Invalid for bad syntax, and for all doubled keys and references."""
    text = text.removeprefix("\ufeff")
    if longest is not None and len(text) > longest:
        raise Invalid(unreadable.too_long(Place(file=file), longest))
    if re.match(r'\s*[{\["]', text):
        try:
            return load_json(text, file)
        except NotJsonError as problem:
            try:
                return _Composer(text, file).load()  # YAML has brackets too, with fewer quotes
            except Invalid:
                if re.match(r'\s*[{\[]\s*["{\[]', text):
                    raise problem from None
                raise
    return _Composer(text, file).load()


class NotJsonError(Invalid):
    """The text is not JSON at all."""


def load_json(
    text: str, file: str | None = None, *, first_line: int = 1, marked: bool = True
) -> Document:
    """Read JSON of any length, its numbers as they are written; Invalid as `load_text`.

    ``first_line`` is the line of the file in which the text begins. What is not ``marked``, or is
    very long, is read faster, and its values do not know their lines.
    """
    doubled: list[dict[str, Any]] = []

    def table(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            doubled.append(found)
        return found

    try:
        value = json.loads(
            text,
            parse_float=_unfolded,
            parse_int=str,
            parse_constant=str,
            object_pairs_hook=table,
        )
    except json.JSONDecodeError as problem:
        raise NotJsonError(unreadable.json_problem(problem, text, file, first_line)) from None
    except RecursionError:
        raise Invalid(unreadable.too_deep(Place(file=file), MAX_DEPTH)) from None
    document = load_object(value, file)
    if not doubled and (not marked or len(text) > LONG_JSON):
        return document
    places = JsonPlaces(text, file, first_line)
    places.find()
    return replace(document, marks=places.marks, keys=places.keys)


def _unfolded(number: str) -> str:
    """`1e3` as 1000; an exponent that only wants to fill the memory stays as it is written."""
    exact = Decimal(number)
    plain = abs(exact.adjusted()) <= _LARGEST_EXPONENT
    return format(exact, "f") if plain and "e" in number.lower() else number


def load_object(value: object, file: str | None = None) -> Document:
    """A document from Python values (an API body, a form): numbers become their exact text."""
    issues: list[Issue] = []
    plain = _plain(value, "", issues, file, 0)
    if issues:
        raise Invalid(*issues)
    return Document(plain, file=file)


def _plain(value: object, path: str, issues: list[Issue], file: str | None, depth: int) -> Plain:
    inner = (issues, file, depth + 1)
    place = Place(file=file, path=path)
    match value:
        case str():
            bad = None if value.isascii() and "\x00" not in value else _HALVES.search(value)
            if bad is not None:
                issues.append(unreadable.character(place, bad[0]))
            return value
        case None | bool():
            return value
        case int() | Fraction():
            return str(value)
        case Decimal():
            return format(value, "f") if value.is_finite() else str(value)
        case date():
            return value.isoformat()
        case Mapping() | list() | tuple() if depth > MAX_DEPTH:
            issues.append(unreadable.too_deep(place, MAX_DEPTH))
            return None
        case Mapping():
            return {str(k): _plain(v, joined(path, str(k)), *inner) for k, v in value.items()}
        case list() | tuple():
            return [_plain(v, joined(path, n), *inner) for n, v in enumerate(value)]
    issues.append(
        error(
            "document.not_exact",
            N_("A value of type {type} cannot be used here."),
            N_("Write numbers as text, an integer or a decimal, never as a binary float."),
            place,
            type=type(value).__name__,
        )
    )
    return None


class _Composer:
    """Turns YAML's events into plain values, keeping where each one stands.

    PyYAML's own composer in C follows any depth and then crashes the process; this one counts.
    """

    def __init__(self, text: str, file: str | None) -> None:
        self.text = text
        self.file = file
        self.events: Iterator[Any] = yaml.parse(text, Loader=LOADER)
        self.marks: dict[str, Mark] = {"": (1, 1)}
        self.keys: dict[str, Mark] = {}
        self.issues: list[Issue] = []

    def load(self) -> Document:
        """The document; Invalid when there is none, or several."""
        bad = unreadable.UNPRINTABLE.search(self.text)
        if bad is not None:
            place = unreadable.place_of(self.text, bad.start(), self.file)
            raise Invalid(unreadable.character(place, bad[0]))
        try:
            value = self._first()
        except yaml.MarkedYAMLError as problem:
            raise Invalid(
                *self.issues, unreadable.yaml_problem(problem, self.text, self.file)
            ) from None
        if self.issues:
            raise Invalid(*self.issues)
        return Document(value, self.marks, self.keys, self.file)

    def _first(self) -> Plain:
        value: Plain = None
        documents = 0
        for event in self.events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    self.issues.append(unreadable.several(self._place(event, "")))
                    return None
            elif isinstance(event, yaml.NodeEvent):
                value = self._value(event, "", 0)
        return value

    def _place(self, event: Any, path: str) -> Place:
        return placed(self.file, path, _mark_of(event))

    def _value(self, event: Any, path: str, depth: int) -> Plain:
        self.marks[path] = _mark_of(event)
        if depth > MAX_DEPTH:
            raise Invalid(unreadable.too_deep(self._place(event, path), MAX_DEPTH))
        match event:
            case yaml.MappingStartEvent():
                return self._mapping(path, depth)
            case yaml.SequenceStartEvent():
                return self._sequence(path, depth)
            case yaml.AliasEvent():
                self.issues.append(unreadable.alias(self._place(event, path)))
                return None
        text = str(event.value)
        bad = _HALVES.search(text)
        if bad is not None:
            self.issues.append(unreadable.character(self._place(event, path), bad[0]))
        return text if event.style or event.tag else CONSTANTS.get(text, text)

    def _sequence(self, path: str, depth: int) -> list[Plain]:
        items: list[Plain] = []
        for event in self.events:
            if isinstance(event, yaml.SequenceEndEvent):
                break
            items.append(self._value(event, joined(path, len(items)), depth + 1))
        return items

    def _mapping(self, path: str, depth: int) -> dict[str, Plain]:
        found: dict[str, Plain] = {}
        for event in self.events:
            if isinstance(event, yaml.MappingEndEvent):
                break
            key = self._key(event, path, found, depth)
            value = self._value(
                next(self.events), joined(path, "?" if key is None else key), depth + 1
            )
            if key is not None:
                found[key] = value
        return found

    def _key(self, event: Any, path: str, found: Mapping[str, Plain], depth: int) -> str | None:
        if not isinstance(event, yaml.ScalarEvent):
            if not isinstance(event, yaml.AliasEvent):
                self.issues.append(_not_a_key(self._place(event, path)))
            self._value(event, joined(path, "?"), depth + 1)
            return None
        key = str(event.value)
        inner = joined(path, key)
        if key in found:
            self.issues.append(unreadable.key_twice(self._place(event, inner), key))
        self.keys[inner] = _mark_of(event)
        return key


def _mark_of(event: Any) -> Mark:
    return event.start_mark.line + 1, event.start_mark.column + 1


def _not_a_key(place: Place) -> Issue:
    return error(
        "document.key",
        N_("A key must be plain text."),
        N_("Use a simple key; quote a text that begins with a bracket."),
        place,
    )
