"""Shapes of a document: one declaration reads it, checks it, and publishes its JSON Schema.

A shape reads a node into plain typed values and appends to a list of issues, so that a reader
sees all mistakes at once.  `MISSING` marks what could not be read; it never leaves `parse_rules`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from fractions import Fraction
from typing import Any, Final, Protocol

from challenges.calc.source import Items, Node, Scalar, Table
from kernel.issues import N_, Invalid, Issue, Place, error
from kernel.numbers import parse_rate

MISSING: Final = object()


class Shape(Protocol):
    """Reads one node, and says in JSON Schema what it reads."""

    def read(self, node: Node, issues: list[Issue]) -> Any:
        """The value, or MISSING after appending an issue."""

    def schema(self) -> dict[str, Any]:
        """JSON Schema (draft 2020-12)."""


class Values(dict[str, Any]):
    """What a table said, with the place of each key for later checks."""

    def __init__(self, values: Mapping[str, Any], place: Place, places: Mapping[str, Place]):
        super().__init__(values)
        self.place = place
        self.places = places

    def at(self, key: str) -> Place:
        """The place of a key, or of the table when the key is not written."""
        return self.places.get(key) or self.place.under(key)


@dataclass(frozen=True, slots=True)
class Text:
    """Any short text."""

    longest: int = 200

    def read(self, node: Node, issues: list[Issue]) -> Any:
        """The text."""
        text = _scalar(node, issues, N_("a text"))
        if text is MISSING:
            return MISSING
        if len(text) > self.longest:
            issues.append(
                error(
                    "too_long",
                    N_("The text has more than {longest} characters."),
                    N_("Shorten it."),
                    node.place,
                    longest=self.longest,
                )
            )
            return MISSING
        return text

    def schema(self) -> dict[str, Any]:
        """A string of limited length."""
        return {"type": "string", "minLength": 1, "maxLength": self.longest}


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few words."""

    options: tuple[str, ...]

    def read(self, node: Node, issues: list[Issue]) -> Any:
        """The word."""
        text = _scalar(node, issues, ", ".join(self.options))
        if text is MISSING or text in self.options:
            return text
        issues.append(_not_an_option(text, self.options, node.place))
        return MISSING

    def schema(self) -> dict[str, Any]:
        """An enumeration."""
        return {"enum": list(self.options)}


@dataclass(frozen=True, slots=True)
class YesNo:
    """true or false."""

    def read(self, node: Node, issues: list[Issue]) -> Any:
        """The truth value."""
        text = _scalar(node, issues, "true, false")
        match text:
            case "true" | "True" | "TRUE" | "yes" | "Yes" | "on":
                return True
            case "false" | "False" | "FALSE" | "no" | "No" | "off":
                return False
        if text is not MISSING:
            issues.append(_not_an_option(text, ("true", "false"), node.place))
        return MISSING

    def schema(self) -> dict[str, Any]:
        """A boolean."""
        return {"type": "boolean"}


@dataclass(frozen=True, slots=True)
class Number:
    """An exact number; written with a decimal point, or as a percentage ("15 %" is 0.15)."""

    above: int | None = None
    at_least: int | None = None

    def read(self, node: Node, issues: list[Issue]) -> Any:
        """The Fraction."""
        text = _scalar(node, issues, N_("a number"))
        if text is MISSING:
            return MISSING
        try:
            value = parse_rate(text.replace("_", ""), decimal_comma=False, place=node.place)
        except Invalid as invalid:
            issues.extend(invalid.issues)
            return MISSING
        return value if self._fits(value, node.place, issues) else MISSING

    def _fits(self, value: Fraction, place: Place, issues: list[Issue]) -> bool:
        if self.above is not None and value <= self.above:
            issues.append(
                error(
                    "too_small",
                    N_("The number must be more than {limit}."),
                    N_("Write a larger number."),
                    place,
                    limit=self.above,
                )
            )
            return False
        if self.at_least is not None and value < self.at_least:
            issues.append(
                error(
                    "too_small",
                    N_("The number must be at least {limit}."),
                    N_("Write a larger number."),
                    place,
                    limit=self.at_least,
                )
            )
            return False
        return True

    def schema(self) -> dict[str, Any]:
        """A number, or the same written as text."""
        number: dict[str, Any] = {"type": "number"}
        if self.above is not None:
            number["exclusiveMinimum"] = self.above
        if self.at_least is not None:
            number["minimum"] = self.at_least
        return {"anyOf": [number, {"type": "string", "pattern": "^[-+]?[0-9][0-9_.]*( ?%)?$"}]}


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number within limits."""

    at_least: int = 0
    at_most: int = 1_000_000

    def read(self, node: Node, issues: list[Issue]) -> Any:
        """The int."""
        text = _scalar(node, issues, N_("a whole number"))
        if text is MISSING:
            return MISSING
        value = int(text) if text.lstrip("+-").isdecimal() and len(text) < 12 else None
        if value is None or not self.at_least <= value <= self.at_most:
            issues.append(
                error(
                    "not_whole",
                    N_("“{text}” is not a whole number from {low} to {high}."),
                    N_("Write digits only."),
                    node.place,
                    text=text,
                    low=self.at_least,
                    high=self.at_most,
                )
            )
            return MISSING
        return value

    def schema(self) -> dict[str, Any]:
        """An integer within limits."""
        return {"type": "integer", "minimum": self.at_least, "maximum": self.at_most}


@dataclass(frozen=True, slots=True)
class WholeOr:
    """A whole number, or one word."""

    word: str
    whole: Whole

    def read(self, node: Node, issues: list[Issue]) -> Any:
        """The int, or the word."""
        if isinstance(node, Scalar) and node.text == self.word:
            return self.word
        return self.whole.read(node, issues)

    def schema(self) -> dict[str, Any]:
        """Any of the two."""
        return {"anyOf": [{"const": self.word}, self.whole.schema()]}


@dataclass(frozen=True, slots=True)
class NumberOr:
    """A number, or one word."""

    word: str
    number: Number

    def read(self, node: Node, issues: list[Issue]) -> Any:
        """The Fraction, or the word."""
        if isinstance(node, Scalar) and node.text == self.word:
            return self.word
        return self.number.read(node, issues)

    def schema(self) -> dict[str, Any]:
        """Any of the two."""
        return {"anyOf": [{"const": self.word}, self.number.schema()]}


@dataclass(frozen=True, slots=True)
class Day:
    """A date, YYYY-MM-DD."""

    def read(self, node: Node, issues: list[Issue]) -> Any:
        """The date."""
        text = _scalar(node, issues, N_("a date"))
        if text is MISSING:
            return MISSING
        try:
            if len(text) != 10:
                raise ValueError
            return date.fromisoformat(text)
        except ValueError:
            issues.append(
                error(
                    "not_a_date",
                    N_("“{text}” is not a date."),
                    N_("Write year-month-day, for example 2026-11-30."),
                    node.place,
                    text=text,
                )
            )
            return MISSING

    def schema(self) -> dict[str, Any]:
        """A string in the date format."""
        return {"type": "string", "format": "date"}


@dataclass(frozen=True, slots=True)
class MomentText:
    """A date or a date with time; read as text because the zone is known only later."""

    def read(self, node: Node, issues: list[Issue]) -> Any:
        """The text as written."""
        return _scalar(node, issues, N_("a date with time"))

    def schema(self) -> dict[str, Any]:
        """A date, optionally with a time and an offset."""
        return {
            "type": "string",
            "pattern": r"^\d{4}-\d{2}-\d{2}"
            r"([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})?)?$",
        }


@dataclass(frozen=True, slots=True)
class ListOf:
    """Some items of one shape."""

    item: Shape
    at_least: int = 0
    at_most: int = 1000

    def read(self, node: Node, issues: list[Issue]) -> Any:
        """A tuple."""
        if not isinstance(node, Items):
            issues.append(_expected(N_("a list"), node.place))
            return MISSING
        if not self.at_least <= len(node.items) <= self.at_most:
            issues.append(
                error(
                    "list_length",
                    N_("The list has {length} items; {low} to {high} are possible."),
                    N_("Add or remove items."),
                    node.place,
                    length=len(node.items),
                    low=self.at_least,
                    high=self.at_most,
                )
            )
        values = tuple(self.item.read(item, issues) for item in node.items)
        return MISSING if any(value is MISSING for value in values) else values

    def schema(self) -> dict[str, Any]:
        """An array."""
        return {
            "type": "array",
            "items": self.item.schema(),
            "minItems": self.at_least,
            "maxItems": self.at_most,
        }


@dataclass(frozen=True, slots=True)
class Field:
    """One key of a table: its shape, whether it must be written, else its value, and why."""

    shape: Shape
    doc: str
    required: bool = False
    default: Any = None


@dataclass(frozen=True, slots=True)
class Obj:
    """A table with known keys."""

    fields: Mapping[str, Field]

    def read(self, node: Node, issues: list[Issue]) -> Any:
        """`Values` with every key, defaults included."""
        if isinstance(node, Scalar) and node.text is None:
            node = Table({}, node.place)
        if not isinstance(node, Table):
            issues.append(_expected(N_("a table with keys"), node.place))
            return MISSING
        before = len(issues)
        for key in node.entries:
            if key not in self.fields:
                place = node.key_places.get(key, node.place)
                issues.append(_unknown_key(key, tuple(self.fields), place))
        values = {key: self._value(key, node, issues) for key in self.fields}
        if len(issues) > before and any(value is MISSING for value in values.values()):
            return MISSING
        return Values(values, node.place, node.key_places)

    def _value(self, key: str, node: Table, issues: list[Issue]) -> Any:
        spec = self.fields[key]
        inner = node.entries.get(key)
        if inner is None or (isinstance(inner, Scalar) and inner.text is None):
            if spec.required:
                issues.append(_missing_key(key, spec.doc, node.place.under(key)))
                return MISSING
            return spec.default
        return spec.shape.read(inner, issues)

    def schema(self) -> dict[str, Any]:
        """An object without further keys."""
        properties = {
            key: spec.shape.schema() | {"description": spec.doc}
            for key, spec in self.fields.items()
        }
        required = [key for key, spec in self.fields.items() if spec.required]
        return {
            "type": "object",
            "properties": properties,
            "required": required,
            "additionalProperties": False,
        }


@dataclass(frozen=True, slots=True)
class Tagged:
    """A table whose one key says which other keys it has."""

    tag: str
    options: Mapping[str, Obj]
    doc: str = ""
    default: str | None = None

    def read(self, node: Node, issues: list[Issue]) -> Any:
        """`Values` of the chosen option, the tag included."""
        if not isinstance(node, Table):
            issues.append(_expected(N_("a table with keys"), node.place))
            return MISSING
        tag_node = node.entries.get(self.tag)
        if tag_node is None and self.default is None:
            issues.append(_missing_key(self.tag, self.doc, node.place.under(self.tag)))
            return MISSING
        choice = Choice(tuple(self.options))
        tag = self.default if tag_node is None else choice.read(tag_node, issues)
        return MISSING if tag is MISSING else self._option(str(tag)).read(node, issues)

    def _option(self, tag: str) -> Obj:
        given = self.default == tag
        tag_field = Field(Choice((tag,)), self.doc, required=not given, default=tag)
        return Obj({self.tag: tag_field} | dict(self.options[tag].fields))

    def schema(self) -> dict[str, Any]:
        """One of several objects."""
        return {"oneOf": [self._option(tag).schema() for tag in self.options]}


@dataclass(frozen=True, slots=True)
class Either:
    """A plain scalar, or a table."""

    scalar: Shape
    table: Shape

    def read(self, node: Node, issues: list[Issue]) -> Any:
        """What the one or the other reads."""
        chosen = self.table if isinstance(node, Table) else self.scalar
        return chosen.read(node, issues)

    def schema(self) -> dict[str, Any]:
        """Any of the two."""
        return {"anyOf": [self.scalar.schema(), self.table.schema()]}


def _scalar(node: Node, issues: list[Issue], wanted: str) -> Any:
    if isinstance(node, Scalar) and node.text:
        return node.text
    issues.append(_expected(wanted, node.place))
    return MISSING


def _expected(wanted: str, place: Place) -> Issue:
    return error(
        "unexpected",
        N_("Something else is expected here: {wanted}."),
        N_("Look at the documented format of this key."),
        place,
        wanted=wanted,
    )


def _not_an_option(text: str, options: tuple[str, ...], place: Place) -> Issue:
    close = get_close_matches(text, options, n=1)
    return error(
        "not_an_option",
        N_("“{text}” is not possible here."),
        N_("Write “{close}”.") if close else N_("Write one of: {options}."),
        place,
        text=text,
        options=", ".join(options),
        close=close[0] if close else "",
    )


def _unknown_key(key: str, known: tuple[str, ...], place: Place) -> Issue:
    close = get_close_matches(key, known, n=1)
    return error(
        "unknown_key",
        N_("“{key}” is not known here."),
        N_("Did you mean “{close}”?") if close else N_("Remove it, or use one of: {known}."),
        place,
        key=key,
        known=", ".join(known),
        close=close[0] if close else "",
    )


def _missing_key(key: str, doc: str, place: Place) -> Issue:
    return error(
        "missing_key",
        N_("“{key}” is missing."),
        N_("Add it: {doc}"),
        place,
        key=key,
        doc=doc,
    )
