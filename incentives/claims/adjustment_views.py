"""Pages of manual adjustments, for HR: what is to be decided, one adjustment, a new one."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from common.forms import saved
from common.numbers import whole
from incentives import services
from incentives.claims import adjustment_pages, dispute_pages
from incentives.claims.forms import AdjustmentForm, DecisionForm
from incentives.models import Adjustment, Dispute, Statement
from people import access
from people import queries as people

runs_pay = access.configures(access.Area.PERIODS)
Cells = dict[str, Any]


@runs_pay
def adjustments(request: HttpRequest) -> HttpResponse:
    """The adjustments to be decided, or all of them."""
    show = request.GET.get("show", "pending")
    access.require(show in ("pending", "all"))
    context = adjustment_pages.desk(show)
    context["desk"] = dispute_pages.office_tabs("adjustments")
    return render(request, "incentives/adjustments.html", context)


@runs_pay
def adjustment(request: HttpRequest, adjustment_id: int) -> HttpResponse:
    """One adjustment; a second person approves or refuses it here."""
    rows = Adjustment.objects.select_related(
        "period", "person", "proposed_by__person", "decided_by__person"
    )
    found = get_object_or_404(rows, pk=adjustment_id)
    form = DecisionForm(request.POST or None)
    if request.method == "POST" and saved(form, lambda: _decided(request, found, form)):
        messages.success(request, _("The adjustment is decided."))
        return redirect("incentives:adjustment", adjustment_id)
    context = adjustment_pages.adjustment_page(found, access.actor_in(request))
    context["form"] = form
    return render(request, "incentives/adjustment.html", context)


def _decided(request: HttpRequest, found: Adjustment, form: DecisionForm) -> bool:
    to = request.POST.get("to", "")
    access.require(to in ("approve", "refuse"))
    services.decide_adjustment(
        actor=access.actor_in(request),
        adjustment_id=found.pk,
        approved=to == "approve",
        reason=form.cleaned_data["reason"],
    )
    return True


@runs_pay
def adjustment_new(request: HttpRequest) -> HttpResponse:
    """Propose an adjustment; `?statement=` or `?dispute=` is its cause, `?period=` pays it."""
    dispute = _cause(Dispute, request.GET.get("dispute", ""))
    statement = (
        dispute.statement if dispute else _cause(Statement, request.GET.get("statement", ""))
    )
    periods = adjustment_pages.period_choices()
    first = adjustment_pages.first_values(statement, periods)
    first.setdefault("period_id", request.GET.get("period", ""))
    everybody = adjustment_pages.person_choices()
    form = AdjustmentForm(request.POST or None, initial=first, everybody=everybody, periods=periods)
    if request.method == "POST":
        made = saved(form, lambda: _proposed(request, form.cleaned_data, statement, dispute))
        if made is not None:
            messages.success(request, _("The adjustment is proposed; a second person decides."))
            return redirect("incentives:adjustment", made.pk)
    context = {
        "form": form,
        "title": _("Propose an adjustment"),
        "lead": _("A line of its own beside what the rules give; a second person approves it."),
        "submit": _("Propose"),
        "back": _back(statement, dispute),
    }
    return render(request, "people/form.html", context)


def _cause(model: Any, text: str) -> Any:
    if not text:
        return None
    way = "statement__run__period" if model is Dispute else "run__period"
    return get_object_or_404(model.objects.select_related(way), pk=whole(text))


def _back(statement: Statement | None, dispute: Dispute | None) -> str:
    if dispute is not None:
        return reverse("incentives:dispute", args=[dispute.pk])
    if statement is not None:
        return reverse("incentives:statement", args=[statement.pk])
    return reverse("incentives:adjustments")


def _proposed(
    request: HttpRequest, data: Cells, statement: Statement | None, dispute: Dispute | None
) -> Adjustment:
    proposal = services.Proposal(
        **data,
        currency=people.company().currency,
        statement_id=statement.pk if statement else None,
        dispute_id=dispute.pk if dispute else None,
    )
    return services.propose_adjustment(actor=access.actor_in(request), proposal=proposal)
