"""Marginal tiers: each slice of the base is paid at the rate of its own tier."""

from dataclasses import dataclass
from fractions import Fraction

from incentives.calc.bands import UNIT, Band, Bands, overlap
from incentives.calc.fields import Amount, Field
from incentives.calc.mechanic import Mechanic
from incentives.calc.quantities import Quantity, constant
from incentives.calc.state import PAYS_NOTHING, Outcome, Reading, State, without_value
from incentives.calc.telling import told
from kernel.issues import N_
from kernel.trace import Step


@dataclass(frozen=True, slots=True)
class MarginalTiers:
    """Sum over the tiers of rate x the slice of ``start`` .. ``start`` + ``base`` inside.

    Limits count ``unit`` each (1, or an objective: then they are shares of it). What is below 0
    belongs to the first tier. Continuous, so the side of a limit does not change the amount.
    """

    base: Quantity
    tiers: tuple[Band, ...]
    unit: Quantity
    start: Quantity

    def apply(self, state: State) -> Outcome:
        base, unit, start = (
            state.read(self.base, "base"),
            state.read(self.unit, "unit"),
            state.read(self.start, "start"),
        )
        rates = [state.read(tier.value, "rate") for tier in self.tiers]
        read = (base, unit, start, *rates)
        if base.value is None or start.value is None or not unit.value or unit.value < 0:
            return without_value(state, "marginal_tiers", read, PAYS_NOTHING)
        if any(rate.value is None for rate in rates):
            return without_value(state, "marginal_tiers", read, PAYS_NOTHING)
        slices = [
            _slice(tier, rate, number == 0, start.value, base.value, unit.value)
            for number, (tier, rate) in enumerate(zip(self.tiers, rates, strict=True))
        ]
        total = sum((value for value, _ in slices), Fraction(0))
        label = N_("sum of the slices = {value}")
        steps = (base.trace, unit.trace, start.trace, *(trace for _, trace in slices))
        return state.earned(total), told("marginal_tiers", label, total, children=steps)


def _slice(
    tier: Band, rate: Reading, first: bool, start: Fraction, base: Fraction, unit: Fraction
) -> tuple[Fraction, Step]:
    width = overlap(tier, first, start + base, unit) - overlap(tier, first, start, unit)
    value = width * (rate.value or 0)
    trace = told(
        "slice",
        N_("from {lower}: {rate} × {width} = {value}"),
        value,
        children=(rate.trace,),
        lower=tier.lower * unit,
        rate=rate.value,
        width=width,
    )
    return value, trace


MECHANIC = Mechanic(
    key="marginal_tiers",
    make=MarginalTiers,
    fields=(
        Field("base", Amount(), "what is cut into slices"),
        Field("tiers", Bands("rate", "the rate of the slice"), "the tiers, rising from 0"),
        UNIT,
        Field("start", Amount(), "the total reached before this base (year to date)", constant(0)),
    ),
    kind="earns",
    summary=N_("sum of rate × slice"),
    title=N_("Marginal tiers"),
    sentence=N_("Each slice of {base} at the rate of its tier:"),
)
