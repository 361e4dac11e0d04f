"""Floor, also called guarantee: at least so much."""

from dataclasses import dataclass
from fractions import Fraction

from incentives.calc.fields import Amount, Field
from incentives.calc.mechanic import Mechanic
from incentives.calc.quantities import Quantity
from incentives.calc.state import CHANGES_NOTHING, Outcome, State, without_value
from incentives.calc.telling import told
from kernel.issues import N_


@dataclass(frozen=True, slots=True)
class Floor:
    """max(amount, ``at``)."""

    at: Quantity

    def apply(self, state: State) -> Outcome:
        at = state.read(self.at, "at")
        if at.value is None:
            return without_value(state, "floor", (at,), CHANGES_NOTHING)
        raised = at.value > state.amount
        after = state.set_to(at.value) if raised else state
        label = (
            N_("floor of {at}: {before} becomes {value}")
            if raised
            else N_("floor of {at} is already reached by {before}")
        )
        trace = told(
            "floor",
            label,
            after.amount,
            children=(at.trace,),
            at=at.value,
            before=state.amount,
        )
        return after, trace


_FIELDS = (Field("at", Amount(Fraction(0)), "the least that is paid"),)
MECHANIC = Mechanic("floor", Floor, _FIELDS, "adjusts", "at least so much")
GUARANTEE = Mechanic(
    "guarantee", Floor, _FIELDS, "adjusts", "at least so much, whatever the result"
)
