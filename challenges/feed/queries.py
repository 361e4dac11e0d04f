"""The feed as somebody may read it, newest first, page by page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Q, QuerySet

from challenges import rights
from challenges.duels.queries import visible_duels
from challenges.models import Celebrated, DuelProposal, EventKind, Face, FeedEvent, Praise, Reaction
from common.numbers import whole
from kernel.periods import Period
from people import access
from people import queries as people
from people.access import Viewer

PAGE = 20
CELEBRATED_FOR = timedelta(days=1)
NOT_OF_HIDDEN = (EventKind.BADGE, EventKind.JERSEY)


# --- who reads what ---------------------------------------------------------------------------


def visible_events(viewer: Viewer) -> QuerySet[FeedEvent]:
    """What the viewer may read, in no order: results of challenges that exist for them, and what
    happened to people of their own or led teams. Who sees everybody's figures reads everything.
    What is taken back is gone; nothing is told of who opted out, but to themselves."""
    if viewer.wall_team_id is not None:
        return _of_whole_team(viewer, viewer.wall_team_id)
    if viewer.user_id is None:
        return FeedEvent.objects.none()
    rows = FeedEvent.objects.filter(taken_back_at__isnull=True)
    mine = Q(person_id=viewer.person_id) if viewer.person_id is not None else Q(pk__in=[])
    off = Face.objects.filter(off_feed=True).values("person_id")
    hidden = Face.objects.filter(hidden=True).values("person_id")
    private = Q(person_id__in=off) | Q(kind__in=NOT_OF_HIDDEN, person_id__in=hidden)
    rows = rows.filter(mine | ~private | Q(person__isnull=True))
    if access.figures_scope(viewer).everyone:
        return rows
    teams = viewer.own_team_ids | viewer.led_team_ids
    seen = _of_challenges(viewer) | Q(team_id__in=teams) | mine
    if viewer.person_id is not None:
        seen |= Q(praise__writer_id=viewer.person_id)
    return rows.filter(seen)


def _of_whole_team(viewer: Viewer, team_id: int) -> QuerySet[FeedEvent]:
    """What everybody of the team may read, for a screen on its wall: of people who neither opted
    out of it, of the feed nor of public ranks, and no words of one colleague to another."""
    shy = Face.objects.filter(Q(off_screens=True) | Q(off_feed=True) | Q(hidden=True))
    rows = FeedEvent.objects.filter(taken_back_at__isnull=True).exclude(kind=EventKind.PRAISE)
    public = rows.filter(Q(person__isnull=True) | ~Q(person_id__in=shy.values("person_id")))
    return public.filter(_of_challenges(viewer) | Q(team_id=team_id))


def _of_challenges(viewer: Viewer) -> Q:
    """Of what exists for the viewer; the end of a duel is told to whom the duel concerns."""
    exists = Q(challenge_id__in=rights.visible(viewer).values("pk"))
    agreed = DuelProposal.objects.filter(challenge__isnull=False)
    concerns = visible_duels(viewer).filter(challenge__isnull=False)
    others = Q(challenge_id__in=agreed.values("challenge_id"))
    return exists & (~others | Q(challenge_id__in=concerns.values("challenge_id")))


def is_off(person_id: int) -> bool:
    """Whether nothing is to be told of the person. One query."""
    return Face.objects.filter(person_id=person_id, off_feed=True).exists()


def may_hide(viewer: Viewer, praise: Praise) -> bool:
    """Who leads the person praised or the writer, and administrators; not the two themselves."""
    if viewer.person_id in (praise.person_id, praise.writer_id):
        return False
    return viewer.is_admin or bool({praise.person_id, praise.writer_id} & access.led_people(viewer))


def hidden_from(viewer: Viewer, most: int = 3) -> list[Praise]:
    """Own words that a manager hid, newest first. One query."""
    if viewer.person_id is None:
        return []
    rows = Praise.objects.filter(writer_id=viewer.person_id, hidden_at__isnull=False)
    return list(rows.order_by("-hidden_at", "-id")[:most])


# --- pages ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Place:
    """A place between two entries: everything after it is older."""

    at: datetime
    id: int

    def __str__(self) -> str:
        return f"{self.at.isoformat()}~{self.id}"


def read_place(text: str) -> Place | None:
    """The place that `str` wrote; None for anything else."""
    moment, _, number = text.partition("~")
    try:
        at = datetime.fromisoformat(moment)
    except ValueError:
        return None
    entry = whole(number)
    return None if at.tzinfo is None or entry is None else Place(at, entry)


@dataclass(frozen=True, slots=True)
class Page:
    """Entries newest first; `older` is where the next page begins, None at the end."""

    events: tuple[FeedEvent, ...]
    older: Place | None
    reactions: dict[int, dict[str, int]]
    own: frozenset[tuple[int, str]]


def feed_page(viewer: Viewer, before: Place | None = None, size: int = PAGE) -> Page:
    """A page of the feed. Three queries beside the viewer's own."""
    rows = visible_events(viewer)
    if before is not None:
        rows = rows.filter(Q(at__lt=before.at) | Q(at=before.at, pk__lt=before.id))
    wanted = rows.select_related(
        "person__challenge_face", "challenge", "praise__writer__challenge_face"
    )
    found = list(wanted.order_by("-at", "-id")[: size + 1])
    events = tuple(found[:size])
    last = events[-1] if len(found) > size else None
    older = None if last is None else Place(last.at, last.pk)
    return Page(events, older, *reactions_of(events, viewer))


def reactions_of(
    events: Sequence[FeedEvent], viewer: Viewer
) -> tuple[dict[int, dict[str, int]], frozenset[tuple[int, str]]]:
    """How many of each kind by entry, and which ones are the viewer's own. Two queries."""
    rows = Reaction.objects.filter(event__in=[one.pk for one in events])
    counts: dict[int, dict[str, int]] = {}
    for event_id, kind, number in rows.values_list("event_id", "kind").annotate(n=Count("pk")):
        counts.setdefault(event_id, {})[kind] = number
    mine = rows.filter(person_id=viewer.person_id or 0)
    return counts, frozenset(mine.values_list("event_id", "kind"))


# --- whom to praise ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody who can be praised."""

    person_id: int
    name: str
    team: str
    team_id: int


def colleagues(person_id: int, viewer: Viewer) -> list[Colleague]:
    """Who holds a place in the company today, but oneself and who opted out, by name."""
    off = set(Face.objects.filter(off_feed=True).values_list("person_id", flat=True))
    rows = people.assignments_between(Period.day(viewer.day))
    found = [
        Colleague(row.person_id, row.name, row.team_name, row.team_id)
        for row in rows
        if row.person_id != person_id and row.person_id not in off
    ]
    return sorted(found, key=lambda one: (one.name, one.person_id))


# --- celebrations -----------------------------------------------------------------------------


def to_celebrate(viewer: Viewer, at: datetime, most: int = 3) -> list[FeedEvent]:
    """Fresh large deals and results that the viewer may read and has not seen celebrated."""
    fit = Q(kind=EventKind.DEAL) | Q(kind=EventKind.RESULT, detail__amended=False)
    rows = visible_events(viewer).filter(fit, at__gt=at - CELEBRATED_FOR, at__lte=at)
    seen = Celebrated.objects.filter(user_id=viewer.user_id or 0).values("event_id")
    fresh = rows.exclude(pk__in=seen).select_related("person__challenge_face", "challenge")
    return list(fresh.order_by("-at", "-id")[:most])
