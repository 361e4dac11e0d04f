"""Threshold: nothing counts below it; above, all counts or only the excess."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from incentives.calc.fields import Amount, Choice, Field, MeasureName
from incentives.calc.measured import Measured, Part, deals_of
from incentives.calc.mechanic import Mechanic
from incentives.calc.quantities import Quantity
from incentives.calc.reader import Reader
from incentives.calc.state import COUNTS_NOTHING, Outcome, Reading, State, without_value
from incentives.calc.telling import told
from kernel.documents import joined
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
        slices = self._slices(measure, at.value) if met else None
        return state.rebinding(self.measure, Measured(counted, trace, parts, slices)), trace

    def _slices(self, measure: Measured, at: Fraction) -> tuple[Part, ...] | None:
        """What counts of each deal; of the deal that crosses the threshold, what lies above."""
        if self.counts == "all" or measure.parts is None or self.value is not None or at < 0:
            return measure.slices if self.counts == "all" else None
        return tuple(_above(deals_of(measure.parts), at))

    def _counted(self, whole: Fraction, at: Fraction) -> Fraction:
        return whole if self.counts == "all" else whole - at


def _above(parts: Sequence[Part], at: Fraction) -> Iterator[Part]:
    """Deal by deal what the running total gains above a limit; a credit note takes it back."""
    total = Fraction(0)
    for part in parts:
        before, total = max(total - at, Fraction(0)), total + part.value
        yield replace(part, value=max(total - at, Fraction(0)) - before, within=None)


def _check(reader: Reader, step: Threshold, path: str) -> None:
    if step.counts == "excess" and step.value is not None:
        reader.unfit(
            joined(path, "value"),
            "plan.excess_of_another",
            N_("What exceeds a limit of one value cannot be taken from another."),
            N_("State the limit in units of the measure, such as `at: quota * 80 %`."),
        )


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
    title=N_("Threshold"),
    sentence=N_("{measure} counts only from {at} on."),
    check=_check,
)
