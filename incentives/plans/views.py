"""Pages of plans: the document beside its words, the curve, versions, whom it pays."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRedirect

from common.forms import after, saved
from incentives import queries, services
from incentives.designer.drafting import draft_of, drafted
from incentives.designer.page import Cells, designer_page
from incentives.designer.starts import starts
from incentives.models import Plan, PlanVersion
from incentives.periods.forms import AssignForm, DraftForm, PublishForm
from incentives.plans import pages as planning_pages
from kernel.issues import Invalid, Issue
from people import access
from people import queries as people

configures_plans = access.configures(access.Area.PLANS)


@configures_plans
def plans(request: HttpRequest) -> HttpResponse:
    """All plans with the version in force and whom it pays."""
    viewer = access.viewer_in(request)
    rows = planning_pages.plan_rows(queries.plan_versions(), queries.assignments(), viewer.day)
    return render(request, "incentives/plans.html", {"rows": rows})


@configures_plans
def plan(request: HttpRequest, key: str) -> HttpResponse:
    """One plan: a version in words beside its document; `?version=` chooses another one."""
    found = get_object_or_404(Plan, key=key)
    versions = [one for one in queries.plan_versions() if one.plan_id == found.pk]
    chosen = request.GET.get("version", "")
    version = next((one for one in versions if str(one.number) == chosen), versions[0])
    held = [one for one in queries.assignments() if one.plan_id == found.pk]
    context = planning_pages.plan_page(found, version, versions, held)
    context["shows_cost"] = access.viewer_in(request).is_hr
    return render(request, "incentives/plan.html", context)


@configures_plans
def plan_new(request: HttpRequest) -> HttpResponse:
    """A new plan, from one of the usual ways of paying (`?start=`)."""
    wanted = request.GET.get("start", "")
    start = next((one for one in starts() if one.key == wanted), starts()[0])
    text = start.paying_in(people.company().currency)
    more = {"starts": starts(), "start": start.key}
    return _edited(request, text, _("New plan"), reverse("incentives:plans"), more)


@configures_plans
def plan_edit(request: HttpRequest, key: str) -> HttpResponse:
    """Edit the draft; the first one starts from the newest version."""
    found = get_object_or_404(Plan, key=key)
    newest = found.versions.order_by("-number").first()
    access.require(newest is not None)
    document = newest.document if newest else ""
    title = planning_pages.plan_name(found)
    return _edited(request, document, title, reverse("incentives:plan", args=[key]))


def _edited(
    request: HttpRequest, document: str, title: str, back: str, more: Cells | None = None
) -> HttpResponse:
    """The designer: each change shows the draft anew, only the button Save keeps it."""
    posted, htmx = request.method == "POST", bool(getattr(request, "htmx", False))
    draft = drafted(request.POST.dict()) if posted else draft_of(document)
    form = DraftForm(request.POST or None, initial={"valid_from": _first_day(request)})
    issues: Sequence[Issue] = ()
    if posted and request.POST.get("action") == "save" and form.is_valid():
        try:
            made = services.save_plan(
                actor=access.actor_in(request), document=draft.text, **form.cleaned_data
            )
        except Invalid as invalid:
            issues = invalid.issues
        else:
            messages.success(request, _("The draft is saved."))
            address = reverse("incentives:plan", args=[made.plan.key])
            address = f"{address}?version={made.number}"
            return HttpResponseClientRedirect(address) if htmx else redirect(address)
    context = designer_page(draft, issues) | {"save": form, "title": title, "back": back}
    context |= more or {}
    template = "incentives/designer_body.html" if htmx else "incentives/designer.html"
    return render(request, template, context)


def _first_day(request: HttpRequest) -> date:
    return access.viewer_in(request).day.replace(day=1)


@configures_plans
def publish(request: HttpRequest, version_id: int) -> HttpResponse:
    """Publish a draft, for ever: what the legal profile says of it first, then the button."""
    version = get_object_or_404(PlanVersion.objects.select_related("plan"), pk=version_id)
    access.require(version.state == PlanVersion.State.DRAFT)
    findings = services.profile_findings(version, with_pay=access.viewer_in(request).is_hr)
    form = PublishForm(request.POST or None, needs_reason=any(one.warns for one in findings))
    if request.method == "POST":
        made = saved(form, lambda: _published(request, version, form))
        if made is not None:
            messages.success(request, _("The version is published."))
            return redirect("incentives:plan", version.plan.key)
    context = planning_pages.publish_page(version, findings) | {"form": form}
    return render(request, "incentives/publish.html", context)


def _published(request: HttpRequest, version: PlanVersion, form: PublishForm) -> PlanVersion:
    actor, reason = access.actor_in(request), form.cleaned_data["reason"]
    return services.publish_plan(actor=actor, version_id=version.pk, reason=reason)


@configures_plans
def plan_assign(request: HttpRequest, key: str) -> HttpResponse:
    """Say whom the plan pays from a day on."""
    found = get_object_or_404(Plan, key=key)
    form = AssignForm(request.POST or None, initial={"valid_from": access.viewer_in(request).day})
    if request.method == "POST":
        made = saved(form, lambda: _assigned(request, found, form.cleaned_data))
        if made is not None:
            messages.success(request, _("The assignment is saved."))
            return redirect("incentives:plan", key)
    context = {
        "form": form,
        "title": _("Who is paid by %(plan)s") % {"plan": planning_pages.plan_name(found)},
        "lead": _("An assignment that is still open ends on the day before."),
        "submit": _("Save"),
        "back": reverse("incentives:plan", args=[key]),
    }
    return render(request, "people/form.html", context)


def _assigned(request: HttpRequest, found: Plan, data: dict[str, Any]) -> object:
    return services.assign_plan(
        actor=access.actor_in(request),
        plan_key=found.key,
        role_key=data["role_key"] or None,
        person_id=data["person_id"],
        valid_from=data["valid_from"],
        valid_to=after(data["last_day_on"]),
    )
