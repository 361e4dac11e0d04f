"""The reference part of docs/formats/plan.md, made from the declarations that read documents."""

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from typing import Any

from incentives.calc import conditions, measures, plan_reading, plan_settings
from incentives.calc.bands import Bands
from incentives.calc.fields import (
    REQUIRED,
    Amount,
    Block,
    Choice,
    Day,
    Field,
    Flag,
    Key,
    Kind,
    ListOf,
    MeasureName,
    Number,
    Text,
    Word,
    Wording,
)
from incentives.calc.quantities import Quantity
from incentives.calc.steps import MECHANICS
from kernel.numbers import as_text

KINDS = {
    "measures": "changes a measure",
    "earns": "earns",
    "adjusts": "adjusts the amount",
    "settles": "settles the deals",
}


def reference() -> str:
    """Markdown: every block of a plan document and every kind of step with its keys."""
    parts = [
        *_table("### The plan", plan_reading.PLAN),
        *_table("### A measure", measures.FIELDS),
        *_table("### A condition in `where`", conditions.CONDITION),
        *_table("### A parameter", plan_reading.PARAMETER),
        *_table("### A dated value in `values`", plan_reading.DATED),
        *_table("### A component", plan_reading.COMPONENT),
        *_table("### `rounding`", plan_reading.ROUNDING),
        *_table("### `conversion`", plan_settings.CONVERSION),
        *_table("### A kind of absence in `absences`", plan_settings.SWITCHES),
        *_table("### An example", plan_reading.EXAMPLE),
    ]
    for mechanic in MECHANICS.values():
        title = f"### step: {mechanic.key}\n\n{KINDS[mechanic.kind]}: {mechanic.summary}"
        parts += _table(title, mechanic.fields)
    return "\n".join(parts)


def _table(title: str, fields: Sequence[Field]) -> list[str]:
    if not fields:
        return [title, "", "No keys.", ""]
    head = ["| key | value | default | meaning |", "|---|---|---|---|"]
    return [title, "", *head, *_rows("", fields), ""]


def _rows(prefix: str, fields: Iterable[Field]) -> Iterable[str]:
    for item in fields:
        name = f"{prefix}{item.name}"
        yield f"| `{name}` | {_kind(item.kind)} | {default_text(item.default)} | {item.meaning} |"
        yield from _rows(f"{name}.", _inner(item.kind))


def _inner(kind: Any) -> Sequence[Field]:
    match kind:
        case ListOf(kind=inner):
            return _inner(inner)
        case Block(fields=fields):
            return fields
        case Bands():
            return kind.fields
    return _inner(kind.kind) if hasattr(kind, "kind") else ()


def _kind(kind: Kind) -> str:
    match kind:
        case Choice(options=options):
            return " \\| ".join(f"`{option}`" for option in options)
        case Number(whole=True):
            return "whole number"
        case Number():
            return "number"
        case Amount():
            return "number or formula"
        case Flag():
            return "`true` \\| `false`"
        case MeasureName():
            return "name of a measure"
        case Key():
            return "key"
        case Text() | Word():
            return "text"
        case conditions.Limit():
            return "number or date"
        case Wording():
            return "text, or `{fr, en}`"
        case ListOf(kind=inner):
            return f"list of {_kind(inner)}"
        case Bands():
            return "list of bands"
        case Block():
            return "block"
        case plan_settings.CurrencyRates():
            return "number by ISO 4217 code"
        case conditions.Where():
            return "list of conditions"
        case plan_reading.Raw():
            return "see below"
        case plan_reading.CurrencyCode():
            return "ISO 4217 code"
        case Day():
            return "date"
    return "list of points"


def default_text(value: Any, shown: Callable[[str], str] = str) -> str:
    """The default of a key for a table of Markdown; ``shown`` writes a text."""
    match value:
        case None:
            return "—"
        case bool():
            return f"`{str(value).lower()}`"
        case str() if value:
            return f"`{shown(value)}`"
        case Fraction():
            return f"`{as_text(value)}`"
        case Quantity():
            return f"`{value.text}`"
    return "**required**" if value is REQUIRED else "—"
