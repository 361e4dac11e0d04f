"""A plan whose limits know where they are written, so that a turning point names its place."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from fractions import Fraction
from typing import Any

from incentives.calc.bands import Band
from incentives.calc.plans import PlacedStep, Plan
from incentives.calc.quantities import Quantity
from incentives.calc.steps.cap import Cap
from incentives.calc.steps.rounding import Round
from incentives.calc.steps.windfall import Windfall
from incentives.calc.varying import Varying
from kernel.documents import joined
from kernel.expressions import Arithmetic, Binary, Number

# Whatever a step calls a limit: what is compared, never what is multiplied.
LIMITS = frozenset(
    {
        "lower", "upper", "at", "limits", "limit", "at_least", "above", "at_most", "below",
        "draw", "least", "most", "else_cap", "start",
    }
)  # fmt: skip


def marked(plan: Plan, *, capped: bool = True) -> Plan:
    """The plan with marked limits, without roundings; without its caps when not ``capped``."""
    components = tuple(
        replace(part, steps=_marked_steps(part.steps, capped)) for part in plan.components
    )
    return replace(plan, components=components, steps=_marked_steps(plan.steps, capped))


def _marked_steps(steps: tuple[PlacedStep, ...], capped: bool) -> tuple[PlacedStep, ...]:
    return tuple(
        replace(placed, step=_marked(_smooth(placed.step), placed.path, ""))
        for placed in steps
        if _has_shape(placed) and (capped or placed.mechanic != "cap")
    )


def _has_shape(placed: PlacedStep) -> bool:
    """Not what only rounds, and not what looks at single deals of an unusual size."""
    match placed.step:
        case Round() | Windfall() | Cap(scope="deal"):
            return False
    return True


def _smooth(step: Any) -> Any:
    """A step that rounds nothing and takes what it is given as many small deals."""
    names = {item.name for item in fields(step)}
    changed: dict[str, Any] = {"round_places": None} if "round_places" in names else {}
    if "crossing" in names and step.mode == "by_deal":
        changed["mode"] = "marginal"
    return replace(step, **changed) if changed else step


def _marked(value: Any, path: str, name: str) -> Any:
    limit = name in LIMITS
    match value:
        case Band():
            upper = None if value.upper is None else _number(value.upper, _following(path))
            return replace(value, lower=_number(value.lower, joined(path, "from")), upper=upper)
        case Quantity():
            return _quantity(value, path) if limit else value
        case Fraction():
            return _number(value, path) if limit else value
        case tuple():
            return tuple(_marked(one, joined(path, n), name) for n, one in enumerate(value))
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **dict(_inside(value, path)))
    return value


def _inside(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    for item in fields(value):
        if item.init:
            found = getattr(value, item.name)
            yield item.name, _marked(found, joined(path, item.name), item.name)


def _number(value: Fraction, path: str) -> Varying:
    return Varying.of(value, Fraction(0), None, marks=(path,))


def _quantity(value: Quantity, path: str) -> Quantity:
    if value.number is not None:
        return replace(value, number=_number(value.number, path))
    if value.expression is None:
        return value
    nothing = Number(_number(Fraction(0), path))
    return replace(value, expression=Binary(Arithmetic.ADD, value.expression, nothing))


def _following(path: str) -> str:
    """The lower limit of the next band, which is this band's upper one."""
    start, _, rest = path.rpartition("[")
    return f"{start}[{int(rest.rstrip(']')) + 1}].from"
