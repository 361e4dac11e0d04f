"""What `people.access` means for challenges: who takes part may look, who leads may change."""

from collections.abc import Collection

from django.db.models import Q, QuerySet

from challenges.models import Challenge, ChallengeState, DuelProposal
from people import access
from people.access import Area, Viewer
from people.queries import team_tree


def can_change(viewer: Viewer, challenge: Challenge) -> bool:
    """Administrators, and who leads every team that plays."""
    team_ids = list(challenge.teams.values_list("pk", flat=True))
    return may_play_with(viewer, team_ids)


def may_play_with(viewer: Viewer, team_ids: Collection[int]) -> bool:
    """Whether a challenge of these teams may be made by the viewer."""
    return bool(team_ids) and access.can_configure(viewer, Area.CHALLENGES, team_ids=team_ids)


def can_see(viewer: Viewer, challenge: Challenge) -> bool:
    """Whether the challenge exists for the viewer; a draft only for those who can change it."""
    if challenge.state == ChallengeState.DRAFT:
        return can_change(viewer, challenge)
    return visible(viewer).filter(pk=challenge.pk).exists()


def visible(viewer: Viewer) -> QuerySet[Challenge]:
    """All challenges that exist for the viewer, in no order."""
    if viewer.wall_team_id is not None:
        return of_whole_team(viewer.wall_team_id)
    if viewer.user_id is None:
        return Challenge.objects.none()
    if access.figures_scope(viewer).everyone:
        shown = Challenge.objects.all()
        drafts = viewer.is_admin
    else:
        mine = Q(teams__in=_above(viewer.own_team_ids | viewer.led_team_ids))
        if viewer.person_id is not None:
            mine |= Q(entrants__person_id=viewer.person_id)
        ids = Challenge.objects.filter(mine).values("pk")
        shown, drafts = Challenge.objects.filter(pk__in=ids), False
    if drafts:
        return shown
    # a manager's drafts are those of teams that he or she leads, all of them
    led = Challenge.objects.filter(teams__in=viewer.led_team_ids).exclude(
        pk__in=Challenge.teams.through.objects.exclude(team_id__in=viewer.led_team_ids).values(
            "challenge_id"
        )
    )
    return shown.filter(~Q(state=ChallengeState.DRAFT) | Q(pk__in=led.values("pk")))


def of_whole_team(team_id: int) -> QuerySet[Challenge]:
    """What exists for everybody of the team, whoever they are: no draft, and no duel of two."""
    mine = Challenge.objects.filter(teams__in=_above({team_id})).values("pk")
    duels = DuelProposal.objects.filter(challenge__isnull=False).values("challenge_id")
    shown = Challenge.objects.filter(pk__in=mine).exclude(pk__in=duels)
    return shown.exclude(state=ChallengeState.DRAFT)


def _above(team_ids: Collection[int]) -> set[int]:
    """The teams with all teams above them: a challenge of a region is one of its teams."""
    parents = {team.id: team.parent_id for team in team_tree()}
    found: set[int] = set()
    for team_id in team_ids:
        step: int | None = team_id
        while step is not None and step not in found:
            found.add(step)
            step = parents.get(step)
    return found
