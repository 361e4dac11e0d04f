"""The jerseys of a team's month, and the small line of the cockpit."""

from datetime import date

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode

from challenges.badges import rights
from challenges.badges.jersey_presenters import jersey_cells
from challenges.badges.line import line_of
from common.formats import day_text
from kernel.periods import Period
from people import access
from people.access import Viewer
from people.queries import TeamRow, team_tree

FARTHEST_YEARS = 20


@access.needs("anyone")
def jerseys(request: HttpRequest) -> HttpResponse:
    """One team, one month; the own team and the present month unless the address says others."""
    viewer = access.viewer_in(request)
    tree = team_tree()
    allowed = rights.visible_teams(viewer, [one.id for one in tree])
    teams = [one for one in tree if one.id in allowed]
    chosen = _chosen(request, teams)
    month = _month(request, viewer)
    context = {
        "title": day_text(month.start, "month"),
        "teams": [_tab(one, chosen, month) for one in teams] if len(teams) > 1 else [],
        "team": chosen,
        "before": _address(chosen, month.previous()),
        "after": _address(chosen, Period.month(month.end)) if month.end <= viewer.day else "",
        **(jersey_cells(viewer, chosen.id, month) if chosen else {}),
    }
    return render(request, "challenges/badges/jerseys.html", context)


def _chosen(request: HttpRequest, teams: list[TeamRow]) -> TeamRow | None:
    asked = request.GET.get("team", "")
    if asked:
        found = next((one for one in teams if str(one.id) == asked), None)
        access.require(found)
        return found
    return next(iter(teams), None)


def _month(request: HttpRequest, viewer: Viewer) -> Period:
    try:
        day = date.fromisoformat(request.GET.get("on", ""))
    except ValueError:
        day = viewer.day
    near = abs(day.year - viewer.day.year) <= FARTHEST_YEARS and day <= viewer.day
    return Period.month(day if near else viewer.day)


def _tab(team: TeamRow, chosen: TeamRow | None, month: Period) -> dict[str, object]:
    return {"label": team.name, "url": _address(team, month),
            "active": chosen is not None and team.id == chosen.id}  # fmt: skip


def _address(team: TeamRow | None, month: Period) -> str:
    parts = {"on": month.start.isoformat()} | ({"team": team.id} if team else {})
    return f"{reverse('challenges:jerseys')}?{urlencode(parts)}"


@access.needs("rep")
def line(request: HttpRequest) -> HttpResponse:
    """The live fragment of the cockpit: badges, run, jersey."""
    context = {"badge_line": line_of(access.viewer_in(request), timezone.now())}
    return render(request, "challenges/badges/line.html", context)
