"""The form of a plan document: one control for each value, named by its path.

What a step has is told by its mechanic, so a new mechanic has its form the moment it exists.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext

from incentives.calc.bands import Bands
from incentives.calc.conditions import Where
from incentives.calc.fields import (
    REQUIRED,
    Amount,
    Block,
    Choice,
    Field,
    Flag,
    ListOf,
    MeasureName,
    Wording,
)
from incentives.calc.measures import FIELDS as MEASURE
from incentives.calc.measures import SOURCES
from incentives.calc.plan_reading import COMPONENT, DATED, PARAMETER, PLAN, ROUNDING
from incentives.calc.reader import word_of
from incentives.calc.steps import MECHANICS
from incentives.calc.steps.curves import Points
from incentives.designer import names
from kernel.documents import Plain, joined

Cells = dict[str, Any]
# read by hand, each with its own part of the form
_OWN_PART = frozenset({"steps", "measures", "parameters", "components", "examples", "values"})
_TOP = frozenset({"key", "currency", "period", "name"})
_TESTS = tuple(names.TESTS)


def form_of(document: Plain) -> Cells:
    """The whole form of a document that is a block; empty parts where it says nothing."""
    plan = document if isinstance(document, dict) else {}
    top = [one for one in PLAN if one.name in _TOP]
    return {
        "head": _controls(top, plan, ""),
        "measures": [
            _measure(key, body, joined("measures", key))
            for key, body in _block(plan.get("measures")).items()
        ],
        "parameters": [
            _parameter(key, body, joined("parameters", key))
            for key, body in _block(plan.get("parameters")).items()
        ],
        "components": [
            _component(body, joined("components", n))
            for n, body in enumerate(_list(plan.get("components")))
        ],
        "steps": _steps(plan.get("steps"), "steps"),
        "rounding": _split(_controls(ROUNDING, _block(plan.get("rounding")), "rounding")),
        "names": sorted({*_block(plan.get("measures")), *_block(plan.get("parameters"))}),
        "mechanics": _choices(),
        "sources": [(key, str(text)) for key, text in names.SOURCES.items()],
    }


def _choices() -> list[Cells]:
    """The mechanics by what they do, for the list of steps to add."""
    return [
        {
            "label": str(label),
            "steps": [
                (one.key, names.step_name(one.key))
                for one in MECHANICS.values()
                if one.kind == kind
            ],
        }
        for kind, label in names.KINDS.items()
    ]


def _component(body: Plain, path: str) -> Cells:
    block = _block(body)
    return {
        "path": path,
        "key": block.get("key") or "",
        **_split(_controls([one for one in COMPONENT if one.name != "steps"], block, path)),
        "steps": _steps(block.get("steps"), joined(path, "steps")),
    }


def _steps(value: Plain, path: str) -> Cells:
    rows = [_step(body, joined(path, n)) for n, body in enumerate(_list(value))]
    return {"path": path, "rows": rows}


def _step(body: Plain, path: str) -> Cells:
    block = _block(body)
    key = str(block.get("step") or "")
    mechanic = MECHANICS.get(key)
    return {
        "path": path,
        "key": key,
        "name": names.step_name(key),
        "summary": gettext(mechanic.summary) if mechanic else "",
        **_split(_controls(mechanic.fields, block, path) if mechanic else []),
    }


def _measure(key: str, body: Plain, path: str) -> Cells:
    block = _block(body)
    source = next((one for one in SOURCES if block.get(one) is not None), SOURCES[0])
    # of the settings that belong to one source, those that are written or that it knows
    wanted = [
        one
        for one in MEASURE
        if one.name == source
        or (one.name not in SOURCES and one.name in {*block, *_SETTINGS.get(source, ())})
        or one.name in ("name", "unit", "default")
    ]
    return {
        "path": path,
        "key": key,
        "source": source,
        **_split(_controls(wanted, block, path)),
    }


_SETTINGS: Mapping[str, Sequence[str]] = {
    "sum": ("where", "share"),
    "count": ("where",),
    "team": ("depth", "hierarchy"),
    "presence": ("counted", "absent", "switch"),
    "to_date": ("since", "before", "year_starts", "formerly"),
}


def _parameter(key: str, body: Plain, path: str) -> Cells:
    block = body if isinstance(body, dict) else {}
    fields = [one for one in PARAMETER if one.name not in ("value", "values")]
    dated = _list(block.get("values"))
    one_value = None if dated else block.get("value") if isinstance(body, dict) else body
    return {
        "path": path,
        "key": key,
        "is_dated": bool(dated),
        # a parameter that is only a number stays one until something else is said of it
        "value": {
            "path": joined(path, "value") if isinstance(body, dict) else path,
            "text": word_of(one_value),
        },
        "values": _rows(dated, joined(path, "values"), DATED),
        **_split(_controls(fields, block, path) if isinstance(body, dict) else []),
    }


def _split(controls: Sequence[Cells]) -> Cells:
    """What is written or must be stands open; what a plan may say besides is folded away."""
    return {
        "controls": [one for one in controls if one["required"] or one["is_set"]],
        "more": [one for one in controls if not one["required"] and not one["is_set"]],
    }


# --- one value ---------------------------------------------------------------------------------


def _controls(fields: Sequence[Field], block: Mapping[str, Plain], path: str) -> list[Cells]:
    return [
        _control(one, block.get(one.name), joined(path, one.name))
        for one in fields
        if one.name not in _OWN_PART
    ]


def _control(field: Field, value: Plain, path: str) -> Cells:
    """A control: what it is called, where it writes, what it shows."""
    control: Cells = {
        "path": path,
        "key": field.name,
        "label": gettext(field.meaning),
        "required": field.default is REQUIRED,
        "is_set": value is not None,
    }
    match field.kind:
        case Choice(options=options):
            default = field.default if isinstance(field.default, str) else ""
            return control | _choice(options, word_of(value), default)
        case Flag():
            default = {True: "true", False: "false"}.get(field.default, "")
            return control | _choice(("true", "false"), word_of(value), default)
        case Wording():
            return control | {"kind": "wording"} | _wording(value, path)
        case Bands() as bands:
            return control | {"kind": "rows"} | _rows(value, path, bands.fields)
        case Points():
            return _control(replace(field, kind=Points.kind), value, path)
        case ListOf(kind=Block(fields=fields)):
            return control | {"kind": "rows"} | _rows(value, path, fields)
        case ListOf(kind=ListOf()):
            return control | {"kind": "grid"} | _grid(value, path)
        case ListOf():
            return control | {"kind": "list", "cells": _plain_rows(value, path)}
        case Block(fields=fields):
            return control | {"kind": "block", "controls": _controls(fields, _block(value), path)}
        case Where():
            rows = [_condition(row, joined(path, n)) for n, row in enumerate(_list(value))]
            return control | {"kind": "where", "rows": rows}
        case _ if isinstance(value, dict | list):
            return control | {"kind": "document"}
    return control | {
        "kind": "text",
        "text": word_of(value),
        "names": isinstance(field.kind, Amount | MeasureName),
        "default": _default(field.default),
    }


def _choice(options: Sequence[str], value: str, default: str) -> Cells:
    listed = [(one, names.word(one)) for one in options]
    return {"kind": "choice", "options": listed, "text": value, "default": names.word(default)}


def _wording(value: Plain, path: str) -> Cells:
    block = value if isinstance(value, dict) else {"fr": value, "en": value}
    return {
        one: {"path": joined(path, one), "text": word_of(block.get(one))} for one in ("fr", "en")
    }


def _rows(value: Plain, path: str, fields: Sequence[Field]) -> Cells:
    """A table: one row for each block, one column for each field."""
    return {
        "path": path,
        "columns": [{"key": one.name, "label": gettext(one.meaning)} for one in fields],
        "rows": [
            {"path": here, "controls": _controls(fields, _block(row), here)}
            for n, row in enumerate(_list(value))
            for here in (joined(path, n),)
        ],
    }


def _plain_rows(value: Plain, path: str) -> list[Cells]:
    return [{"path": joined(path, n), "text": word_of(one)} for n, one in enumerate(_list(value))]


def _grid(value: Plain, path: str) -> Cells:
    """Rows of cells, and the columns by number."""
    rows = [
        {"path": here, "cells": _plain_rows(row, here)}
        for n, row in enumerate(_list(value))
        for here in (joined(path, n),)
    ]
    most = max((len(row["cells"]) for row in rows), default=0)
    return {"rows": rows, "columns": [joined(path, n) for n in range(most)]}


def _condition(body: Plain, path: str) -> Cells:
    block = _block(body)
    test = next((one for one in _TESTS if block.get(one) is not None), "is")
    return {
        "path": path,
        "attribute": {"path": joined(path, "attribute"), "text": word_of(block.get("attribute"))},
        "test": test,
        "tests": [(key, str(text)) for key, text in names.TESTS.items()],
        "value": {"path": joined(path, test), "text": word_of(block.get(test))},
    }


def _default(default: object) -> str:
    if default is REQUIRED or default is None or isinstance(default, tuple | dict):
        return ""
    return str(getattr(default, "text", default))


def _block(value: Plain) -> Mapping[str, Plain]:
    return value if isinstance(value, dict) else {}


def _list(value: Plain) -> list[Plain]:
    return value if isinstance(value, list) else []
