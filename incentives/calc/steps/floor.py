"""Floor, and guarantee: at least so much, always or in the first months."""

from dataclasses import dataclass
from fractions import Fraction

from incentives.calc.fields import Amount, Choice, Field, Number
from incentives.calc.mechanic import Mechanic
from incentives.calc.quantities import Quantity
from incentives.calc.state import (
    CHANGES_NOTHING,
    Outcome,
    Reading,
    State,
    changed_deals,
    without_value,
)
from incentives.calc.steps.ramp import month_number, not_hired
from incentives.calc.telling import told
from kernel.issues import N_


@dataclass(frozen=True, slots=True)
class Floor:
    """max(amount, ``at``). By deal: of each deal that pays something, symmetric for negative ones,
    so that a credit note takes back what the floor had paid."""

    at: Quantity
    scope: str = "total"

    def apply(self, state: State) -> Outcome:
        at = state.read(self.at, "at")
        if at.value is None:
            return without_value(state, "floor", (at,), CHANGES_NOTHING)
        return raised(state, at, at.value, self.scope)


def raised(state: State, at: Reading, least: Fraction, scope: str) -> Outcome:
    """The state with at least so much, and its trace."""
    if scope == "deal":
        after = state.by_deal(lambda part: _at_least(part.value, least))
    else:
        after = state.set_to(least) if least > state.amount else state
    label = (
        N_("floor of {at}: {before} becomes {value}")
        if after.amount != state.amount
        else N_("floor of {at} is already reached by {before}")
    )
    trace = told(
        "floor",
        label,
        after.amount,
        children=(at.trace, *(changed_deals(state, after) if scope == "deal" else ())),
        at=least,
        before=state.amount,
        scope=scope,
    )
    return after, trace


def _at_least(value: Fraction, least: Fraction) -> Fraction:
    if value > 0:
        return max(value, least)
    return min(value, -least) if value < 0 else value


@dataclass(frozen=True, slots=True)
class Guarantee:
    """max(amount, ``at``), for ever or in the first calendar months of employment.

    A period counts with the month in which it begins; the month of hiring is the first.
    """

    at: Quantity
    first_months: Fraction | None

    def apply(self, state: State) -> Outcome:
        at = state.read(self.at, "at")
        if at.value is None:
            return without_value(state, "guarantee", (at,), CHANGES_NOTHING)
        if self.first_months is None:
            return raised(state, at, at.value, "total")
        hired_on = state.desk.payee.hired_on
        if hired_on is None:
            return without_value(state, "guarantee", (at, not_hired()), CHANGES_NOTHING)
        number = month_number(hired_on, state.desk.world.inputs.period.start)
        if number <= self.first_months:
            return raised(state, at, at.value, "total")
        trace = told(
            "guarantee_over",
            N_("the guarantee of the first {months} months is over in month {month}"),
            state.amount,
            children=(at.trace,),
            months=self.first_months,
            month=number,
        )
        return state, trace


_AT = Field("at", Amount(Fraction(0)), "the least that is paid")
MECHANIC = Mechanic(
    key="floor",
    make=Floor,
    fields=(
        _AT,
        Field(
            "scope",
            Choice(("total", "deal")),
            "total: the amount so far; deal: each deal that pays something",
            "total",
        ),
    ),
    kind="adjusts",
    summary=N_("at least so much"),
    title=N_("Floor"),
    sentence=N_("At least {at}."),
    by_deal=lambda step: bool(step.scope == "deal"),
    needs_deals=lambda step: bool(step.scope == "deal"),
)
GUARANTEE = Mechanic(
    key="guarantee",
    make=Guarantee,
    fields=(
        _AT,
        Field(
            "first_months",
            Number(Fraction(1), whole=True),
            "only in so many months after hiring; else always",
            None,
        ),
    ),
    kind="adjusts",
    summary=N_("at least so much, whatever the result"),
    title=N_("Guarantee"),
    sentence=N_("Guaranteed: at least {at}."),
)
