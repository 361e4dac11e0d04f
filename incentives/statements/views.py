"""One's own pay: statements, and where the running period may end."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import translation

from common.issues import message_of, remedy_of
from incentives import queries
from incentives.claims.access import may_look_over
from incentives.models import Statement
from incentives.periods import pages as presenters
from incentives.periods.ledger_pages import balance_rows
from incentives.statements import proofs
from incentives.statements.claims import claims_beside, my_claims
from incentives.statements.evidence import evidence_beside
from incentives.statements.notice import notice_beside
from incentives.statements.page import statement_page
from incentives.statements.pdf import pdf_of
from incentives.statements.projecting import projection_cards
from incentives.statements.projection import projections
from kernel.issues import Invalid
from kernel.periods import Period
from people import access
from people.access import Viewer


@access.page(lambda viewer: viewer.is_rep or viewer.is_manager)
def statements(request: HttpRequest) -> HttpResponse:
    """My statements and projection; a manager who may see pay finds the teams' statements."""
    viewer = access.viewer_in(request)
    mine = queries.statements_for(_me(viewer))
    context: dict[str, Any] = {
        "rows": presenters.my_rows(mine),
        "team": presenters.my_rows(_of_teams(viewer)),
        **my_claims(viewer),
        "balances": balance_rows(_me(viewer)) if _me(viewer) else [],
        "cards": projection_cards(
            made for person_id in _me(viewer) for made in projections(person_id, viewer.day)
        ),
    }
    return render(request, "incentives/statements.html", context)


def _of_teams(viewer: Viewer) -> list[queries.MyStatementRow]:
    """The last statements of the teams: of each period, those of who was in the teams then."""
    if viewer.is_hr or not viewer.managers_see_pay:
        return []
    days = [Period(row.starts_on, row.ends_on) for row in queries.shown_periods(limit=6)]
    scopes = {one: access.pay_scope(viewer, one).person_ids - _me(viewer) for one in days}
    people = frozenset[int]().union(*scopes.values())
    rows = queries.statements_for(people, periods=6) if people else []
    return [row for row in rows if row.person_id in scopes[Period(row.starts_on, row.ends_on)]]


def _me(viewer: Viewer) -> frozenset[int]:
    return frozenset() if viewer.person_id is None else frozenset({viewer.person_id})


@access.needs("anyone")
def statement(request: HttpRequest, statement_id: int) -> HttpResponse:
    """A statement like an invoice: every line opens down to the deals."""
    found = _readable(request, statement_id)
    viewer = access.viewer_in(request)
    context = statement_page(found)
    context |= claims_beside(found, viewer, context["lines"])
    context["is_own"] = found.person_id == viewer.person_id
    context["notice"] = notice_beside(found, viewer)
    context["evidence"] = evidence_beside(found, viewer)
    return render(request, "incentives/statement.html", context)


@access.needs("anyone")
def statement_pdf(request: HttpRequest, statement_id: int, language: str) -> HttpResponse:
    """The statement as a PDF in one of the product's languages; the same bytes each time."""
    found = _readable(request, statement_id)
    access.require(language in dict(settings.LANGUAGES))
    with translation.override(language):
        content = pdf_of(found)
    return _file(content, "application/pdf", f"{proofs.file_stem(found)}-{language}.pdf")


@access.needs("anyone")
def statement_proof(request: HttpRequest, statement_id: int) -> HttpResponse:
    """The proof of the statement, to be checked without this product's database."""
    found = _readable(request, statement_id)
    try:
        content = proofs.proof_of(found)
    except Invalid as invalid:
        for issue in invalid.issues:
            messages.error(request, f"{message_of(issue)} {remedy_of(issue)}")
        return redirect("incentives:statement", statement_id)
    return _file(content, "application/zip", f"{proofs.file_stem(found)}-proof.zip")


def _file(content: bytes, content_type: str, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "no-store"
    return response


def _readable(request: HttpRequest, statement_id: int) -> Statement:
    """The statement, for whoever may see that pay; else 404."""
    rows = Statement.objects.select_related(*proofs.RELATED).defer(*proofs.UNREAD)
    found = get_object_or_404(rows, pk=statement_id)
    access.require(_may_read(access.viewer_in(request), found))
    return found


def _may_read(viewer: Viewer, found: Statement) -> bool:
    """HR reads drafts, a manager those that are to be signed; others what HR stands by.

    All but HR only where the pay is open to them.
    """
    if access.can_configure(viewer, access.Area.PERIODS) or may_look_over(viewer, found):
        return True
    period = found.run.period
    days = Period(period.starts_on, period.ends_on)
    return access.can_see_pay(viewer, found.person_id, days) and queries.is_shown(found)
