"""Who may listen to the live topics of this room."""

from challenges import rights, visibility
from challenges.models import Challenge
from common import live
from common.numbers import whole
from people.access import Viewer


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
    return viewer.user_id is not None and not nothing
