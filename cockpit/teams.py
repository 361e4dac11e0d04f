"""The manager's page: the heat map of people and KPIs, totals, and who needs a person today."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from cockpit.cards import share_text
from cockpit.group_cards import group_cards
from cockpit.together import Together, of_heat
from kernel.calendars import WorkCalendar
from kernel.numbers import round_to
from kernel.periods import Period
from kpis.alerts.presenters import alert_rows as alert_lines
from kpis.alerts.presenters import teller_of
from kpis.alerts.queries import waiting_in
from kpis.moves.queries import Subject
from kpis.presenters import explain_address, figure_text
from kpis.queries import (
    HeatCell,
    HeatMap,
    HeatRow,
    KpiInfo,
    many_kpi_values,
    team_heatmap,
)
from kpis.queries.catalogue import catalogue, scorecards
from people import queries as people
from people.access import Viewer

MOST_ALERTS = 5
"""So many a manager can act on today."""
MANAGER = "manager"
"""The role whose scorecard the page shows, of the teams together."""
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
    """What the teams did together, and what those with an objective reached of it together."""
    below = people.team_ids_below(team.team_ids)
    keys = [info.key for info in heat.kpis]
    rows = many_kpi_values(keys, period=team.period, team_ids=below) if keys else []
    figures = rows[0].figures if rows else {}
    return [
        _total(figures[info.key].value if info.key in figures else None, info, goal, currency)
        for info, goal in zip(heat.kpis, of_heat(heat), strict=True)
    ]


def _total(value: Fraction | None, info: KpiInfo, goal: Together | None, currency: str) -> Cells:
    attained = None if goal is None else goal.attained(info.better)
    return {
        "value": figure_text(value, info, currency),
        "target": "" if goal is None else figure_text(goal.target, info, currency),
        "of": "" if attained is None else share_text(attained),
        "note": "" if goal is None else goal.note(value, info, currency),
    }


def scorecard_of(team: Team) -> list[Cells]:
    """The manager's KPIs, of the teams together; of a month that is over, as it ended."""
    day = min(team.day, team.period.last)
    subject = Subject(team_ids=people.team_ids_below(team.team_ids))
    return group_cards(scorecards().get(MANAGER, []), subject, day)


# --- who needs a person ----------------------------------------------------------------------


def alert_rows(viewer: Viewer, team: Team) -> tuple[list[Cells], int]:
    """The alerts that wait, of the teams shown, as sentences: the first few, and how many more."""
    if team.is_over:
        return [], 0
    found, count = waiting_in(viewer, team.team_ids, team.day, MOST_ALERTS)
    rows = alert_lines(found, teller_of(catalogue(team.day)))
    return rows, count - len(rows)


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
