"""Pages of the rules of alerts, for administrators and, for own teams, managers."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from common.forms import saved
from common.numbers import whole
from kpis.alerts import presenters, queries, services
from kpis.alerts.forms import RuleForm
from kpis.alerts.queries import may_rule
from kpis.alerts.services import RuleInput
from kpis.alerts.words import KINDS
from kpis.calc.alerts.rules import Kind
from kpis.forms import kpi_choices
from kpis.models import AlertRule
from kpis.queries.catalogue import catalogue
from people import access
from people.access import Viewer


@access.page(may_rule)
def rules(request: HttpRequest) -> HttpResponse:
    """All rules that concern the viewer, and the kinds of new ones."""
    viewer = access.viewer_in(request)
    context = {
        "rows": presenters.rule_rows(queries.rules_open_to(viewer), viewer),
        "kinds": presenters.kind_rows(),
        "hooks": viewer.is_admin,
    }
    return render(request, "kpis/alerts/rules.html", context)


@access.page(may_rule)
def rule_new(request: HttpRequest, kind: str) -> HttpResponse:
    """A new rule of a kind."""
    viewer = access.viewer_in(request)
    if kind not in list(Kind):
        raise Http404
    form = _form(request, viewer, Kind(kind)).offer_teams(presenters.team_choices(viewer))
    if form.is_bound:
        done = saved(form, lambda: _add(request, form))
        if done is not None:
            return redirect("kpis:alert_rules")
    return _page(request, form, Kind(kind))


def _add(request: HttpRequest, form: RuleForm) -> AlertRule:
    team_id = whole(form.cleaned_data["team"])
    return services.add_rule(actor=access.actor_in(request), rule=_input(form, team_id))


@access.page(may_rule)
def rule(request: HttpRequest, rule_id: int) -> HttpResponse:
    """Change a rule."""
    viewer = access.viewer_in(request)
    found = get_object_or_404(AlertRule, pk=rule_id)
    access.require(queries.may_change(viewer, found))
    kind = Kind(found.document["kind"])
    form = _form(request, viewer, kind, found)
    if form.is_bound:
        done = saved(form, lambda: _change(request, found, form))
        if done is not None:
            return redirect("kpis:alert_rules")
    return _page(request, form, kind)


def _change(request: HttpRequest, found: AlertRule, form: RuleForm) -> AlertRule:
    return services.change_rule(
        actor=access.actor_in(request), rule_id=found.pk, rule=_input(form, found.team_id)
    )


def _input(form: RuleForm, team_id: int | None) -> RuleInput:
    data = form.cleaned_data
    return RuleInput(data["name_fr"], data["name_en"], form.document(), team_id)


def _form(
    request: HttpRequest, viewer: Viewer, kind: Kind, found: AlertRule | None = None
) -> RuleForm:
    initial = {}
    if found is not None:
        initial = {"name_fr": found.name_fr, "name_en": found.name_en, **found.document}
    return RuleForm(
        request.POST or None,
        initial=initial,
        kind=kind,
        kpis=kpi_choices(catalogue(viewer.day)),
        roles=presenters.role_choices(),
    )


def _page(request: HttpRequest, form: RuleForm, kind: Kind) -> HttpResponse:
    context = {
        "title": KINDS[kind],
        "lead": _("Nobody is compared with a colleague, only with a limit or the own past."),
        "submit": _("Keep the rule"),
        "back": reverse("kpis:alert_rules"),
        "form": form,
    }
    return render(request, "people/form.html", context)


@access.page(may_rule)
def rule_switch(request: HttpRequest, rule_id: int) -> HttpResponse:
    """On or off."""
    if request.method != "POST":
        return HttpResponse(status=405, headers={"Allow": "POST"})
    found = get_object_or_404(AlertRule, pk=rule_id)
    access.require(queries.may_change(access.viewer_in(request), found))
    services.switch_rule(
        actor=access.actor_in(request), rule_id=rule_id, is_active="on" in request.POST
    )
    return redirect("kpis:alert_rules")
