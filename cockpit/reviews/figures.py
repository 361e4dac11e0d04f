"""The figures of a review: what moved, who is weakest, what is ahead. Nothing is computed here
that another page computes as well: it asks the same queries for other days."""

from collections.abc import Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from cockpit.cards import share_text
from cockpit.company_page import DIRECTOR, REVENUE
from cockpit.funnel import funnel_of
from cockpit.group_cards import cards_over
from cockpit.teams import MANAGER
from cockpit.together import Together, of_company, of_heat
from common.formats import MISSING
from kernel.expressions import Name
from kernel.periods import Period
from kpis.calc.bands import Band
from kpis.calc.figures import attainment
from kpis.calc.reviews import Ritual, period_at
from kpis.choices import Cadence
from kpis.moves.queries import Subject, windows_of
from kpis.presenters import explain_address, figure_text
from kpis.queries import (
    Catalogue,
    HeatCell,
    HeatMap,
    KpiInfo,
    catalogue,
    many_kpi_values,
    objectives_in,
    target_in,
    team_heatmap,
)
from kpis.queries.catalogue import scorecards
from kpis.queries.objectives import ADDITIVE_UNITS, pace_of
from kpis.queries.scorecards import band, heat_columns
from kpis.reviews.queries import Sitting
from people import queries as people
from people.access import Viewer

MOST_FIGURES = 10
MOST_MOVES = 3
MOST_WEAK = 5
Cells = dict[str, Any]
LOOKED_AT = {
    Ritual.WEEKLY: (Cadence.DAILY, Cadence.WEEKLY),
    Ritual.MONTHLY: (Cadence.DAILY, Cadence.WEEKLY, Cadence.MONTHLY),
    Ritual.QUARTERLY: tuple(Cadence),
}
"""A week says nothing about a rate or a mean that is looked at each month, nor whether somebody is
on the way to a monthly objective; what adds up (deals, revenue) belongs to it all the same."""


def figures_of(viewer: Viewer, sitting: Sitting) -> Cells:
    """The table of figures, the greatest moves and the weakest of the heat map.

    About 40 statements whatever the size of the team."""
    period, day = sitting.period, viewer.day
    known = catalogue(period.last)
    heat = _heat(sitting, known, day)
    keys = _keys(sitting, known, heat)
    cards = cards_over(keys, subject_of(sitting), period, day)
    goals = _goals(sitting, heat, day)
    running = _running(viewer, sitting, keys)
    rows = [
        {**card, **_goal(card, goals.get(card["key"]), known, sitting, day),
         "running": running.get(card["key"], "")}
        for card in cards
    ]  # fmt: skip
    moved = sorted(rows, key=lambda row: abs(row["shift"]), reverse=True)
    return {
        "figures": rows,
        "has_running": bool(running),
        "moves": [row for row in moved[:MOST_MOVES] if row["shift"]],
        "weakest": [] if heat is None else _weakest(heat, sitting.ritual),
        "funnel": funnel_of(_team_ids(sitting), period, day),
    }


def subject_of(sitting: Sitting) -> Subject:
    """Whose figures the review is about."""
    if sitting.team_id is None:
        return Subject()
    return Subject(team_ids=people.team_ids_below([sitting.team_id]))


def _team_ids(sitting: Sitting) -> frozenset[int]:
    if sitting.team_id is not None:
        return frozenset({sitting.team_id})
    return frozenset(one.id for one in people.team_tree() if one.parent_id is None)


def _heat(sitting: Sitting, known: Catalogue, day: date) -> HeatMap | None:
    """The heat map of the team, of the KPIs of its manager too; none of the whole company."""
    if sitting.team_id is None:
        return None
    roles = [one.role_key for one in people.people_on(sitting.period, sitting.team_id)
             if not one.leads]  # fmt: skip
    every = [*scorecards().get(MANAGER, []), *heat_columns(known, roles)]
    keys = _fitting(every, known, sitting.ritual)
    return team_heatmap(sitting.team_id, sitting.period, day, kpi_keys=keys) if keys else None


def _fitting(keys: Sequence[str], known: Catalogue, ritual: Ritual) -> list[str]:
    return [
        key for key in dict.fromkeys(keys)
        if key in known.kpis and (_is_of(known.kpis[key], ritual) or _adds_up(known, key))
    ][:MOST_FIGURES]  # fmt: skip


def _is_of(info: KpiInfo, ritual: Ritual) -> bool:
    """Whether a figure is looked at as often as the review is held, or more often."""
    return info.cadence in LOOKED_AT[ritual]


def _adds_up(known: Catalogue, key: str) -> bool:
    """Whether it is a plain count or sum, looked at each month, of which each week has its part."""
    info = known.kpis[key]
    is_sum = isinstance(known.formulas.by_key[key], Name) and info.unit in ADDITIVE_UNITS
    return is_sum and info.cadence == Cadence.MONTHLY


def _keys(sitting: Sitting, known: Catalogue, heat: HeatMap | None) -> list[str]:
    if sitting.team_id is None:
        return _fitting(scorecards().get(DIRECTOR, []), known, sitting.ritual)
    return [] if heat is None else [one.key for one in heat.kpis]


# --- beside the objective ---------------------------------------------------------------------


def _goals(
    sitting: Sitting, heat: HeatMap | None, day: date
) -> Mapping[str, Fraction | Together | None]:
    """The team's own objective, or else what those of its people who have one reach together."""
    if heat is None:
        return {REVENUE: of_company(REVENUE, sitting.period, day)}
    found: dict[str, Fraction | Together | None] = {
        info.key: goal for info, goal in zip(heat.kpis, of_heat(heat), strict=True)
    }
    calendar = people.company().calendar
    rows = objectives_in(sitting.period, team_ids=[sitting.team_id or 0])
    for key in {row.kpi_key for row in rows}:
        own = target_in([row for row in rows if row.kpi_key == key], sitting.period, calendar)
        if own is not None:
            found[key] = own.value
    rare = {info.key for info in heat.kpis if not _is_of(info, sitting.ritual)}
    return {key: goal for key, goal in found.items() if key not in rare}


def _goal(
    card: Cells,
    goal: Fraction | Together | None,
    known: Catalogue,
    sitting: Sitting,
    day: date,
) -> Cells:
    info = known.kpis[card["key"]]
    company = people.company()
    value = Fraction(card["exact"]) if card["exact"] else None
    note, target, paced = "", None, None
    match goal:
        case Together():
            target, paced, attained = goal.target, goal.pace, goal.attained(info.better)
            note = goal.note(value, info, company.currency)
        case _:
            target = goal
            attained = attainment(value, target, better=info.better)
            paced = pace_of(info.unit, sitting.period, day, company.calendar) if target else None
    return {
        "target": "" if target is None else figure_text(target, info, company.currency),
        "of": "" if attained is None else share_text(attained),
        "of_note": note,
        "pace": "" if paced is None or paced == 1 else share_text(paced),
        "band": band(info, value, attained, paced).value,
    }


def _running(viewer: Viewer, sitting: Sitting, keys: Sequence[str]) -> Mapping[str, str]:
    """Beside a week that is over, what the running one has brought so far."""
    running = Period.week(viewer.day)
    if sitting.ritual is not Ritual.WEEKLY or sitting.period.end != running.start or not keys:
        return {}
    window = windows_of(running, viewer.day).now
    known = catalogue(running.last)
    mine = [key for key in keys if key in known.kpis]
    rows = many_kpi_values(mine, period=window, team_ids=subject_of(sitting).team_ids, known=known)
    currency = people.company().currency
    if not rows:
        return dict.fromkeys(mine, MISSING)
    return {key: figure_text(rows[0].figures[key].value, known.kpi(key), currency) for key in mine}


# --- who is weakest ---------------------------------------------------------------------------


def _weakest(heat: HeatMap, ritual: Ritual) -> list[Cells]:
    """The objectives that are furthest behind their pace."""
    currency = people.company().currency
    found = sorted(
        (
            (_held(cell), row.name, row, info, cell)
            for row in heat.rows
            for info, cell in zip(heat.kpis, row.cells, strict=True)
            if cell.target is not None
            and cell.band in (Band.BAD, Band.WARN)
            and _is_of(info, ritual)
        ),
        key=lambda one: (one[0], one[1], one[3].key),
    )
    return [
        {
            "person": row.person_id,
            "name": row.name,
            "url": reverse("cockpit:person", args=[row.person_id]),
            "kpi": info.name,
            "value": figure_text(cell.figure.value, info, currency),
            "target": figure_text(cell.target.value if cell.target else None, info, currency),
            "of": share_text(cell.attainment) if cell.attainment is not None else "",
            "band": cell.band.value,
            "why": explain_address(info.key, row.person_id, heat.period),
        }
        for _part, _name, row, info, cell in found[:MOST_WEAK]
    ]


def _held(cell: HeatCell) -> Fraction:
    """The part of the pace that is met."""
    if cell.attainment is None or not cell.pace:
        return Fraction(0)
    return cell.attainment / cell.pace


# --- what is ahead ----------------------------------------------------------------------------


def ahead_of(viewer: Viewer, sitting: Sitting) -> Cells | None:
    """Of a quarter: who has objectives for the next one and who has none yet. Three queries."""
    if sitting.ritual is not Ritual.QUARTERLY:
        return None
    first_month = people.company().fiscal_year_start_month
    period = period_at(sitting.ritual, sitting.period.end, first_month)
    rows = people.people_on(max(period.start, viewer.day), sitting.team_id)
    names = {one.person_id: one.name for one in rows if not one.leads}
    roles = {one.person_id: one.role_key for one in rows}
    goals = objectives_in(period, person_ids=names, role_keys=set(roles.values()))
    own = {row.person_id for row in goals}
    of_roles = {row.role_key for row in goals if row.role_key is not None}
    without = sorted(
        (name, pk) for pk, name in names.items() if pk not in own and roles[pk] not in of_roles
    )
    named = without[:MOST_FIGURES]
    return {
        "with": len(names) - len(without),
        "people": len(names),
        "without": [name for name, _pk in named],
        "whose": [pk for _name, pk in named],
        "more": len(without) - len(named),
        "url": f"{reverse('kpis:objectives')}?on={period.start.isoformat()}",
    }


def later_of(kept: Sequence[Cells], sitting: Sitting, day: date) -> list[Cells]:
    """The kept figures, each with what it is now where that differs: these and no others, whatever
    scorecards and roles look at by now."""
    keys = [str(row["key"]) for row in kept]
    now = cards_over(keys, subject_of(sitting), sitting.period, day)
    today = {row["key"]: row for row in now}
    return [{**row, "later": _later(row, today.get(row["key"]))} for row in kept]


def _later(row: Cells, now: Cells | None) -> str:
    if now is None:
        return _("not measured any more")
    return "" if now["exact"] == row["exact"] else str(now["value"])
