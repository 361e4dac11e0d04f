"""The history of pay, for HR and administrators: rows that nobody can edit."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from incentives.models import PayPeriod
from incentives.periods.histories import SUBJECTS, entries_of, newest_entries
from incentives.periods.history_pages import KINDS, history_rows
from incentives.periods.pages import named
from people import access

MOST = 300
reads_history = access.page(lambda viewer: viewer.is_hr or viewer.is_admin)


@reads_history
def histories(request: HttpRequest) -> HttpResponse:
    """The last things that were done in pay."""
    rows = history_rows(newest_entries(MOST), with_pay=access.viewer_in(request).is_hr)
    return _page(request, rows, "")


@reads_history
def history(request: HttpRequest, kind: str, subject_id: int) -> HttpResponse:
    """Everything that was done to one period, statement, adjustment or dispute."""
    access.require(kind in SUBJECTS)
    found = get_object_or_404(SUBJECTS[kind], pk=subject_id)
    about = named(found) if isinstance(found, PayPeriod) else f"{KINDS[kind]} {subject_id}"
    entries = entries_of(kind, subject_id, MOST)
    rows = history_rows(entries, with_pay=access.viewer_in(request).is_hr)
    return _page(request, rows, about)


def _page(request: HttpRequest, rows: list[dict[str, object]], about: str) -> HttpResponse:
    context = {
        "rows": rows,
        "about": about,
        "most": MOST if len(rows) == MOST else 0,
        "with_pay": access.viewer_in(request).is_hr,
    }
    return render(request, "incentives/history.html", context)
