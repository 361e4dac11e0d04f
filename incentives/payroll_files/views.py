"""Pages of payroll files and their templates, for HR."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from common.issues import message_of, remedy_of
from common.numbers import whole
from incentives import services
from incentives.models import Export, PayPeriod, PayrollTemplate
from incentives.payroll import PayrollFile, parse_template
from incentives.payroll_files import exports
from incentives.payroll_files import pages as payroll_pages
from incentives.periods.forms import TemplateForm
from incentives.reports.team_report import team_csv, team_lines
from incentives.reports.totals import pay_totals, totals_csv
from kernel.issues import Invalid
from kernel.periods import Period, parse_period
from people import access
from people import queries as people

hands_over = access.page(lambda viewer: access.can_export(viewer, access.Export.PAYROLL))
BEGIN_WITH = "silae"


@hands_over
@require_POST
def export(request: HttpRequest, period_id: int) -> HttpResponse:
    """Hand the payroll file over: what is new, else the file as it was kept."""
    get_object_or_404(PayPeriod, pk=period_id)
    key = request.POST.get("template", "")
    access.require(exports.document_of(key) is not None)
    actor = access.actor_in(request)
    try:
        _record, file = services.export_period(actor=actor, period_id=period_id, template=key)
    except Invalid as invalid:
        return _not_exported(request, invalid, period_id, key)
    return _download(file)


def _not_exported(request: HttpRequest, invalid: Invalid, period_id: int, key: str) -> HttpResponse:
    """Back to the period, or to the template where all that it cannot write is shown."""
    if not all(issue.code.startswith("payroll.") for issue in invalid.issues):
        for issue in invalid.issues:
            messages.error(request, f"{message_of(issue)} {remedy_of(issue)}".strip())
        return redirect("incentives:period", period_id)
    messages.error(request, payroll_pages.issue_count(invalid.issues))
    address = reverse("incentives:payroll_template", args=[key])
    return redirect(f"{address}?period={period_id}")


def _download(file: PayrollFile) -> HttpResponse:
    response = HttpResponse(file.content, content_type=file.content_type)
    response["Content-Disposition"] = content_disposition_header(True, file.name)
    response["Cache-Control"] = "no-store"
    return response


@hands_over
def export_file(_request: HttpRequest, export_id: int) -> HttpResponse:
    """A file as it was handed over."""
    return _download(services.file_of(get_object_or_404(Export, pk=export_id)))


@hands_over
def templates(request: HttpRequest) -> HttpResponse:
    """The templates of payroll files: the company's own and the shipped ones."""
    return render(request, "incentives/payroll.html", payroll_pages.template_list())


@hands_over
def template(request: HttpRequest, key: str) -> HttpResponse:
    """One template, tried on the last locked period, or on the one of `?period=`."""
    document = exports.document_of(key)
    if document is None:
        raise Http404
    number = whole(request.GET.get("period"))
    period = PayPeriod.objects.filter(pk=number).first() if number else None
    read = exports.readable(key, document)
    if read is None:
        return redirect("incentives:payroll_template_edit", key)
    context = payroll_pages.template_page(read, document, payroll_pages.tried_on(period))
    return render(request, "incentives/payroll_template.html", context)


@hands_over
def template_new(request: HttpRequest) -> HttpResponse:
    """A new template, from a copy of a known one (`?from=`)."""
    known = request.GET.get("from", BEGIN_WITH)
    begin = exports.document_of(known)
    if begin is None:
        raise Http404
    return _edited(request, payroll_pages.copied(begin, f"{known[:30]}-1"), None)


@hands_over
def template_edit(request: HttpRequest, key: str) -> HttpResponse:
    """Edit a template of the company; what was exported stays."""
    found = get_object_or_404(PayrollTemplate, key=key)
    return _edited(request, found.document, key)


def _edited(request: HttpRequest, document: str, key: str | None) -> HttpResponse:
    """The form; `try` shows the last locked period written by the text, `save` keeps it."""
    form = TemplateForm(request.POST or None, initial={"document": document})
    context: dict[str, Any] = {"form": form, "key": key}
    if request.method == "POST" and form.is_valid():
        text = form.cleaned_data["document"]
        try:
            if "try" in request.POST:
                period = exports.last_handed_over()
                context["trial"] = payroll_pages.trial(parse_template(text), period)
                context["no_period"] = period is None
            else:
                saved = services.save_template(
                    actor=access.actor_in(request), document=text, key=key
                )
                messages.success(request, _("The template is saved."))
                return redirect("incentives:payroll_template", saved.key)
        except Invalid as invalid:
            context |= payroll_pages.refused(text, invalid.issues)
    return render(request, "incentives/payroll_edit.html", context)


@access.page(lambda viewer: access.can_export(viewer, access.Export.TOTALS))
def totals(request: HttpRequest) -> HttpResponse:
    """Sums by plan, component and team of the last twelve months, or of `?period=2026-Q1`."""
    days = _days(request)
    everyone = access.pay_scope(access.viewer_in(request)).everyone
    return _csv(totals_csv(pay_totals(days, single_people=everyone)), "pay-totals", days)


# an administrator may take reports of teams, but sees no pay
@access.page(lambda viewer: viewer.is_manager and viewer.managers_see_pay)
def team_report(request: HttpRequest) -> HttpResponse:
    """The pay of the people whom a manager led then: twelve months, or `?period=2026-Q1`."""
    viewer, days = access.viewer_in(request), _days(request)
    lines = team_lines(days, lambda period: access.pay_scope(viewer, period).person_ids)
    return _csv(team_csv(lines), "team-pay", days)


def _days(request: HttpRequest) -> Period:
    """The days that are asked for; a text that is no period is not found."""
    day = access.viewer_in(request).day
    chosen = request.GET.get("period", "")
    if not chosen:
        return Period(day.replace(year=day.year - 1, day=1), day)
    try:
        return parse_period(chosen)
    except Invalid:
        raise Http404 from None


def _csv(content: bytes, name: str, days: Period) -> HttpResponse:
    last = people.day_before(days.end)
    file = PayrollFile(
        name=f"{name}-{days.start.isoformat()}-{last.isoformat()}.csv",
        content_type="text/csv; charset=utf-8",
        content=content,
        line_count=0,
        totals={},
    )
    return _download(file)
