"""Who may listen to the live topics of this room."""

from common import live
from people.access import Viewer


@live.listens("board")
def board(viewer: Viewer, name: str) -> bool:
    """Leaderboards moved: everybody who is signed in; the fragment shows what each may see."""
    return viewer.user_id is not None and name == ""


@live.listens("alerts")
def alerts(viewer: Viewer, person_id: str) -> bool:
    """Alerts for somebody, about led people or about oneself: who it is, and nobody else."""
    return viewer.person_id is not None and person_id == str(viewer.person_id)


@live.listens("forecast")
def forecast(viewer: Viewer, name: str) -> bool:
    """A forecast was made anew: as for boards, the fragment shows what each may see."""
    return viewer.user_id is not None and name == ""
