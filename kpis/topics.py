"""Who may listen to the live topics of this room."""

from common import live
from people.access import Viewer


@live.listens("board")
def board(viewer: Viewer, name: str) -> bool:
    """Leaderboards moved: everybody who is signed in; the fragment shows what each may see."""
    return viewer.user_id is not None and name == ""


@live.listens("forecast")
def forecast(viewer: Viewer, name: str) -> bool:
    """A forecast was made anew: as for boards, the fragment shows what each may see."""
    return viewer.user_id is not None and name == ""
