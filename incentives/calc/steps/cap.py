"""Cap: at most so much, of the component, of each deal, of the plan, or of a year or quarter."""

from dataclasses import dataclass, replace
from fractions import Fraction

from incentives.calc.fields import Amount, Choice, Field, Key
from incentives.calc.mechanic import Mechanic
from incentives.calc.quantities import Quantity, constant
from incentives.calc.reader import Reader
from incentives.calc.spans import SPANS, YEAR_STARTS, span_balance
from incentives.calc.state import (
    CHANGES_NOTHING,
    Excess,
    Outcome,
    State,
    changed_deals,
    without_value,
)
from incentives.calc.telling import told
from kernel.documents import joined
from kernel.issues import N_
from kernel.trace import Step


@dataclass(frozen=True, slots=True)
class Cap:
    """min(amount, ``at`` - ``already``), never below 0 by the cap itself; shows the excess.

    By deal the cap is symmetric: the credit note of a capped deal takes back no more than the
    cap. ``already`` is what was paid under the same cap before; of a year, half or
    quarter, the cap knows it by itself. A carried excess is paid as soon as there is room under the
    cap.
    """

    at: Quantity
    scope: str
    already: Quantity
    excess: str
    balance: str
    year_starts: Fraction

    def apply(self, state: State) -> Outcome:
        at, already = state.read(self.at, "at"), state.read(self.already, "already")
        if at.value is None or already.value is None:
            return without_value(state, "cap", (at, already), CHANGES_NOTHING)
        paid, waiting = self._paid_before(state), self._waiting(state)
        room = max(at.value - already.value - paid, Fraction(0))
        before = state.set_to(state.amount + waiting) if waiting else state
        after, over = self._capped(before, room)
        traces = [at.trace, already.trace, *self._carried(state, paid, waiting)]
        if self.scope == "deal":
            traces += changed_deals(before, after)
        return after, self._told(before, after, room, over, traces)

    def _capped(self, state: State, room: Fraction) -> tuple[State, Fraction]:
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
        carried = dict(after.carried)
        if self.excess == "carried":
            carried[self.balance] = over
        if self.scope in SPANS:
            carried[self._memory(state)] = self._paid_before(state) + after.amount
        return replace(after, carried=carried), over

    def _memory(self, state: State) -> str:
        start = state.desk.world.inputs.period.start
        return span_balance(f"{self.balance}.paid", start, self.scope, self.year_starts)

    def _paid_before(self, state: State) -> Fraction:
        if self.scope not in SPANS:
            return Fraction(0)
        return state.desk.payee.carried.get(self._memory(state), Fraction(0))

    def _waiting(self, state: State) -> Fraction:
        """The excess of earlier periods that waits for room."""
        if self.excess != "carried":
            return Fraction(0)
        return max(state.desk.payee.carried.get(self.balance, Fraction(0)), Fraction(0))

    def _carried(self, state: State, paid: Fraction, waiting: Fraction) -> list[Step]:
        found = []
        if paid and self.scope == "year":
            found.append(told("carried", N_("paid this year before: {value}"), paid, name="paid"))
        elif paid:
            name = self._memory(state)
            found.append(told("carried", N_("{name}: {value} before"), paid, name=name))
        if waiting:
            label = N_("excess carried in: {value}")
            found.append(told("carried", label, waiting, name="excess"))
        return found

    def _told(
        self, before: State, after: State, room: Fraction, over: Fraction, traces: list[Step]
    ) -> Step:
        label = (
            N_("cap of {room}: {before} becomes {value}, excess {over}")
            if over
            else N_("cap of {room} not reached by {before}")
        )
        return told(
            "cap",
            label,
            after.amount,
            children=traces,
            room=room,
            before=before.amount,
            over=over,
            scope=self.scope,
            fate=self.excess,
        )


def _check(reader: Reader, step: Cap, path: str) -> None:
    if step.scope == "deal" and step.excess == "carried":
        reader.error(
            joined(path, "excess"),
            "plan.excess_by_deal",
            N_("What a cap of each deal keeps back cannot be carried: the deal is over."),
            N_("Use `excess: lost`, or a cap of the period or the year."),
        )


MECHANIC = Mechanic(
    key="cap",
    make=Cap,
    fields=(
        Field("at", Amount(Fraction(0)), "the most that is paid"),
        Field(
            "scope",
            Choice(("total", "deal", *SPANS)),
            "total: the amount of the period so far; deal: each deal's amount; quarter,"
            " half, year: of all its periods",
            "total",
        ),
        Field("already", Amount(), "what was paid under this cap before", constant(0)),
        Field("excess", Choice(("lost", "carried")), "lost, or paid once there is room", "lost"),
        Field("balance", Key(), "the name of what is carried in `carried`", "excess"),
        YEAR_STARTS,
    ),
    kind="adjusts",
    summary=N_("at most so much"),
    title=N_("Cap"),
    sentence=N_("At most {at}."),
    needs_earned=True,
    check=_check,
    by_deal=lambda step: bool(step.scope == "deal"),
    needs_deals=lambda step: bool(step.scope == "deal"),
)
