"""Who may read, dispute and look over the statement of somebody, on top of the rights matrix."""

from incentives import queries
from incentives.choices import PeriodState
from incentives.models import Statement
from kernel.periods import Period
from people import access
from people.access import Viewer

UNDER_REVIEW = (PeriodState.CALCULATED, PeriodState.REVIEWED)


def may_read_dispute(viewer: Viewer, statement: Statement) -> bool:
    """The payee, HR, and the manager who sees this pay."""
    if access.can_configure(viewer, access.Area.PERIODS):
        return True
    return access.can_see_pay(viewer, statement.person_id, _days(statement))


def may_dispute(viewer: Viewer, statement: Statement) -> bool:
    """The payee once the statement is shown, HR once it is calculated."""
    if access.can_configure(viewer, access.Area.PERIODS):
        return statement.run.period.state != PeriodState.OPEN
    return statement.person_id == viewer.person_id and queries.is_shown(statement)


def may_look_over(viewer: Viewer, statement: Statement) -> bool:
    """The manager, before HR approves: statements of the last run of the people they lead."""
    period = statement.run.period
    return (
        viewer.is_manager
        and statement.person_id != viewer.person_id
        and period.state in UNDER_REVIEW
        and access.can_see_pay(viewer, statement.person_id, _days(statement))
        and queries.counts_for(statement, queries.last_runs([period.pk]))
    )


def _days(statement: Statement) -> Period:
    period = statement.run.period
    return Period(period.starts_on, period.ends_on)
