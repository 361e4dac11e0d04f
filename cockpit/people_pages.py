"""What the pages about one person show: head, cards, challenges, last records."""

from datetime import date, timedelta
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from cockpit.cards import compared_with, kpi_cards, month_title
from common.formats import day_text, number_text, span_text
from common.labels import label
from kernel.periods import Period
from kpis.queries import scorecard
from people import queries as people
from people.access import Viewer

Cells = dict[str, Any]


def head_of(person_id: int, day: date) -> Cells:
    """Name and place today."""
    places = people.assignments_between(Period.day(day), [person_id])
    names = {role.key: label(role.name_fr, role.name_en) for role in people.roles()}
    place = places[-1] if places else None
    name = place.name if place else people.person_names([person_id]).get(person_id, "")
    words = [names.get(place.role_key, ""), place.team_name] if place else []
    return {"name": name, "place": " · ".join(word for word in words if word)}


def figures_of(person_id: int, day: date) -> Cells:
    """The KPI cards of a person's scorecard today."""
    found = scorecard(person_id, day)
    return {
        "cards": kpi_cards(found, people.company().currency),
        "compared": compared_with(found),
        "month": month_title(Period.month(day)),
    }


def sheet_facts(person_id: int, day: date) -> list[Cells]:
    """What a manager wants to know before talking: place, share, absences."""
    places = people.assignments_between(Period.day(day), [person_id])
    near = Period(day, day + timedelta(days=60))
    away = [
        span_text(row.valid_from, row.valid_to)
        for row in people.absences_between(near, [person_id])
    ]
    facts: list[Cells] = []
    if places:
        one = places[-1]
        managers = people.person_names([one.manager_id]) if one.manager_id else {}
        facts = [
            {"label": _("Team"), "value": one.team_name},
            {"label": _("Working time"), "value": number_text(one.share * 100, 0) + "\u00a0%"},
            {"label": _("In the company since"), "value": day_text(one.hired_on)},
            {"label": _("Manager"), "value": managers.get(one.manager_id or 0, "–")},
        ]
    facts.append({"label": _("Away soon"), "value": ", ".join(away) or _("no absence")})
    return facts


def months_around(period: Period, day: date, team_id: int | None) -> Cells:
    """Addresses of the months before and after; no month that has not begun."""
    base = reverse("cockpit:team")
    team = f"&team={team_id}" if team_id is not None else ""
    return {
        "here": f"{base}?on={period.start.isoformat()}{team}",
        "before": f"{base}?on={period.previous().start.isoformat()}{team}",
        "after": f"{base}?on={period.end.isoformat()}{team}" if period.end <= day else "",
    }


def back_of(viewer: Viewer) -> str:
    """Where the sheet was opened from."""
    return reverse("cockpit:team") if viewer.is_manager else reverse("kpis:leaderboard")
