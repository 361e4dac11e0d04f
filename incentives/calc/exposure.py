"""What may be due to a payee whom nobody told the rules and objectives in time (French profile).

Courts then grant the pay of the objective as if it had been reached, up to the most that the plan
can pay (Code du travail L.1222-2, L.1222-3). So the exposure is what the plan pays at most, where
it pays no more however good the figures are; else what it pays when each objective is exactly
reached. It is an estimate of a risk, never an amount that is paid: before any rounding of lines,
and with all that a `holdback` or a `payment_schedule` would still keep.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import localcontext
from fractions import Fraction
from typing import Any

from incentives.calc.measures import Stated
from incentives.calc.plans import Plan
from incentives.calc.profile import Exposure
from incentives.calc.scenarios import Leaf, Scenario, scenario_of, scenarios, target_of
from incentives.calc.shapes import TOTAL, Figures, answer_of
from kernel.numbers import EXACT

MOST = {"fr": "maximum du plan", "en": "the most that the plan pays"}
TARGET = {
    "fr": "objectifs exactement atteints ; le plan n'a pas de maximum",
    "en": "each objective exactly reached; the plan has no maximum",
}
FAR = (1_000, 10_000)
"""How many times its usual size a figure gets, twice: whether the plan pays more and more."""
RESULTS = frozenset({"ratio", "count"})


@dataclass(frozen=True, slots=True)
class Reach:
    """What a plan pays a payee: when each objective is exactly reached, and at most.

    ``most`` is None when the plan pays more and more; ``has_objective`` tells whether any figure
    of sales has an objective, so that the first amount means something.
    """

    at_objective: Fraction
    most: Fraction | None
    has_objective: bool

    @property
    def exposure(self) -> Fraction:
        """The most, else the pay at the objective."""
        return self.at_objective if self.most is None else self.most


def exposure_of(plan: Plan, given: Mapping[str, Any] | None = None) -> Exposure:
    """The exposure of one payee in a period, and how it was found.

    ``given`` is the body of the payee (role, objectives, measures), as in an example of the plan;
    without it the figures of the plan's first example, or assumed ones.
    """
    scenario = scenarios(plan)[0] if given is None else scenario_of(plan, given)
    found = reach_in(plan, scenario)
    return Exposure(found.exposure, plan.currency, TARGET if found.most is None else MOST)


def reach_of(plan: Plan, given: Mapping[str, Any]) -> Reach:
    """What the plan pays a payee, written as in an example of it. Invalid as `scenario_of`."""
    return reach_in(plan, scenario_of(plan, given))


def reach_in(plan: Plan, scenario: Scenario) -> Reach:
    """What the plan pays in a scenario: sales at and far beyond the objective, results at best."""
    objectives = scenario.inputs.payees[0].objectives
    sales = [leaf for leaf in scenario.leaves if leaf.sales]
    aims = {leaf.key: target_of(plan, leaf.measure, objectives) for leaf in sales}
    target = {leaf.key: aims[leaf.key] or leaf.usual for leaf in sales}
    with localcontext(EXACT):
        near = _pay(plan, scenario, target)
        best = _best(plan, scenario, {key: FAR[0] * value for key, value in target.items()})
        far = _pay(plan, scenario, best)
        # what has become large becomes larger still, and 0 and a whole stay what they are
        sizes = {leaf.key: target.get(leaf.key, leaf.usual) for leaf in scenario.leaves}
        larger = {
            key: FAR[1] * sizes[key] if value == FAR[0] * sizes[key] else value
            for key, value in best.items()
        }
        most = max(near, far) if _pay(plan, scenario, larger) == far else None
    return Reach(near, most, any(aim is not None for aim in aims.values()))


def _best(plan: Plan, scenario: Scenario, sold: Figures) -> Figures:
    """The figures that pay most with these sales: each result at its usual size, at 0, or far."""
    results = [leaf for leaf in scenario.leaves if _is_result(leaf)]
    low = {leaf.key: Fraction(0) for leaf in results}
    high = {leaf.key: _far(leaf) for leaf in results}
    best = _better(plan, scenario, [sold, {**sold, **low}, {**sold, **high}])
    for leaf in results:
        usual = {key: value for key, value in best.items() if key != leaf.key}
        ends = [{**best, leaf.key: Fraction(0)}, {**best, leaf.key: _far(leaf)}]
        best = _better(plan, scenario, [best, usual, *ends])
    return best


def _better(plan: Plan, scenario: Scenario, found: Sequence[Figures]) -> Figures:
    """The first of those that pay most."""
    return max(found, key=lambda figures: _pay(plan, scenario, figures))


def _is_result(leaf: Leaf) -> bool:
    """Whether a figure is what somebody achieves besides sales, not what they are promised."""
    source = leaf.measure.source
    if not isinstance(source, Stated):
        return False
    return source.part == "kpis" or (source.part == "measures" and leaf.measure.unit in RESULTS)


def _far(leaf: Leaf) -> Fraction:
    return FAR[0] * leaf.usual if leaf.most is None else leaf.most


def _pay(plan: Plan, scenario: Scenario, figures: Figures) -> Fraction:
    total = answer_of(plan, scenario.inputs, figures).amounts[TOTAL]
    return max(Fraction(total.numerator, total.denominator), Fraction(0))
