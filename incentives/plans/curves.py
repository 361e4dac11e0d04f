"""The payout curve of a plan, drawn from the engine: what it pays over one measure.

Every point is a calculation of the plan. Where the amount jumps (a limit of a retroactive tier),
the curve has a point just below the limit and one on it, so the jump is drawn where it is. Between
two corners it is a straight line, unless one of a few points between them lies elsewhere: then it
is followed point by point.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise
from typing import Any

from incentives.calc import Inputs, PayeeResult, Plan, parse_inputs, pay_of
from incentives.calc.measures import CountOf, Formula, Stated, SumOf, TeamOf
from incentives.plans.known import KEPT, KnownPlan
from incentives.statements.ladders import limits_of
from kernel.money import digits_of
from kernel.numbers import as_text, round_to
from kernel.trace import Step

POINTS = 48
CHECKED = (Fraction(13, 41), Fraction(7, 12), Fraction(37, 43))
"""Where between two corners a straight line is checked: no multiples of each other."""
ASSUMED_OBJECTIVE = Fraction(100_000)
WIDTH, HEIGHT = 640, 240


@dataclass(frozen=True, slots=True)
class Curve:
    """Points (value of the measure, amount in main units), rising; `assumed` is told to readers."""

    measure: str
    unit: str
    points: tuple[tuple[Fraction, Fraction], ...]
    limits: tuple[Fraction, ...]
    assumed: bool


def payout_curve(plan: Plan) -> Curve | None:
    """The curve over the plan's first measure that records or a team feed; None without one.

    Other figures are those of the plan's first example with one payee; objectives without a
    figure are assumed.
    """
    return _curve(KnownPlan(plan))


@lru_cache(maxsize=KEPT)
def _curve(known: KnownPlan) -> Curve | None:
    plan = known.plan
    measure = next(
        (one for one in plan.measures.values() if isinstance(one.source, SumOf | CountOf | TeamOf)),
        None,
    )
    if measure is None:
        return None
    given, assumed = _given(plan)
    drawn = _Drawn(plan, measure.key, _inputs(plan, given))
    limits = _limits_in(plan, measure.key, drawn.result(Fraction(1)).trace)
    most = max([*limits, Fraction(0)]) * Fraction(3, 2) or _fallback(measure.unit, given)
    least = Fraction(1, 100) if measure.unit == "money" else Fraction(1)
    drawn.follow(_corners(limits, most, least), most, least)
    return Curve(measure.key, measure.unit, drawn.points, tuple(limits), assumed)


def _fallback(unit: str, given: Mapping[str, Any]) -> Fraction:
    """How far to draw a plan without limits: beyond the objective, if there is one."""
    objectives = [Fraction(str(one)) for one in given.get("objectives", {}).values()]
    return max(objectives, default=ASSUMED_OBJECTIVE if unit == "money" else Fraction(20)) * 3 / 2


def _given(plan: Plan) -> tuple[dict[str, Any], bool]:
    single = (one.given for one in plan.examples if not {"payees", "periods"} & set(one.given))
    # the drawn measure comes from records of its own
    dropped = {"credits", "events", "open"}
    body = {key: value for key, value in next(single, {}).items() if key not in dropped}
    wanted = {
        one.source.key
        for one in plan.measures.values()
        if isinstance(one.source, Stated) and one.source.part == "objectives"
    }
    objectives: Any = body.get("objectives") or {}
    missing = wanted - set(objectives)
    assumed = {key: as_text(ASSUMED_OBJECTIVE) for key in missing}
    return {**body, "objectives": {**assumed, **objectives}}, bool(missing)


def _inputs(plan: Plan, given: Mapping[str, Any]) -> Inputs:
    period = given.get("period", "2026-01")
    body = {key: item for key, item in given.items() if key != "period"}
    payee = {"role": _role(plan), **body, "id": "curve"}
    return parse_inputs({"period": period, "payees": [payee]}, currency=plan.currency)


@dataclass(slots=True)
class _Drawn:
    """The points of a curve that were calculated so far."""

    plan: Plan
    measure: str
    inputs: Inputs
    found: dict[Fraction, Fraction] = field(default_factory=dict)

    @property
    def points(self) -> tuple[tuple[Fraction, Fraction], ...]:
        return tuple(sorted(self.found.items()))

    def result(self, value: Fraction) -> PayeeResult:
        """What the payee gets at a value of the measure."""
        (payee,) = self.inputs.payees
        sold = replace(payee, measures={**payee.measures, self.measure: value})
        return pay_of(self.plan, replace(self.inputs, payees=(sold,)), payee.id)

    def pay(self, value: Fraction) -> Fraction:
        if value not in self.found:
            self.found[value] = self.result(value).total.amount
        return self.found[value]

    def follow(self, corners: Sequence[Fraction], most: Fraction, least: Fraction) -> None:
        """Calculate the corners, and what lies between two of them where it is no straight line."""
        cent = Fraction(1, 10 ** digits_of(self.plan.currency))
        for low, high in pairwise(corners):
            start, slope = self.pay(low), (self.pay(high) - self.pay(low)) / (high - low)
            between = [_whole(low + (high - low) * part, least) for part in CHECKED]
            inner = [one for one in between if low < one < high]
            if any(abs(self.pay(one) - start - slope * (one - low)) > cent for one in inner):
                even = (_whole(most / POINTS * number, least) for number in range(POINTS + 1))
                for one in even:
                    if low < one < high:
                        self.pay(one)


def _whole(value: Fraction, least: Fraction) -> Fraction:
    return Fraction(int(value / least)) * least


def _role(plan: Plan) -> str | None:
    return next((role for part in plan.components for role in part.roles), None)


def _limits_in(plan: Plan, measure: str, trace: Step) -> list[Fraction]:
    """The limits in units of the measure: those on it, and those on a ratio of it to something."""
    found: set[Fraction] = set()
    for name, limits, level in limits_of(plan, trace):
        if name == measure:
            found.update(limits)
        elif name in plan.measures and isinstance(plan.measures[name].source, Formula) and level:
            # the trace was made with a measure of 1, so a proportional level is its slope
            found.update(limit / level for limit in limits)
    return sorted(one for one in found if one > 0)


def _corners(limits: Sequence[Fraction], most: Fraction, least: Fraction) -> list[Fraction]:
    """Both ends, each limit, and the last value below it."""
    found = {Fraction(0), most} | {one for limit in limits for one in (limit - least, limit)}
    return sorted(one for one in found if one >= 0)


def drawing(curve: Curve) -> dict[str, Any]:
    """Where the curve goes in an SVG of WIDTH x HEIGHT: a path, and the places of the limits."""
    most_x = curve.points[-1][0] or Fraction(1)
    most_y = max(*(pay for _, pay in curve.points), Fraction(0)) or Fraction(1)
    least_y = min(*(pay for _, pay in curve.points), Fraction(0))

    def x_of(value: Fraction) -> str:
        return str(round_to(value / most_x * WIDTH, 1))

    def y_of(pay: Fraction) -> str:
        return str(round_to(HEIGHT - (pay - least_y) / (most_y - least_y) * HEIGHT, 1))

    path = " ".join(
        f"{'L' if number else 'M'}{x_of(value)} {y_of(pay)}"
        for number, (value, pay) in enumerate(curve.points)
    )
    return {
        "path": path,
        "area": f"{path} L{WIDTH} {y_of(Fraction(0))} L0 {y_of(Fraction(0))} Z",
        "limits": [{"x": x_of(limit), "value": limit} for limit in curve.limits],
        "zero": y_of(Fraction(0)),
        "most_x": most_x,
        "most_y": most_y,
        "width": WIDTH,
        "height": HEIGHT,
    }
