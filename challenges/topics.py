"""Who may listen to the live topics of this room, screens on walls among them."""

from django.http import HttpRequest

from challenges import rights, visibility
from challenges.models import Challenge
from challenges.screens.guests import screen_in, viewer_of
from common import live
from common.numbers import whole
from people import access
from people.access import NOBODY, Viewer


@access.knows_guests
def screen_on_a_wall(request: HttpRequest) -> Viewer:
    """The viewer of the screen whose browser asks."""
    screen = screen_in(request)
    return NOBODY if screen is None else viewer_of(screen)


@live.listens("challenge")
def can_listen_to_challenge(viewer: Viewer, challenge_id: str) -> bool:
    """Moves of one board: whoever may open its page."""
    challenge = Challenge.objects.filter(pk=whole(challenge_id) or 0).first()
    return challenge is not None and rights.can_see(viewer, challenge)


@live.listens("challenge-live")
def can_listen_to_live_challenge(viewer: Viewer, challenge_id: str) -> bool:
    """The same while the public board stands still: only who sees it move."""
    if not can_listen_to_challenge(viewer, challenge_id):
        return False
    return visibility.sees_live(viewer, Challenge.objects.get(pk=int(challenge_id)))


@live.listens("duels")
def can_listen_to_duels(viewer: Viewer, person_id: str) -> bool:
    """News about one's own duels."""
    return viewer.person_id is not None and person_id == str(viewer.person_id)


@live.listens("feed")
def can_listen_to_feed(viewer: Viewer, nothing: str) -> bool:
    """That the feed has changed for somebody; what of it one may read is asked for then."""
    return (viewer.user_id is not None or viewer.wall_team_id is not None) and not nothing


@live.listens("wall")
def can_listen_to_wall(viewer: Viewer, team_id: str) -> bool:
    """That a screen of the team was changed or withdrawn: the screens of this team."""
    return viewer.wall_team_id is not None and team_id == str(viewer.wall_team_id)
