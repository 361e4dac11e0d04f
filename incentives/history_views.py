"""The history of pay, for HR and administrators: rows that nobody can edit."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from incentives.histories import SUBJECTS, entries_of, newest_entries
from incentives.history_pages import history_rows
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
    get_object_or_404(SUBJECTS[kind]._default_manager.only("pk"), pk=subject_id)
    entries = entries_of(kind, subject_id, MOST)
    rows = history_rows(entries, with_pay=access.viewer_in(request).is_hr)
    return _page(request, rows, kind)


def _page(request: HttpRequest, rows: list[dict[str, object]], kind: str) -> HttpResponse:
    context = {
        "rows": rows,
        "kind": kind,
        "most": MOST if len(rows) == MOST else 0,
        "with_pay": access.viewer_in(request).is_hr,
    }
    return render(request, "incentives/history.html", context)
