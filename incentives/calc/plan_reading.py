"""From a plan document to a Plan: every issue at once, each with its place and remedy."""

from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise
from typing import Any

from incentives.calc import measures as measure_module
from incentives.calc.fields import (
    PLACES,
    Choice,
    Day,
    Field,
    Flag,
    Key,
    ListOf,
    Number,
    Schema,
    Text,
    Wording,
    mapping_of,
    read_block,
    read_partly,
)
from incentives.calc.measures import Measure, read_measure
from incentives.calc.plan_checks import check_plan
from incentives.calc.plan_settings import MODES, read_absences, read_conversion
from incentives.calc.plans import (
    PERIODS,
    Component,
    DatedValue,
    Example,
    Parameter,
    PlacedStep,
    Plan,
    RoundingRule,
)
from incentives.calc.reader import FAILED, Reader
from incentives.calc.steps import MECHANICS
from kernel.documents import Document, joined, load_object, load_text
from kernel.issues import N_, Invalid, Level, refuse_errors
from kernel.money import digits_of
from kernel.numbers import Rounding
from kernel.trace import sha256_of


def parse_plan(document: object, text: str | None = None, file: str | None = None) -> Plan:
    """The plan of a YAML or JSON text, or of an object of plain values.

    ``text``, when given, is what the object was read from: it is read again, for line numbers.
    Raises Invalid with every issue. Warnings do not refuse; they are in ``Plan.notes``.
    Equal texts may give the very same plan: nobody changes it.
    """
    source = text if text is not None else document
    if isinstance(source, str):
        return _from_text(source, file)
    return _from(load_object(source, file))


def published_plan(text: str, file: str | None = None) -> Plan:
    """The plan of a version that was published, whenever that was: it pays what it paid.

    Only a document by which no calculation is defined raises Invalid. What no plan may be published
    with any more is a warning here, in ``Plan.notes``.
    """
    return _from_text(text, file, published=True)


# a plan never changes under its text, and reading YAML with its places takes tens of milliseconds
@lru_cache(maxsize=128)
def _from_text(text: str, file: str | None, published: bool = False) -> Plan:
    return _from(load_text(text, file), published)


def _from(loaded: Document, published: bool = False) -> Plan:
    reader = Reader(loaded, published)
    plan = _read(reader)
    refuse_errors(reader.issues)
    if plan is None:
        raise RuntimeError("a plan without issues was not built")
    return plan


class Raw:
    """A value that is read later, by hand."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema

    def schema(self) -> Schema:
        return self._schema

    def read(self, reader: Reader, value: Any, path: str) -> Any:
        return value


class Body(Raw):
    """A block of keys that is read later, as inputs are."""

    def __init__(self) -> None:
        super().__init__({"type": "object"})

    def read(self, reader: Reader, value: Any, path: str) -> Any:
        if isinstance(value, dict):
            return value
        return reader.wrong(path, N_("A block of keys is expected here, not {found}."), value)


class CurrencyCode:
    """An ISO 4217 code."""

    def schema(self) -> Schema:
        return {"type": "string", "pattern": "^[A-Z]{3}$"}

    def read(self, reader: Reader, value: Any, path: str) -> Any:
        try:
            digits_of(str(value), reader.document.place(path))
        except Invalid as problem:
            reader.issues.extend(problem.issues)
            return FAILED
        return value


STEP_REF: Schema = {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/step"}}
COMPONENT = (
    Field("key", Key(), "the component's key; the payment line carries it"),
    Field("name", Wording(), "the line's name, in French and English", None),
    Field("weight", Number(Fraction(0), strict=True), "its weight; all together make 1", None),
    Field("roles", ListOf(Text()), "only payees of these roles get the line; else all", ()),
    Field("leave_base", Flag(), "payroll counts the line in the base of paid leave", True),
    Field("minimum_wage", Flag(), "payroll counts the line towards the minimum wage", True),
    Field("steps", Raw(STEP_REF), "the steps, in the order in which they apply"),
)
PARAMETER = (
    Field("name", Wording(), "what people call it", None),
    Field("unit", Choice(measure_module.UNITS), "for display", "number"),
    Field("reference", Text(), "where it is agreed: contract, decision, letter", ""),
    Field("set_by", Choice(("employer", "contract")), "who may change it", "employer"),
    Field("value", Number(), "the value, when it never changed", None),
    Field("values", Raw({"type": "array"}), "dated values: a list of from and value", None),
)
DATED = (
    Field("from", Day(), "the first day of the value"),
    Field("value", Number(), "the value from that day on"),
    Field("reference", Text(), "where this value is agreed, when elsewhere", ""),
    Field("amendment", Text(), "set_by contract: the signed amendment that changed it", ""),
)
ROUNDING = (
    Field("mode", Choice(MODES), "symmetric", "half_up"),
    Field("places", PLACES, "decimals; else the currency's", None),
    Field("at", Choice(("line", "total")), "what the plan's own steps see", "line"),
)
EXAMPLE = (
    Field("name", Text(), "what the example shows", ""),
    Field("given", Body(), "inputs: one payee's body, or `payees`"),
    Field("expect", Body(), "the expected total and lines"),
)
PLAN = (
    Field("format", Choice(("1",)), "the version of this format", "1"),
    Field("key", Key(), "the plan's key"),
    Field("name", Wording(), "the plan's name, in French and English"),
    Field("currency", CurrencyCode(), "the currency of every amount, ISO 4217"),
    Field("period", Choice(PERIODS), "the kind of period that it pays for"),
    Field(
        "objective_days",
        Choice(("working_days", "calendar_days", "whole")),
        "the part of an objective asked of who is paid for some days of the period only",
        None,
    ),
    Field("measures", Raw({"type": "object"}), "the named values that the steps read", None),
    Field("parameters", Raw({"type": "object"}), "dated constants", None),
    Field("components", Raw({"type": "array"}), "the payment lines"),
    Field("steps", Raw(STEP_REF), "steps on the sum of all lines", None),
    Field("rounding", Raw({"type": "object"}), "of each payment line", None),
    Field("conversion", Raw({"type": "object"}), "how credits of other currencies count", None),
    Field("absences", Raw({"type": "object"}), "by kind of absence, what it reduces", None),
    Field("examples", Raw({"type": "array"}), "examples that must come true", None),
)


def _read(reader: Reader) -> Plan | None:
    top = read_block(reader, reader.document.value, "", PLAN)
    found = top if isinstance(top, dict) else _usable(reader.document)
    measures = _measures(reader, found.get("measures"))
    parameters = _parameters(reader, found.get("parameters"))
    components = _components(reader, found.get("components"))
    steps = _steps(reader, found.get("steps"), "steps") if found.get("steps") is not None else ()
    rounding = _rounding(reader, found.get("rounding"), found.get("currency"))
    conversion = read_conversion(reader, found.get("conversion"))
    absences = read_absences(reader, found.get("absences"))
    examples = _examples(reader, found.get("examples"))
    check_plan(reader, measures, parameters, components, steps)
    if not isinstance(top, dict) or any(issue.level is Level.ERROR for issue in reader.issues):
        return None
    document = reader.document.value
    assert isinstance(document, dict)  # noqa: S101 - tells the type checker what holds here
    return Plan(
        key=top["key"],
        name=top["name"],
        currency=top["currency"],
        period=top["period"],
        measures=measures,
        parameters=parameters,
        components=components,
        steps=steps,
        rounding=rounding,
        examples=examples,
        document=document,
        hash=sha256_of(document),
        notes=tuple(reader.issues),
        objective_days=top["objective_days"],
        conversion=conversion,
        absences=absences,
    )


def _usable(document: Document) -> Mapping[str, Any]:
    """What can still be read after the top level had issues, so that all are told at once."""
    return document.value if isinstance(document.value, dict) else {}


def _measures(reader: Reader, value: Any) -> dict[str, Measure]:
    if value is None:
        return {}
    found = {}
    for key, item in mapping_of(reader, value, "measures").items():
        measure = read_measure(reader, key, item, joined("measures", key))
        if measure is not None:
            found[key] = measure
    return found


def _parameters(reader: Reader, value: Any) -> dict[str, Parameter]:
    if value is None:
        return {}
    found = {}
    for key, item in mapping_of(reader, value, "parameters").items():
        parameter = _parameter(reader, key, item, joined("parameters", key))
        if parameter is not None:
            found[key] = parameter
    return found


def _parameter(reader: Reader, key: str, value: Any, path: str) -> Parameter | None:
    body = {"value": value} if isinstance(value, str) else value
    found, whole = read_partly(reader, body, path, PARAMETER)
    if not found:
        return None
    if (found["value"] is None) is (found["values"] is None):
        reader.error(
            path,
            "plan.one_value",
            N_("The parameter {key} needs either `value` or `values`."),
            N_("Write one value, or a list of dated values."),
            key=key,
        )
        return None
    values = (
        (DatedValue(None, found["value"], str(body.get("value"))),)
        if found["values"] is None
        else _dated(reader, found["values"], joined(path, "values"))
    )
    if not whole:
        return None
    name = found["name"] or {"fr": key, "en": key}
    return Parameter(key, name, found["unit"], found["reference"], found["set_by"], values)


def _dated(reader: Reader, value: Any, path: str) -> tuple[DatedValue, ...]:
    if not isinstance(value, list) or not value:
        reader.wrong(path, N_("A list of dated values is expected here, not {found}."), value)
        return ()
    rows = [read_partly(reader, row, joined(path, n), DATED) for n, row in enumerate(value)]
    texts = [str(row.get("value")) if isinstance(row, dict) else "" for row in value]
    found = [
        DatedValue(row["from"], row["value"], text, row["reference"], row["amendment"])
        for (row, whole), text in zip(rows, texts, strict=True)
        if whole
    ]
    days = [row["from"] for row, _ in rows if isinstance(row.get("from"), date)]
    if any(later <= earlier for earlier, later in pairwise(days)):
        reader.error(
            path,
            "plan.dates_order",
            N_("The dated values are not in rising order of date."),
            N_("Put them from the oldest to the newest, one per day."),
        )
    return tuple(found)


def _components(reader: Reader, value: Any) -> tuple[Component, ...]:
    if value is None:
        return ()
    if not isinstance(value, list) or not value:
        message = N_("A list of components is expected here, not {found}.")
        reader.wrong("components", message, value)
        return ()
    found = [_component(reader, item, joined("components", n)) for n, item in enumerate(value)]
    return tuple(component for component in found if component is not None)


def _component(reader: Reader, value: Any, path: str) -> Component | None:
    found = read_block(reader, value, path, COMPONENT)
    usable = found if isinstance(found, dict) else value
    if not isinstance(usable, dict) or "steps" not in usable:
        return None
    steps = _steps(reader, usable["steps"], joined(path, "steps"))
    if not isinstance(found, dict):
        return None
    name = found["name"] or {"fr": found["key"], "en": found["key"]}
    return Component(
        found["key"],
        name,
        found["weight"],
        found["roles"],
        steps,
        found["leave_base"],
        found["minimum_wage"],
    )


def _steps(reader: Reader, value: Any, path: str) -> tuple[PlacedStep, ...]:
    if not isinstance(value, list) or not value:
        reader.wrong(path, N_("A list of steps is expected here, not {found}."), value)
        return ()
    found = [_step(reader, item, joined(path, n)) for n, item in enumerate(value)]
    return tuple(step for step in found if step is not None)


def _step(reader: Reader, value: Any, path: str) -> PlacedStep | None:
    key = value.get("step") if isinstance(value, dict) else None
    if not isinstance(value, dict) or not isinstance(key, str):
        message = N_("A step begins with its kind, `step: flat_rate`; found: {found}.")
        reader.wrong(path, message, value)
        return None
    mechanic = MECHANICS.get(key)
    if mechanic is None:
        message = N_("There is no step {word}.")
        reader.unknown(joined(path, "step"), "plan.unknown_step", message, key, MECHANICS)
        return None
    body = {name: item for name, item in value.items() if name not in ("step", "note")}
    found = read_block(reader, body, path, mechanic.fields)
    if not isinstance(found, dict):
        return None
    step = mechanic.make(**found)
    mechanic.check(reader, step, path)
    return PlacedStep(key, path, step)


def _rounding(reader: Reader, value: Any, currency: Any) -> RoundingRule:
    if value is None:
        return RoundingRule()
    found = read_block(reader, value, "rounding", ROUNDING)
    if not isinstance(found, dict):
        return RoundingRule()
    places = None if found["places"] is None else int(found["places"])
    if places is not None and places > (digits := _digits(currency, places)):
        reader.unfit(
            "rounding.places",
            "plan.places_of_currency",
            N_("A line is paid in {currency}, which has {digits} decimals, not {places}."),
            N_("Write at most {digits}; round in a formula where a figure needs more."),
            currency=currency,
            digits=digits,
            places=places,
        )
    return RoundingRule(Rounding(found["mode"]), places, found["at"])


def _digits(currency: Any, otherwise: int) -> int:
    """The decimals of a currency, another number where there is no such currency."""
    try:
        return digits_of(str(currency))
    except Invalid:
        return otherwise


def _examples(reader: Reader, value: Any) -> tuple[Example, ...]:
    if value is None:
        return ()
    if not isinstance(value, list):
        reader.wrong("examples", N_("A list of examples is expected here, not {found}."), value)
        return ()
    found = []
    for number, item in enumerate(value):
        path = joined("examples", number)
        row = read_block(reader, item, path, EXAMPLE)
        if isinstance(row, dict):
            name = row["name"] or f"{number + 1}"
            found.append(Example(name, path, row["given"] or {}, row["expect"] or {}))
    return tuple(found)
