"""Top-tier excess only: the reached tier's rate on what exceeds its lower limit, nothing below."""

from dataclasses import dataclass

from incentives.calc.bands import ON_LIMIT, UNIT, Band, Bands, band_of
from incentives.calc.fields import Amount, Field
from incentives.calc.mechanic import Mechanic
from incentives.calc.quantities import Quantity
from incentives.calc.reader import Reader
from incentives.calc.state import PAYS_NOTHING, Outcome, State, read_all, without_value
from incentives.calc.telling import told
from kernel.issues import N_


@dataclass(frozen=True, slots=True)
class TopTierExcess:
    """rate of the reached tier x (``base`` - its lower limit): the amount falls at each limit."""

    base: Quantity
    tiers: tuple[Band, ...]
    unit: Quantity
    on_limit: str

    def apply(self, state: State) -> Outcome:
        base, unit = read_all(state, self, ("base", "unit"))
        if base.value is None or unit.value is None or unit.value <= 0:
            return without_value(state, "top_tier_excess", (base, unit), PAYS_NOTHING)
        tier = band_of(self.tiers, base.value, self.on_limit, unit.value) or self.tiers[0]
        rate = state.read(tier.value, "rate")
        if rate.value is None:
            return without_value(state, "top_tier_excess", (base, unit, rate), PAYS_NOTHING)
        lower = tier.lower * unit.value
        total = rate.value * (base.value - lower)
        trace = told(
            "top_tier_excess",
            N_("{rate} × ({base} − {lower}) = {value}"),
            total,
            children=(base.trace, unit.trace, rate.trace),
            rate=rate.value,
            base=base.value,
            lower=lower,
        )
        return state.earned(total), trace


def _check(reader: Reader, step: TopTierExcess, path: str) -> None:
    if len(step.tiers) > 1:
        reader.warning(
            path,
            "plan.not_monotone",
            N_("At each limit this step falls back to 0: selling more can pay less."),
            N_("Use marginal_tiers, unless this is what was agreed."),
        )


MECHANIC = Mechanic(
    key="top_tier_excess",
    make=TopTierExcess,
    fields=(
        Field("base", Amount(), "what is compared with the limits"),
        Field("tiers", Bands("rate", "the rate of what exceeds the limit"), "rising from 0"),
        UNIT,
        ON_LIMIT,
    ),
    kind="earns",
    summary=N_("rate of the reached tier × what exceeds its limit"),
    title=N_("Excess over the top tier"),
    sentence=N_("Only what exceeds the limit of the tier that {base} reaches, at its rate:"),
    check=_check,
)
