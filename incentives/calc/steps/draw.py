"""Draw: an advance that the period's earnings are set against, recoverable or not."""

from dataclasses import dataclass, replace
from fractions import Fraction

from incentives.calc.fields import Amount, Choice, Field, Flag, Key
from incentives.calc.mechanic import Mechanic
from incentives.calc.moves import Move
from incentives.calc.quantities import Quantity, constant
from incentives.calc.state import (
    CHANGES_NOTHING,
    Outcome,
    State,
    read_all,
    values_of,
    without_value,
)
from incentives.calc.telling import told
from kernel.issues import N_
from kernel.money import Money
from kernel.trace import Step


@dataclass(frozen=True, slots=True)
class Draw:
    """max(``draw``, gross + debt) less what was ``advanced``; the debt (<= 0) is carried on.

    A surplus is paid at once and never set against later periods. Without ``recoverable`` there
    is no debt: max(draw, gross).
    """

    draw: Quantity
    recoverable: bool
    advanced: Quantity
    balance: str
    on_leaving: str

    def apply(self, state: State) -> Outcome:
        read = read_all(state, self, ("draw", "advanced"))
        numbers = values_of(read)
        if numbers is None:
            return without_value(state, "draw", read, CHANGES_NOTHING)
        draw, advanced = numbers
        debt, leaving = self._debt(state), self._leaving(state)
        # with the last pay no more is advanced: what is earned pays the debt back
        least = Fraction(0) if leaving and self.on_leaving != "keep" else draw
        due = max(least, state.amount + debt)
        left = debt + state.amount - due if self.recoverable else Fraction(0)
        waived = left if leaving and self.on_leaving == "waive" else Fraction(0)
        opening = told("carried", N_("debt carried in: {value}"), debt, name=self.balance)
        closing = told("carried", N_("debt carried on: {value}"), left, name=self.balance)
        children = [*(reading.trace for reading in read), opening, closing]
        if waived:
            children.append(told("waived", N_("waived on leaving: {value}"), -waived))
        after = state.set_to(due - advanced).owing(self.balance, debt, left)
        after = _waived(after, self.balance, left, waived)
        before = Money.rounded(advanced, state.desk.world.currency)
        after = replace(after, moves=(*after.moves, Move("prepaid", "payable", "paid", before)))
        return after, self._told(state, due, advanced, children)

    def _leaving(self, state: State) -> bool:
        """Whether the payee leaves in this period."""
        period, left_on = state.desk.world.inputs.period, state.desk.payee.present_to
        return left_on is not None and left_on < period.end

    def _debt(self, state: State) -> Fraction:
        carried = state.desk.payee.carried.get(self.balance, Fraction(0))
        return min(carried, Fraction(0)) if self.recoverable else Fraction(0)

    def _told(self, state: State, due: Fraction, advanced: Fraction, children: list[Step]) -> Step:
        return told(
            "draw",
            N_("earned {gross}, due {due}, advanced {advanced}: {value}"),
            due - advanced,
            children=children,
            gross=state.amount,
            due=due,
            advanced=advanced,
        )


def _waived(state: State, balance: str, left: Fraction, waived: Fraction) -> State:
    """The state after a debt was forgiven: earned after all."""
    if not waived:
        return state
    amount = Money.rounded(-waived, state.desk.world.currency)
    carried = {**state.carried, balance: left - waived}
    move = Move("waived", "earned", "debt", amount)
    return replace(state, carried=carried, moves=(*state.moves, move))


MECHANIC = Mechanic(
    key="draw",
    make=Draw,
    fields=(
        Field("draw", Amount(Fraction(0)), "the least that is due for the period"),
        Field("recoverable", Flag(), "the shortfall becomes a debt", True),
        Field("advanced", Amount(Fraction(0)), "what was already paid out", constant(0)),
        Field("balance", Key(), "the name of the debt in `carried`", "draw"),
        Field(
            "on_leaving",
            Choice(("keep", "recover", "waive")),
            "the last pay of a leaver: as ever; no more advance, so that earnings pay the debt"
            " back; the same and the rest of the debt forgiven",
            "keep",
        ),
    ),
    kind="adjusts",
    summary=N_("max(draw, gross + debt)"),
    title=N_("Draw"),
    sentence=N_("An advance of {draw} is due at least."),
)
