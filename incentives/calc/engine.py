"""The calculation: a pure function of a plan and its inputs."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from fractions import Fraction

from incentives.calc.desk import Desk, Measured, World
from incentives.calc.facts import Inputs
from incentives.calc.plans import ENGINE, Component, PlacedStep, Plan
from incentives.calc.results import Line, PayeeResult, Result
from incentives.calc.state import State
from incentives.calc.telling import told
from kernel.issues import N_
from kernel.money import Money, digits_of
from kernel.numbers import round_to
from kernel.periods import Period
from kernel.trace import Step, sha256_of


def calculate(plan: Plan, inputs: Inputs) -> Result:
    """What each payee earns, exactly, with the trace of every amount.

    Same plan and inputs, in whatever order they are given: the same bytes. A value that the
    inputs lack is reported as an issue of the payee; it never raises.
    """
    payees = tuple(_Payment(plan, desk).result() for desk in _world(plan, inputs).desks.values())
    return Result(plan.hash, inputs_hash(inputs), ENGINE, payees)


def pay_of(plan: Plan, inputs: Inputs, payee: str) -> PayeeResult:
    """What `calculate` gives this payee, without paying the others nor hashing the inputs.

    KeyError when the inputs do not name the payee.
    """
    return _Payment(plan, _world(plan, inputs).desks[payee]).result()


def _world(plan: Plan, inputs: Inputs) -> World:
    return World(inputs, plan.measures, _parameters(plan, inputs.period), plan.currency)


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
            reference=parameter.reference,
            since="" if dated.valid_from is None else dated.valid_from,
        )
        found[key] = Measured(dated.value, trace)
    return found


class _Payment:
    """One payee's way through the plan."""

    def __init__(self, plan: Plan, desk: Desk) -> None:
        self.plan = plan
        self.desk = desk
        places = plan.rounding.places
        self.places = digits_of(plan.currency) if places is None else places

    def result(self) -> PayeeResult:
        lines, traces, states = [], [], []
        for number, component in enumerate(self.plan.components):
            if component.roles and self.desk.payee.role not in component.roles:
                continue
            state, line, trace = self._component(component, f"components[{number}]")
            lines.append(line)
            traces.append(trace)
            states.append(state)
        if self.plan.steps:
            state, line, trace = self._plan_steps(lines, states)
            traces.append(trace)
            states.append(state)
            lines += [line] if line.amount.minor else []
        return self._collected(lines, traces, states)

    def _component(self, component: Component, path: str) -> tuple[State, Line, Step]:
        state, traces = _run(component.steps, State(self.desk, path))
        if component.weight is not None:
            state, trace = _weighted(state, component.weight)
            traces.append(trace)
        amount, rounding = self._rounded(state.amount)
        line = Line(component.key, amount, state.amount)
        trace = told(
            "component",
            N_("{name}: {value}"),
            amount.amount,
            children=(*traces, rounding),
            name=component.key,
        )
        return state, line, trace

    def _plan_steps(
        self, lines: Sequence[Line], states: Sequence[State]
    ) -> tuple[State, Line, Step]:
        """The plan's own steps on the sum; their difference becomes a line of its own."""
        paid = sum((line.amount.amount for line in lines), Fraction(0))
        exact = sum((state.amount for state in states), Fraction(0))
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
        return state, Line("plan", Money.of(change, self.plan.currency), change), trace

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

    def _collected(
        self, lines: Sequence[Line], traces: Iterable[Step], states: Sequence[State]
    ) -> PayeeResult:
        total = Money(sum(line.amount.minor for line in lines), self.plan.currency)
        trace = told(
            "payee",
            N_("{payee}: {value} {currency}"),
            total.amount,
            children=traces,
            payee=self.desk.payee.id,
            currency=self.plan.currency,
        )
        issues = [*self.desk.issues, *(issue for state in states for issue in state.issues)]
        carried: dict[str, Fraction] = {}
        for state in states:
            carried.update(state.carried)
        return PayeeResult(
            id=self.desk.payee.id,
            currency=self.plan.currency,
            lines=tuple(lines),
            total=total,
            trace=trace,
            excess=tuple(kept for state in states for kept in state.excess),
            carried=carried,
            issues=tuple(issues),
        )


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
