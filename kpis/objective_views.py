"""Pages of objectives: what is to be reached, how far it is, set and withdrawn by managers."""

from dataclasses import replace
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from common.forms import after, saved
from kernel.periods import Period
from kpis import presenters, queries, services
from kpis.forms import Choices, ObjectiveForm, WithdrawForm, kpi_choices
from kpis.models import Objective
from kpis.windows import PageWindow, window_of
from people import access
from people import queries as people
from people.access import Area, Viewer


@access.needs("rep", "manager", "admin")
def objectives(request: HttpRequest) -> HttpResponse:
    """Objectives that touch a month, of everybody whose figures are open to the viewer."""
    viewer = access.viewer_in(request)
    month = window_of({"on": request.GET.get("on", "")}, viewer.day)
    tracked = queries.tracked_objectives(month.period, viewer)
    context = {
        "rows": presenters.objective_rows(tracked, people.company().currency, _may(viewer)),
        "may_set": access.can_configure(viewer, Area.OBJECTIVES),
        "title": presenters.window_title(month),
        "before": _address(month.moved(forward=False)),
        "after": _address(month.moved(forward=True)),
    }
    return render(request, "kpis/objectives.html", context)


def _address(month: PageWindow) -> str:
    return presenters.address("kpis:objectives", {"on": month.period.start.isoformat()})


def _set_for(viewer: Viewer) -> frozenset[int]:
    """Whom a manager sets objectives for: those led, never oneself, whom they pay."""
    return frozenset(one for one in access.led_people(viewer) if one != viewer.person_id)


def _may(viewer: Viewer) -> presenters.MayWithdraw:
    led = _set_for(viewer)

    def may(row: queries.ObjectiveRow) -> bool:
        if viewer.is_admin:
            return True
        if row.person_id is not None:
            return row.person_id in led
        return row.team_id is not None and row.team_id in viewer.led_team_ids

    return may


@access.configures(Area.OBJECTIVES)
def objective_new(request: HttpRequest) -> HttpResponse:
    """Set one objective for somebody or a team that the viewer leads."""
    viewer = access.viewer_in(request)
    month = Period.month(viewer.day)
    initial = {"valid_from": month.start, "last_day": month.last}
    known = queries.catalogue(viewer.day)
    form = ObjectiveForm(request.POST or None, initial=initial).offer(
        _who_choices(viewer), kpi_choices(known)
    )
    done = saved(form, lambda: _set(request, form)) if form.is_bound else None
    if done is not None:
        return redirect(_address(PageWindow("month", Period.month(done.valid_from))))
    context = {
        "title": _("New objective"),
        "lead": _("Both sides see the value, the dates and every later change."),
        "submit": _("Set the objective"),
        "back": reverse("kpis:objectives"),
        "form": form,
    }
    return render(request, "people/form.html", context)


def _who_choices(viewer: Viewer) -> Choices:
    scope = None if viewer.is_admin else _set_for(viewer)
    persons = [
        (f"person:{one.number}", one.name)
        for one in people.directory()
        if scope is None or one.person_id in scope
    ]
    teams = [
        (f"team:{one.key}", _("Team %(name)s") % {"name": " / ".join(one.path)})
        for one in people.team_tree()
        if viewer.is_admin or one.id in viewer.led_team_ids
    ]
    return [*sorted(persons, key=lambda pair: (pair[1], pair[0])), *teams]


def _set(request: HttpRequest, form: ObjectiveForm) -> Objective:
    data = form.cleaned_data
    kind, _colon, key = data["who"].partition(":")
    wanted = services.ObjectiveInput(
        kpi=data["kpi"],
        target=data["target"],
        valid_from=data["valid_from"],
        valid_to=after(data["last_day"]),
        reason=data["reason"],
    )
    wanted = replace(wanted, **{kind: key})
    return services.set_objective(actor=access.actor_in(request), objective=wanted)


@access.configures(Area.OBJECTIVES)
def objective_withdraw(request: HttpRequest, objective_id: int) -> HttpResponse:
    """Take an objective back, with a reason."""
    viewer = access.viewer_in(request)
    objective = get_object_or_404(
        Objective.objects.exclude(status=Objective.Status.WITHDRAWN), pk=objective_id
    )
    access.require(_may(viewer)(queries.objective_row(objective.pk)))
    form = WithdrawForm(request.POST or None)
    done = saved(form, lambda: _withdraw(request, objective, form)) if form.is_bound else None
    if done is not None:
        return redirect("kpis:objectives")
    context: dict[str, Any] = {
        "title": _("Withdraw the objective"),
        "lead": _("It stays readable as withdrawn, with the reason."),
        "submit": _("Withdraw"),
        "back": reverse("kpis:objectives"),
        "form": form,
    }
    return render(request, "people/form.html", context)


def _withdraw(request: HttpRequest, objective: Objective, form: WithdrawForm) -> Objective:
    return services.withdraw_objective(
        actor=access.actor_in(request), objective=objective, reason=form.cleaned_data["reason"]
    )
