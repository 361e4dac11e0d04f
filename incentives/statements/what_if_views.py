"""What would be, for the rep who asks: computed on the way, kept nowhere."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from incentives.choices import PeriodState
from incentives.models import PayPeriod
from incentives.statements.current import Current, current_inputs
from incentives.statements.what_if_forms import WhatIfForm
from incentives.statements.what_if_pages import (
    known_deals,
    offers_of,
    outcome_cells,
    pipeline_of,
    what_if_cells,
)
from people import access

OPEN = (PeriodState.OPEN, PeriodState.CALCULATED)


@access.page(lambda viewer: viewer.is_rep)
def what_if_page(request: HttpRequest, period_id: int, version_id: int) -> HttpResponse:
    """Add, move or take away a deal of one's own open period; what it would pay, and why."""
    period = get_object_or_404(PayPeriod, pk=period_id, state__in=OPEN)
    viewer = access.viewer_in(request)
    current = _current(viewer.person_id or 0, period, version_id)
    form = WhatIfForm(
        request.POST if request.method == "POST" else None,
        offers=offers_of(current),
        known=known_deals(current),
        pipeline=pipeline_of(current),
        day=viewer.day,
    )
    # only the answer is exchanged while somebody types; another row needs the form as well
    if getattr(request, "htmx", False) and "more" not in request.POST:
        context = outcome_cells(current, form)
        return render(request, "incentives/what_if_outcome.html", context)
    return render(request, "incentives/what_if.html", what_if_cells(period, current, form))


def _current(person_id: int, period: PayPeriod, version_id: int) -> Current:
    """The viewer's own inputs under this plan; 404 when it pays them nothing in this period."""
    found = [one for one in current_inputs(period, person_id) if one.version_id == version_id]
    access.require(found)
    return found[0]
