"""The objectives of several people added up, against the figures of the same people.

What a whole team or company did stands beside; it would say nothing about objectives that only some
of its people have.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from django.utils.translation import gettext as _

from kernel.periods import Period
from kpis.calc.figures import attainment
from kpis.choices import Unit
from kpis.presenters import figure_text
from kpis.queries import (
    HeatCell,
    HeatMap,
    KpiInfo,
    ObjectiveRow,
    kpi_values,
    objectives_in,
    target_in,
)
from kpis.queries.objectives import pace_of
from people import queries as people

NOTHING = Fraction(0)


@dataclass(frozen=True, slots=True)
class Together:
    """What people are to reach together, and what these same people have reached.

    `pace` is the part that should be met by now; `with_one` of `people` have an objective.
    """

    target: Fraction
    reached: Fraction
    pace: Fraction | None
    with_one: int
    people: int

    def attained(self, better: str) -> Fraction | None:
        """The part that is reached."""
        return attainment(self.reached, self.target, better=better)

    def note(self, value: Fraction | None, info: KpiInfo, currency: str) -> str:
        """Whose figures are counted, where these are not all that `value` counts."""
        if self.reached == (value or NOTHING):
            return ""
        return _("%(reached)s by those with an objective (%(with)s of %(n)s)") % {
            "reached": figure_text(self.reached, info, currency),
            "with": self.with_one,
            "n": self.people,
        }


def of_heat(heat: HeatMap) -> list[Together | None]:
    """By column of a heat map; None without an objective, and for rates, which do not add up."""
    return [
        _of_cells([row.cells[at] for row in heat.rows])
        if info.unit in (Unit.COUNT, Unit.MONEY)
        else None
        for at, info in enumerate(heat.kpis)
    ]


def _of_cells(cells: Sequence[HeatCell]) -> Together | None:
    found = [(cell, cell.target.value) for cell in cells if cell.target is not None]
    target = sum((goal for _one, goal in found), NOTHING)
    if not target:
        return None
    reached = sum((cell.figure.value or NOTHING for cell, _goal in found), NOTHING)
    return Together(target, reached, found[0][0].pace, len(found), len(cells))


def of_company(kpi: str, period: Period, day: date) -> Together | None:
    """Of everybody who sells in the period; None when nobody has an objective.

    Somebody with objectives for some months of a quarter is counted in these months. Three queries
    and those of one figure for each different stretch of days that objectives are about.
    """
    calendar = people.company().calendar
    there = people.people_on(period)
    everybody = {row.person_id for row in there}
    rows: dict[int, list[ObjectiveRow]] = {}
    for row in objectives_in(period, person_ids=everybody, kpi_keys=[kpi]):
        if row.person_id is not None:
            rows.setdefault(row.person_id, []).append(row)
    goals: dict[Period, dict[int, Fraction]] = {}
    for person_id, own in rows.items():
        whole = target_in(own, period, calendar)
        parts = [(period, whole.value)] if whole else _within(own, period)
        for days, goal in parts:
            goals.setdefault(days, {})[person_id] = goal
    target = sum((sum(of.values(), NOTHING) for of in goals.values()), NOTHING)
    if not target:
        return None
    expected = sum(
        sum(of.values(), NOTHING) * (pace_of(Unit.MONEY, days, day, calendar) or NOTHING)
        for days, of in goals.items()
    )
    reached = sum((_reached(kpi, days, of) for days, of in goals.items()), NOTHING)
    counted = {person_id for of in goals.values() for person_id in of}
    sellers = counted | {row.person_id for row in there if not row.leads}
    return Together(target, reached, expected / target, len(counted), len(sellers))


def _within(rows: Iterable[ObjectiveRow], period: Period) -> list[tuple[Period, Fraction]]:
    return [
        (row.period, row.target)
        for row in rows
        if period.start <= row.period.start and row.period.end <= period.end
    ]


def _reached(kpi: str, days: Period, person_ids: Iterable[int]) -> Fraction:
    rows = kpi_values(kpi, by="person", period=days, person_ids=set(person_ids))
    return sum((row.figure.value or NOTHING for row in rows), NOTHING)
