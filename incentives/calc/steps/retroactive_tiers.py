"""Retroactive tiers: the tier that is reached sets the rate of the whole base."""

from dataclasses import dataclass

from incentives.calc.bands import ON_LIMIT, UNIT, Band, Bands, band_of
from incentives.calc.fields import Amount, Field
from incentives.calc.mechanic import Mechanic
from incentives.calc.quantities import Quantity
from incentives.calc.state import PAYS_NOTHING, Outcome, State, without_value
from incentives.calc.telling import told
from kernel.issues import N_


@dataclass(frozen=True, slots=True)
class RetroactiveTiers:
    """rate(level) x ``base``. A level below 0 takes the first tier's rate."""

    base: Quantity
    tiers: tuple[Band, ...]
    level: Quantity | None
    unit: Quantity
    on_limit: str

    def apply(self, state: State) -> Outcome:
        base, unit = state.read(self.base, "base"), state.read(self.unit, "unit")
        level = state.read(self.level or self.base, "level")
        read = (base, level, unit)
        if base.value is None or level.value is None or not unit.value or unit.value < 0:
            return without_value(state, "retroactive_tiers", read, PAYS_NOTHING)
        tier = band_of(self.tiers, level.value, self.on_limit, unit.value) or self.tiers[0]
        rate = state.read(tier.value, "rate")
        if rate.value is None:
            return without_value(state, "retroactive_tiers", (*read, rate), PAYS_NOTHING)
        total = rate.value * base.value
        trace = told(
            "retroactive_tiers",
            N_("{level} reaches the tier from {lower}: {rate} × {base} = {value}"),
            total,
            children=(base.trace, level.trace, unit.trace, rate.trace),
            level=level.value,
            lower=tier.lower * unit.value,
            rate=rate.value,
            base=base.value,
        )
        return state.earned(total), trace


MECHANIC = Mechanic(
    key="retroactive_tiers",
    make=RetroactiveTiers,
    fields=(
        Field("base", Amount(), "what the rate applies to, from the first unit on"),
        Field("tiers", Bands("rate", "the rate of the whole base"), "the tiers, rising from 0"),
        Field("level", Amount(), "what picks the tier; when absent, the base itself", None),
        UNIT,
        ON_LIMIT,
    ),
    kind="earns",
    summary=N_("rate of the reached tier × whole base"),
    title=N_("Retroactive tiers"),
    sentence=N_("All of {base} at the rate of the tier that is reached:"),
)
