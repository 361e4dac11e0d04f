"""Pages that tell why a run gives other amounts than another one, for HR."""

from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from common.formats import minor_text
from incentives.calc import ENGINE
from incentives.models import PayPeriod, Run, Statement
from incentives.periods import comparison_pages as pages
from incentives.periods import pages as presenters
from incentives.periods.causes import changes, split
from incentives.periods.comparing import differences, run_before, side_of
from people import access
from people import queries as people

runs_pay = access.configures(access.Area.PERIODS)


@runs_pay
def compare(request: HttpRequest, period_id: int) -> HttpResponse:
    """The last run by cause: beside the one before, a chosen one, or the period before."""
    found = get_object_or_404(PayPeriod, pk=period_id)
    runs = list(found.runs.filter(state=Run.State.DONE).order_by("-number"))
    access.require(bool(runs))
    earlier = run_before(runs[0])
    before = _chosen(request.GET.get("with", ""), runs[1:], earlier)
    access.require(before is not None)
    assert before is not None  # noqa: S101 - said again for the type checker
    rows = differences(before, runs[0])
    currency = people.company().currency
    context = {
        "period": found,
        "name": presenters.named(found),
        "after": runs[0],
        "before": before,
        "before_name": presenters.named(before.period),
        "runs": runs[1:],
        "earlier": earlier,
        "earlier_name": presenters.named(earlier.period) if earlier else "",
        "is_earlier": before.period_id != found.pk,
        "rows": pages.difference_rows(rows, currency),
        "causes": pages.cause_rows(rows, currency),
        "total_before": minor_text(sum(row.before_minor or 0 for row in rows), currency),
        "total_after": minor_text(sum(row.after_minor or 0 for row in rows), currency),
        "change": presenters.signed(sum(row.change_minor for row in rows), currency),
    }
    return render(request, "incentives/compare.html", context)


def _chosen(wanted: str, runs: list[Run], earlier: Run | None) -> Run | None:
    if wanted == "earlier" or not runs:
        return earlier
    return next((run for run in runs if str(run.number) == wanted), runs[0])


@runs_pay
def compare_records(request: HttpRequest, before_id: int, after_id: int) -> HttpResponse:
    """One payee in two runs: the shares of the causes, and the records that changed."""
    rows = Statement.objects.select_related("person", "plan_version", "run__period")
    before = get_object_or_404(rows, pk=before_id)
    after = get_object_or_404(rows, pk=after_id, person=before.person_id)
    zone = ZoneInfo(after.run.timezone) if after.run.timezone else people.company().tz
    shares = split(side_of(before), side_of(after), ENGINE, zone)
    found = changes(before.inputs, after.inputs)
    ids = {int(one.payee.partition("@")[0]) for one in found}
    context = {
        "name": after.person.name,
        "period": after.run.period,
        "period_name": presenters.named(after.run.period),
        "before": before,
        "after": after,
        "shares": pages.share_rows(shares.by_cause, after.currency),
        "change": presenters.signed(shares.total, after.currency),
        "rows": pages.change_rows(found, people.person_names(ids), after.currency),
        "more": max(len(found) - pages.SHOWN, 0),
        "with_person": len(ids) > 1,
    }
    return render(request, "incentives/compare_records.html", context)
