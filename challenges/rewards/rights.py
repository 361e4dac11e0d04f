"""Who may keep rewards, who decides about requests; what `people.access` means here."""

from collections.abc import Collection, Iterable

from challenges.models import Reward, RewardRequest
from people import access
from people.access import Area, Viewer
from people.queries import team_ids_below


def may_keep(viewer: Viewer, team_ids: Collection[int]) -> bool:
    """Administrators keep everything; who leads teams, what is for these teams only."""
    if viewer.is_admin:
        return True
    return bool(team_ids) and access.can_configure(viewer, Area.CHALLENGES, team_ids=team_ids)


def may_ask(reward: Reward, team_ids: Iterable[int]) -> bool:
    """Whether the reward is for somebody of these teams; for everybody when it names none."""
    wanted = [team.pk for team in reward.teams.all()]
    return not wanted or bool(set(team_ids) & team_ids_below(wanted))


def may_decide(viewer: Viewer, request: RewardRequest) -> bool:
    """Administrators, and who leads the person; nobody about their own request."""
    if request.person_id == viewer.person_id:
        return False
    return viewer.is_admin or request.person_id in access.led_people(viewer)
