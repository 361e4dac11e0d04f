"""Tier per transaction: the size of each deal picks that deal's rate."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from incentives.calc.bands import ON_LIMIT, Band, Bands, band_of
from incentives.calc.fields import Field, MeasureName
from incentives.calc.measured import Part
from incentives.calc.mechanic import Mechanic
from incentives.calc.state import PAYS_NOTHING, Outcome, Reading, State, without_value
from incentives.calc.telling import told
from kernel.issues import N_
from kernel.trace import Step


@dataclass(frozen=True, slots=True)
class DealTiers:
    """Sum over the deals of rate(|size|) x size: a credit note takes the rate of its sale."""

    base: str
    tiers: tuple[Band, ...]
    on_limit: str

    def apply(self, state: State) -> Outcome:
        base = state.named(self.base)
        rates = [state.read(tier.value, "rate") for tier in self.tiers]
        if base.value is None or any(rate.value is None for rate in rates):
            return without_value(state, "deal_tiers", (base, *rates), PAYS_NOTHING)
        found = [self._deal(part, rates) for part in state.parts(self.base)]
        total = sum((part.value for part, _ in found), Fraction(0))
        steps = (base.trace, *(rate.trace for rate in rates), *(trace for _, trace in found))
        trace = told("deal_tiers", N_("sum of the deals = {value}"), total, children=steps)
        return state.earned(total, [part for part, _ in found]), trace

    def _deal(self, part: Part, rates: Sequence[Reading]) -> tuple[Part, Step]:
        tier = band_of(self.tiers, abs(part.value), self.on_limit, Fraction(1)) or self.tiers[0]
        rate = rates[self.tiers.index(tier)].value or Fraction(0)
        pays = rate * part.value
        trace = told(
            "deal",
            N_("{id}: {rate} × {size} = {value}"),
            pays,
            sources=(part.id,),
            id=part.id,
            rate=rate,
            size=part.value,
        )
        return replace(part, value=pays), trace


MECHANIC = Mechanic(
    key="deal_tiers",
    make=DealTiers,
    fields=(
        Field("base", MeasureName(), "a measure that is a sum over credits"),
        Field("tiers", Bands("rate", "the rate of a deal of this size"), "by size, rising from 0"),
        ON_LIMIT,
    ),
    kind="earns",
    summary="each deal at the rate of its own size",
    by_deal=lambda _step: True,
)
