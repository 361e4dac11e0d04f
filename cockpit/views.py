"""Each role's own page, and the way from "/" to it."""

from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone

from activities.queries import log_of
from challenges.badges.line import line_of
from challenges.duels.views import news_of
from challenges.feed.views import short_of
from cockpit import company_page, offices, people_pages, teams
from cockpit.cards import month_title
from cockpit.changes import changes_of
from cockpit.funnel import funnel_of
from cockpit.races import race_of, races_of
from cockpit.reviews.listing import due_rows
from cockpit.reviews.pages import decided_for
from common.numbers import whole
from incentives.statements.projecting import projection_cards
from incentives.statements.projection import projections
from kernel.periods import Period
from kpis.alerts.presenters import about_led, about_self
from kpis.alerts.queries import alerts_waiting
from kpis.alerts.telling import topic_of
from kpis.forecast.showing import card_of_team
from kpis.presenters import record_rows
from people import access
from people import queries as people
from people.access import Viewer
from people.models import Person

LAST_RECORDS = 5
FARTHEST_YEARS = 100


@access.needs("anyone")
def home(request: HttpRequest) -> HttpResponse:
    """To the page of the reader's role; with several, to the one with the most to do today."""
    return redirect(home_of(access.viewer_in(request)))


def home_of(viewer: Viewer) -> str:
    """The url name of a viewer's first page."""
    homes = (
        ("cockpit:team", viewer.is_manager),
        ("cockpit:me", bool(viewer.own_team_ids)),
        ("cockpit:office", viewer.is_hr),
        ("cockpit:direction", viewer.is_executive),
        ("cockpit:setup", viewer.is_admin),
        ("cockpit:me", viewer.is_rep),
    )
    return next((name for name, fits in homes if fits), "kpis:leaderboard")


# --- a rep -----------------------------------------------------------------------------------


@access.needs("rep")
def me(request: HttpRequest) -> HttpResponse:
    """My bonus, my challenges, my figures, my last records."""
    viewer = access.viewer_in(request)
    person_id = viewer.person_id or 0
    context = {
        **people_pages.head_of(person_id, viewer.day),
        **people_pages.figures_of(person_id, viewer.day),
        **_bonus(viewer),
        **news_of(viewer),
        **_my_alerts(viewer),
        "decided": decided_for(viewer),
        "badge_line": line_of(viewer, timezone.now()),
        **short_of(viewer),
        "person_id": person_id,
        "is_own": True,
        "challenges": races_of(viewer, person_id),
        "records": record_rows(log_of(person_id, limit=LAST_RECORDS)),
    }
    return render(request, "cockpit/me.html", context)


def _my_alerts(viewer: Viewer) -> dict[str, Any]:
    return {"alerts": about_self(viewer), "alerts_topic": topic_of(viewer.person_id)}


@access.needs("rep")
def my_alerts(request: HttpRequest) -> HttpResponse:
    """The live fragment of the alerts about me."""
    return render(request, "cockpit/my_alerts.html", _my_alerts(access.viewer_in(request)))


def _bonus(viewer: Viewer) -> dict[str, Any]:
    return {"bonuses": projection_cards(projections(viewer.person_id or 0, viewer.day))}


@access.needs("rep")
def bonus(request: HttpRequest) -> HttpResponse:
    """The live fragment of my bonus."""
    viewer = access.viewer_in(request)
    context = {**_bonus(viewer), "person_id": viewer.person_id}
    return render(request, "cockpit/bonus.html", context)


@access.needs("rep", "manager")
def race(request: HttpRequest, challenge_id: int) -> HttpResponse:
    """The live fragment of a running challenge: around me, or its top."""
    viewer = access.viewer_in(request)
    person_id = viewer.person_id if "mine" in request.GET else None
    context = {
        "race": race_of(viewer, challenge_id, person_id),
        "race_url": request.get_full_path(),
    }
    return render(request, "cockpit/race.html", context)


@access.needs("anyone")
def figures(request: HttpRequest, person_id: int) -> HttpResponse:
    """The live fragment of a person's KPI cards."""
    viewer = access.viewer_in(request)
    access.require(access.can_see_person_figures(viewer, person_id))
    context = {**people_pages.figures_of(person_id, viewer.day), "person_id": person_id}
    return render(request, "cockpit/figures.html", context)


# --- a manager -------------------------------------------------------------------------------


@access.needs("manager")
def team(request: HttpRequest) -> HttpResponse:
    """Heat map first, then who needs a person, then the challenges."""
    viewer = access.viewer_in(request)
    found, chosen = _team(request, viewer)
    heat = teams.heat_of(found)
    currency = people.company().currency
    context = {
        "team": found,
        "name": teams.title_of(found),
        "title": month_title(found.period),
        "tabs": teams.team_choices(viewer, chosen),
        "heat": teams.heat_cells(found, heat, currency),
        "cards_url": f"{reverse('cockpit:team_cards')}?{request.GET.urlencode()}",
        "funnel": funnel_of(found.team_ids, found.period, viewer.day),
        **_team_alerts(request, viewer, found),
        "challenges": races_of(viewer, None),
        "forecast": card_of_team(viewer, chosen),
        "reviews_due": due_rows(viewer),
        "decided": decided_for(viewer),
        **people_pages.months_around(found.period, viewer.day, chosen),
    }
    template = "cockpit/heat.html" if getattr(request, "htmx", False) else "cockpit/team.html"
    return render(request, template, context)


def _team_alerts(request: HttpRequest, viewer: Viewer, found: teams.Team) -> dict[str, Any]:
    alerts, more_alerts = teams.alert_rows(viewer, found)
    return {
        "alerts": alerts,
        "more_alerts": more_alerts,
        "alerts_topic": topic_of(viewer.person_id),
        "alerts_url": f"{reverse('cockpit:team_alerts')}?{request.GET.urlencode()}",
    }


@access.needs("manager")
def team_alerts(request: HttpRequest) -> HttpResponse:
    """The live fragment of who needs the manager, with the count beside the way to all alerts."""
    viewer = access.viewer_in(request)
    found, _chosen = _team(request, viewer)
    context = {**_team_alerts(request, viewer, found), "waiting": alerts_waiting(viewer)}
    return render(request, "cockpit/team_alerts.html", context)


@access.needs("manager")
def team_cards(request: HttpRequest) -> HttpResponse:
    """The fragment with the teams' scorecard, asked for when the page stands."""
    found, _chosen = _team(request, access.viewer_in(request))
    return render(request, "cockpit/group_cards.html", {"scorecard": teams.scorecard_of(found)})


def _team(request: HttpRequest, viewer: Viewer) -> tuple[teams.Team, int | None]:
    """The month and the teams that the address asks for, among those that the viewer leads."""
    asked = request.GET.get("team", "")
    chosen = whole(asked)
    access.require(chosen in viewer.led_team_ids if asked else True)
    ids = viewer.led_team_ids if chosen is None else frozenset({chosen})
    return teams.team_of(viewer, ids, _month(request, viewer)), chosen


def _month(request: HttpRequest, viewer: Viewer) -> Period:
    """The month asked for; the present one where the calendar would end beside it."""
    try:
        day = date.fromisoformat(request.GET.get("on", ""))
    except ValueError:
        day = viewer.day
    near = abs(day.year - viewer.day.year) <= FARTHEST_YEARS
    return Period.month(day if near else viewer.day)


@access.needs("manager", "hr", "admin", "executive")
def person(request: HttpRequest, person_id: int) -> HttpResponse:
    """The sheet of one rep, for the talk between manager and rep."""
    viewer = access.viewer_in(request)
    access.require(access.can_see_person_figures(viewer, person_id))
    found = get_object_or_404(Person, pk=person_id)
    context = {
        **people_pages.head_of(person_id, viewer.day),
        **people_pages.figures_of(person_id, viewer.day),
        "person_id": person_id,
        "person": found,
        "facts": people_pages.sheet_facts(person_id, viewer.day),
        "changes": changes_of(person_id, viewer.day),
        "alerts": about_led(viewer, person_id),
        "challenges": races_of(viewer, person_id),
        "records": record_rows(log_of(person_id, limit=2 * LAST_RECORDS)),
        "back": people_pages.back_of(viewer),
    }
    return render(request, "cockpit/person.html", context)


# --- offices ---------------------------------------------------------------------------------


@access.needs("hr")
def office(request: HttpRequest) -> HttpResponse:
    """The pay periods that want something, as checklists; then the finished ones."""
    return render(request, "cockpit/office.html", offices.pay_page())


@access.needs("admin")
def setup(request: HttpRequest) -> HttpResponse:
    """What is set up, what comes in, what is missing."""
    return render(request, "cockpit/setup.html", offices.setup_page(access.viewer_in(request)))


@access.needs("executive")
def direction(request: HttpRequest) -> HttpResponse:
    """Revenue against objective, forecast, what the incentives cost: totals only."""
    viewer = access.viewer_in(request)
    context = {**company_page.page_of(viewer), "reviews_due": due_rows(viewer)}
    return render(request, "cockpit/direction.html", context)


@access.needs("executive")
def direction_cards(request: HttpRequest) -> HttpResponse:
    """The fragment with the company's scorecard, asked for when the page stands."""
    viewer = access.viewer_in(request)
    cards = company_page.scorecard_of(viewer.day)
    return render(request, "cockpit/group_cards.html", {"scorecard": cards})
