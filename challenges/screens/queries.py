"""What a screen on a wall shows."""

from datetime import datetime, timedelta

from django.db.models import QuerySet

from challenges import rights
from challenges.feed.queries import visible_events
from challenges.models import Challenge, EventKind, FeedEvent, Screen
from challenges.queries import RUNNING
from people.access import Viewer

MOST_BOARDS = 8
MOST_CELEBRATED = 3
CELEBRATED_FOR = timedelta(days=7)


def screens_for(viewer: Viewer) -> QuerySet[Screen]:
    """The screens that the viewer may change: of teams that they lead, for administrators all."""
    rows = Screen.objects.select_related("team", "made_by__person").prefetch_related("challenges")
    rows = rows.order_by("-pk")
    return rows if viewer.is_admin else rows.filter(team_id__in=viewer.led_team_ids)


def choosable(team_id: int) -> list[Challenge]:
    """The challenges that can be chosen for a screen of the team: running and coming ones, by
    their end. One query."""
    rows = rights.of_whole_team(team_id).filter(state__in=(*RUNNING, "scheduled"))
    return list(rows.order_by("ends_at", "pk"))


def shown_challenges(screen: Screen) -> list[Challenge]:
    """What turns on the wall: the chosen challenges that run now, or all that run for the whole
    team; those that end first come first. Two queries."""
    chosen = set(screen.challenges.values_list("pk", flat=True))
    rows = rights.of_whole_team(screen.team_id).filter(state__in=RUNNING)
    if chosen:
        rows = rows.filter(pk__in=chosen)
    return list(rows.order_by("ends_at", "pk")[:MOST_BOARDS])


def celebrated(viewer: Viewer, at: datetime) -> list[FeedEvent]:
    """The latest results, large deals, records, badges and jerseys of the team, newest first."""
    rows = visible_events(viewer).filter(at__gt=at - CELEBRATED_FOR, at__lte=at)
    fresh = rows.exclude(kind=EventKind.RESULT, detail__amended=True)
    wanted = fresh.select_related("person__challenge_face", "challenge")
    return list(wanted.order_by("-at", "-id")[:MOST_CELEBRATED])
