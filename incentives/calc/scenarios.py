"""The figures at which a plan is looked at: those of its examples, else assumed ones."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from fractions import Fraction
from typing import Any

from incentives.calc.engine import world_of
from incentives.calc.facts import Inputs, Review
from incentives.calc.fields import MeasureName
from incentives.calc.inputs import parse_inputs
from incentives.calc.measures import (
    CountOf,
    EveryoneOf,
    Formula,
    Measure,
    Presence,
    Stated,
    SumOf,
    TeamOf,
    ToDate,
    needs,
)
from incentives.calc.plans import PlacedStep, Plan
from incentives.calc.quantities import Quantity
from incentives.calc.steps import MECHANICS
from incentives.calc.steps.mbo import Mbo
from kernel.issues import Invalid

ASSUMED_OBJECTIVE = Fraction(100_000)
ASSUMED_PAY = Fraction(1_000)
ASSUMED_COUNT = Fraction(10)
MOST_SCENARIOS = 2
MOST_LEAVES = 8
# the parameters of steps that are an amount of money by themselves
PAY = frozenset({"pay", "amount", "draw", "already", "pool", "at", "weight"})


@dataclass(frozen=True, slots=True)
class Leaf:
    """A figure that amounts depend on: its usual size, its largest one, whether more is sold."""

    measure: Measure
    usual: Fraction
    most: Fraction | None
    sales: bool

    @property
    def key(self) -> str:
        return self.measure.key

    def alone(self, value: Fraction) -> Mapping[str, Fraction]:
        """The measures in which only this figure has another value."""
        return {self.measure.key: value}


@dataclass(frozen=True, slots=True)
class Scenario:
    """Inputs of one payee in which every name has a value, the leaves, and what was assumed."""

    inputs: Inputs
    leaves: tuple[Leaf, ...]
    assumed: frozenset[str]
    values: Mapping[str, Fraction]


def scenarios(plan: Plan) -> list[Scenario]:
    """One for each of the first examples with a single payee; one with assumed figures else."""
    found = []
    for example in plan.examples:
        if "payees" in example.given or "periods" in example.given:
            continue
        try:
            found.append(scenario_of(plan, example.given))
        except Invalid:
            continue  # an example that cannot be read is told elsewhere
        if len(found) == MOST_SCENARIOS:
            break
    return found or [scenario_of(plan, {})]


def scenario_of(plan: Plan, body: Mapping[str, Any]) -> Scenario:
    """The figures of one payee, written as an example writes them; what lacks is assumed."""
    given = dict(body)
    period = given.pop("period", None) or plan.newest_month
    formulas = {k for k, one in plan.measures.items() if isinstance(one.source, Formula)}
    stated = given.get("measures") or {}
    # a figure that is computed follows from those that it is computed from
    given["measures"] = {key: one for key, one in stated.items() if key not in formulas}
    role = next((role for part in plan.components for role in part.roles), None)
    whole = {"period": period, "payees": [{"role": role, **given, "id": "anybody"}]}
    read = parse_inputs(whole, currency=plan.currency, convertible=bool(plan.conversion.rates))
    # whole days are counted when the inputs know nobody's presence
    inputs = replace(read, payees=(read.payees[0],))
    return _filled(plan, inputs)


def _filled(plan: Plan, inputs: Inputs) -> Scenario:
    """The inputs with a figure for every name that has none."""
    payee = inputs.payees[0]
    desk = world_of(plan, inputs).desks[payee.id]
    usual: dict[str, Fraction] = {}
    assumed: set[str] = set()
    names = list(names_used(plan, all_steps(plan)))
    for key in leaves_of(plan, names):
        value = desk.measured(key, {}).value
        if value is None or (not value and _is_sales(plan.measures[key])):
            value = _assumed(plan, plan.measures[key], inputs)
            assumed.add(key)
        usual[key] = value
    reviews = {**_assumed_reviews(plan, inputs), **payee.reviews}
    filled = replace(payee, measures={**payee.measures, **usual}, reviews=reviews)
    leaves = [
        Leaf(plan.measures[key], abs(value) or Fraction(1), _most(plan.measures[key]),
             _is_sales(plan.measures[key]))
        for key, value in usual.items()
        if _varies(plan.measures[key])
    ]  # fmt: skip
    return Scenario(
        replace(inputs, payees=(filled,)), tuple(leaves[:MOST_LEAVES]), frozenset(assumed), usual
    )


def _assumed_reviews(plan: Plan, inputs: Inputs) -> Mapping[str, Review]:
    """The full score for each qualitative objective that somebody reviews."""
    goals = [
        goal for one in all_steps(plan) if isinstance(one.step, Mbo) for goal in one.step.items
    ]
    return {
        goal.key: Review(
            goal.target.number or Fraction(1), "assumed", "assumed", inputs.period.last
        )
        for goal in goals
        if goal.value is None
    }


def all_steps(plan: Plan) -> list[PlacedStep]:
    """The steps of all components, then those of the plan."""
    return [*(step for part in plan.components for step in part.steps), *plan.steps]


def names_used(plan: Plan, steps: Sequence[PlacedStep]) -> Iterator[str]:
    """Every measure or parameter that steps name, in order, perhaps more than once."""
    for placed in steps:
        yield from (name for _, quantity in quantities(placed.step) for name in
                    sorted(quantity.names))  # fmt: skip
        for item in MECHANICS[placed.mechanic].fields:
            if isinstance(item.kind, MeasureName):
                named = getattr(placed.step, item.name, None)
                if isinstance(named, str) and named in plan.measures:
                    yield named


def quantities(value: Any, name: str = "") -> Iterator[tuple[str, Quantity]]:
    """The quantities inside a step with the parameter that holds each."""
    if isinstance(value, Quantity):
        yield name, value
    elif isinstance(value, tuple):
        for one in value:
            yield from quantities(one, name)
    elif is_dataclass(value) and not isinstance(value, type):
        for item in fields(value):
            yield from quantities(getattr(value, item.name), item.name)


def leaves_of(plan: Plan, names: Sequence[str]) -> list[str]:
    """The measures that names come from in the end, through formulas; each once, in order."""
    found: dict[str, None] = {}
    waiting = list(reversed(names))
    seen: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name in seen or name not in plan.measures:
            continue
        seen.add(name)
        source = plan.measures[name].source
        if isinstance(source, Formula | ToDate):
            waiting += sorted(needs(source), reverse=True)
        else:
            found[name] = None
    return list(found)


def _assumed(plan: Plan, measure: Measure, inputs: Inputs) -> Fraction:
    payee = inputs.payees[0]
    match measure.source:
        case Stated(part="objectives"):
            return ASSUMED_OBJECTIVE
        case Stated(part="carried"):
            return Fraction(0)
        case SumOf() | TeamOf() | EveryoneOf():
            return target_of(plan, measure, payee.objectives) or ASSUMED_OBJECTIVE
        case CountOf():
            return target_of(plan, measure, payee.objectives) or ASSUMED_COUNT
    if measure.unit == "money" or _is_pay(plan, measure.key):
        return ASSUMED_PAY
    return Fraction(1)


def target_of(plan: Plan, measure: Measure, objectives: Mapping[str, Fraction]) -> Fraction | None:
    """The objective that a figure of sales is for: of its own name, of its unit, or without unit.

    None when the payee has none above 0.
    """
    aims = [
        (one, objectives[one.source.key])
        for one in plan.measures.values()
        if isinstance(one.source, Stated)
        and one.source.part == "objectives"
        and objectives.get(one.source.key, 0) > 0
    ]
    own = [value for one, value in aims if isinstance(one.source, Stated)
           and measure.key in (one.key, one.source.key)]  # fmt: skip
    alike = [value for one, value in aims if one.unit == _unit_of(plan, measure)]
    unsaid = [value for one, value in aims if one.unit == "number"]
    return next(iter((*own, *alike, *unsaid)), None)


def _unit_of(plan: Plan, measure: Measure) -> str:
    """The unit of a figure of sales, also where the plan does not say it."""
    match measure.source:
        case TeamOf(measure=inner) | EveryoneOf(measure=inner) if measure.unit == "number":
            return _unit_of(plan, plan.measures[inner]) if inner in plan.measures else "number"
        case SumOf(what="amount") if measure.unit == "number":
            return "money"
        case CountOf() if measure.unit == "number":
            return "count"
    return measure.unit


def _is_pay(plan: Plan, key: str) -> bool:
    return any(
        name in PAY and quantity.only_name == key
        for placed in all_steps(plan)
        for name, quantity in quantities(placed.step)
    )


def _is_sales(measure: Measure) -> bool:
    match measure.source:
        case SumOf() | CountOf() | TeamOf() | EveryoneOf():
            return True
    return False


def _varies(measure: Measure) -> bool:
    match measure.source:
        case Stated(part="objectives" | "carried"):
            return False
    return True


def _most(measure: Measure) -> Fraction | None:
    match measure.source:
        case Presence(what="share"):
            return Fraction(1)
    return None
