"""Bonus steps: an amount for each whole step beyond a start."""

from dataclasses import dataclass
from fractions import Fraction
from math import floor

from incentives.calc.fields import Amount, Field, Number
from incentives.calc.mechanic import Mechanic
from incentives.calc.quantities import Quantity, constant
from incentives.calc.state import (
    PAYS_NOTHING,
    Outcome,
    State,
    read_all,
    values_of,
    without_value,
)
from incentives.calc.telling import told
from kernel.issues import N_


@dataclass(frozen=True, slots=True)
class BonusSteps:
    """floor((``value`` - ``start``) / ``step_size``) x ``amount``; 0 below the start."""

    value: Quantity
    start: Quantity
    step_size: Quantity
    amount: Quantity
    most: Fraction | None

    def apply(self, state: State) -> Outcome:
        read = read_all(state, self, ("value", "start", "step_size", "amount"))
        numbers = values_of(read)
        if numbers is None or numbers[2] <= 0:
            return without_value(state, "bonus_steps", read, PAYS_NOTHING)
        value, start, size, amount = numbers
        # A whole step counts exactly when it is reached; what is incomplete pays nothing.
        count = max(floor((value - start) / size), 0)
        if self.most is not None:
            count = min(count, int(self.most))
        trace = told(
            "bonus_steps",
            N_("{count} whole steps of {size} above {start} × {amount} = {value}"),
            count * amount,
            children=[reading.trace for reading in read],
            count=count,
            size=size,
            start=start,
            amount=amount,
        )
        return state.earned(count * amount), trace


MECHANIC = Mechanic(
    key="bonus_steps",
    make=BonusSteps,
    fields=(
        Field("value", Amount(), "what is measured, mostly an attainment"),
        Field("start", Amount(), "where the steps begin", constant(1)),
        Field("step_size", Amount(Fraction(0), strict=True), "the size of a step"),
        Field("amount", Amount(Fraction(0)), "the amount per whole step"),
        Field("most", Number(Fraction(1), whole=True), "at most so many steps", None),
    ),
    kind="earns",
    summary=N_("floor((value − start) / step) × amount"),
    title=N_("Bonus steps"),
    sentence=N_("{amount} for each whole {step_size} of {value} above {start}."),
)
