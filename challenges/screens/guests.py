"""How a browser on a wall is recognised: by the secret in its cookie, never by a session.

Such a viewer has the least rights that there are: no person, no user, the public face of what
everybody of one team may read.
"""

from django.http import HttpRequest

from challenges.models import Screen
from challenges.screens.services import screen_of
from people import queries
from people.access import Viewer

COOKIE = "screen"


def screen_in(request: HttpRequest) -> Screen | None:
    """The screen that asks; None when there is none, or its link is withdrawn."""
    return screen_of(request.COOKIES.get(COOKIE, ""))


def viewer_of(screen: Screen) -> Viewer:
    """Who looks at the wall: nobody in person."""
    return Viewer(wall_team_id=screen.team_id, day=queries.today())
