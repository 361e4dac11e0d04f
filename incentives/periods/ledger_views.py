"""The page of the pay ledger, for HR."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from incentives.periods.ledger_pages import account_page, all_balanced, balance_rows
from people import access


@access.configures(access.Area.PERIODS)
def ledger(request: HttpRequest) -> HttpResponse:
    """Where everybody's pay stands: earned, held back, owed, paid."""
    rows = balance_rows()
    return render(
        request, "incentives/ledger.html", {"rows": rows, "is_balanced": all_balanced(rows)}
    )


@access.needs("anyone")
def account(request: HttpRequest, person_id: int) -> HttpResponse:
    """The movements of one person, for HR and for themselves."""
    viewer = access.viewer_in(request)
    is_own = viewer.person_id == person_id
    access.require(is_own or access.can_configure(viewer, access.Area.PERIODS))
    shown = account_page(person_id)
    access.require(is_own or shown["person"])
    return render(request, "incentives/account.html", {**shown, "is_own": is_own})
