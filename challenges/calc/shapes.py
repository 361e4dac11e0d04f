"""Shapes of a document: one declaration reads it, checks it, and publishes its JSON Schema."""

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from challenges.calc.scalars import (
    MISSING,
    Choice,
    Day,
    MomentText,
    Number,
    NumberOr,
    Shape,
    Text,
    Whole,
    WholeOr,
    YesNo,
    expected,
)
from challenges.calc.source import Items, Node, Scalar, Table
from kernel.issues import N_, Issue, Place, error

__all__ = [
    "MISSING",
    "Choice",
    "Day",
    "Either",
    "Field",
    "ListOf",
    "MomentText",
    "Number",
    "NumberOr",
    "Obj",
    "Shape",
    "Tagged",
    "Text",
    "Values",
    "Whole",
    "WholeOr",
    "YesNo",
]


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
class ListOf:
    """Some items of one shape."""

    item: Shape
    at_least: int = 0
    at_most: int = 1000

    def read(self, node: Node, issues: list[Issue]) -> Any:
        """A tuple."""
        if not isinstance(node, Items):
            issues.append(expected(N_("a list"), node.place))
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
            issues.append(expected(N_("a table with keys"), node.place))
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
                issues.append(_missing_key(key, node.place.under(key)))
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
            issues.append(expected(N_("a table with keys"), node.place))
            return MISSING
        tag_node = node.entries.get(self.tag)
        if tag_node is None and self.default is None:
            issues.append(_missing_key(self.tag, node.place.under(self.tag)))
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


def _missing_key(key: str, place: Place) -> Issue:
    return error(
        "missing_key",
        N_("“{key}” is missing."),
        N_("Add {key} to this block."),
        place,
        key=key,
    )
