"""Whom the viewer may let play, and which challenge may be changed."""

from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from challenges import rights
from challenges.models import Challenge
from challenges.studio.forms import Choices
from common.labels import label
from people import access
from people.queries import roles, team_tree


def audiences(request: HttpRequest) -> dict[str, Choices]:
    """Choices of teams and of roles."""
    jobs = [(one.key, label(one.name_fr, one.name_en)) for one in roles() if not one.leads]
    viewer = access.viewer_in(request)
    teams = [
        (team.key, " / ".join(team.path))
        for team in team_tree()
        if rights.may_play_with(viewer, [team.id])
    ]
    return {"teams": teams, "roles": jobs}


def changed_challenge(request: HttpRequest, challenge_id: int) -> Challenge:
    """The challenge, when who asks may change it; otherwise 404."""
    challenge = get_object_or_404(Challenge, pk=challenge_id)
    access.require(rights.can_change(access.viewer_in(request), challenge))
    return challenge


def team_keys(challenge: Challenge) -> list[str]:
    """The teams that play, by name."""
    return list(challenge.teams.order_by("name").values_list("key", flat=True))
