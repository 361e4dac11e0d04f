"""Pages of disputes: the desk of HR, one dispute with its log, disputing a line."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from common.forms import saved
from common.numbers import whole
from incentives import services
from incentives.claims import dispute_pages
from incentives.claims.access import may_dispute, may_read_dispute
from incentives.claims.disputes import dispute_counts, disputes_for_hr
from incentives.claims.forms import DisputeForm, ReplyForm
from incentives.models import Dispute, Statement
from people import access

PER_PAGE = 50
SHOWS = ("open", "overdue", "answered", "all")
Cells = dict[str, Any]


@access.configures(access.Area.PERIODS)
def disputes(request: HttpRequest) -> HttpResponse:
    """All disputes for HR, those that are late first; `?show=` filters, `?page=` turns over."""
    today = access.viewer_in(request).day
    show = request.GET.get("show", SHOWS[0])
    access.require(show in SHOWS)
    page = _page_number(request)
    found = disputes_for_hr(show, today, page * PER_PAGE, PER_PAGE + 1)
    counts = dispute_counts(today)
    context = {
        "rows": dispute_pages.dispute_rows(found[:PER_PAGE], today),
        "desk": dispute_pages.office_tabs("disputes"),
        "tabs": dispute_pages.tabs(counts, show),
        "show": show,
        "newer": f"?show={show}&page={page - 1}" if page else "",
        "older": f"?show={show}&page={page + 1}" if len(found) > PER_PAGE else "",
    }
    return render(request, "incentives/disputes.html", context)


def _page_number(request: HttpRequest) -> int:
    return min(whole(request.GET.get("page")) or 0, 100_000)


@access.needs("anyone")
def dispute(request: HttpRequest, dispute_id: int) -> HttpResponse:
    """One dispute with everything said; a form for who may say something."""
    rows = Dispute.objects.select_related(
        "statement__person",
        "statement__run__period",
        "statement__plan_version__plan",
        "opened_by__person",
    )
    found = get_object_or_404(rows, pk=dispute_id)
    viewer = access.viewer_in(request)
    access.require(may_read_dispute(viewer, found.statement))
    form = ReplyForm(request.POST or None)
    if request.method == "POST" and saved(form, lambda: _said(request, found, form.cleaned_data)):
        messages.success(request, dispute_pages.SAID[request.POST["to"]])
        return redirect("incentives:dispute", dispute_id)
    context = dispute_pages.dispute_page(found, access.actor_in(request), viewer.day)
    context["form"] = form
    context["is_own"] = found.statement.person_id == viewer.person_id
    fragment = getattr(request, "htmx", False) and request.method == "GET"
    name = "incentives/dispute_body.html" if fragment else "incentives/dispute.html"
    return render(request, name, context)


def _said(request: HttpRequest, found: Dispute, data: Cells) -> bool:
    to = request.POST.get("to", "")
    access.require(to in dispute_pages.SAID)
    actor = access.actor_in(request)
    services.move_dispute(actor=actor, dispute_id=found.pk, to=to, text=data["text"])
    return True


@access.needs("anyone")
def dispute_new(request: HttpRequest, statement_id: int) -> HttpResponse:
    """Dispute a line of a statement: its payee, or HR on their behalf."""
    rows = Statement.objects.select_related("person", "run__period", "plan_version__plan")
    found = get_object_or_404(rows, pk=statement_id)
    access.require(may_dispute(access.viewer_in(request), found))
    lines = dispute_pages.line_choices(found)
    first = {"component": request.GET.get("line", "")}
    form = DisputeForm(request.POST or None, initial=first, lines=lines)
    if request.method == "POST":
        made = saved(form, lambda: _opened(request, found, form.cleaned_data))
        if made is not None:
            messages.success(request, _("The dispute is open; HR answers it here."))
            return redirect("incentives:dispute", made.pk)
    context = {
        "form": form,
        "title": _("Dispute a line"),
        "lead": _("HR answers within %(days)s working days; everything said is kept.")
        % {"days": services.ANSWER_WORKING_DAYS},
        "submit": _("Open the dispute"),
        "back": reverse("incentives:statement", args=[statement_id]),
    }
    return render(request, "people/form.html", context)


def _opened(request: HttpRequest, found: Statement, data: Cells) -> Dispute:
    return services.open_dispute(actor=access.actor_in(request), statement_id=found.pk, **data)
