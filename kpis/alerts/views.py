"""Pages of alerts: what needs somebody, what was done about it."""

from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from common.forms import saved
from kpis.alerts import presenters, queries, services
from kpis.alerts.forms import ActionForm, MuteForm, OutcomeForm
from kpis.models import Alert, AlertAction, AlertMute
from kpis.queries.catalogue import catalogue
from people import access

SHOWS: dict[str, Q] = {"": queries.WAITING, "acted": queries.ACTED, "ended": queries.ENDED}


@access.needs("rep", "manager")
def alerts(request: HttpRequest) -> HttpResponse:
    """Alerts about the people whom the viewer leads, open actions, and those about oneself."""
    viewer = access.viewer_in(request)
    show = request.GET.get("show", "")
    access.require(show in SHOWS)
    teller = presenters.teller_of(catalogue(viewer.day))
    led = queries.shown(queries.alerts_of_led(viewer), SHOWS[show]) if viewer.is_manager else []
    actions = queries.open_actions(viewer) if viewer.is_manager else []
    mine = queries.shown(queries.alerts_of_self(viewer), queries.OPEN)
    context = {
        "leads": viewer.is_manager,
        "show": show,
        "tabs": _tabs(show),
        "rows": presenters.alert_rows(led, teller),
        "actions": presenters.action_rows(actions, teller, viewer.day),
        "mine": presenters.alert_rows(mine, teller, to_self=True),
        "may_rule": queries.may_rule(viewer),
    }
    return render(request, "kpis/alerts/list.html", context)


def _tabs(show: str) -> list[dict[str, Any]]:
    names = {"": _("To decide"), "acted": _("In hand"), "ended": _("Ended")}
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
