"""Plan and input documents as plain values, with the place of every value.

YAML scalars stay text: ``0.05`` never becomes a binary float, and ``no`` never becomes False.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any, TypeAlias

import yaml

from kernel.issues import N_, Invalid, Issue, Place, error

Plain: TypeAlias = "str | bool | list[Plain] | dict[str, Plain] | None"

MAX_DEPTH = 60
LONG_TEXT = 100_000
# The C reader is ten times faster; a build without it reads the same documents.
LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
CONSTANTS: Mapping[str, bool | None] = {
    "true": True, "True": True, "false": False, "False": False,
    "null": None, "Null": None, "~": None, "": None,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Document:
    """A plain value and, where it came from text, the line and column of each path in it."""

    value: Plain
    marks: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    file: str | None = None

    def place(self, path: str) -> Place:
        """The place of a path; of its nearest marked parent when the path itself is absent."""
        for candidate in _upwards(path):
            if candidate in self.marks:
                line, column = self.marks[candidate]
                return Place(file=self.file, path=path, line=line, column=column)
        return Place(file=self.file, path=path)


def _upwards(path: str) -> Iterator[str]:
    while path:
        yield path
        path = path[: max(path.rfind("."), path.rfind("["), 0)]
    yield ""


def joined(path: str, key: str | int) -> str:
    """The path of a member: ``components[0].key``."""
    if isinstance(key, int):
        return f"{path}[{key}]"
    return f"{path}.{key}" if path else key


def load_text(text: str, file: str | None = None) -> Document:
    """Read YAML or JSON text; raise Invalid for bad syntax, doubled keys, aliases."""
    if len(text) > LONG_TEXT:
        # Long inputs come from programs: they need speed more than line numbers.
        return _from_json(text, file) or _Composer(file).load(text)
    try:
        return _Composer(file).load(text)
    except Invalid:
        # JSON allows what YAML does not, as "\ud83d\ude00" for a sign outside the basic plane.
        found = _from_json(text, file)
        if found is None:
            raise
        return found


def _from_json(text: str, file: str | None) -> Document | None:
    """The document if it is JSON without doubled keys; its numbers stay as they are written."""
    if not text.lstrip().startswith("{"):
        return None
    try:
        found = json.loads(
            text,
            parse_float=str,
            parse_int=str,
            parse_constant=str,
            object_pairs_hook=_pairs,
        )
    except (json.JSONDecodeError, RecursionError, _DoubledError):
        return None  # the YAML reader tells the line
    return load_object(found, file)


class _DoubledError(Exception):
    """A key stands twice in a JSON object."""


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _DoubledError
    return found


def load_object(value: object, file: str | None = None) -> Document:
    """A document from Python values (an API body, a form): numbers become their exact text."""
    issues: list[Issue] = []
    plain = _plain(value, "", issues, file, 0)
    if issues:
        raise Invalid(*issues)
    return Document(plain, {}, file)


def _plain(value: object, path: str, issues: list[Issue], file: str | None, depth: int) -> Plain:
    inner = (issues, file, depth + 1)
    match value:
        case None | bool() | str():
            return value
        case int() | Fraction():
            return str(value)
        case Decimal():
            return format(value, "f")
        case Mapping() if depth < MAX_DEPTH:
            return {str(k): _plain(v, joined(path, str(k)), *inner) for k, v in value.items()}
        case list() | tuple() if depth < MAX_DEPTH:
            return [_plain(v, joined(path, n), *inner) for n, v in enumerate(value)]
    issues.append(
        error(
            "document.not_exact",
            N_("A value of type {type} cannot be used here."),
            N_("Write numbers as text, an integer or a decimal, never as a binary float."),
            Place(file=file, path=path),
            type=type(value).__name__,
        )
    )
    return None


class _Composer:
    """Turns YAML nodes into plain values, keeping where each one stands."""

    def __init__(self, file: str | None) -> None:
        self.file = file
        self.marks: dict[str, tuple[int, int]] = {}
        self.issues: list[Issue] = []
        self.seen: set[int] = set()

    def load(self, text: str) -> Document:
        try:
            node: Any = yaml.compose(text, Loader=LOADER)
        except (yaml.YAMLError, RecursionError) as problem:
            raise Invalid(self._syntax(problem)) from None
        value = None if node is None else self.value(node, "", 0)
        if self.issues:
            raise Invalid(*self.issues)
        return Document(value, self.marks, self.file)

    def _syntax(self, problem: Exception) -> Issue:
        mark = getattr(problem, "problem_mark", None)
        place = Place(file=self.file)
        if mark is not None:
            place = Place(file=self.file, line=mark.line + 1, column=mark.column + 1)
        return error(
            "document.not_yaml",
            N_("The document is not readable YAML: {problem}"),
            N_("Check indentation, colons and quotes at the stated line."),
            place,
            problem=str(getattr(problem, "problem", None) or type(problem).__name__),
        )

    def _report(self, node: Any, path: str, code: str, message: str, remedy: str) -> None:
        mark = node.start_mark
        place = Place(file=self.file, path=path, line=mark.line + 1, column=mark.column + 1)
        self.issues.append(error(code, message, remedy, place))

    def value(self, node: Any, path: str, depth: int) -> Plain:
        if id(node) in self.seen or depth > MAX_DEPTH:
            # An alias can make a small file stand for billions of values.
            self._report(
                node,
                path,
                "document.alias",
                N_("References (&, *) and very deep nesting are not allowed here."),
                N_("Write the value out in full at each place."),
            )
            return None
        self.seen.add(id(node))
        self.marks[path] = (node.start_mark.line + 1, node.start_mark.column + 1)
        if isinstance(node, yaml.MappingNode):
            return self.mapping(node, path, depth)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(n, joined(path, i), depth + 1) for i, n in enumerate(node.value)]
        text = str(node.value)
        return text if node.style else CONSTANTS.get(text, text)

    def mapping(self, node: Any, path: str, depth: int) -> dict[str, Plain]:
        found: dict[str, Plain] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                self._report(
                    key_node,
                    path,
                    "document.key",
                    N_("A key must be plain text."),
                    N_("Use a simple key."),
                )
                continue
            key = str(key_node.value)
            if key in found:
                self._report(
                    key_node,
                    joined(path, key),
                    "document.doubled_key",
                    N_("The same key stands twice in one block."),
                    N_("Keep one of the two."),
                )
            found[key] = self.value(value_node, joined(path, key), depth + 1)
        return found
