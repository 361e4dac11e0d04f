"""The registry of mechanics. Adding one: its module, one line here, one algorithms section."""

from collections.abc import Mapping
from types import MappingProxyType

from incentives.calc.mechanic import Mechanic
from incentives.calc.steps import (
    accelerator,
    bonus_steps,
    cap,
    challenge_prize,
    clawback,
    curves,
    deal_tiers,
    draw,
    fixed_amount,
    flat_rate,
    floor,
    gate,
    holdback,
    marginal_tiers,
    matrix,
    mbo,
    money_split,
    multiplier,
    payment_schedule,
    proration,
    quota_rate,
    ramp,
    retroactive_tiers,
    rounding,
    scorecard,
    spiff,
    team_pool,
    threshold,
    top_tier_excess,
    true_up,
    windfall,
)

_ALL: tuple[Mechanic, ...] = (
    # They change what a name means for the steps below them.
    threshold.MECHANIC,
    windfall.MECHANIC,
    proration.MEASURE,
    ramp.MECHANIC,
    # They earn.
    flat_rate.MECHANIC,
    marginal_tiers.MECHANIC,
    retroactive_tiers.MECHANIC,
    top_tier_excess.MECHANIC,
    deal_tiers.MECHANIC,
    quota_rate.MECHANIC,
    accelerator.MECHANIC,
    curves.CURVE,
    curves.STEPS,
    matrix.MECHANIC,
    scorecard.MECHANIC,
    mbo.MECHANIC,
    spiff.MECHANIC,
    bonus_steps.MECHANIC,
    challenge_prize.MECHANIC,
    fixed_amount.MECHANIC,
    team_pool.MECHANIC,
    # They adjust the amount.
    money_split.MECHANIC,
    multiplier.MECHANIC,
    multiplier.LEVERAGE,
    gate.MECHANIC,
    cap.MECHANIC,
    floor.MECHANIC,
    floor.GUARANTEE,
    proration.PAY,
    true_up.MECHANIC,
    draw.MECHANIC,
    rounding.MECHANIC,
    # They settle: they decide when what was earned is paid, and what is taken back.
    holdback.MECHANIC,
    payment_schedule.MECHANIC,
    clawback.MECHANIC,
)
MECHANICS: Mapping[str, Mechanic] = MappingProxyType({m.key: m for m in _ALL})
