"""Each payment line in words, as one would tell it: what was read, what was done with it.

"Revenue: €182,000.00 from 27 records, Objective: €150,000.00 (121.33%) → from €0.00: ...; cap of
€2,500.00 not reached by €2,140.00". All of it comes from the trace; nothing here knows a rule.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from django.utils.translation import gettext, ngettext

from common.formats import percent_text
from incentives.calc import Plan
from incentives.calc.measures import Stated
from incentives.plans.wording import meanings
from incentives.statements.explaining import MEASURES, Teller, is_noise
from kernel.trace import Step

MOST = 6
"""Parts of one step that a sentence still names one by one (slices; not hundreds of deals)."""
_READING = MEASURES | {"read", "parameter", "no_value", "carried"}


@dataclass(frozen=True, slots=True)
class LineWords:
    """One payment line: its name, its amount, and the sentence in two halves."""

    key: str
    name: str
    value: str
    reads: tuple[str, ...]
    does: tuple[str, ...]
    parts: tuple[str, ...]
    """What the sentence only counts (each of many deals), one by one."""
    steps: list[dict[str, Any]]
    """All steps, as the part `c-steps` shows them."""


def line_words(teller: Teller, trace: Step) -> list[LineWords]:
    """The lines of a payee's trace, in its order."""
    return [_line(teller, child) for child in trace.children]


def _line(teller: Teller, part: Step) -> LineWords:
    told = teller.told(part, "money")
    return LineWords(
        key=dict(part.params).get("name", part.code),
        name=gettext("The whole plan") if part.code == "plan" else told["label"],
        value=told["value"],
        reads=tuple(_once(_reads(teller, part))),
        does=tuple(_does(teller, part)),
        parts=tuple(_parts(teller, part)),
        steps=told["children"],
    )


def _once(texts: Iterable[str]) -> Iterable[str]:
    return dict.fromkeys(texts)


# --- what was read -------------------------------------------------------------------------------


def _reads(teller: Teller, part: Step) -> Iterator[str]:
    """The figures that the steps of a line stand on, each with its name, inner ones first."""
    level: Fraction | None = None
    for step, unit in _figures(teller, part, "money"):
        words = teller.words(step, unit)
        if step.value and _is_objective(teller, step) and level is not None:
            share = _share(level, Fraction(step.value))
            words = f"{words} ({share})" if share else words
        elif step.value and step.code in ("sum", "team", "given"):
            level = Fraction(step.value)
        yield words


def _figures(teller: Teller, step: Step, around: str) -> Iterator[tuple[Step, str]]:
    unit = teller.unit_in(step, around)
    for child in step.children:
        if child.code in MEASURES and child.code != "formula":
            yield child, unit
            continue
        yield from _figures(teller, child, unit)
        if child.code in ("formula", "carried"):
            yield child, unit


def _is_objective(teller: Teller, step: Step) -> bool:
    measure = teller.plan.measures.get(dict(step.params).get("name", ""))
    source = measure.source if measure else None
    return isinstance(source, Stated) and source.part == "objectives"


def _share(level: Fraction, objective: Fraction) -> str:
    return percent_text(level / objective * 100, 2) if objective > 0 else ""


# --- what was done -------------------------------------------------------------------------------


def _does(teller: Teller, part: Step) -> Iterator[str]:
    for step in part.children:
        if _says_nothing(step):
            continue
        unit = teller.unit_in(step, "money")
        inner = _inner(step)
        if 0 < len(inner) <= MOST:
            yield from (teller.words(child, unit) for child in inner)
        elif inner:
            counted = ngettext("%(n)s part", "%(n)s parts", len(inner)) % {"n": len(inner)}
            yield f"{teller.words(step, 'money')} ({counted})"
            continue
        if len(inner) != 1:
            yield teller.words(step, "money")


def _parts(teller: Teller, part: Step) -> Iterator[str]:
    for step in part.children:
        inner = _inner(step)
        if len(inner) > MOST:
            unit = teller.unit_in(step, "money")
            yield from (teller.words(child, unit) for child in inner)


def _inner(step: Step) -> list[Step]:
    return [child for child in step.children if child.code not in _READING]


def _says_nothing(step: Step) -> bool:
    """A rounding of an amount that was round already, and a default that changes nothing."""
    is_round = step.code == "rounding" and dict(step.params).get("before") == step.value
    return is_round or is_noise(step)


# --- the elements of the calculation -------------------------------------------------------------


def elements(teller: Teller, trace: Step, kpis: Mapping[str, str]) -> list[dict[str, str]]:
    """Every named figure that the calculation used: its value, where it comes from, by what right.

    What the law calls the elements of the calculation: who disputes an amount starts from them.
    `kpis` names the KPIs by key.
    """
    plan = teller.plan
    sources = dict(zip([*plan.measures, *plan.parameters], meanings(plan), strict=True))
    found: dict[str, dict[str, str]] = {}
    for step, unit in _named(teller, trace, "money"):
        key = dict(step.params)["name"]
        if key not in sources or key in found:
            continue
        parameter = plan.parameters.get(key)
        found[key] = {
            "name": sources[key].name,
            "value": teller.value(step, unit),
            "source": _of_kpi(plan, key, kpis) or sources[key].source
            if parameter is None
            else _set_by(parameter.set_by),
            "note": parameter.reference if parameter else "",
        }
    return list(found.values())


def _named(teller: Teller, step: Step, around: str) -> Iterator[tuple[Step, str]]:
    unit = teller.unit_in(step, around)
    for child in step.children:
        # what a team is made of belongs to others: their figures are in the steps
        if child.code != "member":
            yield from _named(teller, child, unit)
        if "name" in dict(child.params) and child.code in MEASURES | {"parameter", "no_value"}:
            yield child, unit


def _of_kpi(plan: Plan, key: str, kpis: Mapping[str, str]) -> str:
    source = plan.measures[key].source
    if not isinstance(source, Stated) or source.key not in kpis:
        return ""
    match source.part:
        case "objectives":
            return gettext("objective: {key}").format(key=kpis[source.key])
        case "kpis":
            return gettext("KPI: {key}").format(key=kpis[source.key])
    return ""


def kpis_named(plan: Plan) -> frozenset[str]:
    """The keys of the KPIs whose values or objectives a plan reads."""
    return frozenset(
        one.source.key
        for one in plan.measures.values()
        if isinstance(one.source, Stated) and one.source.part in ("objectives", "kpis")
    )


def _set_by(who: str) -> str:
    return gettext("set by contract") if who == "contract" else gettext("set by the employer")
