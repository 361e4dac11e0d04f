"""Pages of the manager's review: the figures of one's own people, and HR going on."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from common.forms import saved
from incentives import queries, services
from incentives.choices import PeriodState
from incentives.claims import review_pages
from incentives.claims.forms import GoOnForm, SignForm
from incentives.claims.team_reviews import TeamUnderReview, teams_under_review
from incentives.models import PayPeriod, Run
from incentives.periods import pages as presenters
from incentives.services.moving import unsigned_managers
from kernel.periods import Period
from people import access
from people.access import Viewer

Cells = dict[str, Any]
sees_team_pay = access.page(lambda viewer: viewer.is_manager and viewer.managers_see_pay)


@sees_team_pay
def team_pay(request: HttpRequest) -> HttpResponse:
    """The periods whose figures a manager looks at: what is to be signed, what was."""
    rows = review_pages.period_rows(access.viewer_in(request))
    return render(request, "incentives/team_pay.html", {"rows": rows})


@sees_team_pay
def team_review(request: HttpRequest, period_id: int) -> HttpResponse:
    """The statements of one's people in the last run, beside the period before, to be signed."""
    found = get_object_or_404(PayPeriod.objects.exclude(state=PeriodState.OPEN), pk=period_id)
    viewer, run = access.viewer_in(request), services.last_run(found)
    team = own_team(viewer, found, run)
    form = SignForm(request.POST or None)
    if request.method == "POST" and saved(form, lambda: _signed(request, found, form)):
        messages.success(request, _("You have signed the figures of your team."))
        return redirect("incentives:team_review", period_id)
    if team is None or run is None:
        bare: Cells = {"name": presenters.named(found), "state": found.state, "form": form}
        return render(request, "incentives/team_review.html", bare)
    days = Period(found.starts_on, found.ends_on)
    shown = access.pay_scope(viewer, days).limit(team.person_ids)
    context = review_pages.team_page(found, team, queries.statements_of(run, shown))
    return render(request, "incentives/team_review.html", {**context, "form": form})


def own_team(viewer: Viewer, period: PayPeriod, run: Run | None) -> TeamUnderReview | None:
    """The payees whose statements the viewer looks at in a run."""
    if run is None or viewer.person_id is None:
        return None
    teams = teams_under_review(period, run, viewer.day)
    return next((team for team in teams if team.manager_id == viewer.person_id), None)


def _signed(request: HttpRequest, found: PayPeriod, form: SignForm) -> bool:
    actor, comment = access.actor_in(request), form.cleaned_data["comment"]
    services.sign_off_team(actor=actor, period_id=found.pk, comment=comment)
    return True


@access.configures(access.Area.PERIODS)
def review(request: HttpRequest, period_id: int) -> HttpResponse:
    """Mark a period as reviewed although managers have not signed; with a reason."""
    found = get_object_or_404(PayPeriod, pk=period_id)
    missing = unsigned_managers(found) if found.state == PeriodState.CALCULATED else []
    form = GoOnForm(request.POST or None)
    if request.method == "POST" and saved(form, lambda: _gone_on(request, found, form)):
        messages.success(request, _("The period is reviewed."))
        return redirect("incentives:period", period_id)
    context = {
        "form": form,
        "missing": missing,
        "name": presenters.named(found),
        "back": reverse("incentives:period", args=[period_id]),
    }
    return render(request, "incentives/review.html", context)


def _gone_on(request: HttpRequest, found: PayPeriod, form: GoOnForm) -> bool:
    actor = access.actor_in(request)
    services.review_period(actor=actor, period_id=found.pk, reason=form.cleaned_data["reason"])
    return True
