"""Pages of deals: those that are open, one with its history, and when it is planned to close."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from activities.deals import presenters, queries
from activities.deals.forms import PlanForm
from activities.deals.queries import DealRow
from activities.queries import CLOSED
from activities.services import plan_closing
from common.forms import saved
from common.numbers import whole
from common.paging import paged_list
from people import access
from people import queries as people
from people.access import Viewer, viewer_in


@access.needs("rep")
def deals(request: HttpRequest) -> HttpResponse:
    """The open deals of the viewer and of the people whom the viewer leads, or of one of them."""
    viewer = viewer_in(request)
    asked = whole(request.GET.get("person"))
    chosen = _mine(viewer) if asked is None else _mine(viewer) & {asked}
    access.require(chosen)
    shown, pages = paged_list(request, queries.OpenDeals(chosen))
    company = people.company()
    said = queries.said_of([one.id for one in shown])
    names = people.person_names({one.owner_id for one in shown})
    context = {
        "rows": presenters.deal_rows(shown, said, names, viewer.day, company.currency),
        "several": len(chosen) > 1,
        "pages": pages,
    }
    return render(request, "activities/deals.html", context)


def _mine(viewer: Viewer) -> frozenset[int]:
    own = frozenset() if viewer.person_id is None else frozenset({viewer.person_id})
    return own | access.led_people(viewer)


@access.needs("anyone")
def deal(request: HttpRequest, deal_id: int) -> HttpResponse:
    """One deal: what it is, its way, and every day on which it was planned to close."""
    viewer = viewer_in(request)
    one = queries.deal_of(deal_id)
    if one is None or not access.can_see_person_figures(viewer, one.owner_id):
        raise Http404
    may_plan = one.owner_id in _mine(viewer) and one.stage not in CLOSED
    form = PlanForm(request.POST or None, initial={"close_on": one.planned_on})
    if request.method == "POST":
        access.require(may_plan)
        done = saved(form, lambda: (_plan(request, one, form),))
        if done is not None:
            messages.success(request, _("Noted.") if done[0] else _("That was said already."))
            return redirect("activities:deal", deal_id)
    is_fragment = bool(getattr(request, "htmx", False))
    context = _page(viewer, one) | {
        "form": form if may_plan else None,
        "base": "drawer.html" if is_fragment else "base.html",
    }
    return render(request, "activities/deal.html", context)


def _plan(request: HttpRequest, one: DealRow, form: PlanForm) -> bool:
    return plan_closing(
        actor=access.actor_in(request), deal_id=one.id, close_on=form.cleaned_data["close_on"]
    )


def _page(viewer: Viewer, one: DealRow) -> dict[str, Any]:
    said = queries.said_of([one.id]).get(one.id, [])
    owner = people.person_names([one.owner_id]).get(one.owner_id, "")
    currency = people.company().currency
    return {
        "name": one.name,
        "address": reverse("activities:deal", args=[one.id]),
        "facts": presenters.deal_facts(one, said, owner, viewer.day, currency),
        "plans": presenters.plan_events(said),
        "stages": presenters.stage_events(queries.stages_of(one.id)),
        "records": presenters.record_events(queries.records_of(one.id)),
    }
