"""What stands beside statements: the disputes of their lines, the adjustments of their period."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Q

from incentives import queries
from incentives.choices import AdjustmentState
from incentives.claims.access import may_dispute
from incentives.claims.adjustment_pages import adjustment_rows
from incentives.claims.adjustments import adjustments, of_payees
from incentives.claims.dispute_pages import dispute_rows, disputed_lines
from incentives.claims.disputes import disputes_of
from incentives.models import Statement
from people import access
from people.access import Viewer

Cells = dict[str, Any]


def claims_beside(statement: Statement, viewer: Viewer, lines: Iterable[Cells]) -> Cells:
    """Gives each of a statement page's `lines` its `claim`; returns the adjustments. Two queries.

    The payee reads approved adjustments only; HR also what is proposed or refused.
    """
    claims = disputed_lines(statement, may_dispute=may_dispute(viewer, statement))
    for line in lines:
        line["claim"] = claims.get(line["key"])
    is_hr = access.can_configure(viewer, access.Area.PERIODS)
    condition = Q(person=statement.person_id, period=statement.run.period_id)
    if not is_hr:
        condition &= Q(state=AdjustmentState.APPROVED)
    # beside a correction the lines of this period would stand twice
    found = [] if statement.corrects_id else adjustments(condition)
    return {
        "adjustments": adjustment_rows(found, linked=is_hr),
        "may_adjust": is_hr and not statement.corrects_id,
    }


def my_claims(viewer: Viewer) -> Cells:
    """One's disputes, and the adjustments of the periods that payees see. Two queries."""
    if viewer.person_id is None:
        return {"my_disputes": [], "my_adjustments": []}
    me = [viewer.person_id]
    extras = of_payees(me, queries.SHOWN_TO_PAYEES)
    return {
        "my_disputes": dispute_rows(disputes_of(me), viewer.day),
        "my_adjustments": adjustment_rows(extras, linked=False),
    }
