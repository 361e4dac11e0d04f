"""What a version of a plan would have cost in past periods, and what it changes in words."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse

from incentives.models import PayPeriod, PlanVersion
from incentives.periods.pages import named, signed
from incentives.plans.pages import plan_name
from incentives.plans.replaying import periods_paid_by, replay
from incentives.plans.version_changes import changes_in_text, changes_in_words
from people import access

MOST_PERIODS = 12
pays = access.needs("hr")
configures_plans = access.configures(access.Area.PLANS)


@pays
def cost(request: HttpRequest, version_id: int) -> HttpResponse:
    """The last periods of the plan, each replayed by a fragment of its own."""
    version = get_object_or_404(PlanVersion.objects.select_related("plan"), pk=version_id)
    periods = periods_paid_by(version, MOST_PERIODS)
    rows = [
        {
            "label": named(one),
            "period_url": reverse("incentives:period", args=[one.pk]),
            "url": reverse("incentives:plan_cost_period", args=[version_id, one.pk]),
        }
        for one in periods
    ]
    context = {
        "name": plan_name(version.plan),
        "version": version,
        "rows": rows,
        "back": _back(version),
    }
    return render(request, "incentives/cost.html", context)


@pays
def cost_period(request: HttpRequest, version_id: int, period_id: int) -> HttpResponse:
    """One period replayed: a row of the table."""
    version = get_object_or_404(PlanVersion.objects.select_related("plan"), pk=version_id)
    period = get_object_or_404(PayPeriod, pk=period_id)
    found = replay(version, period)
    change = signed(found.change, found.currency)
    context = {"found": found, "label": named(period), "change": change}
    return render(request, "incentives/cost_period.html", context)


@configures_plans
def versions(request: HttpRequest, version_id: int) -> HttpResponse:
    """What a version changes against another one (`?with=`; else the one before), in words."""
    version = get_object_or_404(PlanVersion.objects.select_related("plan"), pk=version_id)
    held = list(version.plan.versions.order_by("-number"))
    wanted = request.GET.get("with", "")
    older = next((one for one in held if str(one.number) == wanted), None)
    older = older or next((one for one in held if one.number < version.number), None)
    context = {
        "name": plan_name(version.plan),
        "version": version,
        "older": older,
        "others": [one for one in held if one.pk != version.pk],
        "words": changes_in_words(older, version) if older else [],
        "document": changes_in_text(older, version) if older else [],
        "back": _back(version),
    }
    return render(request, "incentives/versions.html", context)


def _back(version: PlanVersion) -> str:
    return f"{reverse('incentives:plan', args=[version.plan.key])}?version={version.number}"
