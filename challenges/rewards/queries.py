"""What pages and services may ask of points and rewards; read only."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Prefetch, QuerySet

from challenges.calc.points import Account, Balances, Move, balances, known_lots, known_uses
from challenges.calc.points_expiry import unused
from challenges.duels.titles import newest_titled
from challenges.models import (
    Badge,
    Challenge,
    PointsMove,
    RequestState,
    RequestStep,
    Reward,
    RewardRequest,
)
from common.labels import label
from people import access
from people.access import Viewer

OPEN = (RequestState.ASKED, RequestState.APPROVED)


def moves_of(person_ids: Collection[int] | None = None) -> dict[int, list[Move]]:
    """The ledger of these people (of all), oldest first. One query."""
    rows = PointsMove.objects.order_by("id")
    if person_ids is not None:
        rows = rows.filter(person_id__in=person_ids)
    found: dict[int, list[Move]] = defaultdict(list)
    columns = ("person_id", "source", "from_account", "to_account", "amount", "at", "cause")
    for person_id, source, start, end, amount, at, cause in rows.values_list(*columns):
        move = Move(source, Account(start), Account(end), amount, at, cause)
        found[person_id].append(move)
    return found


# --- a wallet ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Wallet:
    """What somebody has, and how it came to be, oldest first; what lapses next, and when."""

    balances: Balances
    moves: tuple[Move, ...]
    lapsing: int
    lapses_at: datetime | None


def wallet(person_id: int) -> Wallet:
    """The wallet of a person. One query."""
    moves = moves_of([person_id])[person_id]
    found = balances(moves)
    left = unused(known_lots(moves), known_uses(moves)) if found[Account.EARNED] else []
    waiting = [
        (lot.expires_at, amount) for lot, amount in left if not _is_lapsed(moves, lot.source)
    ]
    first = min((moment for moment, _ in waiting), default=None)
    lapsing = sum(amount for moment, amount in waiting if moment == first)
    return Wallet(found, tuple(moves), lapsing, first)


def _is_lapsed(moves: Iterable[Move], source: str) -> bool:
    expired = balances(one for one in moves if one.source == f"expiry:{source}")
    return expired[Account.EXPIRED] > 0


@dataclass(frozen=True, slots=True)
class SourceName:
    """What a source is called; `challenge_id` when it is a prize."""

    text: str
    challenge_id: int | None = None


def source_names(sources: Collection[str], viewer: Viewer, language: str) -> dict[str, SourceName]:
    """Names of prizes (their challenge's, as the viewer reads it), badges and requests (their
    reward's). Four queries, and one with duels."""
    parts = {one: one.split(":") for one in sources}
    challenges = {int(part[1]) for part in parts.values() if part[0] == "challenge"}
    badges = {part[1] for part in parts.values() if part[0] == "badge"}
    requests = {int(part[1]) for part in parts.values() if part[0] == "request"}
    told = newest_titled(viewer, Challenge.objects.filter(pk__in=challenges))
    names = {
        ("challenge", str(pk)): SourceName(rules.name(language), pk) for pk, rules in told.items()
    }
    for badge in Badge.objects.filter(key__in=badges):
        names["badge", badge.key] = SourceName(label(badge.name_fr, badge.name_en))
    for row in RewardRequest.objects.filter(pk__in=requests).select_related("reward"):
        names["request", str(row.pk)] = SourceName(label(row.reward.name_fr, row.reward.name_en))
    return {
        source: names[part[0], part[1]]
        for source, part in parts.items()
        if len(part) > 1 and (part[0], part[1]) in names
    }


# --- the shop ----------------------------------------------------------------------------------


def offered() -> list[Reward]:
    """What the shop has, cheapest first. Two queries."""
    return list(_with_teams(Reward.objects.filter(retired=False)))


def all_rewards() -> list[Reward]:
    """Everything, also what is not offered any more, last. Two queries."""
    return sorted(_with_teams(Reward.objects.all()), key=lambda one: one.retired)


def _with_teams(rows: QuerySet[Reward]) -> QuerySet[Reward]:
    return rows.order_by("points", "id").prefetch_related("teams")


def _with_steps(rows: QuerySet[RewardRequest]) -> QuerySet[RewardRequest]:
    steps = RequestStep.objects.select_related("by__person").order_by("number")
    return rows.select_related("reward", "person", "team").prefetch_related(
        Prefetch("steps", queryset=steps)
    )


def own_requests(person_id: int) -> list[RewardRequest]:
    """What somebody asked for, newest first. Two queries."""
    rows = RewardRequest.objects.filter(person_id=person_id).order_by("-asked_at", "-id")
    return list(_with_steps(rows))


def requests_of(viewer: Viewer) -> QuerySet[RewardRequest]:
    """The requests that the viewer may decide: of everybody for administrators, of people whom
    they lead; never their own."""
    rows = RewardRequest.objects.exclude(person_id=viewer.person_id or 0)
    if not viewer.is_admin:
        rows = rows.filter(person_id__in=access.led_people(viewer))
    return rows


def listed_requests(viewer: Viewer, *, is_open: bool, most: int = 100) -> list[RewardRequest]:
    """The open ones, oldest first; or those that are done, newest first. Two queries."""
    rows = _with_steps(requests_of(viewer))
    if is_open:
        return list(rows.filter(state__in=OPEN).order_by("asked_at", "id"))
    return list(rows.exclude(state__in=OPEN).order_by("-asked_at", "-id")[:most])
