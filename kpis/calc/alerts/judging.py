"""Whether a rule holds for what was observed: one pure function per rule, exact.

Each answers an `Observation` also where the rule does not hold, so that what an action was chosen
for can be followed afterwards; None where nothing can be said (no figure, no past to compare with).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from kpis.calc.alerts.rules import (
    Crossed,
    DealAtRisk,
    Demotivation,
    Level,
    Pace,
    Silence,
    Stall,
    Trend,
)
from kpis.calc.bands import Band, Bands

ADDITIVE = frozenset({"count", "money"})
"""Units in which half a period is worth half a target."""


ZERO = Fraction(0)


@dataclass(frozen=True, slots=True)
class Observation:
    """What a rule saw. `value` is the figure, `against` what it was held against, `part` the one
    over the other where that says something; `is_grave`: sooner than others."""

    holds: bool
    value: Fraction
    against: Fraction
    part: Fraction | None = None
    is_grave: bool = False


def level(rule: Level, value: Fraction | None) -> Observation | None:
    """Strictly beyond the limit."""
    if value is None:
        return None
    beyond = value > rule.limit if rule.above else value < rule.limit
    return Observation(beyond, value, rule.limit)


def trend(
    rule: Trend, better: str, value: Fraction | None, before: Fraction | None
) -> Observation | None:
    """Worse by at least `percent` of what it was; more is worse where less is better."""
    if value is None or before is None or before <= 0 or before < rule.least:
        return None
    part, step = value / before, rule.percent / 100
    worse = part <= 1 - step if better == "up" else part >= 1 + step
    return Observation(worse, value, before, part)


@dataclass(frozen=True, slots=True)
class Held:
    """An objective on a morning: `paced` is the part of the target that is due (1 for a rate),
    `passed` the part of its working days that are over."""

    unit: str
    better: str
    target: Fraction
    paced: Fraction
    passed: Fraction


def pace(rule: Pace, held: Held, value: Fraction | None) -> Observation | None:
    """Behind, or out of reach. Of a KPI where less is better a pace says nothing."""
    unit, target, paced = held.unit, held.target, held.paced
    if value is None or target <= 0 or held.better != "up" or paced <= 0:
        return None
    if held.passed * 100 < rule.after:
        return None
    part = value / target / paced
    steep = unit in ADDITIVE and _is_too_steep(value, target, paced, rule.times)
    return Observation(steep or part * 100 < rule.percent, value, target, part, steep)


def _is_too_steep(value: Fraction, target: Fraction, paced: Fraction, times: Fraction) -> bool:
    """Whether the rest of the period needs more than `times` the speed so far."""
    if value >= target:
        return False
    return paced >= 1 or (target - value) / (1 - paced) > times * value / paced


def stall(rule: Stall, value: Fraction | None, before: Fraction | None) -> Observation | None:
    """Nothing now, something before; a figure without a past cannot stall."""
    if before is None or before < rule.least:
        return None
    now = value or ZERO
    return Observation(now == 0, now, before)


def silence(rule: Silence, records: Fraction) -> Observation:
    """No record at all."""
    return Observation(records == 0, records, Fraction(rule.days), is_grave=True)


def crossed(_rule: Crossed, bands: Bands, value: Fraction | None) -> Observation | None:
    """In the bad band, where there is one."""
    if value is None or bands.bad is None:
        return None
    return Observation(bands.of(value) is Band.BAD, value, bands.bad.value)


def deal(rule: DealAtRisk, quiet_days: int, late_days: int) -> Observation:
    """As many working days without a record as the rule says, or more; or past its plan, by days
    of the calendar. The figure is the quiet days in both cases."""
    days, limit = Fraction(quiet_days), Fraction(rule.days)
    return Observation(days >= limit or is_late(rule, late_days), days, limit)


def is_late(rule: DealAtRisk, late_days: int) -> bool:
    """Whether a deal is past its planned closing date."""
    return late_days >= rule.late


@dataclass(frozen=True, slots=True)
class Week:
    """Records of one person in one week, and the days on which the person was at work."""

    records: Fraction
    days: int


def demotivation(rule: Demotivation, weeks: Sequence[Week]) -> Observation | None:
    """`weeks`, oldest first, are the `past` ones and then the last ones, all over.

    A week without a day at work says nothing: it is left out of the past, and as one of the last it
    leaves nothing to judge. Half of the past weeks must be there to compare with.
    """
    past = [one.records / one.days for one in weeks[: -rule.weeks] if one.days]
    last = [one.records / one.days for one in weeks[-rule.weeks :] if one.days]
    if 2 * len(past) < rule.past or len(last) < rule.weeks:
        return None
    middle = _median(past)
    if middle < rule.least or middle == 0:
        return None
    limit = middle * (1 - rule.percent / 100)
    highest = max(last)
    mean = sum(last, ZERO) / len(last)
    return Observation(highest <= limit, mean, middle, mean / middle)


def _median(values: Sequence[Fraction]) -> Fraction:
    ordered, half = sorted(values), len(values) // 2
    if len(ordered) % 2:
        return ordered[half]
    return (ordered[half - 1] + ordered[half]) / 2
