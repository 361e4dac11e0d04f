"""Rounding step: the only steps of a plan that round, beside the payment line itself."""

from dataclasses import dataclass
from fractions import Fraction

from incentives.calc.fields import PLACES, Choice, Field
from incentives.calc.mechanic import Mechanic
from incentives.calc.state import Outcome, State
from incentives.calc.telling import told
from kernel.issues import N_
from kernel.numbers import Rounding, round_to

MODES = tuple(mode.value for mode in Rounding)


@dataclass(frozen=True, slots=True)
class Round:
    """The amount to ``places`` decimals (negative: to tens, hundreds), symmetric around 0."""

    places: Fraction
    mode: str

    def apply(self, state: State) -> Outcome:
        rounded = Fraction(round_to(state.amount, int(self.places), Rounding(self.mode)))
        after = state if rounded == state.amount else state.set_to(rounded)
        trace = told(
            "round",
            N_("{before} rounded to {places} places ({mode}) = {value}"),
            rounded,
            before=state.amount,
            places=int(self.places),
            mode=self.mode,
        )
        return after, trace


MECHANIC = Mechanic(
    key="round",
    make=Round,
    fields=(
        Field("places", PLACES, "decimals of the currency's main unit",
              Fraction(2)),
        Field("mode", Choice(MODES), "half_up, half_even, down (towards 0), up", "half_up"),
    ),
    kind="adjusts",
    summary=N_("a named rounding"),
    title=N_("Rounding"),
    sentence=N_("Rounded to {places} decimals, {mode}."),
    needs_earned=True,
)  # fmt: skip
