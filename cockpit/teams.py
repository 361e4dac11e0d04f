"""The manager's page: the heat map of people and KPIs, totals, and who needs a person today."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from cockpit.alerts import Alert, Kind, alerts, needs_a_person
from cockpit.cards import share_text
from cockpit.group_cards import group_cards
from common.formats import number_text
from kernel.calendars import WorkCalendar
from kernel.numbers import round_to
from kernel.periods import Period
from kpis.calc.bands import BEHIND
from kpis.choices import Unit
from kpis.moves.presenters import move_address
from kpis.moves.queries import Subject
from kpis.presenters import explain_address, figure_text
from kpis.queries import (
    HeatCell,
    HeatMap,
    HeatRow,
    Target,
    many_kpi_values,
    metric_values,
    team_heatmap,
)
from kpis.queries.catalogue import catalogue, scorecards
from people import queries as people
from people.access import Viewer

SILENT_AFTER = 3
"""Working days without any record after which somebody is asked about."""
TRACES = ("calls", "emails", "contacts_made", "follow_ups", "meetings_held", "proposals_sent",
          "opportunities_created", "deals_won", "deals_lost")  # fmt: skip
MANAGER = "manager"
"""The role whose scorecard the page shows, of the teams together."""
MOST_RISKS = 6
Cells = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Team:
    """What the page is about: teams, the month, and how far it is in working days."""

    team_ids: frozenset[int]
    period: Period
    day: date
    worked: int
    working_days: int

    @property
    def is_over(self) -> bool:
        """Whether the month has ended."""
        return self.day >= self.period.end


def team_of(viewer: Viewer, team_ids: Collection[int], period: Period) -> Team:
    """The teams in a month, seen from the viewer's day."""
    calendar = people.company().calendar
    return Team(
        frozenset(team_ids),
        period,
        viewer.day,
        _worked(calendar, period, viewer.day),
        calendar.working_days(period),
    )


def _worked(calendar: WorkCalendar, period: Period, day: date) -> int:
    return sum(calendar.is_working(one) and one < day for one in period.dates())


def heat_of(team: Team) -> HeatMap:
    """The heat map of the teams, and of all below them."""
    return team_heatmap(team.team_ids, team.period, min(team.day, team.period.end))


def heat_cells(team: Team, heat: HeatMap, currency: str) -> Cells:
    """The table: a row per person, and the totals of the teams under it."""
    looked_at = scorecards()
    return {
        "heads": [{"key": info.key, "label": info.name} for info in heat.kpis],
        "rows": [_row(heat, row, looked_at.get(row.role_key, ()), currency) for row in heat.rows],
        "totals": _totals(team, heat, currency),
        "many_teams": len({row.team_name for row in heat.rows}) > 1,
    }


def _row(heat: HeatMap, row: HeatRow, own: Collection[str], currency: str) -> Cells:
    return {
        "name": row.name,
        "initials": row.initials,
        "team": row.team_name,
        "url": reverse("cockpit:person", args=[row.person_id]),
        "cells": [
            {
                "value": figure_text(cell.figure.value, info, currency),
                "sort": "" if cell.figure.value is None else str(round_to(cell.figure.value, 2)),
                "band": cell.band.value,
                "of": _of(cell),
                "why": explain_address(info.key, row.person_id, heat.period),
                # a figure of another job, with nothing in it, says nothing about this person
                "is_silent": info.key not in own and not cell.figure.value,
            }
            for info, cell in zip(heat.kpis, row.cells, strict=True)
        ],
    }


def _of(cell: HeatCell) -> str:
    return share_text(cell.attainment) if cell.attainment is not None else ""


def _totals(team: Team, heat: HeatMap, currency: str) -> list[Cells]:
    """What the teams did together, against the sum of the people's objectives."""
    below = people.team_ids_below(team.team_ids)
    keys = [info.key for info in heat.kpis]
    rows = many_kpi_values(keys, period=team.period, team_ids=below) if keys else []
    figures = rows[0].figures if rows else {}
    return [
        {
            "value": figure_text(figures[info.key].value, info, currency)
            if info.key in figures
            else "–",
            "target": figure_text(target, info, currency) if target else "",
        }
        for info, target in zip(heat.kpis, _targets(heat), strict=True)
    ]


def _targets(heat: HeatMap) -> list[Fraction | None]:
    """Sums of the objectives, of counts and money only: rates do not add up."""
    return [
        _sum_of([row.cells[at].target for row in heat.rows])
        if info.unit in (Unit.COUNT, Unit.MONEY)
        else None
        for at, info in enumerate(heat.kpis)
    ]


def _sum_of(goals: Sequence[Target | None]) -> Fraction:
    return sum((goal.value for goal in goals if goal is not None), Fraction(0))


def scorecard_of(team: Team) -> list[Cells]:
    """The manager's KPIs, of the teams together; of a month that is over, as it ended."""
    day = min(team.day, team.period.last)
    subject = Subject(team_ids=people.team_ids_below(team.team_ids))
    return group_cards(scorecards().get(MANAGER, []), subject, day)


def risk_rows(team: Team, heat: HeatMap, currency: str) -> list[Cells]:
    """The objectives that are furthest behind their pace, of everybody; none of a past month."""
    behind = [
        (cell.attainment / cell.pace, row, info, cell)
        for row in heat.rows
        for info, cell in zip(heat.kpis, row.cells, strict=True)
        if cell.target is not None and cell.attainment is not None and cell.pace
        and cell.attainment < cell.pace * BEHIND
    ]  # fmt: skip
    behind.sort(key=lambda one: (one[0], one[1].name, one[2].key))
    return [] if team.is_over else [
        {
            "name": row.name,
            "url": reverse("cockpit:person", args=[row.person_id]),
            "kpi": info.name,
            "value": figure_text(cell.figure.value, info, currency),
            "target": figure_text(cell.target.value if cell.target else None, info, currency),
            "percent": part * 100,
            "part": share_text(part),
            "move": move_address(info.key, Subject(person_id=row.person_id), heat.period),
        }
        for part, row, info, cell in behind[:MOST_RISKS]
    ]  # fmt: skip


# --- who needs a person ----------------------------------------------------------------------


def alert_rows(team: Team, heat: HeatMap, currency: str) -> tuple[list[Cells], int]:
    """The alerts to act on today as sentences, and how many there are in all."""
    if team.is_over or not heat.rows:
        return [], 0
    found = alerts(heat, _silent(team, heat))
    left = team.working_days - team.worked
    return [_alert(one, left, currency) for one in needs_a_person(found)], len(found)


def _silent(team: Team, heat: HeatMap) -> frozenset[int]:
    """Who has recorded nothing in the last working days and was not away."""
    calendar = people.company().calendar
    start, seen = team.day, 0
    while seen < SILENT_AFTER:
        start -= timedelta(days=1)
        seen += calendar.is_working(start)
    window = Period(start, team.day + timedelta(days=1))
    ids = [row.person_id for row in heat.rows]
    away = {row.person_id for row in people.absences_between(window, ids)}
    active = _active(window, ids)
    here = {
        row.person_id for row in people.assignments_between(Period.day(start), ids)
    }  # who has just come is not silent
    return frozenset(one for one in ids if one in here and one not in active | away)


def _active(window: Period, ids: Sequence[int]) -> set[int]:
    metrics = catalogue(window.last).metrics
    traces = [key for key in TRACES if key in metrics]
    if not traces:  # a company that measures none of this: silence says nothing
        return set(ids)
    known = metric_values(traces, by="person", period=window, person_ids=ids)
    return {
        row.group[0].id
        for row in known
        if isinstance(row.group[0].id, int) and any(one.value for one in row.values.values())
    }


def _alert(one: Alert, left: int, currency: str) -> Cells:
    return {
        "name": one.name,
        "initials": one.initials,
        "url": reverse("cockpit:person", args=[one.person_id]),
        "tone": "warn" if one.kind in (Kind.FALL, Kind.BEHIND) else "bad",
        "title": _TITLES[one.kind](),
        "text": _sentence(one, left, currency),
        "also": one.also,
    }


_TITLES: Mapping[Kind, Any] = {
    Kind.SILENT: lambda: _("Nothing recorded"),
    Kind.OUT_OF_REACH: lambda: _("Objective slipping out of reach"),
    Kind.BEHIND: lambda: _("Behind the pace"),
    Kind.FALL: lambda: _("Falling"),
}


def _sentence(one: Alert, left: int, currency: str) -> str:
    if one.kpi is None or one.figure is None:
        return _("No record in the last %(n)s working days, and no absence.") % {"n": SILENT_AFTER}
    words = {
        "kpi": one.kpi.name,
        "value": figure_text(one.figure.value, one.kpi, currency),
        "missing": figure_text(one.missing, one.kpi, currency),
        "part": share_text(one.part),
        "left": number_text(left),
    }
    match one.kind:
        case Kind.OUT_OF_REACH:
            said = _("%(kpi)s: %(value)s so far, %(missing)s to go in %(left)s working days.")
            return said % words
        case Kind.FALL:
            return _("%(kpi)s: %(value)s, heading for %(part)s of last month.") % words
        case _:
            return _("%(kpi)s: %(value)s, %(part)s of where today should be.") % words


# --- which teams ------------------------------------------------------------------------------


def team_choices(viewer: Viewer, chosen: int | None) -> list[Cells]:
    """Tabs for somebody who leads several teams; nothing for one team."""
    led = [team for team in people.team_tree() if team.id in viewer.led_team_ids]
    if len(led) < 2:
        return []
    base = reverse("cockpit:team")
    every = {"label": _("All my teams"), "url": base, "active": chosen is None}
    return [
        every,
        *(
            {"label": team.name, "url": f"{base}?team={team.id}", "active": team.id == chosen}
            for team in led
            if not any(other.parent_id == team.id for other in led)
        ),
    ]


def title_of(team: Team) -> str:
    """The names of the highest of the chosen teams."""
    chosen = [one for one in people.team_tree() if one.id in team.team_ids]
    ids = {one.id for one in chosen}
    names = [one.name for one in chosen if one.parent_id not in ids]
    return ", ".join(names) or _("My team")
