"""Proration, with its two switches: of the pay, and of an objective."""

from dataclasses import dataclass
from fractions import Fraction

from incentives.calc.fields import PLACES, Amount, Choice, Field, MeasureName
from incentives.calc.measured import Measured
from incentives.calc.mechanic import Mechanic
from incentives.calc.quantities import Quantity
from incentives.calc.state import COUNTS_NOTHING, Outcome, State, without_value
from incentives.calc.steps.curves import rounded_value
from incentives.calc.steps.multiplier import lacking, times
from incentives.calc.steps.rounding import MODES
from incentives.calc.telling import told
from kernel.issues import N_


@dataclass(frozen=True, slots=True)
class ProratePay:
    """amount x ``share``."""

    share: Quantity

    def apply(self, state: State) -> Outcome:
        share = state.read(self.share, "share")
        if share.value is None:
            return lacking(state, "prorate_pay", (share,), "keep")
        return times(state, "prorate_pay", share.value, (share,))


@dataclass(frozen=True, slots=True)
class ProrateMeasure:
    """Rebinds ``measure`` to measure x ``share``, rounded when the plan says so."""

    measure: str
    share: Quantity
    round_places: Fraction | None
    round_mode: str

    def apply(self, state: State) -> Outcome:
        measure, share = state.named(self.measure), state.read(self.share, "share")
        if measure.value is None or share.value is None:
            after, trace = without_value(state, "prorate_measure", (measure, share), COUNTS_NOTHING)
            return after.rebinding(self.measure, Measured(None, trace)), trace
        exact = measure.value * share.value
        value, rounding = rounded_value(exact, self.round_places, self.round_mode)
        trace = told(
            "prorate_measure",
            N_("{name}: {before} × {share} = {value}"),
            value,
            children=(measure.trace, share.trace, *rounding),
            name=self.measure,
            before=measure.value,
            share=share.value,
        )
        return state.rebinding(self.measure, Measured(value, trace)), trace


_SHARE = Field("share", Amount(Fraction(0)), "the share, 0 to 1: a measure of presence, 20 / 35")
PAY = Mechanic(
    key="prorate_pay",
    make=ProratePay,
    fields=(_SHARE,),
    kind="adjusts",
    summary=N_("amount × share"),
    title=N_("Prorated amount"),
    sentence=N_("The amount shrinks to {share} of it."),
    needs_earned=True,
    by_deal=lambda _step: True,
)
MEASURE = Mechanic(
    key="prorate_measure",
    make=ProrateMeasure,
    fields=(
        Field("measure", MeasureName(), "the objective or target pay that shrinks"),
        _SHARE,
        Field("round_places", PLACES, "round the result", None),
        Field("round_mode", Choice(MODES), "how", "half_up"),
    ),
    kind="measures",
    summary=N_("objective × share"),
    title=N_("Prorated objective"),
    sentence=N_("{measure} shrinks to {share} of it."),
)
