"""Pages on which objectives are made and answered: proposed, set, countered, withdrawn, scored."""

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from common.forms import after, saved
from kernel.issues import Invalid
from kernel.numbers import as_text, parse_number
from kernel.periods import Period
from kpis import services
from kpis.forms import kpi_choices
from kpis.models import Objective
from kpis.objectives import acting, presenters, queries
from kpis.objectives.forms import (
    Choices,
    CounterForm,
    ObjectiveForm,
    QualitativeForm,
    VisitForm,
    WithdrawForm,
)
from kpis.objectives.past import suggestion_for
from kpis.objectives.views import readable
from kpis.queries import catalogue
from kpis.windows import window_of
from people import access
from people import queries as people
from people.access import Area, Viewer


def _form_page(
    request: HttpRequest, form: forms.Form, back: str, title: str, lead: str, submit: str
) -> HttpResponse:
    context = {"title": title, "lead": lead, "submit": submit, "back": back, "form": form}
    return render(request, "people/form.html", context)


def _done(form: forms.Form, work: Callable[[], Objective | object]) -> Any:
    return saved(form, work) if form.is_bound else None


# --- proposed and set ------------------------------------------------------------------------


@access.configures(Area.OBJECTIVES)
def objective_new(request: HttpRequest) -> HttpResponse:
    """Propose a target to somebody that the viewer leads, or set it for a team (admin: a role)."""
    viewer = access.viewer_in(request)
    form = ObjectiveForm(request.POST or None, initial=_initial(request, viewer)).offer(
        _who_choices(viewer), kpi_choices(catalogue(viewer.day))
    )
    made = _done(form, lambda: _propose(request, form))
    if made is not None:
        messages.success(request, _said(made))
        return redirect("kpis:objective", made.pk)
    context = {"form": form, "suggestion_url": reverse("kpis:objective_suggestion")}
    return render(request, "kpis/objectives/propose.html", context)


def _initial(request: HttpRequest, viewer: Viewer) -> dict[str, object]:
    """This month, or what an objective to be amended says."""
    month = Period.month(viewer.day)
    initial: dict[str, object] = {"valid_from": month.start, "last_day": month.last}
    amended = request.GET.get("amends", "")
    if not amended.isdecimal() or len(amended) > 18:
        return initial
    row = readable(request, int(amended))
    access.require(row.kpi is not None and acting.speaks_for_company(row, viewer))
    who = (
        f"person:{row.person.number}" if row.person
        else f"team:{row.team.key}" if row.team
        else f"role:{row.role.key}" if row.role
        else ""
    )  # fmt: skip
    return {
        "who": who,
        "kpi": row.kpi.key if row.kpi else "",
        "valid_from": row.valid_from,
        "last_day": Period(row.valid_from, row.valid_to).last,
        "target": as_text(Fraction(row.target)),
        "weight": as_text(Fraction(row.weight)),
    }


def _said(made: Objective) -> str:
    if made.status == Objective.Status.PROPOSED:
        return _("Proposed: it is in force once it is accepted.")
    return _("Set: it is in force.")


def _led(viewer: Viewer) -> Choices:
    """Whom the viewer proposes objectives to: those led, never oneself, whom they pay."""
    scope = None if viewer.is_admin else access.led_people(viewer)
    found = [
        (f"person:{one.number}", one.name)
        for one in people.directory()
        if one.person_id != viewer.person_id and (scope is None or one.person_id in scope)
    ]
    return sorted(found, key=lambda pair: (pair[1], pair[0]))


def _who_choices(viewer: Viewer) -> Choices:
    teams = [
        (f"team:{one.key}", _("Team %(name)s") % {"name": " / ".join(one.path)})
        for one in people.team_tree()
        if viewer.is_admin or one.id in viewer.led_team_ids
    ]
    roles = [
        (f"role:{one.key}", _("Role %(name)s") % {"name": presenters.role_name(one)})
        for one in people.roles()
        if viewer.is_admin
    ]
    return [*_led(viewer), *teams, *roles]


def _propose(request: HttpRequest, form: ObjectiveForm) -> Objective:
    data = form.cleaned_data
    kind, _colon, key = data["who"].partition(":")
    wanted = services.ObjectiveInput(
        kpi=data["kpi"],
        target=data["target"],
        valid_from=data["valid_from"],
        valid_to=after(data["last_day"]),
        reason=data["reason"],
        weight=data["weight"],
    )
    wanted = replace(wanted, **{kind: key})
    actor = access.actor_in(request)
    if kind != "person":
        return services.set_objective(actor=actor, objective=wanted)
    return services.propose_objective(actor=actor, objective=wanted, answer_by=data["answer_by"])


@access.configures(Area.OBJECTIVES)
def objective_qualitative(request: HttpRequest) -> HttpResponse:
    """Propose criteria that a named evaluator will score."""
    viewer = access.viewer_in(request)
    month = Period.month(viewer.day)
    initial = {"valid_from": month.start, "last_day": month.last, "target": "80"}
    everybody = sorted(
        ((str(one.person_id), one.name) for one in people.directory()),
        key=lambda pair: (pair[1], pair[0]),
    )
    form = QualitativeForm(request.POST or None, initial=initial).offer(_led(viewer), everybody)
    made = _done(form, lambda: _propose_qualitative(request, form))
    if made is not None:
        messages.success(request, _said(made))
        return redirect("kpis:objective", made.pk)
    return _form_page(
        request, form, reverse("kpis:objectives"), _("New qualitative objective"),
        _("The person reads the criteria before, and the evidence after each visit."),
        _("Propose the objective"),
    )  # fmt: skip


def _propose_qualitative(request: HttpRequest, form: QualitativeForm) -> Objective:
    data = form.cleaned_data
    number = data["who"].partition(":")[2]
    person_id = next(one.person_id for one in people.directory() if one.number == number)
    wanted = services.Qualitative(
        person_id=person_id,
        title=data["title"],
        criteria=data["criteria"],
        evaluator_id=int(data["evaluator"]),
        valid_from=data["valid_from"],
        valid_to=after(data["last_day"]) or data["valid_from"],
        target=data["target"],
        weight=data["weight"] or Fraction(1),
        reason=data["reason"],
        goal_key=data["goal_key"],
    )
    return services.propose_qualitative(
        actor=access.actor_in(request), objective=wanted, answer_by=data["answer_by"]
    )


@access.configures(Area.OBJECTIVES)
def objective_suggestion(request: HttpRequest) -> HttpResponse:
    """What the past says of a target, once a person, a KPI and days are chosen; a fragment."""
    viewer = access.viewer_in(request)
    known = catalogue(viewer.day)
    asked = window_of(
        {"window": "custom", "from": request.GET.get("valid_from", ""),
         "until": request.GET.get("last_day", "")},
        viewer.day,
    )  # fmt: skip
    who, kpi = request.GET.get("who", ""), request.GET.get("kpi", "")
    is_person = who.startswith("person:") and who in dict(_led(viewer))
    context: dict[str, Any] = {}
    if is_person and kpi in known.kpis and asked.kind == "custom":
        number = who.partition(":")[2]
        person_id = next(one.person_id for one in people.directory() if one.number == number)
        found = suggestion_for(person_id, kpi, asked.period, viewer.day)
        unit, currency = known.kpi(kpi).unit, people.company().currency
        target = _number(request.GET.get("target", ""))
        context = {"helper": presenters.suggestion_cells(found, target, unit, currency)}
    return render(request, "kpis/objectives/suggestion.html", context)


def _number(text: str) -> Fraction | None:
    """The number in a text that is still being written; None while it is none."""
    try:
        return parse_number(text[:30])
    except Invalid:
        return None


# --- answered --------------------------------------------------------------------------------


@access.needs("rep", "manager", "admin")
def objective_counter(request: HttpRequest, objective_id: int) -> HttpResponse:
    """Answer with another value and a reason."""
    found = readable(request, objective_id)
    access.require(acting.may_answer(found, access.viewer_in(request)))
    form = CounterForm(request.POST or None)
    done = _done(form, lambda: services.counter_objective(
        actor=access.actor_in(request), objective=found,
        target=form.cleaned_data["target"], reason=form.cleaned_data["reason"],
    ))  # fmt: skip
    if done is not None:
        messages.success(request, _("Your value is with the other side now."))
        return redirect("kpis:objective", found.pk)
    return _form_page(
        request, form, reverse("kpis:objective", args=[found.pk]), _("Another value"),
        _("The other side sees your value and the reason, and accepts it or answers."),
        _("Send"),
    )  # fmt: skip


@access.configures(Area.OBJECTIVES)
def objective_withdraw(request: HttpRequest, objective_id: int) -> HttpResponse:
    """Take an objective or a proposal back, with a reason."""
    found = readable(request, objective_id)
    viewer = access.viewer_in(request)
    access.require(found.status in (*queries.SHOWN[:3],))
    access.require(acting.speaks_for_company(found, viewer))
    form = WithdrawForm(request.POST or None)
    done = _done(form, lambda: services.withdraw_objective(
        actor=access.actor_in(request), objective=found, reason=form.cleaned_data["reason"]
    ))  # fmt: skip
    if done is not None:
        return redirect("kpis:objectives")
    return _form_page(
        request, form, reverse("kpis:objective", args=[found.pk]), _("Withdraw the objective"),
        _("It stays readable as withdrawn, with the reason."), _("Withdraw"),
    )  # fmt: skip


@access.needs("rep", "manager", "admin")
def objective_evaluate(request: HttpRequest, objective_id: int) -> HttpResponse:
    """Score the criteria after a joint visit; the named evaluator alone."""
    found = readable(request, objective_id)
    viewer = access.viewer_in(request)
    access.require(acting.is_evaluator(found, viewer))
    texts = [one["text"] for one in found.criteria]
    form = VisitForm(request.POST or None, criteria=texts, initial={"visited_on": viewer.day})
    done = _done(form, lambda: services.evaluate_objective(
        actor=access.actor_in(request), objective=found,
        visited_on=form.cleaned_data["visited_on"], scores=form.scores,
        evidence=form.cleaned_data["evidence"],
    ))  # fmt: skip
    if done is not None:
        messages.success(request, _("The visit is kept."))
        return redirect("kpis:objective", found.pk)
    return _form_page(
        request, form, reverse("kpis:objective", args=[found.pk]), _("Score a visit"),
        _("From 0 to 5 for each criterion; leave out what you could not see."), _("Keep the visit"),
    )  # fmt: skip
