"""Windfall limit: no single deal counts for more than so much."""

from dataclasses import dataclass, replace
from fractions import Fraction

from incentives.calc.fields import Amount, Field, MeasureName
from incentives.calc.measured import Measured
from incentives.calc.mechanic import Mechanic
from incentives.calc.quantities import Quantity
from incentives.calc.state import COUNTS_NOTHING, Outcome, State, without_value
from incentives.calc.telling import told
from kernel.issues import N_


@dataclass(frozen=True, slots=True)
class Windfall:
    """Rebinds ``measure``: each record counts at most ``limit``, a credit note at most minus it."""

    measure: str
    limit: Quantity

    def apply(self, state: State) -> Outcome:
        measure, limit = state.named(self.measure), state.read(self.limit, "limit")
        if measure.value is None or limit.value is None:
            after, trace = without_value(state, "windfall", (measure, limit), COUNTS_NOTHING)
            return after.rebinding(self.measure, Measured(None, trace)), trace
        most = limit.value
        parts = tuple(
            replace(part, value=max(min(part.value, most), -most))
            for part in state.parts(self.measure)
        )
        value = sum((part.value for part in parts), Fraction(0))
        trace = told(
            "windfall",
            N_("{name}: {before}, each record at most {limit} = {value}"),
            value,
            children=(measure.trace, limit.trace),
            name=self.measure,
            before=measure.value,
            limit=most,
        )
        return state.rebinding(self.measure, Measured(value, trace, parts)), trace


MECHANIC = Mechanic(
    key="windfall",
    make=Windfall,
    fields=(
        Field("measure", MeasureName(), "a measure that is a sum over credits"),
        Field("limit", Amount(Fraction(0)), "the most that one record counts"),
    ),
    kind="measures",
    summary="each deal counts at most so much",
)
