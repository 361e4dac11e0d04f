"""What may be due to a payee who was not told in time, for a company of many payees.

The rule is that of `incentives.calc.exposure`; here payees alike are calculated once.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from incentives.calc import Plan
from incentives.calc.exposure import Reach, reach_of
from incentives.calc.measures import Stated
from incentives.gathering.payees import Payee
from incentives.gathering.targets import value_of
from incentives.plans.known import KnownPlan
from kernel.issues import Invalid
from kernel.money import Money
from kernel.numbers import as_text
from kernel.periods import Period


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
    found = _found(plan, role, objectives, days)
    if found is None or (found.most is None and not found.has_objective):
        return None
    return Exposure(Money.rounded(found.exposure, plan.currency), found.most is not None)


def pay_at_objective(payee: Payee, plan: Plan, days: Period) -> Money | None:
    """What the plan pays when each objective is exactly reached; None without an objective."""
    found = _found(plan, payee.role_key, _objectives_of(payee), days)
    if found is None or not found.has_objective:
        return None
    return Money.rounded(found.at_objective, plan.currency)


def _objectives_of(payee: Payee) -> dict[str, Fraction]:
    return {key: value_of(parts) for key, parts in payee.objectives}


def _found(plan: Plan, role: str, objectives: Mapping[str, Fraction], days: Period) -> Reach | None:
    read = {
        one.source.key
        for one in plan.measures.values()
        if isinstance(one.source, Stated) and one.source.part == "objectives"
    }
    texts = tuple((key, as_text(objectives[key])) for key in sorted(read & objectives.keys()))
    return _reach(KnownPlan(plan), role, texts, days)


# pages ask again and again about the same payees, whose objectives seldom change
@lru_cache(maxsize=20_000)
def _reach(
    known: KnownPlan, role: str, objectives: tuple[tuple[str, str], ...], days: Period
) -> Reach | None:
    given = {
        "role": role,
        "period": f"{days.start.isoformat()}/{days.end.isoformat()}",
        "objectives": dict(objectives),
    }
    try:
        return reach_of(known.plan, given)
    except Invalid:
        return None  # the plan needs figures that nobody can assume
