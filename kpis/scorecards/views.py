"""Which KPIs each role looks at."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from common.forms import saved
from common.issues import message_of, remedy_of
from common.labels import label
from kpis.calc.scorecards import scorecard_issues
from kpis.choices import Family
from kpis.queries import Catalogue, catalogue
from kpis.queries.catalogue import scorecards
from kpis.scorecards.forms import HELP, ScorecardForm
from kpis.scorecards.services import set_scorecard
from people import access
from people import queries as people
from people.access import Area


@access.needs("anyone")
def cards(request: HttpRequest) -> HttpResponse:
    """The scorecard of each role, with what would make it easier to read."""
    viewer = access.viewer_in(request)
    known = catalogue(viewer.day)
    may_change = access.can_configure(viewer, Area.KPIS)
    held = scorecards()
    rows = [_card(role, held.get(role.key, []), known, may_change) for role in people.roles()]
    return render(request, "kpis/scorecards.html", {"cards": rows, "may_change": may_change})


def _card(
    role: people.RoleRow, keys: list[str], known: Catalogue, may_change: bool
) -> dict[str, Any]:
    families = {key: info.family for key, info in known.kpis.items()}
    labels = {key: str(Family(family).label) for key, family in families.items()}
    return {
        "name": label(role.name_fr, role.name_en),
        "kpis": [known.kpis[key] for key in keys if key in known.kpis],
        "remarks": [
            {"text": message_of(one), "remedy": remedy_of(one), "level": one.level.value}
            for one in (scorecard_issues(keys, labels) if keys and may_change else [])
        ],
        "edit": reverse("kpis:scorecard", args=[role.key]) if may_change else "",
    }


@access.configures(Area.KPIS)
def card(request: HttpRequest, role_key: str) -> HttpResponse:
    """Choose the KPIs of a role and their order; an eleventh is refused with the reason."""
    viewer = access.viewer_in(request)
    role = next((one for one in people.roles() if one.key == role_key), None)
    if role is None:
        raise Http404
    form = ScorecardForm(
        request.POST or None, known=catalogue(viewer.day), keys=scorecards().get(role_key, [])
    )
    done = saved(form, lambda: _save(request, role_key, form)) if form.is_bound else None
    if done:
        return redirect("kpis:scorecards")
    context = {
        "form": form,
        "families": form.families(),
        "help": HELP,
        "name": label(role.name_fr, role.name_en),
    }
    return render(request, "kpis/scorecard.html", context)


def _save(request: HttpRequest, role_key: str, form: ScorecardForm) -> bool:
    set_scorecard(actor=access.actor_in(request), role_key=role_key, kpi_keys=form.chosen())
    return True
