"""The calculation: a pure function of a plan and its inputs."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import localcontext
from fractions import Fraction

from incentives.calc.crediting import double_credits
from incentives.calc.desk import Desk, World
from incentives.calc.facts import Adjustment, Inputs, OpenItem, Payee
from incentives.calc.ledger import (
    Posting,
    earned_of_line,
    postings_of_adjustment,
    postings_of_line,
)
from incentives.calc.measured import Measured
from incentives.calc.plans import ENGINE, Component, PlacedStep, Plan
from incentives.calc.results import Line, PayeeResult, Result
from incentives.calc.settlement import settle_component, unheard, with_cut
from incentives.calc.state import State
from incentives.calc.steps import MECHANICS
from incentives.calc.telling import told
from kernel.issues import N_
from kernel.money import Money, digits_of
from kernel.numbers import EXACT, round_to
from kernel.periods import Period
from kernel.trace import Step, sha256_of

PLAN_LINE = "plan"


def calculate(plan: Plan, inputs: Inputs) -> Result:
    """What each payee earns, exactly, with the trace of every amount.

    Same plan and inputs, in whatever order they are given: the same bytes. A value that the
    inputs lack is reported as an issue of the payee; it never raises.
    """
    with localcontext(EXACT):  # what would lose a digit raises: only named steps round
        desks = world_of(plan, inputs).desks.values()
        paid = [desk for desk in desks if desk.payee.counts_in == "all"]
        payees = tuple(_Payment(plan, desk).result() for desk in paid)
    issues = tuple(double_credits(inputs))
    return Result(plan.hash, inputs_hash(inputs), ENGINE, payees, issues)


def pay_of(plan: Plan, inputs: Inputs, payee: str) -> PayeeResult:
    """What `calculate` gives this payee, without paying the others nor hashing the inputs.

    KeyError when the inputs do not name the payee.
    """
    with localcontext(EXACT):
        return _Payment(plan, world_of(plan, inputs).desks[payee]).result()


def world_of(plan: Plan, inputs: Inputs) -> World:
    """All payees of a calculation, with the values that the plan's names have for them."""
    return World(
        inputs,
        plan.measures,
        _parameters(plan, inputs.period),
        plan.currency,
        plan.conversion,
        plan.absences,
    )


def inputs_hash(inputs: Inputs) -> str:
    """SHA-256 of the inputs in canonical order."""
    return sha256_of(inputs)


def _parameters(plan: Plan, period: Period) -> dict[str, Measured]:
    """The parameters as they are on the first day of the period."""
    found = {}
    for key, parameter in plan.parameters.items():
        dated = parameter.on(period.start)
        if dated is None:
            trace = told("no_value", N_("{name}: no value"), None, name=key)
            found[key] = Measured(None, trace)
            continue
        trace = told(
            "parameter",
            N_("{name}: {text}"),
            dated.value,
            name=key,
            text=dated.text,
            reference=dated.reference or parameter.reference,
            since="" if dated.valid_from is None else dated.valid_from,
        )
        found[key] = Measured(dated.value, trace)
    return found


class _Payment:
    """One payee's way through the plan."""

    def __init__(self, plan: Plan, desk: Desk) -> None:
        self.plan = plan
        self.desk = desk
        places, digits = plan.rounding.places, digits_of(plan.currency)
        # what no currency can pay is no plan any more, but old versions may say it
        self.places = digits if places is None else min(places, digits)

    def result(self) -> PayeeResult:
        found: list[_Paid] = []
        for number, component in enumerate(self.plan.components):
            path = f"components[{number}]"
            if not component.roles or self.desk.payee.role in component.roles:
                found.append(self._component(component, component.steps, path))
            elif any(item.component == component.key for item in self.desk.payee.open or ()):
                # the line is for other roles by now, but deals of the payee are still open
                found.append(self._component(component, _settling(component.steps), path))
        if self.plan.steps:
            found.append(self._plan_steps(found))
        return self._collected(found)

    def _component(self, component: Component, steps: Sequence[PlacedStep], path: str) -> "_Paid":
        state, traces = _run(steps, State(self.desk, path, roles=component.roles))
        if component.weight is not None:
            state, trace = _weighted(state, component.weight)
            traces.append(trace)
        amount, rounding = self._rounded(state.amount)
        traces.append(rounding)
        heard: frozenset[str] = frozenset()
        if state.rules:
            settled = settle_component(component, replace(state, path=path), amount)
            amount, state, heard = settled.due, settled.state, settled.heard
            traces.append(settled.trace)
        line = Line(component.key, amount, state.amount)
        trace = told(
            "component",
            N_("{name}: {value}"),
            amount.amount,
            children=traces,
            name=component.key,
        )
        return _Paid(line, trace, state, heard)

    def _plan_steps(self, found: Sequence["_Paid"]) -> "_Paid":
        """The plan's own steps on the sum; their difference becomes a line of its own."""
        paid = sum((one.line.amount.amount for one in found), Fraction(0))
        exact = sum((one.state.amount for one in found), Fraction(0))
        before = exact if self.plan.rounding.at == "total" else paid
        start = State(self.desk, "steps", amount=before, deals=None)
        state, traces = _run(self.plan.steps, start)
        total, rounding = self._rounded(state.amount)
        change = total.amount - paid
        trace = told(
            "plan",
            N_("the whole plan: {before} becomes {after}, a line of {value}"),
            change,
            children=(*traces, rounding),
            before=before,
            after=total.amount,
        )
        line = Line(PLAN_LINE, Money.of(change, self.plan.currency), change)
        return _Paid(line, trace, state)

    def _rounded(self, value: Fraction) -> tuple[Money, Step]:
        rule = self.plan.rounding
        rounded = Fraction(round_to(value, self.places, rule.mode))
        trace = told(
            "rounding",
            N_("{before} rounded to {places} places ({mode}) = {value}"),
            rounded,
            before=value,
            places=self.places,
            mode=rule.mode.value,
        )
        return Money.of(rounded, self.plan.currency), trace

    def _collected(self, found: Sequence["_Paid"]) -> PayeeResult:
        payee, currency = self.desk.payee, self.plan.currency
        adjusted = [_adjusted(adjustment) for adjustment in payee.adjustments]
        # a plan whose own steps changed nothing has no line of them
        lines = [
            one.line for one in found if one.line.component != PLAN_LINE or one.line.amount.minor
        ]
        lines += [line for line, _ in adjusted]
        total = Money(sum(line.amount.minor for line in lines), currency)
        trace = told(
            "payee",
            N_("{payee}: {value} {currency}"),
            total.amount,
            children=(*(one.trace for one in found), *(trace for _, trace in adjusted)),
            payee=payee.id,
            currency=currency,
        )
        states = [one.state for one in found]
        carried: dict[str, Fraction] = {}
        for state in states:
            carried.update(state.carried)
        carried.update(self.desk.running_totals())
        return PayeeResult(
            id=payee.id,
            currency=currency,
            lines=tuple(lines),
            total=total,
            trace=trace,
            excess=tuple(kept for state in states for kept in state.excess),
            carried=carried,
            issues=(
                *self.desk.issues,
                *(issue for state in states for issue in state.issues),
                *unheard(payee, (credit for one in found for credit in one.heard)),
            ),
            open=_still_open(payee, found),
            ledger=(*_posted(found), *_posted_by_hand(payee.adjustments)),
        )


@dataclass(frozen=True, slots=True)
class _Paid:
    """A payment line, how it came about, and the state in which its steps ended."""

    line: Line
    trace: Step
    state: State
    heard: frozenset[str] = frozenset()


def _settling(steps: Sequence[PlacedStep]) -> tuple[PlacedStep, ...]:
    return tuple(placed for placed in steps if MECHANICS[placed.mechanic].kind == "settles")


def _still_open(payee: Payee, found: Sequence[_Paid]) -> tuple[OpenItem, ...]:
    """The open deals after the period; those of lines that nobody calculates wait as they are."""
    settled = {one.line.component for one in found if one.state.rules}
    waiting = (item for item in payee.open or () if item.component not in settled)
    known = [item for one in found for item in one.state.open]
    lines = sum(max(one.line.amount.minor, 0) for one in found if one.line.component != PLAN_LINE)
    cut = sum(
        -earned_of_line(one.line.amount, one.state.moves).minor
        for one in found
        if one.line.component == PLAN_LINE
    )
    known = [*waiting, *with_cut(known, payee.open or (), cut, lines)]
    return tuple(sorted(known, key=lambda item: item.key))


def _posted(found: Iterable[_Paid]) -> Iterator[Posting]:
    for one in found:
        yield from postings_of_line(one.line.component, one.line.amount, one.state.moves)


def _posted_by_hand(adjustments: Iterable[Adjustment]) -> Iterator[Posting]:
    for adjustment in adjustments:
        yield from postings_of_adjustment(adjustment_line(adjustment), adjustment)


def adjustment_line(adjustment: Adjustment) -> str:
    """The key of the payment line of a manual adjustment."""
    return f"adjustment.{adjustment.id}"


def _adjusted(adjustment: Adjustment) -> tuple[Line, Step]:
    """A line of its own: no computed line and no cap, gate or draw of the plan sees it."""
    amount = adjustment.amount
    trace = told(
        "adjustment",
        N_("adjusted by hand: {value} ({reason}), approved by {approved_by}"),
        amount.amount,
        id=adjustment.id,
        reason=adjustment.reason,
        approved_by=adjustment.approved_by,
        entered_by=adjustment.entered_by or "",
        cause=adjustment.cause or "",
    )
    return Line(adjustment_line(adjustment), amount, amount.amount), trace


def _run(steps: Sequence[PlacedStep], state: State) -> tuple[State, list[Step]]:
    traces = []
    for placed in steps:
        state, trace = placed.step.apply(replace(state, path=placed.path))
        traces.append(trace)
    return state, traces


def _weighted(state: State, weight: Fraction) -> tuple[State, Step]:
    after = state.scaled(weight)
    trace = told(
        "weight",
        N_("weight {weight} × {before} = {value}"),
        after.amount,
        weight=weight,
        before=state.amount,
    )
    return after, trace
