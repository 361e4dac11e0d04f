"""One's own pay: statements, and where the running period may end."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from incentives import presenters, queries
from incentives.models import Statement
from incentives.projecting import projection_cards
from incentives.projection import projections
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
    rows = Statement.objects.select_related(
        "person", "plan_version__plan", "run__period", "corrects__run__period"
    )
    found = get_object_or_404(rows, pk=statement_id)
    viewer = access.viewer_in(request)
    access.require(_may_read(viewer, found))
    context = presenters.statement_page(found)
    context["is_own"] = found.person_id == viewer.person_id
    return render(request, "incentives/statement.html", context)


def _may_read(viewer: Viewer, found: Statement) -> bool:
    """HR reads drafts as well; others what HR stands by, when the pay is open to them."""
    if access.can_configure(viewer, access.Area.PERIODS):
        return True
    period = found.run.period
    days = Period(period.starts_on, period.ends_on)
    return access.can_see_pay(viewer, found.person_id, days) and queries.is_shown(found)
