"""The exact figure of a KPI from the values of its metrics, and how it compares."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from kernel import expressions
from kernel.expressions import Expression, Name
from kernel.trace import Step

DAYS_IN_PERIOD = "days_in_period"
GIVEN = frozenset({DAYS_IN_PERIOD})
"""Names that every formula may use besides metrics and KPIs."""

ONE = Fraction(1)


@dataclass(frozen=True, slots=True)
class Quantity:
    """A value that keeps its two parts: value = numerator / denominator."""

    numerator: Fraction | None
    denominator: Fraction | None = ONE

    @property
    def value(self) -> Fraction | None:
        """None when a part is missing or the denominator is zero."""
        if self.numerator is None or not self.denominator:
            return None
        return self.numerator / self.denominator


MISSING = Quantity(None, None)


@dataclass(frozen=True, slots=True)
class Figure:
    """value = numerator / denominator * factor; no value where the denominator is 0 or missing."""

    value: Fraction | None
    numerator: Fraction | None
    denominator: Fraction | None
    factor: Fraction = ONE


NO_FIGURE = Figure(None, None, None)


@dataclass(frozen=True, slots=True)
class Formulas:
    """Formulas of KPIs in the order in which they can be computed."""

    by_key: Mapping[str, Expression]
    order: tuple[str, ...]

    @classmethod
    def of(cls, formulas: Mapping[str, Expression]) -> "Formulas":
        """Sorted so that each comes after those it reads; `Invalid` names every cycle."""
        return cls(dict(formulas), tuple(expressions.order_formulas(formulas)))

    def needed(self, key: str) -> frozenset[str]:
        """All names that `key` reads, through other formulas, that are no formulas themselves."""
        found: set[str] = set()
        for name in expressions.names(self.by_key[key]):
            found |= self.needed(name) if name in self.by_key else {name}
        return frozenset(found)


def figure_of(key: str, formulas: Formulas, metrics: Mapping[str, Quantity]) -> Figure:
    """The figure of one KPI. Names of other KPIs stand for their values.

    A formula "a / b" or "a / b * 100" keeps a and b; a formula that is one metric keeps that
    metric's own parts (an average); any other formula has its value over 1.
    """
    expression = formulas.by_key[key]
    values = values_read(expression, formulas, metrics)
    parts = expressions.ratio(expression)
    if parts is not None:
        top, bottom, factor = parts
        numerator = expressions.evaluate(top, values)
        denominator = expressions.evaluate(bottom, values)
        value = Quantity(numerator, denominator).value
        return Figure(None if value is None else value * factor, numerator, denominator, factor)
    if isinstance(expression, Name) and expression.name in metrics:
        quantity = metrics[expression.name]
        return Figure(quantity.value, quantity.numerator, quantity.denominator)
    value = expressions.evaluate(expression, values)
    return Figure(value, value, None if value is None else ONE)


def explain(key: str, formulas: Formulas, metrics: Mapping[str, Quantity]) -> Step:
    """The steps by which `figure_of` comes to its value."""
    expression = formulas.by_key[key]
    return expressions.evaluate_traced(expression, values_read(expression, formulas, metrics))[1]


def values_read(
    expression: Expression, formulas: Formulas, metrics: Mapping[str, Quantity]
) -> dict[str, Fraction | None]:
    """The values of the names that a formula reads, metrics and KPIs alike."""
    values: dict[str, Fraction | None] = {}
    for name in expressions.names(expression):
        if name in formulas.by_key:
            values[name] = figure_of(name, formulas, metrics).value
        else:
            values[name] = metrics.get(name, MISSING).value
    return values


def attainment(value: Fraction | None, target: Fraction | None, *, better: str) -> Fraction | None:
    """How much of the objective is met: value / target, or target / value where less is better.

    None without a value, without an objective, or where the divisor is zero.
    """
    if value is None or target is None:
        return None
    top, bottom = (value, target) if better == "up" else (target, value)
    return top / bottom if bottom > 0 else None


def pace(elapsed: int, working_days: int) -> Fraction | None:
    """The part of the period that has passed, in working days: where today should be.

    None for a period without a working day.
    """
    return Fraction(min(elapsed, working_days), working_days) if working_days else None
