"""Live topics of this room."""

from common import live
from people import access


@live.listens("period")
def can_listen_to_period(viewer: access.Viewer, period_id: str) -> bool:
    """The progress and the state of a pay period: whoever runs the pay."""
    return period_id.isdecimal() and access.can_configure(viewer, access.Area.PERIODS)
