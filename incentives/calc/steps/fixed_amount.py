"""Fixed amount: a prize, an allowance, a formula that gives money."""

from dataclasses import dataclass

from incentives.calc.fields import Amount, Field
from incentives.calc.mechanic import Mechanic
from incentives.calc.quantities import Quantity
from incentives.calc.state import PAYS_NOTHING, Outcome, State, without_value
from incentives.calc.telling import told
from kernel.issues import N_


@dataclass(frozen=True, slots=True)
class FixedAmount:
    """Adds ``amount``."""

    amount: Quantity

    def apply(self, state: State) -> Outcome:
        amount = state.read(self.amount, "amount")
        if amount.value is None:
            return without_value(state, "fixed_amount", (amount,), PAYS_NOTHING)
        label = N_("fixed amount: {value}")
        trace = told("fixed_amount", label, amount.value, children=(amount.trace,))
        return state.earned(amount.value), trace


MECHANIC = Mechanic(
    key="fixed_amount",
    make=FixedAmount,
    fields=(Field("amount", Amount(), "what is added"),),
    kind="earns",
    summary=N_("a stated amount"),
    title=N_("Fixed amount"),
    sentence=N_("{amount}."),
)
