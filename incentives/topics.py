"""Live topics of this room."""

from common import live
from incentives.claims.access import may_read_dispute
from incentives.models import Dispute
from people import access


@live.listens("period")
def can_listen_to_period(viewer: access.Viewer, period_id: str) -> bool:
    """The progress and the state of a pay period: whoever runs the pay."""
    return period_id.isdecimal() and access.can_configure(viewer, access.Area.PERIODS)


@live.listens("dispute")
def can_listen_to_dispute(viewer: access.Viewer, dispute_id: str) -> bool:
    """What is said in a dispute: the payee, HR, the manager who sees this pay."""
    if not dispute_id.isdecimal() or len(dispute_id) > 18:
        return False
    rows = Dispute.objects.select_related("statement__run__period")
    found = rows.filter(pk=dispute_id).first()
    return found is not None and may_read_dispute(viewer, found.statement)
