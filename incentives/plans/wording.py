"""A plan in words, from the same typed steps that the engine runs; nothing is written by hand."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from fractions import Fraction
from typing import Any

from django.utils.translation import gettext, gettext_lazy, pgettext_lazy

from common.formats import money_text, number_text, percent_text
from common.labels import label
from incentives.calc import Plan
from incentives.calc.bands import Band
from incentives.calc.measures import (
    CalendarOf,
    CountOf,
    EveryoneOf,
    Formula,
    Measure,
    PeersOf,
    Presence,
    Stated,
    SumOf,
    TeamOf,
    ToDate,
)
from incentives.calc.plans import Parameter, PlacedStep
from incentives.calc.quantities import Quantity
from incentives.calc.steps import MECHANICS
from incentives.calc.steps.curves import Point
from incentives.calc.steps.mbo import Goal
from incentives.calc.steps.scorecard import Item
from incentives.statements.explaining import WORDS
from kernel.issues import fill

Cells = dict[str, Any]
PER_PIECE = gettext_lazy("{rate} for each of {base}.")
# which parameters are money whatever they are compared with, and which stand beside a figure
AMOUNTS = frozenset({"pay", "amount", "draw", "already", "pool"})
LIMITS = frozenset({"at", "limit", "start", "step_size"})
LIMITS_OF_PAY = frozenset({"cap", "floor", "guarantee"})
_NAMES = re.compile(r"[A-Za-z_]\w*")
TIERED_RATES = frozenset({"marginal_tiers", "retroactive_tiers", "top_tier_excess"})
UNITS = {
    "money": gettext_lazy("money"),
    "ratio": gettext_lazy("ratio"),
    "count": pgettext_lazy("unit", "count"),
    "days": gettext_lazy("days"),
    "number": gettext_lazy("number"),
}


def plan_words(plan: Plan) -> list[Cells]:
    """The plan's lines, each with its steps in order, then the steps of the whole plan."""
    told = [
        {
            "title": label(part.name["fr"], part.name["en"]),
            "note": _component_note(part.weight, part.roles),
            "steps": [_step(plan, placed) for placed in part.steps],
        }
        for part in plan.components
    ]
    if plan.steps:
        steps = [_step(plan, placed) for placed in plan.steps]
        told.append({"title": gettext("The whole plan"), "note": "", "steps": steps})
    return told


def _component_note(weight: Fraction | None, roles: Sequence[str]) -> str:
    parts = []
    if weight is not None:
        parts.append(gettext("weight {weight}").format(weight=percent_text(weight * 100)))
    if roles:
        parts.append(gettext("for {roles}").format(roles=", ".join(roles)))
    return " · ".join(parts)


def _step(plan: Plan, placed: PlacedStep) -> Cells:
    """One step as a sentence, with its bands, points or items as a list."""
    step: Any = placed.step
    unit = _unit_of(plan, step)
    values = _values_of(placed)
    words = {
        name: _shown(plan, value, _unit_in(placed.mechanic, name, unit))
        for name, value in values.items()
    }
    words["test"] = _test(plan, values, unit)
    counts = placed.mechanic == "flat_rate" and unit == "count"
    sentence = PER_PIECE if counts else gettext(MECHANICS[placed.mechanic].sentence)
    text = fill(str(sentence), words).strip()
    return {"text": text, "items": _items(plan, placed, unit), "path": placed.path}


def _values_of(placed: PlacedStep) -> dict[str, object]:
    step: Any = placed.step
    return {field.name: getattr(step, field.name) for field in fields(step)}


def _unit_of(plan: Plan, step: object) -> str:
    """The unit of the limits: of what they count, or of what is compared with them."""
    counted = getattr(step, "unit", None)
    if isinstance(counted, Quantity) and counted.number != 1:
        return "ratio"
    for name in ("level", "base", "value", "measure"):
        found = getattr(step, name, None)
        key = found.text if isinstance(found, Quantity) else found
        if isinstance(key, str) and key in plan.measures:
            return plan.measures[key].unit
    return "number"


def _unit_in(mechanic: str, name: str, unit: str) -> str:
    """The unit of a step's parameter; `unit` is that of what the step counts."""
    if name in AMOUNTS or (name == "at" and mechanic in LIMITS_OF_PAY):
        return "money"
    if name == "rate" and unit == "count":
        return "money"
    return unit if name in LIMITS else "number"


def _shown(plan: Plan, value: object, unit: str = "number") -> str:
    match value:
        case None:
            return ""
        case Quantity():
            return _quantity(plan, value, unit)
        case Fraction():
            return number_text(value, 6)
        case str():
            return gettext(WORDS[value]) if value in WORDS else _name(plan, value)
        case tuple() if value and all(isinstance(one, Fraction) for one in value):
            return ", ".join(_ratio(one) for one in value)
        case tuple() if all(isinstance(one, Quantity) for one in value):
            return " × ".join(_quantity(plan, one) for one in value)
    return ""


def _quantity(plan: Plan, value: Quantity, unit: str = "number") -> str:
    if value.number is None:
        return _name(plan, value.text)
    # as the plan writes it: "5 %" stays a percentage
    if value.text.endswith("%"):
        return percent_text(value.number * 100, 4)
    return _limit(plan, value.number, unit)


def _name(plan: Plan, text: str) -> str:
    known = plan.measures.get(text) or plan.parameters.get(text)
    return label(known.name["fr"], known.name["en"]) if known else text.replace("_", " ")


def _known(plan: Plan, text: str) -> str:
    """A word of a formula: the name of a figure, or itself."""
    return _name(plan, text) if text in plan.measures or text in plan.parameters else text


def _test(plan: Plan, values: Mapping[str, object], unit: str) -> str:
    for test in ("at_least", "above", "at_most", "below"):
        limit = values.get(test)
        if isinstance(limit, Quantity):
            return f"{gettext(WORDS[test])} {_quantity(plan, limit, unit)}"
    return ""


def _items(plan: Plan, placed: PlacedStep, unit: str) -> list[str]:
    values, rated = _values_of(placed), placed.mechanic in TIERED_RATES
    found: list[str] = []
    for value in values.values():
        if isinstance(value, tuple):
            for number, one in enumerate(value):
                match one:
                    case Band():
                        found.append(_band(plan, value, number, unit, rated))
                    case Point():
                        found.append(f"{_limit(plan, one.at, 'ratio')}: {_ratio(one.pays)}")
                    case Goal(value=None, key=key, criteria=criteria):
                        found.append(f"{_ratio(one.weight)} · {criteria or key}")
                    case Item(value=Quantity() as scored) | Goal(value=Quantity() as scored):
                        found.append(f"{_ratio(one.weight)} · {_quantity(plan, scored)}")
    return found


def _band(plan: Plan, bands: Sequence[Band], number: int, unit: str, rated: bool) -> str:
    band = bands[number]
    lower = _limit(plan, band.lower, unit)
    # a tier of something counted pays an amount for each
    value = _quantity(plan, band.value, "money" if rated and unit == "count" else "number")
    if band.upper is None:
        return gettext("from {lower} on: {value}").format(lower=lower, value=value)
    upper = _limit(plan, band.upper, unit)
    return gettext("from {lower} to {upper}: {value}").format(lower=lower, upper=upper, value=value)


def _limit(plan: Plan, value: Fraction, unit: str) -> str:
    match unit:
        case "money":
            whole = value.denominator == 1
            return money_text(value, plan.currency, 0 if whole else None)
        case "ratio":
            return _ratio(value)
    return number_text(value, 6)


def _ratio(value: Fraction) -> str:
    return percent_text(value * 100, 4)


# --- what the names mean -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Meaning:
    """A name of the plan and where its value comes from."""

    name: str
    source: str
    unit: str


def meanings(plan: Plan) -> list[Meaning]:
    """The measures and parameters of a plan, in the order in which it names them."""
    told = [
        Meaning(_name(plan, one.key), _source(plan, one), str(UNITS[one.unit]))
        for one in plan.measures.values()
    ]
    return told + [
        Meaning(_name(plan, one.key), _values(one), str(UNITS[one.unit]))
        for one in plan.parameters.values()
    ]


def _source(plan: Plan, measure: Measure) -> str:
    match measure.source:
        case SumOf(what=what):
            return gettext("sum of the records: {what}").format(what=_shown(plan, what))
        case CountOf():
            return gettext("number of records")
        case Stated(part="objectives", key=key):
            return gettext("objective: {key}").format(key=key)
        case Stated(part="kpis", key=key):
            return gettext("KPI: {key}").format(key=key)
        case Stated(part="carried", key=key):
            return gettext("carried from the period before: {key}").format(key=key)
        case Stated(key=key):
            return gettext("figure of the inputs: {key}").format(key=key)
        case TeamOf(measure=name):
            return gettext("{name} of the people led").format(name=_name(plan, name))
        case EveryoneOf(measure=name):
            return gettext("{name} of everybody").format(name=_name(plan, name))
        case Formula(quantity=quantity):
            return _NAMES.sub(lambda found: _known(plan, found[0]), quantity.text)
        case Presence():
            return gettext("presence in the period")
        case PeersOf(measure=name):
            return gettext("sum over the own team: {measure}").format(measure=_name(plan, name))
        case CalendarOf(what=what):
            return gettext("of the calendar: {what}").format(what=what.replace("_", " "))
        case ToDate(measure=name):
            return gettext("the running total of {measure}").format(measure=_name(plan, name))


def _values(parameter: Parameter) -> str:
    return "; ".join(
        value.text if value.valid_from is None else f"{value.text} ({value.valid_from})"
        for value in parameter.values
    )
