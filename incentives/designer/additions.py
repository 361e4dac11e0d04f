"""What a button of the designer adds: a first value of its kind, for its author to change."""

import re
from datetime import date
from typing import Any

from incentives.calc.bands import Bands
from incentives.calc.conditions import Where
from incentives.calc.fields import (
    REQUIRED,
    Amount,
    Block,
    Choice,
    Field,
    Flag,
    Key,
    ListOf,
    MeasureName,
    Number,
)
from incentives.calc.quantities import NAME
from incentives.calc.steps import MECHANICS
from incentives.calc.steps.curves import Points
from incentives.designer.editing import parts_of
from incentives.designer.values import value_at
from kernel.documents import Plain
from kernel.periods import Period

_STEP = re.compile(r"(?P<step>(?:components\[\d+\]\.)?steps\[\d+\])\.(?P<rest>.+)")


def added(value: Plain, path: str, wanted: str) -> Plain:
    """What is added to the list or block at a path."""
    if path == "steps" or path.endswith(".steps"):
        return _new_step(value, wanted)
    if path == "components":
        return _new_component(value)
    if path in ("measures", "parameters"):
        key = wanted if NAME.fullmatch(wanted) else _free(value, path, path[:-1])
        return {key: {"sum": "amount"} if path == "measures" else "0"}
    rows = value_at(value, path)
    if isinstance(rows, list) and rows:
        return _later(rows[-1]) if path.endswith(".values") else rows[-1]
    if path.endswith(".where"):
        return {"attribute": "type", "is": "deal_won"}
    kind = _kind_at(value, path)
    return _stub(kind.kind, value) if isinstance(kind, ListOf) else _first(_stub(kind, value))


def _later(row: Plain) -> Plain:
    """The same value from the first of the next month on."""
    if not isinstance(row, dict):
        return row
    try:
        start = date.fromisoformat(str(row.get("from")))
    except ValueError:
        return row
    return {**row, "from": Period.month(start).end.isoformat()}


def _first(rows: Plain) -> Plain:
    return rows[0] if isinstance(rows, list) and rows else None


def _free(value: Plain, path: str, word: str) -> str:
    taken = value_at(value, path)
    number = 1
    while isinstance(taken, dict) and f"{word}_{number}" in taken:
        number += 1
    return f"{word}_{number}"


def _new_component(value: Plain) -> Plain:
    rows = value_at(value, "components")
    number = len(rows) + 1 if isinstance(rows, list) else 1
    key = f"component_{number}"
    return {"key": key, "name": {"fr": key, "en": key}, "steps": [_new_step(value, "flat_rate")]}


def _new_step(value: Plain, wanted: str) -> Plain:
    mechanic = MECHANICS.get(wanted)
    if mechanic is None:
        return None
    return {"step": wanted, **_stubs(mechanic.fields, value)}


def _stubs(fields: tuple[Field, ...], value: Plain) -> dict[str, Plain]:
    return {one.name: _stub(one.kind, value) for one in fields if one.default is REQUIRED}


def _stub(kind: Any, value: Plain) -> Plain:
    """A first value of a kind, for its author to change."""
    match kind:
        case Points():
            return [{"at": "0", "pays": "0"}, {"at": "1", "pays": "1"}]
        case Bands():
            return [{"from": "0", kind.value: "0"}]
        case ListOf(kind=inner, least=least):
            return [_stub(inner, value) for _ in range(max(least, 1))]
        case Block(fields=fields):
            return _stubs(fields, value)
        case Choice(options=options):
            return options[0]
        case Flag():
            return False
        case MeasureName() | Amount():
            return _a_measure(value)
        case Number(strict=strict):
            return "1" if strict else "0"
        case Key():
            return "item_1"
        case Where():
            return []
    return "…"


def _a_measure(value: Plain) -> str:
    measures = value_at(value, "measures")
    return next(iter(measures), "0") if isinstance(measures, dict) else "0"


def _kind_at(value: Plain, path: str) -> Any:
    """What kind of thing a step's list holds, by the step's mechanic."""
    found = _STEP.fullmatch(path)
    step = value_at(value, found["step"]) if found else None
    mechanic = MECHANICS.get(str(step.get("step"))) if isinstance(step, dict) else None
    if found is None or mechanic is None:
        return None
    fields: tuple[Field, ...] = mechanic.fields
    kind: Any = None
    for part in parts_of(found["rest"]):
        if isinstance(part, int):
            kind = kind.kind if isinstance(kind, ListOf) else None
        else:
            kind = next((one.kind for one in fields if one.name == part), None)
        fields = kind.fields if isinstance(kind, Block) else ()
    return kind
