"""True-up: what is earned since the year or quarter began, less what was already earned."""

from dataclasses import dataclass, replace
from fractions import Fraction

from incentives.calc.fields import Amount, Choice, Field, Key
from incentives.calc.mechanic import Mechanic
from incentives.calc.quantities import Quantity
from incentives.calc.spans import SINCE, YEAR_STARTS, span_balance
from incentives.calc.state import CHANGES_NOTHING, Outcome, Reading, State, without_value
from incentives.calc.telling import told
from kernel.issues import N_


@dataclass(frozen=True, slots=True)
class TrueUp:
    """amount - ``already``. A negative rest is kept, dropped (zero), or carried as a balance.

    Without ``already`` the step remembers by itself, in ``carried``, what the same steps had earned
    in the year (half, quarter: `since`) up to the period before.
    """

    already: Quantity | None
    negative: str
    balance: str
    since: str
    year_starts: Fraction

    def apply(self, state: State) -> Outcome:
        already = self._already(state)
        if already.value is None:
            return without_value(state, "true_up", (already,), CHANGES_NOTHING)
        earned = state.amount
        brought = state.desk.payee.carried.get(self.balance, Fraction(0))
        before = brought if self.negative == "carry" else Fraction(0)
        rest = state.amount - already.value + before
        paid = rest if self.negative == "allow" else max(rest, Fraction(0))
        after = state.set_to(paid)
        if self.negative == "carry":
            after = after.owing(self.balance, before, rest - paid, "owed")
        if self.already is None:
            after = replace(after, carried={**after.carried, self._memory(state): earned})
        trace = told(
            "true_up",
            N_("earned {earned}, already {already}, carried in {brought}: {value}"),
            paid,
            children=(already.trace,),
            earned=earned,
            already=already.value,
            brought=before,
            negative=self.negative,
        )
        return after, trace

    def _already(self, state: State) -> Reading:
        if self.already is not None:
            return state.read(self.already, "already")
        name = self._memory(state)
        value = state.desk.payee.carried.get(name, Fraction(0))
        return Reading(value, told("carried", N_("{name}: {value} before"), value, name=name))

    def _memory(self, state: State) -> str:
        start = state.desk.world.inputs.period.start
        return span_balance(f"{self.balance}.earned", start, self.since, self.year_starts)


MECHANIC = Mechanic(
    key="true_up",
    make=TrueUp,
    fields=(
        Field(
            "already",
            Amount(),
            "what was earned by the same rule before; when absent, remembered since `since` began",
            None,
        ),
        Field("negative", Choice(("allow", "zero", "carry")), "a negative rest", "allow"),
        Field("balance", Key(), "the name of the carried balance", "true_up"),
        SINCE,
        YEAR_STARTS,
    ),
    kind="adjusts",
    summary=N_("earned to date − already earned"),
    title=N_("True-up of the year"),
    sentence=N_("Less what was already earned: {already}."),
)
