"""Which people of a team need their manager today, and why: a pure function of figures.

Four rules, each with its limit here, none of them a rank among people: somebody is compared with
the own objective, the own past or the calendar, never with a colleague.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from kpis.calc.figures import Figure
from kpis.choices import Better, Unit
from kpis.queries import HeatCell, HeatMap, HeatRow, KpiInfo

EARLY = Fraction(1, 5)
"""Before this part of the period nothing is said about objectives: a bad week is not a month."""
BEHIND = Fraction(4, 5)
"""Under this part of the pace an objective is at risk."""
TOO_STEEP = 2
"""An objective whose rest asks for more than this many times the speed so far is out of reach."""
FALLEN = Fraction(3, 5)
"""Heading for less than this part of the whole previous period is a fall."""


class Kind(StrEnum):
    """Why somebody needs attention, most urgent first."""

    SILENT = "silent"
    OUT_OF_REACH = "out_of_reach"
    BEHIND = "behind"
    FALL = "fall"


@dataclass(frozen=True, slots=True)
class Alert:
    """One person, the most urgent reason, and how many figures say so.

    `part` is the attainment over the pace (BEHIND, OUT_OF_REACH) or the expected figure over the
    previous one (FALL); `missing` what is missing to the objective.
    """

    person_id: int
    name: str
    initials: str
    kind: Kind
    kpi: KpiInfo | None
    figure: Figure | None
    part: Fraction
    missing: Fraction
    also: int


def alerts(heat: HeatMap, silent: Collection[int]) -> list[Alert]:
    """One alert per person who needs one, most urgent first. `silent`: nothing recorded lately."""
    found = [one for row in heat.rows if (one := _of_person(heat, row, row.person_id in silent))]
    order = list(Kind)
    return sorted(found, key=lambda one: (order.index(one.kind), one.part, one.name))


def _of_person(heat: HeatMap, row: HeatRow, is_silent: bool) -> Alert | None:
    reasons = [
        reason
        for info, cell in zip(heat.kpis, row.cells, strict=True)
        if (reason := _reason(info, cell)) is not None
    ]
    if is_silent:
        return _alert(row, Kind.SILENT, None, None, Fraction(0), Fraction(0), len(reasons))
    if not reasons:
        return None
    order = list(Kind)
    # a stable sort: among equals the more important KPI of the scorecard stays first
    kind, info, cell, part, missing = sorted(reasons, key=lambda one: order.index(one[0]))[0]
    return _alert(row, kind, info, cell.figure, part, missing, len(reasons) - 1)


def _alert(
    row: HeatRow,
    kind: Kind,
    info: KpiInfo | None,
    figure: Figure | None,
    part: Fraction,
    missing: Fraction,
    also: int,
) -> Alert:
    return Alert(row.person_id, row.name, row.initials, kind, info, figure, part, missing, also)


Reason = tuple[Kind, KpiInfo, HeatCell, Fraction, Fraction]


def _reason(info: KpiInfo, cell: HeatCell) -> Reason | None:
    """What one figure says about its person, if anything."""
    value, target, paced = cell.figure.value, cell.target, cell.pace
    if target is None or paced is None or value is None or cell.attainment is None:
        return None
    if info.better != Better.UP or paced < EARLY:
        return None
    part = cell.attainment / paced
    missing = max(Fraction(0), target.value - value)
    if info.unit in (Unit.COUNT, Unit.MONEY) and _is_too_steep(value, target.value, paced):
        return Kind.OUT_OF_REACH, info, cell, part, missing
    if part < BEHIND:
        return Kind.BEHIND, info, cell, part, missing
    before = cell.previous.value
    if info.unit in (Unit.COUNT, Unit.MONEY) and before and value / paced < before * FALLEN:
        return Kind.FALL, info, cell, value / paced / before, missing
    return None


def _is_too_steep(value: Fraction, target: Fraction, paced: Fraction) -> bool:
    """Whether the rest of the period would need more than `TOO_STEEP` times the speed so far."""
    if value >= target:
        return False
    if paced >= 1:
        return True
    return (target - value) / (1 - paced) > TOO_STEEP * value / paced


def needs_a_person(found: Sequence[Alert], most: int = 3) -> list[Alert]:
    """The few that a manager can act on today."""
    return list(found[:most])
