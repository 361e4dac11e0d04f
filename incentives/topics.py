"""Live topics of this room."""

from common import live
from common.numbers import whole
from incentives.claims.access import may_read_dispute
from incentives.models import Dispute
from people import access


@live.listens("period")
def can_listen_to_period(viewer: access.Viewer, period_id: str) -> bool:
    """The progress and the state of a pay period: whoever runs the pay."""
    return whole(period_id) is not None and access.can_configure(viewer, access.Area.PERIODS)


@live.listens("dispute")
def can_listen_to_dispute(viewer: access.Viewer, dispute_id: str) -> bool:
    """What is said in a dispute: the payee, HR, the manager who sees this pay."""
    rows = Dispute.objects.select_related("statement__run__period")
    found = rows.filter(pk=whole(dispute_id) or 0).first()
    return found is not None and may_read_dispute(viewer, found.statement)
