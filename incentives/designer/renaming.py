"""Another key for a measure, a parameter or a payment line, wherever the document names it.

A key is an identifier: formulas, steps, other measures and the examples refer to it. So that a
plan stays the same plan, all of them follow.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from incentives.calc.bands import Bands
from incentives.calc.fields import Amount, Block, Field, ListOf, MeasureName
from incentives.calc.measures import FIELDS as MEASURE
from incentives.calc.plan_reading import COMPONENT
from incentives.calc.steps import MECHANICS
from incentives.calc.steps.curves import Points
from kernel.documents import Plain, joined

Change = tuple[str, str]
"""A path and its new text."""
Rename = tuple[str, str]
"""The path of an entry and its new key."""


def references(document: Plain, old: str, new: str) -> Iterator[Change]:
    """Each value that names a measure or parameter, with the new key in place of the old one."""
    word = re.compile(rf"(?<![\w.]){re.escape(old)}(?!\w)")
    for path, kind, text in _texts(document):
        if isinstance(kind, MeasureName) and text == old:
            yield path, new
        elif isinstance(kind, Amount) and word.search(text):
            yield path, word.sub(new, text)


def in_examples(document: Plain, block: str, old: str, new: str) -> Iterator[Rename]:
    """The entries of that key in the blocks of that name (measures, lines) of the examples."""
    rows = _block(document).get("examples")
    yield from _entries(rows, "examples", block, old, new)


def _entries(value: Plain, path: str, block: str, old: str, new: str) -> Iterator[Rename]:
    match value:
        case dict():
            for key, inner in value.items():
                here = joined(path, key)
                if key == block and isinstance(inner, dict) and old in inner:
                    yield joined(here, old), new
                yield from _entries(inner, here, block, old, new)
        case list():
            for number, inner in enumerate(value):
                yield from _entries(inner, joined(path, number), block, old, new)


def _texts(document: Plain) -> Iterator[tuple[str, Any, str]]:
    """Path, kind and text of every value of the measures and the steps."""
    plan = _block(document)
    for key, body in _block(plan.get("measures")).items():
        yield from _values(MEASURE, body, joined("measures", key))
    yield from _steps(plan.get("steps"), "steps")
    for number, part in enumerate(_list(plan.get("components"))):
        path = joined("components", number)
        yield from _values(COMPONENT, part, path)
        yield from _steps(_block(part).get("steps"), joined(path, "steps"))


def _steps(value: Plain, path: str) -> Iterator[tuple[str, Any, str]]:
    for number, step in enumerate(_list(value)):
        mechanic = MECHANICS.get(str(_block(step).get("step")))
        if mechanic is not None:
            yield from _values(mechanic.fields, step, joined(path, number))


def _values(fields: tuple[Field, ...], body: Plain, path: str) -> Iterator[tuple[str, Any, str]]:
    for one in fields:
        yield from _value(one.kind, _block(body).get(one.name), joined(path, one.name))


def _value(kind: Any, value: Plain, path: str) -> Iterator[tuple[str, Any, str]]:
    match kind:
        case Bands(fields=fields):
            kind = ListOf(Block(fields, dict))
        case Points():
            kind = Points.kind
    match kind:
        case ListOf(kind=inner):
            for number, row in enumerate(_list(value)):
                yield from _value(inner, row, joined(path, number))
        case Block(fields=fields):
            yield from _values(fields, value, path)
        case _ if isinstance(value, str):
            yield path, kind, value


def _block(value: Plain) -> Mapping[str, Plain]:
    return value if isinstance(value, dict) else {}


def _list(value: Plain) -> list[Plain]:
    return value if isinstance(value, list) else []
