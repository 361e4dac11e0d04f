"""What may be due to a payee who was not told the rules and objectives in time (French profile).

Courts then grant the pay of the objective as if it had been reached, up to the most that the plan
can pay (Code du travail L.1222-2, L.1222-3). So the exposure of a payee and a period is what the
plan pays at most, when it pays no more however much is sold; otherwise what it pays when each
objective is exactly reached. It is an estimate of the risk, never an amount that is paid.
`incentives.calc.exposure` draws the whole plan to find the same for one plan; here a whole company
is asked about, each with own objectives, so three calculations have to do.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache

from incentives.calc import Plan, pay_of
from incentives.calc.measures import Stated
from incentives.calc.scenarios import Scenario, scenario_of
from incentives.gathering.payees import Payee
from incentives.gathering.targets import value_of
from kernel.issues import Invalid
from kernel.money import Money
from kernel.numbers import as_text
from kernel.periods import Period

FAR = (1_000, 10_000)
"""How many times the objective is sold, twice, to see whether the plan pays more and more."""


@dataclass(frozen=True, slots=True)
class Exposure:
    """An amount that may be due; `is_most` when the plan never pays more than this."""

    amount: Money
    is_most: bool


def exposure_of(payee: Payee, plan: Plan, days: Period) -> Exposure | None:
    """The exposure of one payee; None when the plan has neither a most nor an objective."""
    return exposure_at(plan, payee.role_key, _objectives_of(payee), days)


def exposure_at(
    plan: Plan, role: str, objectives: Mapping[str, Fraction], days: Period
) -> Exposure | None:
    """The exposure of a payee with these objectives; see `exposure_of`."""
    pays = _pays_of(plan, role, objectives, days)
    if pays is None:
        return None
    if pays.far == pays.further:
        return Exposure(max(pays.near, pays.far), True)
    return Exposure(pays.near, False) if pays.has_objective else None


def pay_at_objective(payee: Payee, plan: Plan, days: Period) -> Money | None:
    """What the plan pays when each objective is exactly reached; None without an objective."""
    pays = _pays_of(plan, payee.role_key, _objectives_of(payee), days)
    return pays.near if pays is not None and pays.has_objective else None


def _objectives_of(payee: Payee) -> dict[str, Fraction]:
    return {key: value_of(parts) for key, parts in payee.objectives}


@dataclass(frozen=True, slots=True, eq=False)
class _Known:
    """A plan that is known by its hash, so that payees alike are calculated once."""

    plan: Plan

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Known) and other.plan.hash == self.plan.hash

    def __hash__(self) -> int:
        return hash(self.plan.hash)


@dataclass(frozen=True, slots=True)
class _Pays:
    """What a plan pays at the objective (or the usual figures), and far and further beyond."""

    near: Money
    far: Money
    further: Money
    has_objective: bool


def _pays_of(
    plan: Plan, role: str, objectives: Mapping[str, Fraction], days: Period
) -> _Pays | None:
    read = {
        one.source.key
        for one in plan.measures.values()
        if isinstance(one.source, Stated) and one.source.part == "objectives"
    }
    texts = tuple((key, as_text(objectives[key])) for key in sorted(read & objectives.keys()))
    return _pays(_Known(plan), role, texts, days)


# pages ask again and again about the same payees, whose objectives seldom change
@lru_cache(maxsize=20_000)
def _pays(
    known: _Known, role: str, objectives: tuple[tuple[str, str], ...], days: Period
) -> _Pays | None:
    given = {
        "role": role,
        "period": f"{days.start.isoformat()}/{days.end.isoformat()}",
        "objectives": dict(objectives),
    }
    try:
        scenario = scenario_of(known.plan, given)
        targets, has_objective = _targets(known.plan, scenario)
        near, far, further = (_pay(known.plan, scenario, targets, times) for times in (1, *FAR))
    except Invalid:
        return None  # the plan needs figures that nobody can assume
    return _Pays(near, far, further, has_objective)


def _targets(plan: Plan, scenario: Scenario) -> tuple[Mapping[str, Fraction], bool]:
    """What each figure of sales has to be: the plan's first objective of its unit, else assumed.

    With it whether an objective was found at all.
    """
    stated: dict[str, Fraction] = {}
    for key, value in scenario.values.items():
        measure = plan.measures[key]
        is_objective = isinstance(measure.source, Stated) and measure.source.part == "objectives"
        if is_objective and key not in scenario.assumed:
            stated.setdefault(measure.unit, value)
    sales = [leaf for leaf in scenario.leaves if leaf.sales]
    targets = {leaf.key: stated.get(leaf.measure.unit, leaf.usual) for leaf in sales}
    return targets, any(leaf.measure.unit in stated for leaf in sales)


def _pay(plan: Plan, scenario: Scenario, targets: Mapping[str, Fraction], times: int) -> Money:
    (payee,) = scenario.inputs.payees
    measures = {key: value * times for key, value in targets.items()}
    sold = replace(payee, measures={**payee.measures, **measures})
    return pay_of(plan, replace(scenario.inputs, payees=(sold,)), payee.id).total
