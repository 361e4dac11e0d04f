"""Pages of alerts: what needs somebody, what was done about it."""

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from common.forms import saved
from common.paging import paged
from kpis.alerts import presenters, queries, services
from kpis.alerts.forms import ActionForm, MuteForm, OutcomeForm
from kpis.alerts.telling import topic_of
from kpis.alerts.words import Teller
from kpis.models import Alert, AlertAction, AlertMute
from kpis.queries.catalogue import catalogue
from people import access
from people.access import Viewer

SHOWS = ("", "acted", "ended", "mine")
FIRST_ACTIONS = 5


@access.needs("rep", "manager")
def alerts(request: HttpRequest) -> HttpResponse:
    """Alerts about the people whom the viewer leads, open actions, and those about oneself."""
    viewer = access.viewer_in(request)
    show = request.GET.get("show", "")
    access.require(show in SHOWS)
    teller = presenters.teller_of(catalogue(viewer.day))
    mine = queries.shown(queries.alerts_of_self(viewer), queries.OPEN)
    if not viewer.is_manager:
        show = "mine"
    context = {
        "leads": viewer.is_manager,
        "show": show,
        "tabs": _tabs(show, with_mine=mine.exists()) if viewer.is_manager else [],
        **_list(request, viewer, show, mine, teller),
        "may_rule": queries.may_rule(viewer),
        "topic": topic_of(viewer.person_id),
        "waiting": queries.alerts_waiting(viewer),
    }
    is_fragment = getattr(request, "htmx", False)
    return render(request, f"kpis/alerts/{'body' if is_fragment else 'list'}.html", context)


def _list(
    request: HttpRequest, viewer: Viewer, show: str, mine: QuerySet[Alert], teller: Teller
) -> dict[str, Any]:
    """One list per page: the alerts or the actions that are asked for."""
    if show == "acted":
        actions, pages = paged(request, queries.open_actions(viewer))
        return {"actions": presenters.action_rows(actions, teller, viewer.day), "pages": pages}
    if show == "mine":
        alerts, pages = paged(request, mine)
        return {"rows": presenters.alert_rows(alerts, teller, to_self=True), "pages": pages}
    condition = queries.ENDED if show == "ended" else queries.WAITING
    alerts, pages = paged(request, queries.shown(queries.alerts_of_led(viewer), condition))
    found = {"rows": presenters.alert_rows(alerts, teller), "pages": pages}
    if show == "ended":
        return found
    every = queries.open_actions(viewer)
    first = presenters.action_rows(list(every[:FIRST_ACTIONS]), teller, viewer.day)
    return {**found, "actions": first, "more_actions": every.count() - len(first)}


def _tabs(show: str, *, with_mine: bool) -> list[dict[str, Any]]:
    names = {"": _("To decide"), "acted": _("In hand"), "ended": _("Ended")}
    if with_mine or show == "mine":
        names["mine"] = _("About you")
    return [
        {"label": name, "url": f"?show={key}" if key else "?", "active": key == show}
        for key, name in names.items()
    ]


@access.needs("rep", "manager")
def alert(request: HttpRequest, alert_id: int) -> HttpResponse:
    """One alert; who leads the person chooses an action here."""
    viewer = access.viewer_in(request)
    found = queries.alert_for(viewer, alert_id)
    if found is None:
        raise Http404
    leads = queries.leads(viewer, found)
    form = ActionForm(request.POST or None)
    if request.method == "POST":
        access.require(leads)
        if saved(form, lambda: _choose(request, found, form)) is not None:
            messages.success(request, _("The action is noted; it is followed until you close it."))
            return redirect("kpis:alert", alert_id)
    teller = presenters.teller_of(catalogue(viewer.day))
    actions = queries.actions_of(found) if leads else []
    context = {
        **presenters.alert_page(found, teller, to_self=not leads),
        "leads": leads,
        "records": presenters.records_behind(found),
        "actions": presenters.action_rows(actions, teller, viewer.day),
        "form": form,
        "may_act": leads and found.ended_at is None and all(one.closed_at for one in actions),
        "mute": reverse("kpis:alert_mute", args=[alert_id]),
        "sheet": reverse("cockpit:person", args=[found.person_id]) if leads else "",
    }
    return render(request, "kpis/alerts/alert.html", context)


def _choose(request: HttpRequest, found: Alert, form: ActionForm) -> AlertAction:
    return services.choose_action(
        actor=access.actor_in(request), alert_id=found.pk, **form.cleaned_data
    )


@access.needs("manager")
def action_close(request: HttpRequest, action_id: int) -> HttpResponse:
    """What came of an action."""
    viewer = access.viewer_in(request)
    found = get_object_or_404(AlertAction.objects.select_related("alert"), pk=action_id)
    access.require(queries.leads(viewer, found.alert))
    form = OutcomeForm(request.POST or None)
    if form.is_bound:
        done = saved(form, lambda: _close(request, action_id, form))
        if done is not None:
            return redirect("kpis:alert", found.alert_id)
    context = {
        "title": _("Close the action"),
        "lead": found.note,
        "submit": _("Close the action"),
        "back": reverse("kpis:alert", args=[found.alert_id]),
        "form": form,
    }
    return render(request, "people/form.html", context)


def _close(request: HttpRequest, action_id: int, form: OutcomeForm) -> AlertAction:
    return services.close_action(
        actor=access.actor_in(request), action_id=action_id, outcome=form.cleaned_data["outcome"]
    )


@access.needs("manager")
def alert_mute(request: HttpRequest, alert_id: int) -> HttpResponse:
    """Hear nothing of this rule or person for a while."""
    viewer = access.viewer_in(request)
    found = queries.alert_for(viewer, alert_id)
    if found is None or not queries.leads(viewer, found):
        raise Http404
    form = MuteForm(request.POST or None).offer(presenters.mute_choices(found))
    if form.is_bound:
        done = saved(form, lambda: _mute(request, found, form))
        if done is not None:
            return redirect("kpis:alert_wishes")
    context = {
        "title": _("Mute"),
        "lead": _("Alerts stay in the list; only the count and the mails leave them out."),
        "submit": _("Mute"),
        "back": reverse("kpis:alert", args=[alert_id]),
        "form": form,
    }
    return render(request, "people/form.html", context)


def _mute(request: HttpRequest, found: Alert, form: MuteForm) -> AlertMute:
    what = form.cleaned_data["what"]
    return services.mute(
        actor=access.actor_in(request),
        until_on=form.cleaned_data["until_on"],
        rule_id=found.rule_id if what in ("both", "rule") else None,
        person_id=found.person_id if what in ("both", "person") else None,
    )
