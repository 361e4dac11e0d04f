"""A configuration text (YAML or JSON) as a tree that still knows its lines.

PyYAML's loader turns `0.1` into a float, `2026-11-01` into a date, and forgets where things
stood.  This reader keeps scalars as the text that was written and every node's place, so that
an issue can say "line 12, prizes[1].amount".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction

import yaml

from kernel.issues import N_, Invalid, Issue, Place, error

LONGEST_TEXT = 200_000


@dataclass(frozen=True, slots=True)
class Scalar:
    """One written value: its text, or None when nothing (or null) was written."""

    text: str | None
    place: Place


@dataclass(frozen=True, slots=True)
class Items:
    """A list of nodes."""

    items: tuple["Node", ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Table:
    """Keys with their nodes, and the place of each key."""

    entries: Mapping[str, "Node"]
    place: Place
    key_places: Mapping[str, Place] = field(default_factory=dict)


Node = Scalar | Items | Table


def read_text(text: str, file: str | None = None) -> Node:
    """The tree of a YAML or JSON text; Invalid with line and column when it cannot be read."""
    if len(text) > LONGEST_TEXT:
        raise Invalid((_too_long(file),))
    try:
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, yaml.SafeLoader)):
            raise Invalid((_alias(file),))
        node = yaml.compose(text, yaml.SafeLoader)
    except yaml.YAMLError as problem:
        raise Invalid((_unreadable(problem, file),)) from None
    except RecursionError:
        raise Invalid((_too_long(file),)) from None
    if node is None:
        return Table({}, Place(file=file, line=1, column=1))
    issues: list[Issue] = []
    tree = _from_yaml(node, "", file, issues)
    if issues:
        raise Invalid(tuple(issues))
    return tree


def read_data(data: object, path: str = "") -> Node:
    """The tree of values that are already loaded (a JSON column, a form); no lines are known."""
    place = Place(path=path)
    match data:
        case None:
            return Scalar(None, place)
        case Mapping():
            return Table(
                {str(k): read_data(v, _join(path, str(k))) for k, v in data.items()},
                place,
                {str(k): Place(path=_join(path, str(k))) for k in data},
            )
        case str() | bool() | int() | Decimal() | Fraction() | date():
            return Scalar(_text_of(data), place)
        case Sequence():
            return Items(tuple(read_data(v, f"{path}[{i}]") for i, v in enumerate(data)), place)
    raise Invalid((_not_exact(data, place),))


def _text_of(value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case datetime() | date():
            return value.isoformat()
        case Decimal():
            return format(value, "f")
    return str(value)


def _join(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


def _place(node: yaml.Node, path: str, file: str | None) -> Place:
    mark = node.start_mark
    return Place(file=file, path=path, line=mark.line + 1, column=mark.column + 1)


def _from_yaml(node: yaml.Node, path: str, file: str | None, issues: list[Issue]) -> Node:
    place = _place(node, path, file)
    match node:
        case yaml.ScalarNode():
            empty = node.tag == "tag:yaml.org,2002:null"
            return Scalar(None if empty else str(node.value), place)
        case yaml.SequenceNode():
            return Items(
                tuple(
                    _from_yaml(item, f"{path}[{i}]", file, issues)
                    for i, item in enumerate(node.value)
                ),
                place,
            )
    entries: dict[str, Node] = {}
    key_places: dict[str, Place] = {}
    for key_node, value_node in node.value:
        key = str(key_node.value) if isinstance(key_node, yaml.ScalarNode) else "?"
        inner = _join(path, key)
        if key in entries:
            issues.append(
                error(
                    "key_twice",
                    N_("“{key}” is written twice."),
                    N_("Keep one of the two."),
                    _place(key_node, inner, file),
                    key=key,
                )
            )
        entries[key] = _from_yaml(value_node, inner, file, issues)
        key_places[key] = _place(key_node, inner, file)
    return Table(entries, place, key_places)


def _too_long(file: str | None) -> Issue:
    return error(
        "text_too_long",
        N_("The text is longer or deeper than a rules document can be."),
        N_("Keep the document under 200,000 characters."),
        Place(file=file),
    )


def _alias(file: str | None) -> Issue:
    return error(
        "alias",
        N_("Aliases (&name and *name) are not read."),
        N_("Write the value out at each place."),
        Place(file=file),
    )


def _unreadable(problem: yaml.YAMLError, file: str | None) -> Issue:
    mark = getattr(problem, "problem_mark", None)
    detail = str(getattr(problem, "problem", None) or "not YAML")
    place = Place(file=file)
    if mark is not None:
        place = Place(file=file, line=mark.line + 1, column=mark.column + 1)
    return error(
        "unreadable",
        N_("The text cannot be read as YAML or JSON: {detail}."),
        N_("Check the indentation, the colons and the quotes at this line."),
        place,
        detail=detail,
    )


def _not_exact(data: object, place: Place) -> Issue:
    return error(
        "not_exact",
        N_("A value of type {kind} cannot be read exactly."),
        N_("Give numbers as text, integers or decimals."),
        place,
        kind=type(data).__name__,
    )
