"""The exact figure of a KPI from the values of its metrics, and how it compares."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from fractions import Fraction

from kernel import expressions
from kernel.expressions import Expression, Name
from kernel.issues import Invalid

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
    """Formulas of KPIs in the order in which they can be computed, and the names that each reads.

    Whatever is asked of them takes one pass: a formula that many others read is looked at once.
    """

    by_key: Mapping[str, Expression]
    order: tuple[str, ...]
    reads: Mapping[str, frozenset[str]]

    @classmethod
    def of(cls, formulas: Mapping[str, Expression]) -> "Formulas":
        """Sorted so that each comes after those it reads; `Invalid` names every cycle."""
        order = tuple(expressions.order_formulas(formulas))
        return cls(dict(formulas), order, {key: expressions.names(formulas[key]) for key in order})

    def below(self, keys: Collection[str]) -> list[str]:
        """These formulas and all that they read, however deep, each after those it reads."""
        wanted = set(keys)
        for key in reversed(self.order):
            if key in wanted:
                wanted |= self.reads[key]
        return [key for key in self.order if key in wanted]

    def needed(self, key: str) -> frozenset[str]:
        """All names that `key` reads, through other formulas, that are no formulas themselves."""
        read = (self.reads[one] for one in self.below([key]))
        return frozenset[str]().union(*read) - self.by_key.keys()


def figure_of(key: str, formulas: Formulas, metrics: Mapping[str, Quantity]) -> Figure:
    """The figure of one KPI: see `figures_of`."""
    return figures_of([key], formulas, metrics)[key]


def figures_of(
    keys: Collection[str], formulas: Formulas, metrics: Mapping[str, Quantity]
) -> dict[str, Figure]:
    """The figures of several KPIs. Names of other KPIs stand for their values.

    A formula "a / b" or "a / b * 100" keeps a and b; a formula that is one metric keeps that
    metric's own parts (an average); any other formula has its value over 1. Where a number becomes
    too large to be meant there is no figure, as where something is missing.
    """
    found: dict[str, Figure] = {}
    for key in formulas.below(keys):
        values = {name: _value(name, found, metrics) for name in formulas.reads[key]}
        try:
            found[key] = _figure(formulas.by_key[key], values, metrics)
        except Invalid:
            found[key] = NO_FIGURE
    return {key: found[key] for key in keys}


def _value(
    name: str, figures: Mapping[str, Figure], metrics: Mapping[str, Quantity]
) -> Fraction | None:
    return figures[name].value if name in figures else metrics.get(name, MISSING).value


def _figure(
    expression: Expression, values: Mapping[str, Fraction | None], metrics: Mapping[str, Quantity]
) -> Figure:
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


def values_read(
    key: str, formulas: Formulas, metrics: Mapping[str, Quantity]
) -> dict[str, Fraction | None]:
    """The values of the names that a formula reads, metrics and KPIs alike."""
    names = formulas.reads[key]
    figures = figures_of(names & formulas.by_key.keys(), formulas, metrics)
    return {name: _value(name, figures, metrics) for name in names}


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
