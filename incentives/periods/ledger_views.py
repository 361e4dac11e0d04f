"""The page of the pay ledger, for HR."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from incentives.periods.ledger_pages import all_balanced, balance_rows
from people import access


@access.configures(access.Area.PERIODS)
def ledger(request: HttpRequest) -> HttpResponse:
    """Where everybody's pay stands: earned, held back, owed, paid."""
    rows = balance_rows()
    return render(
        request, "incentives/ledger.html", {"rows": rows, "is_balanced": all_balanced(rows)}
    )
