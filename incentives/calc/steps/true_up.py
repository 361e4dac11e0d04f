"""Year-to-date true-up: what is earned since the year began, less what was already earned."""

from dataclasses import dataclass
from fractions import Fraction

from incentives.calc.fields import Amount, Choice, Field, Key
from incentives.calc.mechanic import Mechanic
from incentives.calc.quantities import Quantity
from incentives.calc.state import CHANGES_NOTHING, Outcome, State, without_value
from incentives.calc.telling import told
from kernel.issues import N_


@dataclass(frozen=True, slots=True)
class TrueUp:
    """amount - ``already``. A negative rest is kept, dropped (zero), or carried as a balance."""

    already: Quantity
    negative: str
    balance: str

    def apply(self, state: State) -> Outcome:
        already = state.read(self.already, "already")
        if already.value is None:
            return without_value(state, "true_up", (already,), CHANGES_NOTHING)
        brought = state.desk.payee.carried.get(self.balance, Fraction(0))
        before = brought if self.negative == "carry" else Fraction(0)
        rest = state.amount - already.value + before
        paid = rest if self.negative == "allow" else max(rest, Fraction(0))
        after = state.set_to(paid)
        if self.negative == "carry":
            after = after.owing(self.balance, before, rest - paid)
        trace = told(
            "true_up",
            N_("earned {earned}, already {already}, carried in {brought}: {value}"),
            paid,
            children=(already.trace,),
            earned=state.amount,
            already=already.value,
            brought=before,
        )
        return after, trace


MECHANIC = Mechanic(
    key="true_up",
    make=TrueUp,
    fields=(
        Field("already", Amount(), "what was earned by the same rule before"),
        Field("negative", Choice(("allow", "zero", "carry")), "a negative rest", "allow"),
        Field("balance", Key(), "the name of the carried balance", "true_up"),
    ),
    kind="adjusts",
    summary="earned to date − already earned",
)
