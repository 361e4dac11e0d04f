"""Cap: at most so much, of the component, of each deal, or of the whole plan."""

from dataclasses import dataclass, replace
from fractions import Fraction

from incentives.calc.fields import Amount, Choice, Field, Key
from incentives.calc.mechanic import Mechanic
from incentives.calc.quantities import Quantity, constant
from incentives.calc.state import CHANGES_NOTHING, Excess, Outcome, State, without_value
from incentives.calc.telling import told
from kernel.issues import N_


@dataclass(frozen=True, slots=True)
class Cap:
    """min(amount, ``at`` - ``already``), never below 0 by the cap itself; shows the excess.

    By deal the cap is symmetric: the credit note of a capped deal takes back no more than the
    cap. ``already`` is what was paid under the same cap before (a yearly cap paid monthly).
    """

    at: Quantity
    scope: str
    already: Quantity
    excess: str
    balance: str

    def apply(self, state: State) -> Outcome:
        at, already = state.read(self.at, "at"), state.read(self.already, "already")
        if at.value is None or already.value is None:
            return without_value(state, "cap", (at, already), CHANGES_NOTHING)
        room = max(at.value - already.value, Fraction(0))
        if self.scope == "deal":
            after = state.by_deal(lambda part: max(min(part.value, room), -room))
        elif state.amount > room:
            after = state.set_to(room)
        else:
            after = state
        over = state.amount - after.amount
        if over:
            kept = Excess(state.path, over, self.excess)
            after = replace(after, excess=(*after.excess, kept))
        if self.excess == "carried":
            after = replace(after, carried={**after.carried, self.balance: over})
        label = (
            N_("cap of {room}: {before} becomes {value}, excess {over}")
            if over
            else N_("cap of {room} not reached by {before}")
        )
        trace = told(
            "cap",
            label,
            after.amount,
            children=(at.trace, already.trace),
            room=room,
            before=state.amount,
            over=over,
            scope=self.scope,
            fate=self.excess,
        )
        return after, trace


MECHANIC = Mechanic(
    key="cap",
    make=Cap,
    fields=(
        Field("at", Amount(Fraction(0)), "the most that is paid"),
        Field(
            "scope",
            Choice(("total", "deal")),
            "total: the amount so far; deal: each deal's amount",
            "total",
        ),
        Field("already", Amount(), "what was paid under this cap before", constant(0)),
        Field("excess", Choice(("lost", "carried")), "what happens to the excess", "lost"),
        Field("balance", Key(), "the name of a carried excess in `carried`", "excess"),
    ),
    kind="adjusts",
    summary="at most so much",
    by_deal=lambda step: bool(step.scope == "deal"),
    needs_deals=lambda step: bool(step.scope == "deal"),
)
