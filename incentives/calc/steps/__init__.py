"""The registry of mechanics. Adding one: its module, one line here, one algorithms section."""

from collections.abc import Mapping
from types import MappingProxyType

from incentives.calc.mechanic import Mechanic
from incentives.calc.steps import (
    accelerator,
    cap,
    deal_tiers,
    flat_rate,
    floor,
    gate,
    marginal_tiers,
    quota_rate,
    retroactive_tiers,
    rounding,
    threshold,
)

_ALL = (
    threshold.MECHANIC,
    flat_rate.MECHANIC,
    marginal_tiers.MECHANIC,
    retroactive_tiers.MECHANIC,
    deal_tiers.MECHANIC,
    quota_rate.MECHANIC,
    accelerator.MECHANIC,
    gate.MECHANIC,
    cap.MECHANIC,
    floor.MECHANIC,
    floor.GUARANTEE,
    rounding.MECHANIC,
)
MECHANICS: Mapping[str, Mechanic] = MappingProxyType({m.key: m for m in _ALL})
