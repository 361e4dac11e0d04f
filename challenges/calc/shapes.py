"""Shapes of a document: one declaration reads it, checks it, and publishes its JSON Schema."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, TypeVar

from challenges.calc.scalars import (
    MISSING,
    Choice,
    Clock,
    Currency,
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
from kernel.documents import Part, joined
from kernel.issues import N_, Issue, Place, error

__all__ = [
    "MISSING",
    "Choice",
    "Clock",
    "Currency",
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
    "told",
]

T = TypeVar("T")


class UnreadError(Exception):
    """A check asks for a value that could not be read; its issue is told already."""


class Values(dict[str, Any]):
    """What a table said, with the place of each key for later checks.

    A value that could not be read raises `UnreadError` when it is asked for: a check that needs it
    has nothing to say, all others still have. `told` runs such a check.
    """

    def __init__(self, values: Mapping[str, Any], part: Part):
        super().__init__(values)
        self.part = part

    def __getitem__(self, key: str) -> Any:
        value = super().__getitem__(key)
        if value is MISSING:
            raise UnreadError(key)
        return value

    def get(self, key: str, default: Any = None) -> Any:
        """The value, or the default when this table has no such key."""
        return self[key] if key in self else default  # noqa: SIM401 - this is that very method

    @property
    def place(self) -> Place:
        """The place of the table."""
        return self.part.place

    def at(self, key: str) -> Place:
        """The place of a key, or of the table when the key is not written."""
        return self.part.document.key_place(joined(self.part.path, key))


def told(check: Callable[..., T], *given: Any) -> T | None:
    """What a check finds; None when what it needs could not be read."""
    try:
        return check(*given)
    except UnreadError:
        return None


@dataclass(frozen=True, slots=True)
class ListOf:
    """Some items of one shape."""

    item: Shape
    at_least: int = 0
    at_most: int = 1000

    def read(self, node: Part, issues: list[Issue]) -> Any:
        """A tuple."""
        items = node.items()
        if items is None:
            issues.append(expected(N_("A list is expected here."), node.place))
            return MISSING
        if not self.at_least <= len(items) <= self.at_most:
            issues.append(
                error(
                    "list_length",
                    N_("The list has {length} items; {low} to {high} are possible."),
                    N_("Add or remove items."),
                    node.place,
                    length=len(items),
                    low=self.at_least,
                    high=self.at_most,
                )
            )
        values = tuple(self.item.read(item, issues) for item in items)
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

    def read(self, node: Part, issues: list[Issue]) -> Any:
        """`Values` with every key, defaults included, also when some could not be read."""
        written = {} if node.value is None else node.value
        if not isinstance(written, dict):
            issues.append(expected(N_("A table with keys is expected here."), node.place))
            return MISSING
        for key in written:
            if key not in self.fields:
                place = node.document.key_place(joined(node.path, key))
                issues.append(_unknown_key(key, tuple(self.fields), place))
        return Values({key: self.value_of(key, node, issues) for key in self.fields}, node)

    def value_of(self, key: str, node: Part, issues: list[Issue]) -> Any:
        """The value of one key, its default, or MISSING."""
        spec = self.fields[key]
        inner = node.member(key)
        if inner is None:
            if spec.required:
                issues.append(_missing_key(key, node.place.under(key)))
                return MISSING
            return spec.default
        return spec.shape.read(inner, issues)

    def schema(self) -> dict[str, Any]:
        """An object without further keys. A key without a value is as if it were not written."""
        properties = {
            key: (spec.shape.schema() if spec.required else _or_nothing(spec.shape.schema()))
            | {"description": spec.doc}
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

    def read(self, node: Part, issues: list[Issue]) -> Any:
        """`Values` of the chosen option, the tag included."""
        if not isinstance(node.value, dict):
            issues.append(expected(N_("A table with keys is expected here."), node.place))
            return MISSING
        tag = self._tag(node, issues)
        if tag is MISSING:
            return self._undecided(node, issues)
        return self._option(str(tag)).read(node, issues)

    def _tag(self, node: Part, issues: list[Issue]) -> Any:
        written = node.member(self.tag)
        if written is not None:
            return Choice(tuple(self.options)).read(written, issues)
        if self.default is None:
            issues.append(_missing_key(self.tag, node.place.under(self.tag)))
            return MISSING
        return self.default

    def _undecided(self, node: Part, issues: list[Issue]) -> Values:
        """What every option has can be read whichever was meant."""
        first, *others = (option.fields for option in self.options.values())
        common = {key: first[key] for key in first if all(key in other for other in others)}
        shared = Obj(common)
        read = {key: shared.value_of(key, node, issues) for key in common}
        return Values({self.tag: MISSING, **read}, node)

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

    def read(self, node: Part, issues: list[Issue]) -> Any:
        """What the one or the other reads."""
        chosen = self.table if isinstance(node.value, dict) else self.scalar
        return chosen.read(node, issues)

    def schema(self) -> dict[str, Any]:
        """Any of the two."""
        return {"anyOf": [self.scalar.schema(), self.table.schema()]}


def _or_nothing(schema: dict[str, Any]) -> dict[str, Any]:
    """The same schema, which takes a null too."""
    for key, more in (("enum", None), ("anyOf", {"type": "null"}), ("oneOf", {"type": "null"})):
        if key in schema:
            return schema | {key: [*schema[key], more]}
    kinds = schema["type"]
    return schema | {"type": [*([kinds] if isinstance(kinds, str) else kinds), "null"]}


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
