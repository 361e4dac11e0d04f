"""Pages of the pay period: from data to export, for HR."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from common.forms import saved
from common.issues import message_of, remedy_of, text_of
from incentives import queries, services
from incentives.choices import PeriodState
from incentives.gathering.payees import field_of
from incentives.models import PayPeriod, Run
from incentives.payroll_files import pages as payroll_pages
from incentives.periods import pages as presenters
from incentives.periods.comparing import has_other
from incentives.periods.failures import problems_of
from incentives.periods.forms import PeriodForm, ReasonForm
from incentives.periods.parts import parts_of
from kernel.issues import Invalid
from people import access
from people import queries as people
from people.models import User

runs_pay = access.configures(access.Area.PERIODS)
Cells = dict[str, Any]


@access.page(access.can_see_pay_totals)
def periods(request: HttpRequest) -> HttpResponse:
    """All pay periods with their state and total."""
    viewer = access.viewer_in(request)
    may_run = access.can_configure(viewer, access.Area.PERIODS)
    rows = presenters.period_rows(queries.periods(), open_to_reader=may_run)
    context = {"rows": rows, "may_run": may_run, "small_group": presenters.SMALL_GROUP}
    return render(request, "incentives/periods.html", context)


@runs_pay
def period_new(request: HttpRequest) -> HttpResponse:
    """Open a pay period; one that exists already is shown."""
    form = PeriodForm(request.POST or None, initial={"day": access.viewer_in(request).day})
    if request.method == "POST":
        made = saved(form, lambda: _opened(request, form.cleaned_data))
        if made is not None:
            messages.success(request, _("The period is open."))
            return redirect("incentives:period", made.pk)
    context = {
        "form": form,
        "title": _("New pay period"),
        "lead": "",
        "submit": _("Open the period"),
        "back": reverse("incentives:periods"),
    }
    return render(request, "people/form.html", context)


def _opened(request: HttpRequest, data: Cells) -> PayPeriod:
    return services.open_period(
        actor=access.actor_in(request),
        first_month=people.company().fiscal_year_start_month,
        **data,
    )


@runs_pay
def period(request: HttpRequest, period_id: int) -> HttpResponse:
    """One period: checklist, progress, statements, files, history. A fragment for htmx."""
    found = get_object_or_404(PayPeriod, pk=period_id)
    viewer = access.viewer_in(request)
    text, show = request.GET.get("q", ""), request.GET.get("show", "")
    context = _period_context(found, viewer, text, show)
    htmx = getattr(request, "htmx", False)
    name = "incentives/period_body.html" if htmx else "incentives/period.html"
    return render(request, name, context)


def _period_context(found: PayPeriod, viewer: access.Viewer, text: str, show: str) -> Cells:
    field = field_of(found)
    last = services.last_run(found)
    rows = queries.statements_of(last) if last else []
    odd = sum(bool(row.anomalies) for row in rows)
    parts = parts_of(found, field, last, rows, viewer)
    unpaid, bare = parts["unpaid"], parts["without_objective"]
    exports = list(found.exports.select_related("made_by__person").defer("content").order_by("id"))
    counts = presenters.check_counts(len(field.payees), len(unpaid), len(bare), odd)
    notes = presenters.check_notes(len(field.payees), last, exports)
    newest = found.runs.order_by("-number").first()
    return {
        "period": found,
        "name": presenters.named(found),
        "kind": found.get_kind_display(),
        "checks": presenters.checklist(found, last, counts, notes),
        "run": last,
        **parts,
        "total_minor": sum(row.total_minor for row in rows) + parts["adjusted_minor"],
        "currency": rows[0].currency if rows else "",
        "payees": len(field.payees),
        "progress": _progress(newest),
        "failed": newest is not None and newest.state == Run.State.FAILED,
        "problems": [text_of(one) for one in problems_of(newest)] if newest else [],
        "rows": presenters.statement_rows(presenters.kept(rows, text, show)),
        "all_count": len(rows),
        "odd_count": odd,
        "text": text,
        "show": show,
        "anomaly_choices": list(presenters.ANOMALIES.items()),
        "payroll": payroll_pages.export_card(found, exports),
        "events": presenters.move_events(found),
        "can": _possible(found, last, newest, viewer),
    }


def _progress(run: Run | None) -> queries.Progress | None:
    return queries.progress_of(run) if run and run.state == Run.State.RUNNING else None


def _possible(
    found: PayPeriod, last: Run | None, newest: Run | None, viewer: access.Viewer
) -> dict[str, bool]:
    """Which buttons the page offers; the services have the last word."""
    state = found.state
    still = newest is None or newest.state != Run.State.RUNNING
    return {
        "calculate": still and state in (PeriodState.OPEN, PeriodState.CALCULATED),
        "review": still and state == PeriodState.CALCULATED,
        "approve": state == PeriodState.REVIEWED and not _ran(last, viewer),
        "wait": state == PeriodState.REVIEWED and _ran(last, viewer),
        "lock": state == PeriodState.APPROVED,
        "export": state in (PeriodState.LOCKED, PeriodState.EXPORTED),
        "reopen": still
        and state in (PeriodState.CALCULATED, PeriodState.REVIEWED, PeriodState.APPROVED),
        "compare": last is not None and has_other(last),
    }


def _ran(last: Run | None, viewer: access.Viewer) -> bool:
    """Who ran the calculation does not approve it."""
    return last is not None and last.started_by_id == viewer.user_id


def _done(request: HttpRequest, work: Callable[[], object], said: str) -> None:
    """Do it and say so, or say why not."""
    try:
        work()
    except Invalid as invalid:
        for issue in invalid.issues:
            messages.error(request, f"{message_of(issue)} {remedy_of(issue)}".strip())
    else:
        messages.success(request, said)


@runs_pay
@require_POST
def calculate(request: HttpRequest, period_id: int) -> HttpResponse:
    """Start a run; the page shows its progress."""
    get_object_or_404(PayPeriod, pk=period_id)
    actor = access.actor_in(request)
    _done(
        request,
        lambda: services.start_run(actor=actor, period_id=period_id),
        _("The calculation has started."),
    )
    return redirect("incentives:period", period_id)


Move = Callable[[User, int], object]
MOVES: dict[str, Move] = {
    "review": lambda actor, one: services.review_period(actor=actor, period_id=one),
    "approve": lambda actor, one: services.approve_period(actor=actor, period_id=one),
    "lock": lambda actor, one: services.lock_period(actor=actor, period_id=one),
}


@runs_pay
@require_POST
def move(request: HttpRequest, period_id: int) -> HttpResponse:
    """Review, approve or lock."""
    get_object_or_404(PayPeriod, pk=period_id)
    step = request.POST.get("step", "")
    access.require(step in MOVES)
    said = {
        "review": _("The period is reviewed."),
        "approve": _("The period is approved."),
        "lock": _("The period is locked."),
    }
    actor = access.actor_in(request)
    _done(request, lambda: MOVES[step](actor, period_id), said[step])
    return redirect("incentives:period", period_id)


@runs_pay
def reopen(request: HttpRequest, period_id: int) -> HttpResponse:
    """Go back to open before the lock, with a reason."""
    found = get_object_or_404(PayPeriod, pk=period_id)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and saved(form, lambda: _reopened(request, found, form)):
        messages.success(request, _("The period is open again."))
        return redirect("incentives:period", period_id)
    context = {
        "form": form,
        "title": _("Reopen %(period)s") % {"period": presenters.named(found)},
        "lead": _("It must then be calculated, reviewed and approved again."),
        "submit": _("Reopen"),
        "back": reverse("incentives:period", args=[period_id]),
    }
    return render(request, "people/form.html", context)


def _reopened(request: HttpRequest, found: PayPeriod, form: ReasonForm) -> bool:
    actor = access.actor_in(request)
    services.reopen_period(actor=actor, period_id=found.pk, reason=form.cleaned_data["reason"])
    return True
