"""SPIFF: a fixed amount per event, for the first so many."""

from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from math import floor

from incentives.calc.fields import Amount, Choice, Day, Field, MeasureName, Number
from incentives.calc.measured import Part, deals_of
from incentives.calc.mechanic import Mechanic
from incentives.calc.quantities import Quantity, constant
from incentives.calc.state import PAYS_NOTHING, Outcome, State, without_value
from incentives.calc.telling import told
from kernel.issues import N_


@dataclass(frozen=True, slots=True)
class Spiff:
    """``amount`` for each record of ``events`` above 0, in order of close time, then id.

    ``first`` limits how many are paid: of each payee, or across all whom the component is
    for (at the same moment: smaller record id first, then smaller payee id). Only records closed
    within the window count; ``already`` is how many of the stock were taken before this period.
    """

    events: str
    amount: Quantity
    first: Fraction | None
    across: str
    window_from: date | None
    window_to: date | None
    already: Quantity

    def apply(self, state: State) -> Outcome:
        amount, already = state.read(self.amount, "amount"), state.read(self.already, "already")
        events = state.named(self.events)
        if amount.value is None or already.value is None or events.value is None:
            return without_value(state, "spiff", (events, amount, already), PAYS_NOTHING)
        left = None if self.first is None else max(floor(self.first - already.value), 0)
        chosen = self._chosen(state, left)
        parts = [replace(part, value=amount.value) for part in chosen]
        total = amount.value * len(parts)
        trace = told(
            "spiff",
            N_("{count} × {amount} = {value}"),
            total,
            children=(events.trace, amount.trace, already.trace),
            sources=[part.id for part in chosen],
            count=len(chosen),
            amount=amount.value,
            left="" if left is None else left,
            across=self.across,
            window_from=self.window_from or "",
            window_to=self.window_to or "",
        )
        return state.earned(total, parts), trace

    def counts(self, part: Part, timezone: str) -> bool:
        """Whether a record is positive and closed within the window."""
        if part.value <= 0:
            return False
        if self.window_from is None and self.window_to is None:
            return True
        day = None if part.credit is None else part.credit.closed_on(timezone)
        if day is None:
            return False
        late = self.window_to is not None and day >= self.window_to
        return not late and (self.window_from is None or day >= self.window_from)

    def _chosen(self, state: State, left: int | None) -> list[Part]:
        zone = state.desk.world.inputs.timezone
        own = [part for part in state.parts(self.events) if self.counts(part, zone)]
        if left is None:
            return own
        if self.across == "payee":
            return own[:left]
        payee = state.desk.payee.id
        queue = sorted(
            (*(part.credit.order if part.credit else ("", part.id)), desk.payee.id)
            for desk in state.desk.world.sharing
            if state.takes_part(desk)
            for part in deals_of(desk.measured(self.events, {}).parts or ())
            if self.counts(part, zone)
        )
        lucky = {key for _, key, who in queue[:left] if who == payee}
        return [part for part in own if part.id in lucky]


MECHANIC = Mechanic(
    key="spiff",
    make=Spiff,
    fields=(
        Field("events", MeasureName(), "a sum or a count of credits"),
        Field("amount", Amount(Fraction(0)), "the amount per event"),
        Field("first", Number(Fraction(1), whole=True), "how many are paid; else all", None),
        Field("across", Choice(("payee", "plan")), "whom the stock is for", "payee"),
        Field("window_from", Day(), "only records closed on or after this day", None),
        Field("window_to", Day(), "only records closed before this day", None),
        Field("already", Amount(), "how many of `first` were paid before", constant(0)),
    ),
    kind="earns",
    summary=N_("fixed per event, first N"),
    title=N_("Bonus by event (SPIFF)"),
    sentence=N_("{amount} for each record of {events}."),
    by_deal=lambda _step: True,
)
