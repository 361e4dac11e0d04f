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
from incentives.calc.quantities import NAME
from incentives.calc.steps import MECHANICS
from incentives.calc.steps.curves import Points
from incentives.designer.editing import parts_of
from incentives.designer.values import keys_at, shown, value_at
from kernel.documents import Plain, joined
from kernel.issues import N_, Issue, Place, error

Change = tuple[str, str]
"""A path and its new text."""
Rename = tuple[str, str]
"""The path of an entry and its new key."""
Move = tuple[str, str, Plain]
"""What happens, the path it happens to, and what is new: see `designer.editing.edited`."""
KEY = "key:"
_COMPONENT_KEY = re.compile(r"components\[\d+\]\.key")


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


def new_keys(value: Plain, data: Mapping[str, str]) -> tuple[dict[str, str], tuple[Issue, ...]]:
    """Measures and parameters that got another key, by path; and why some did not."""
    found: dict[str, str] = {}
    refused: list[Issue] = []
    taken = {*keys_at(value, "measures"), *keys_at(value, "parameters")}
    for name, text in data.items():
        path, new = name.removeprefix(KEY), text.strip()
        if path == name or value_at(value, path) is None or new == parts_of(path)[-1]:
            continue
        if new in taken:
            refused.append(_taken(path, new))
        elif not NAME.fullmatch(new):
            refused.append(_no_key(path, new))
        else:
            found[path] = new
            taken.add(new)
    return found, tuple(refused)


def _taken(path: str, key: str) -> Issue:
    return error(
        "designer.key_taken",
        N_("There is already a measure or parameter {key}."),
        N_("Choose another key; this one stays as it was."),
        Place(path=path),
        key=key,
    )


def _no_key(path: str, key: str) -> Issue:
    return error(
        "designer.no_key",
        N_("{key} cannot be a key."),
        N_("Lower-case letters, digits and underscores, a letter first: base_rate."),
        Place(path=path),
        key=key or "''",
    )


def key_renamed(value: Plain, path: str, new: str) -> Iterator[Move]:
    """The entry itself, and what the examples say of it."""
    old = str(parts_of(path)[-1])
    yield "rename", path, new
    measures = value_at(value, "measures")
    given = (
        [one.get("given") for one in measures.values() if isinstance(one, dict)]
        if isinstance(measures, dict)
        else []
    )
    # a figure of the inputs keeps the name that the inputs give it
    if path.startswith("measures") and old not in given:
        for entry, key in in_examples(value, "measures", old, new):
            yield "rename", entry, key


def lines_renamed(value: Plain, changes: Mapping[str, str]) -> Iterator[Move]:
    """What the examples expect of payment lines that got another key."""
    for path, new in changes.items():
        if _COMPONENT_KEY.fullmatch(path) and NAME.fullmatch(new):
            for entry, key in in_examples(value, "lines", shown(value, path), new):
                yield "rename", entry, key


def totals_going_on(value: Plain, keys: Mapping[str, str]) -> Iterator[Move]:
    """What the running totals of these measures were of: paid periods remember them by that key."""
    for path in keys:
        block, _, old = path.rpartition(".")
        for total in keys_at(value, "measures"):
            if block == "measures" and value_at(value, f"measures.{total}.to_date") == old:
                yield "add", f"measures.{total}.formerly", old
