"""Objectives with the figures that they are held against, for the page of objectives."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from common.labels import label
from kernel.periods import Period
from kpis.calc.figures import NO_FIGURE, Figure, attainment
from kpis.queries.catalogue import Catalogue, KpiInfo, catalogue
from kpis.queries.objectives import ObjectiveRow, objectives_near, pace_of
from kpis.queries.values import many_kpi_values
from people import access
from people import queries as people
from people.access import Scope, Viewer


@dataclass(frozen=True, slots=True)
class TrackedObjective:
    """An objective with the figure that it is held against."""

    objective: ObjectiveRow
    kpi: KpiInfo
    name: str
    figure: Figure
    attainment: Fraction | None
    pace: Fraction | None


def tracked_objectives(near: Period, viewer: Viewer) -> list[TrackedObjective]:
    """Objectives that touch `near`, of the people and teams open to the viewer, newest first.

    Role objectives are shown once, without a figure. The number of statements grows with the
    number of different periods, not with the number of people.
    """
    known = catalogue(viewer.day)
    scope = access.figures_scope(viewer)
    rows = [
        row
        for row in objectives_near(near)
        if row.kpi_key in known.kpis and _is_open(row, scope, viewer)
    ]
    figures = _figures(known, rows)
    names = people.person_names([row.person_id for row in rows if row.person_id is not None])
    teams = {team.id: team.name for team in people.team_tree()}
    roles = {role.key: label(role.name_fr, role.name_en) for role in people.roles()}
    calendar = people.company().calendar
    found = []
    for row in rows:
        info = known.kpi(row.kpi_key)
        figure = figures.get((row.person_id, row.team_id, row.kpi_key, row.period), NO_FIGURE)
        name = (
            names[row.person_id] if row.person_id is not None
            else teams[row.team_id] if row.team_id is not None
            else roles.get(row.role_key or "", row.role_key or "")
        )  # fmt: skip
        paced = pace_of(row.unit, row.period, viewer.day, calendar)
        attained = attainment(figure.value, row.target, better=info.better)
        found.append(TrackedObjective(row, info, name, figure, attained, paced))
    found.sort(key=lambda one: (one.name, one.objective.kpi_key, one.objective.id))
    return sorted(found, key=lambda one: one.objective.period.end, reverse=True)


def _is_open(row: ObjectiveRow, scope: Scope, viewer: Viewer) -> bool:
    if row.person_id is not None:
        return row.person_id == viewer.person_id or row.person_id in scope
    if row.team_id is not None:
        return scope.everyone or row.team_id in viewer.led_team_ids | viewer.own_team_ids
    return True


def _figures(
    known: Catalogue, rows: Sequence[ObjectiveRow]
) -> dict[tuple[int | None, int | None, str, Period], Figure]:
    found: dict[tuple[int | None, int | None, str, Period], Figure] = {}
    for period in sorted({row.period for row in rows}):
        mine = [row for row in rows if row.period == period]
        persons = {row.person_id for row in mine if row.person_id is not None}
        keys = sorted({row.kpi_key for row in mine})
        for one in many_kpi_values(
            keys, by="person", period=period, person_ids=persons, known=known
        ):
            for key in keys:
                person_id = one.group[0].id
                if isinstance(person_id, int):
                    found[person_id, None, key, period] = one.figures[key]
        for team_id in sorted({row.team_id for row in mine if row.team_id is not None}):
            below = people.team_ids_below([team_id])
            (total,) = many_kpi_values(keys, period=period, team_ids=below, known=known)
            found |= {(None, team_id, key, period): total.figures[key] for key in keys}
    return found
