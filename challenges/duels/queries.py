"""Duels: who may propose one to whom, which ones somebody sees, and what is new about them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Q, QuerySet

from challenges.models import ChallengeState, DuelProposal, DuelState, Face, HouseRules, Reach
from kernel.periods import Period
from people import access
from people import queries as people
from people.access import Viewer
from people.queries import AssignmentRow

DONE = (ChallengeState.OFFICIAL, ChallengeState.AMENDED, ChallengeState.CANCELLED)
"""Where an agreed duel is over."""
NEWS_FOR = timedelta(days=1)
"""How long an answer is told to who waited for it."""


def house_rules() -> HouseRules:
    """What the company states; the defaults until somebody wrote them. One query."""
    return HouseRules.objects.filter(pk=1).first() or HouseRules(pk=1)


# --- who may propose --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Rival:
    """Somebody to whom a duel may be proposed."""

    person_id: int
    name: str
    team: str


def place_on(person_id: int, day: date) -> AssignmentRow | None:
    """Where somebody sells on that day; None for who has no place, or leads. One query."""
    rows = people.assignments_between(Period.day(day), [person_id])
    return next((row for row in rows if not row.leads), None)


def rivals(person_id: int, day: date, rules: HouseRules) -> list[Rival]:
    """To whom the person may propose a duel on that day, by name: who sells within the reach that
    the company states, and has not opted out. Nobody for who leads, or opted out. Four queries."""
    place = place_on(person_id, day)
    out = set(Face.objects.filter(off_duels=True).values_list("person_id", flat=True))
    if place is None or rules.duel_reach == Reach.NOBODY or person_id in out:
        return []
    reached = _reached(place, rules.duel_reach)
    found = [
        Rival(row.person_id, row.name, row.team_name)
        for row in reached(day)
        if not row.leads and row.person_id != person_id and row.person_id not in out
    ]
    return sorted(found, key=lambda one: (one.name, one.person_id))


def _reached(place: AssignmentRow, reach: str) -> "_Places":
    match reach:
        case Reach.COMPANY:
            return _Places(None, below=True)
        case Reach.REGION:
            return _Places(_top_of(place.team_id), below=True)
        case _:
            return _Places(place.team_id, below=False)


@dataclass(frozen=True, slots=True)
class _Places:
    """The places of a team, of it with all below it, or (without one) of the company."""

    team_id: int | None
    below: bool

    def __call__(self, day: date) -> list[AssignmentRow]:
        rows = people.people_on(day, self.team_id)
        return rows if self.below else [row for row in rows if row.team_id == self.team_id]


def _top_of(team_id: int) -> int:
    parents = {team.id: team.parent_id for team in people.team_tree()}
    while (above := parents.get(team_id)) is not None:
        team_id = above
    return team_id


# --- who sees which ---------------------------------------------------------------------------


def visible_duels(viewer: Viewer) -> QuerySet[DuelProposal]:
    """One's own, those of people whom one leads, and for an administrator all; in no order."""
    if viewer.is_admin:
        return DuelProposal.objects.all()
    ids = access.led_people(viewer) | ({viewer.person_id} - {None})
    return DuelProposal.objects.filter(Q(proposer__in=ids) | Q(opponent__in=ids))


def may_stop(viewer: Viewer, duel: DuelProposal) -> bool:
    """Who leads one of the two, and administrators; never one of the two themselves."""
    two = {duel.proposer_id, duel.opponent_id}
    if viewer.person_id in two:
        return False
    return viewer.is_admin or bool(two & access.led_people(viewer))


def state_at(duel: DuelProposal, at: datetime) -> str:
    """The state, also when no sweep has written yet that the time is over."""
    if duel.state == DuelState.OPEN and at > duel.expires_at:
        return DuelState.LAPSED
    return duel.state


@dataclass(frozen=True, slots=True)
class Listed:
    """The duels that a viewer sees: to be answered by them, waiting for others, agreed, over."""

    to_answer: tuple[DuelProposal, ...]
    waiting: tuple[DuelProposal, ...]
    agreed: tuple[DuelProposal, ...]
    over: tuple[DuelProposal, ...]


def listed_duels(viewer: Viewer, at: datetime, most_over: int = 20) -> Listed:
    """Newest first; of those that are over the last ones. Two queries beside the viewer's own."""
    rows = visible_duels(viewer).select_related(
        "proposer__challenge_face", "opponent__challenge_face", "challenge"
    )
    running = Q(state=DuelState.ACCEPTED) & ~Q(challenge__state__in=DONE)
    found = list(rows.filter(Q(state=DuelState.OPEN) | running).order_by("-id"))
    pending = [one for one in found if state_at(one, at) == DuelState.OPEN]
    lapsed = [one for one in found if state_at(one, at) == DuelState.LAPSED]
    closed = rows.exclude(pk__in=[one.pk for one in found]).order_by("-id")[:most_over]
    mine = tuple(one for one in pending if one.opponent_id == viewer.person_id)
    return Listed(
        to_answer=mine,
        waiting=tuple(one for one in pending if one.opponent_id != viewer.person_id),
        agreed=tuple(one for one in found if one.state == DuelState.ACCEPTED),
        over=tuple(sorted((*lapsed, *closed), key=lambda one: -one.pk)[:most_over]),
    )


def duel_news(person_id: int | None, at: datetime) -> list[DuelProposal]:
    """What a person should know now: what waits for their answer, and what happened in the last
    day to a duel that they did not close themselves. One query."""
    if person_id is None:
        return []
    asked = Q(opponent=person_id, state=DuelState.OPEN, expires_at__gte=at)
    proposed = Q(proposer=person_id, state__in=_ANSWERS)
    ended = Q(opponent=person_id, state__in=_ENDED_BY_OTHERS)
    lapsed = Q(proposer=person_id, state=DuelState.OPEN, expires_at__lt=at)
    fresh = Q(closed_at__gt=at - NEWS_FOR) | Q(closed_at__isnull=True, expires_at__gt=at - NEWS_FOR)
    rows = DuelProposal.objects.filter(asked | ((proposed | ended | lapsed) & fresh))
    people_of = rows.select_related("proposer__challenge_face", "opponent__challenge_face")
    return list(people_of.order_by("-id")[:5])


_ANSWERS: Collection[str] = (
    DuelState.ACCEPTED,
    DuelState.DECLINED,
    DuelState.LAPSED,
    DuelState.STOPPED,
)
_ENDED_BY_OTHERS: Collection[str] = (DuelState.WITHDRAWN, DuelState.STOPPED)
