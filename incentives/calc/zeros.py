"""Figures that must not be 0 and are: quotas among the parameters, defaults of objectives."""

from collections.abc import Iterator

from incentives.calc.fields import Amount
from incentives.calc.measures import Formula, Stated
from incentives.calc.plans import PlacedStep, Plan
from incentives.calc.quantities import Quantity
from incentives.calc.scenarios import all_steps, quantities
from incentives.calc.steps import MECHANICS
from kernel.documents import Document, joined
from kernel.expressions import Arithmetic, Binary, Expression, Name
from kernel.expressions.tree import operands
from kernel.issues import N_, Issue, Level, error, warning


def zero_notes(plan: Plan, document: Document) -> Iterator[Issue]:
    """An error at each parameter of 0 that something is divided by; a warning at such a default."""
    names = set(_divisors(plan))
    for key in sorted(names & set(plan.parameters)):
        for number, dated in enumerate(plan.parameters[key].values):
            if dated.value <= 0:
                path = joined("parameters", key)
                dated_path = joined(joined(joined(path, "values"), number), "value")
                where = path if dated.valid_from is None else dated_path
                yield _zero(document, where, key, Level.ERROR)
    for key in sorted(names & set(plan.measures)):
        measure = plan.measures[key]
        if measure.default == 0 and isinstance(measure.source, Stated):
            yield _zero(document, f"measures.{key}.default", key)


def _zero(document: Document, path: str, name: str, level: Level = Level.WARNING) -> Issue:
    make = error if level is Level.ERROR else warning
    return make(
        "plan.zero_quota",
        N_("{name} is 0 here, and amounts are divided by it or measured against it."),
        N_("State a quota above 0, or leave the value out: then nothing is paid on it."),
        document.place(path),
        name=name,
    )


def _divisors(plan: Plan) -> Iterator[str]:
    """The names that stand where only what is above 0 makes sense."""
    for placed in all_steps(plan):
        yield from _strict(placed)
        for _, quantity in quantities(placed.step):
            if quantity.expression is not None:
                yield from _divided(quantity.expression)
    for measure in plan.measures.values():
        if isinstance(measure.source, Formula) and measure.source.quantity.expression is not None:
            yield from _divided(measure.source.quantity.expression)


def _strict(placed: PlacedStep) -> Iterator[str]:
    for item in MECHANICS[placed.mechanic].fields:
        if isinstance(item.kind, Amount) and item.kind.strict:
            strict = getattr(placed.step, item.name, None)
            if isinstance(strict, Quantity) and strict.only_name:
                yield strict.only_name


def _divided(expression: Expression) -> Iterator[str]:
    match expression:
        case Binary(Arithmetic.DIVIDE, _, Name(name)):
            yield name
    for part in operands(expression):
        yield from _divided(part)
