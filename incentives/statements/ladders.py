"""The limits of a plan above where a payee stands, read from the plan and the trace together."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from incentives.calc import Plan
from incentives.calc.bands import Band
from incentives.calc.plans import Component, PlacedStep
from incentives.calc.steps.accelerator import Accelerator
from incentives.calc.steps.curves import StepCurve
from incentives.calc.steps.marginal_tiers import MarginalTiers
from incentives.calc.steps.retroactive_tiers import RetroactiveTiers
from incentives.calc.steps.threshold import Threshold
from kernel.trace import Step


@dataclass(frozen=True, slots=True)
class Rung:
    """The nearest limit above in one step: where it stands and where the payee is.

    `rate` is the value of the band that begins there, as written; `place` finds the step again.
    """

    component: str
    mechanic: str
    limit: Fraction
    level: Fraction
    unit: str
    rate: str
    place: tuple[int, int]

    def level_in(self, trace: Step) -> Fraction | None:
        """Where the payee stands on this ladder in another calculation of the same plan."""
        return _level(trace.children[self.place[0]].children[self.place[1]])


def rungs_above(plan: Plan, trace: Step) -> Iterator[Rung]:
    """One rung for each step with limits that are not all passed, in the plan's order."""
    # components that the payee's role does not get have no trace
    names = [dict(node.params).get("name") for node in trace.children]
    for component in plan.components:
        if component.key not in names:
            continue
        at = names.index(component.key)
        for number, placed in enumerate(component.steps):
            node = trace.children[at].children[number]
            rung = _rung(plan, component, placed, node, (at, number))
            if rung is not None:
                yield rung


def _rung(
    plan: Plan, component: Component, placed: PlacedStep, node: Step, place: tuple[int, int]
) -> Rung | None:
    level = _level(node)
    if level is None:
        return None
    above = [pair for pair in _limits(placed, node) if pair[0] > level]
    if not above:
        return None
    limit, rate = min(above, key=lambda pair: pair[0])
    unit = _unit(plan, placed)
    return Rung(component.key, placed.mechanic, limit, level, unit, rate, place)


def _limits(placed: PlacedStep, node: Step) -> list[tuple[Fraction, str]]:
    match placed.step:
        case MarginalTiers(tiers=bands) | RetroactiveTiers(tiers=bands) | Accelerator(bands=bands):
            return _of_bands(bands, _read(node, "unit") or Fraction(1))
        case StepCurve(bands=bands):
            return _of_bands(bands, Fraction(1))
        case Threshold():
            at = dict(node.params).get("at")
            return [(Fraction(at), "")] if at else []
    return []


def _of_bands(bands: Sequence[Band], unit: Fraction) -> list[tuple[Fraction, str]]:
    return [(band.lower * unit, band.value.text) for band in bands]


def _level(node: Step) -> Fraction | None:
    """The level that a step compares with its limits, from its trace."""
    if node.code == "threshold":
        return Fraction(dict(node.params)["level"])
    level = _read(node, "level")
    if level is not None:
        return level
    base = _read(node, "base")
    if base is None:
        return _read(node, "value")
    return base + (_read(node, "start") or 0)


def _read(node: Step, word: str) -> Fraction | None:
    for child in node.children:
        if child.code in ("read", "parameter") and dict(child.params).get("word") == word:
            return Fraction(child.value) if child.value else None
    return None


def _unit(plan: Plan, placed: PlacedStep) -> str:
    """The unit of the level: that of the measure it names, else a plain number."""
    known = plan.measures.get(_level_name(placed) or "")
    return known.unit if known else "number"


def _level_name(placed: PlacedStep) -> str | None:
    """The measure that a step compares with its limits, when it is nothing but one name."""
    match placed.step:
        case RetroactiveTiers(base=base, level=level):
            return (level or base).only_name
        case MarginalTiers(base=base) | Accelerator(base=base):
            return base.only_name
        case StepCurve(value=value):
            return value.only_name
        case Threshold(measure=measure, value=value):
            return value.only_name if value else measure
    return None


def limits_of(plan: Plan, trace: Step) -> Iterator[tuple[str, list[Fraction], Fraction | None]]:
    """For each step with limits: the name of its level, its limits, and the level in a trace."""
    names = [dict(node.params).get("name") for node in trace.children]
    for component in plan.components:
        if component.key not in names:
            continue
        nodes = trace.children[names.index(component.key)].children
        for placed, node in zip(component.steps, nodes, strict=False):
            limits = [limit for limit, _ in _limits(placed, node)]
            name = _level_name(placed)
            if limits and name:
                yield name, limits, _level(node)
