"""Where a payee's named values come from: measures and parameters, each with its trace."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

from incentives.calc.facts import Credit, Inputs, Payee
from incentives.calc.measures import (
    CountOf,
    EveryoneOf,
    Formula,
    Measure,
    Presence,
    Stated,
    SumOf,
    TeamOf,
    chosen,
    value_of,
)
from incentives.calc.quantities import Quantity
from incentives.calc.telling import told
from kernel.expressions import evaluate
from kernel.issues import N_, Issue, Place, warning
from kernel.numbers import exact_sum
from kernel.trace import Step

ONE = Fraction(1)


@dataclass(frozen=True, slots=True)
class Part:
    """What one record (a credit, a team member) contributes to a value."""

    id: str
    value: Fraction
    credit: Credit | None = None


@dataclass(frozen=True, slots=True)
class Measured:
    """A value, None when the inputs give none; its parts where it is a sum; how it came about."""

    value: Fraction | None
    trace: Step
    parts: tuple[Part, ...] | None = None


Rebound = Mapping[str, Measured]


@dataclass(slots=True)
class World:
    """All payees of one calculation, so that a manager's measure can read the team's."""

    inputs: Inputs
    measures: Mapping[str, Measure]
    parameters: Mapping[str, Measured]
    currency: str
    desks: "dict[str, Desk]" = field(default_factory=dict)
    reports: dict[str, list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for payee in sorted(self.inputs.payees, key=lambda p: p.id):
            self.desks[payee.id] = Desk(self, payee)
            if payee.manager is not None:
                self.reports.setdefault(payee.manager, []).append(payee.id)

    def below(self, manager: str, depth: str) -> Iterator["Desk"]:
        """The desks of the people whom a person manages. The inputs forbid circles."""
        for payee in self.reports.get(manager, []):
            yield self.desks[payee]
            if depth == "all":
                yield from self.below(payee, depth)


@dataclass(slots=True)
class Desk:
    """One payee's named values, computed once each."""

    world: World
    payee: Payee
    known: dict[str, Measured] = field(default_factory=dict)
    issues: list[Issue] = field(default_factory=list)

    def measured(self, name: str, rebound: Rebound) -> Measured:
        """The value of a name; ``rebound`` holds names that a step of the component changed."""
        if name in rebound:
            return rebound[name]
        if name in self.world.parameters:
            return self.world.parameters[name]
        measure = self.world.measures[name]
        if rebound and isinstance(measure.source, Formula) and name not in self.payee.measures:
            return self._computed(measure, measure.source.quantity, rebound)
        if name not in self.known:
            self.known[name] = self._fresh(measure)
        return self.known[name]

    def evaluated(self, quantity: Quantity, rebound: Rebound) -> tuple[Fraction | None, list[Step]]:
        """The value of a formula and the traces of the names in it, in order of name."""
        if quantity.expression is None:
            return quantity.number, []
        read = {name: self.measured(name, rebound) for name in sorted(quantity.names)}
        values = {name: found.value for name, found in read.items()}
        return evaluate(quantity.expression, values), [found.trace for found in read.values()]

    def _fresh(self, measure: Measure) -> Measured:
        """From the payee's own figure of that name when the inputs give it, else its source."""
        if measure.key in self.payee.measures:
            return self._stated(measure, self.payee.measures[measure.key])
        match measure.source:
            case SumOf():
                return self._sum(measure, measure.source)
            case CountOf(where=where):
                found = chosen(self.payee.credits, where)
                return _total(measure, [Part(c.id, ONE, c) for c in found])
            case Stated(part=part, key=key):
                return self._stated(measure, self._look_up(part, key))
            case TeamOf(measure=name, depth=depth):
                members = self.world.below(self.payee.id, depth)
                return _over(measure, name, list(members))
            case EveryoneOf(measure=name):
                return _over(measure, name, list(self.world.desks.values()))
            case Formula(quantity=quantity):
                return self._computed(measure, quantity, {})
            case Presence(what=what):
                return self._presence(measure, what)

    def _look_up(self, part: str, key: str) -> Fraction | None:
        own: Mapping[str, Fraction] = getattr(self.payee, part)
        if key in own or part != "measures":
            return own.get(key)
        return self.world.inputs.measures.get(key)

    def _stated(self, measure: Measure, value: Fraction | None) -> Measured:
        if value is None and measure.default is not None:
            label = N_("{name}: no value in the inputs, so {value} by default")
            return _plain(measure.key, measure.default, label, "default")
        if value is None:
            return Measured(None, _none(measure.key))
        return _plain(measure.key, value, N_("{name}: {value}"), "given")

    def _sum(self, measure: Measure, source: SumOf) -> Measured:
        parts: list[Part] = []
        silent = 0
        for credit in chosen(self.payee.credits, source.where):
            value = value_of(credit, source.what)
            if value is None:
                silent += source.what != "amount"
                continue
            share = credit.share
            if source.shared and share.numerator != share.denominator:
                value *= share
            parts.append(Part(credit.id, value, credit))
        if silent:
            self._warn_silent(measure.key, source.what, silent)
        return _total(measure, parts)

    def _warn_silent(self, measure: str, attribute: str, count: int) -> None:
        self.issues.append(
            warning(
                "inputs.attribute_missing",
                N_("{payee}: {count} credits have no number for {attribute}: not in {measure}."),
                N_("Complete the credits, or leave them out with a `where` condition."),
                Place(path=f"payees.{self.payee.id}"),
                payee=self.payee.id,
                count=count,
                attribute=attribute,
                measure=measure,
            )
        )

    def _computed(self, measure: Measure, quantity: Quantity, rebound: Rebound) -> Measured:
        value, children = self.evaluated(quantity, rebound)
        if value is None and measure.default is not None:
            value = measure.default
        missing = value is None
        label = N_("{name} = {formula} = {value}")
        if missing:
            label = N_("{name} = {formula}: no value")
        code = "no_value" if missing else "formula"
        trace = told(code, label, value, children=children, name=measure.key, formula=quantity.text)
        return Measured(value, trace)

    def _presence(self, measure: Measure, what: str) -> Measured:
        period = self.world.inputs.period
        start = max(self.payee.present_from or period.start, period.start)
        end = min(self.payee.present_to or period.end, period.end)
        days = max((end - start).days, 0)
        found = {"days": Fraction(days), "period_days": Fraction(period.days)}
        if what == "thirtieths":
            value = Fraction(_thirtieths(start, end), _thirtieths(period.start, period.end))
        else:
            value = found.get(what, Fraction(days, period.days))
        label = N_("{name}: present {days} of {of} days")
        trace = told("presence", label, value, name=measure.key, days=days, of=period.days)
        return Measured(value, trace)


def _thirtieths(start: date, end: date) -> int:
    """Days between two days when every month has 30 (the 31st counts as the 30th)."""
    if end <= start:
        return 0
    months = 12 * (end.year - start.year) + end.month - start.month
    return 30 * months + min(end.day, 30) - min(start.day, 30)


def _none(name: str, children: Iterable[Step] = ()) -> Step:
    return told("no_value", N_("{name}: no value"), None, children=children, name=name)


def _plain(name: str, value: Fraction, label: str, code: str) -> Measured:
    return Measured(value, told(code, label, value, name=name))


def _total(measure: Measure, parts: list[Part]) -> Measured:
    value = exact_sum(part.value for part in parts)
    label = N_("{name}: {value} from {count} records")
    ids = [part.id for part in parts]
    trace = told("sum", label, value, sources=ids, name=measure.key, count=len(parts))
    return Measured(value, trace, tuple(parts))


def _over(measure: Measure, name: str, desks: list[Desk]) -> Measured:
    """The sum over several people; no value as soon as one of them has none."""
    found = [(desk.payee.id, desk.measured(name, {})) for desk in desks]
    parts = [Part(member, m.value) for member, m in found if m.value is not None]
    children = [
        told("member", N_("{member}: {value}"), m.value, children=(m.trace,), member=member)
        for member, m in found
    ]
    if len(parts) < len(found) and measure.default is None:
        return Measured(None, _none(measure.key, children))
    value = sum((part.value for part in parts), Fraction(0))
    label = N_("{name}: {value} from {count} people")
    trace = told("team", label, value, children=children, name=measure.key, count=len(found))
    return Measured(value, trace, tuple(parts))
