"""Threshold: nothing counts below it; above, all counts or only the excess."""

from dataclasses import dataclass
from fractions import Fraction

from incentives.calc.fields import Amount, Choice, Field, MeasureName
from incentives.calc.measured import Measured
from incentives.calc.mechanic import Mechanic
from incentives.calc.quantities import Quantity
from incentives.calc.state import COUNTS_NOTHING, Outcome, Reading, State, without_value
from incentives.calc.telling import told
from kernel.issues import N_


@dataclass(frozen=True, slots=True)
class Threshold:
    """Rebinds ``measure``: 0 below ``at``; from there the whole of it, or what exceeds ``at``.

    ``value`` is what must reach ``at``; it is the measure itself unless the plan says otherwise.
    """

    measure: str
    at: Quantity
    counts: str
    value: Quantity | None
    reached: str

    def apply(self, state: State) -> Outcome:
        measure, at = state.named(self.measure), state.read(self.at, "at")
        value = state.read(self.value, "value") if self.value else None
        level = measure.value if value is None else value.value
        read: list[Measured | Reading] = [measure, at, *([value] if value else [])]
        if measure.value is None or at.value is None or level is None:
            after, trace = without_value(state, "threshold", read, COUNTS_NOTHING)
            return after.rebinding(self.measure, Measured(None, trace)), trace
        met = level > at.value if self.reached == "above" else level >= at.value
        counted = self._counted(measure.value, at.value) if met else Fraction(0)
        label = (
            N_("{measure}: {level} reaches {at}, {value} counts")
            if met
            else N_("{measure}: {level} does not reach {at}, nothing counts")
        )
        trace = told(
            "threshold",
            label,
            counted,
            children=[reading.trace for reading in read],
            measure=self.measure,
            level=level,
            at=at.value,
            counts=self.counts,
            reached=self.reached,
        )
        parts = measure.parts if met and self.counts == "all" else None
        return state.rebinding(self.measure, Measured(counted, trace, parts)), trace

    def _counted(self, whole: Fraction, at: Fraction) -> Fraction:
        return whole if self.counts == "all" else whole - at


MECHANIC = Mechanic(
    key="threshold",
    make=Threshold,
    fields=(
        Field("measure", MeasureName(), "the measure that the steps below it read"),
        Field("at", Amount(), "the threshold"),
        Field(
            "counts",
            Choice(("all", "excess")),
            "all: from the first euro once reached; excess: only what lies above",
            "all",
        ),
        Field("value", Amount(), "what must reach the threshold; else the measure itself", None),
        Field("reached", Choice(("at_least", "above")), "the side of the limit", "at_least"),
    ),
    kind="measures",
    summary=N_("nothing counts below a limit"),
)
