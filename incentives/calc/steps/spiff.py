"""SPIFF: a fixed amount per event, for the first so many."""

from dataclasses import dataclass, replace
from fractions import Fraction

from incentives.calc.fields import Amount, Choice, Field, MeasureName, Number
from incentives.calc.measured import Part
from incentives.calc.mechanic import Mechanic
from incentives.calc.quantities import Quantity
from incentives.calc.state import PAYS_NOTHING, Outcome, State, without_value
from incentives.calc.telling import told
from kernel.issues import N_


@dataclass(frozen=True, slots=True)
class Spiff:
    """``amount`` for each record of ``events`` above 0, in order of close time, then id.

    ``first`` limits how many are paid: of each payee, or across all payees of the inputs (at the
    same moment: smaller record id first, then smaller payee id).
    """

    events: str
    amount: Quantity
    first: Fraction | None
    across: str

    def apply(self, state: State) -> Outcome:
        amount = state.read(self.amount, "amount")
        events = state.named(self.events)
        if amount.value is None or events.value is None:
            return without_value(state, "spiff", (events, amount), PAYS_NOTHING)
        chosen = self._chosen(state)
        parts = [replace(part, value=amount.value) for part in chosen]
        total = amount.value * len(parts)
        trace = told(
            "spiff",
            N_("{count} × {amount} = {value}"),
            total,
            children=(events.trace, amount.trace),
            sources=[part.id for part in chosen],
            count=len(chosen),
            amount=amount.value,
        )
        return state.earned(total, parts), trace

    def _chosen(self, state: State) -> list[Part]:
        own = [part for part in state.parts(self.events) if part.value > 0]
        if self.first is None:
            return own
        if self.across == "payee":
            return own[: int(self.first)]
        payee = state.desk.payee.id
        queue = sorted(
            (*(part.credit.order if part.credit else ("", part.id)), desk.payee.id)
            for desk in state.desk.world.desks.values()
            for part in desk.measured(self.events, {}).parts or ()
            if part.value > 0
        )
        lucky = {key for _, key, who in queue[: int(self.first)] if who == payee}
        return [part for part in own if part.id in lucky]


MECHANIC = Mechanic(
    key="spiff",
    make=Spiff,
    fields=(
        Field("events", MeasureName(), "a sum or a count of credits"),
        Field("amount", Amount(Fraction(0)), "the amount per event"),
        Field("first", Number(Fraction(1), whole=True), "how many are paid; else all", None),
        Field("across", Choice(("payee", "plan")), "whom the stock is for", "payee"),
    ),
    kind="earns",
    summary="fixed per event, first N",
    by_deal=lambda _step: True,
)
