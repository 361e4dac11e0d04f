"""What the pages of the forecast show, and to whom."""

from collections.abc import Mapping
from typing import Any

from common.formats import moment_text
from common.numbers import whole
from kernel.periods import Period
from kpis.calc.forecast.checks import LEAST_CLOSINGS
from kpis.forecast import presenters, queries
from kpis.forecast.queries import COMPANY, Group
from kpis.windows import PageWindow, window_of
from people import access
from people import queries as people
from people.access import Area, Viewer

MOST_DEALS = 20


def asked_window(query: Mapping[str, str], viewer: Viewer) -> PageWindow:
    """The period that an address asks for; without a word, this quarter."""
    first_month = people.company().fiscal_year_start_month
    asked = query if "window" in query else {"window": "quarter"}
    return window_of(asked, viewer.day, first_month)


def asked_group(text: str, viewer: Viewer) -> Group | None:
    """Whom an address asks for; without a word, the widest that the viewer may see."""
    kind, _colon, text = text.partition(":")
    number = whole(text)
    match kind, number:
        case "company", _:
            return COMPANY
        case "team", int():
            return Group(team_id=number)
        case "person", int():
            return Group(person_id=number)
    return _widest(viewer)


def _widest(viewer: Viewer) -> Group | None:
    if access.figures_scope(viewer).everyone:
        return COMPANY
    team = _first_led(viewer)
    if team is not None:
        return Group(team_id=team)
    return None if viewer.person_id is None else Group(person_id=viewer.person_id)


def _first_led(viewer: Viewer) -> int | None:
    """The highest team that somebody leads; of several the first by name."""
    return next((one.id for one in people.team_tree() if one.id in viewer.led_team_ids), None)


def may_see(viewer: Viewer, group: Group, window: PageWindow) -> bool:
    """The company for who sees everybody; a team also for its lead; a person by the matrix."""
    if group.person_id is not None:
        return access.can_see_person_figures(viewer, group.person_id, window.period)
    everyone = access.figures_scope(viewer, window.period).everyone
    return everyone or (group.team_id is not None and group.team_id in viewer.led_team_ids)


def page_of(viewer: Viewer, window: PageWindow, group: Group) -> dict[str, Any]:
    """Everything on the page of a group's forecast. At most 14 queries."""
    company = people.company()
    below = _below(viewer, window, group)
    named = {*below.get("person_ids", ()), *([group.person_id] if group.person_id else ())}
    names = presenters.Names(
        people.person_names(named), {team.id: team.name for team in people.team_tree()}
    )
    access.require(names.knows(group))
    context: dict[str, Any] = {
        "name": names.of(group),
        "title": presenters.period_title(window),
        "tabs": presenters.tabs(window, group, viewer.day, company.fiscal_year_start_month),
        "here": presenters.forecast_address(window, group),
        "above": _above(viewer, window, group, names),
        "custom": window.query() if window.kind == "custom" else None,
        "of": presenters.group_text(group),
        "query": window.query() | {"of": presenters.group_text(group)},
        "may_ask": may_ask(viewer),
        "needed": LEAST_CLOSINGS,
        "has_begun": window.period.start <= viewer.day,
    }
    run = queries.run_of(window.period)
    if run is None:
        return context
    context |= {"as_of": moment_text(run.as_of), "closings": run.learnt["closings"], "run": run.id}
    line = queries.line_of(run.id, group)
    if line is None:
        return context
    rows = queries.lines_below(run.id, **below)
    return (
        context
        | _line_context(viewer, group, run, line)
        | {"rows": presenters.line_rows(rows, names, window, run.currency)}
    )


def _line_context(
    viewer: Viewer, group: Group, run: queries.RunRow, line: queries.LineRow
) -> dict[str, Any]:
    currency = run.currency
    deals = queries.deals_of(run.id, group.person_id, MOST_DEALS) if group.person_id else []
    may_change = access.can_configure(viewer, Area.KPIS)
    return {
        "line": presenters.range_cells(line, currency),
        "steps": presenters.step_cells(line, run.learnt, currency),
        "deals": presenters.deal_cells(deals, currency),
        "open_deals": line.open_deals,
        "stages": presenters.stage_cells(run, queries.odds_in_force(), may_change),
        "measures": presenters.measure_cells(run.learnt, group),
        "chart": presenters.chart_cells(queries.outcomes_of(run.id, group), currency),
    }


def _below(viewer: Viewer, window: PageWindow, group: Group) -> dict[str, Any]:
    """The teams right below a group, and the people of a team without such."""
    if group.person_id is not None:
        return {}
    teams = [team.id for team in people.team_tree() if team.parent_id == group.team_id]
    if group.team_id is None:
        return {"team_ids": teams}
    rows = people.people_on(viewer.day, team=group.team_id)
    scope = access.figures_scope(viewer, window.period)
    return {"team_ids": teams, "person_ids": scope.limit({row.person_id for row in rows})}


def _above(
    viewer: Viewer, window: PageWindow, group: Group, names: presenters.Names
) -> dict[str, str] | None:
    """The way up, as far as the viewer may see."""
    if group == COMPANY:
        return None
    if group.person_id is not None:
        held = people.assignments_between(Period.day(viewer.day), [group.person_id])
        team = held[0].team_id if held else None
        up = COMPANY if team is None else Group(team_id=team)
    else:
        tree = {team.id: team.parent_id for team in people.team_tree()}
        parent = tree.get(group.team_id or 0)
        up = COMPANY if parent is None else Group(team_id=parent)
    if not may_see(viewer, up, window):
        return None
    return {"name": names.of(up), "url": presenters.forecast_address(window, up)}


def may_ask(viewer: Viewer) -> bool:
    """Who may have a forecast made anew: it costs a worker some seconds."""
    return viewer.is_manager or access.figures_scope(viewer).everyone


def card_of(viewer: Viewer, group: Group) -> dict[str, Any]:
    """This quarter's forecast of a group, for a card on another page. Two queries."""
    company = people.company()
    quarter = Period.quarter(viewer.day, company.fiscal_year_start_month)
    run = queries.run_of(quarter)
    line = None if run is None else queries.line_of(run.id, group)
    return presenters.card_cells(run, line, PageWindow("quarter", quarter), group)


def card_of_team(viewer: Viewer, chosen: int | None) -> dict[str, Any] | None:
    """The card of a lead: of the chosen team, else of the highest; nothing without a team."""
    team = _first_led(viewer) if chosen is None else chosen
    return None if team is None else card_of(viewer, Group(team_id=team))
