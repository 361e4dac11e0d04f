"""What a plan may cost for one payee at most, when nobody told the payee the objectives in time."""

from collections.abc import Mapping
from decimal import localcontext
from fractions import Fraction
from typing import Any

from incentives.calc.marking import marked
from incentives.calc.plans import Plan
from incentives.calc.profile import Exposure
from incentives.calc.scenarios import Scenario, scenario_of, scenarios
from incentives.calc.shapes import TOTAL, Figures, Line, answer_of, shape_of
from kernel.numbers import EXACT

MOST = {"fr": "maximum du plan", "en": "the most that the plan pays"}
TARGET = {
    "fr": "le plan n'a pas de maximum ; montant aux chiffres des exemples ou aux objectifs",
    "en": "the plan has no maximum; the amount at the figures of its examples or at target",
}


def exposure_of(plan: Plan, given: Mapping[str, Any] | None = None) -> Exposure:
    """The most that the plan pays to one payee in a period, over all figures.

    ``given`` is the body of the payee (role, objectives, measures), as in an example of the plan;
    without it the figures of the plan's first example, or assumed ones. A plan without a most
    (commission without a cap) counts with what it pays when each figure has its usual size:
    that of the payee, else the objective.
    """
    with localcontext(EXACT):
        scenario = scenarios(plan)[0] if given is None else scenario_of(plan, given)
        lines = _lines(plan, scenario)
        if any(line.last_slope > 0 or line.rough for line in lines):
            usual = answer_of(plan, scenario.inputs, {}).amounts[TOTAL]
            return Exposure(_plain(usual), plan.currency, TARGET)
        most = max(amount for line in lines for _, amount in line.knots)
        return Exposure(max(most, Fraction(0)), plan.currency, MOST)


def _lines(plan: Plan, scenario: Scenario) -> list[Line]:
    """The payee's total over each figure, and over all of them together."""
    looked = marked(plan)
    leaves = scenario.leaves

    def together(x: Fraction) -> Figures:
        return {leaf.key: leaf.usual * x for leaf in leaves if leaf.most is None}

    shapes = [
        shape_of(looked, scenario.inputs, together, Fraction(1)),
        *(shape_of(looked, scenario.inputs, one.alone, one.usual, one.most) for one in leaves),
    ]
    return [shape.lines[TOTAL] for shape in shapes]


def _plain(value: Fraction) -> Fraction:
    return Fraction(value.numerator, value.denominator)
