"""The parts of a period's page that come before its lock: checks, managers, what is odd, extras."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Q

from incentives.choices import AdjustmentState, PeriodState
from incentives.claims.adjustment_pages import adjustment_rows
from incentives.claims.adjustments import adjustments
from incentives.gathering.payees import Field
from incentives.models import PayPeriod, Run
from incentives.periods import check_pages
from incentives.periods.readiness import PAID, Readiness, readiness
from incentives.queries import StatementRow
from people.access import Viewer

Cells = dict[str, Any]


def parts_of(
    period: PayPeriod, field: Field, run: Run | None, rows: Sequence[StatementRow], viewer: Viewer
) -> Cells:
    """Everything beside the statements; the checks only as long as something can be mended."""
    found = None if period.state in PAID else readiness(period, field, run, viewer.day)
    extras = adjustments(Q(period=period))
    return {
        "points": found and check_pages.summary(check_pages.checks(found, period, viewer)),
        "teams": check_pages.team_rows(found.teams) if found else [],
        "biggest": check_pages.biggest_changes(rows) if found else [],
        "adjustments": adjustment_rows(extras, linked=True),
        "may_adjust": found is not None,
        "adjusted_minor": sum(
            row.amount_minor for row in extras if row.state == AdjustmentState.APPROVED
        ),
        "unpaid": found.unpaid if found else (),
        "without_objective": found.without_objective if found else (),
        "review_by_reason": _unsigned(period, found),
    }


def _unsigned(period: PayPeriod, found: Readiness | None) -> bool:
    """Whether going on needs a reason, because a manager has not signed."""
    is_calculated = period.state == PeriodState.CALCULATED
    return is_calculated and found is not None and any(team.is_missing for team in found.teams)
