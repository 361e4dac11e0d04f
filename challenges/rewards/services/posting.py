"""The ledger of points: the only writer of it.

Nothing here counts up or down: each posting reads what the sources say, and writes the moves that
are missing. So a message that is lost, doubled or late, or a second worker, changes nothing; the
lock makes writers follow one another, and each move has a number of its own in its source.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sized
from datetime import datetime
from functools import partial
from typing import TypeVar

import structlog
from django.db import transaction
from django.db.models import F, Model, OuterRef, QuerySet, Subquery

from challenges.calc.points import Account, Claim, Move, Request, moves_to, numbered
from challenges.calc.points_expiry import LAST_MONTHS, months_after
from challenges.models import BadgeToPost, Challenge, PointsDue, PointsMove, PointsRead
from challenges.rewards.queries import moves_of
from challenges.rewards.sources import (
    GIVING,
    Key,
    badge_claims,
    by_person,
    challenge_claims,
    prefix_of,
)
from challenges.services.locking import database_clock
from common import audit
from common.locks import transaction_lock

log = structlog.get_logger(__name__)
T = TypeVar("T", bound=Model)

PART = 500
"""So much of an outbox is worked off under one hold of the lock."""
NEW = (Account.ISSUE, Account.PROVISIONAL, Account.REVERSED)
"""From these accounts points come to be available with an age of their own."""


def lock_ledger() -> None:
    """Held to the end of the transaction: one writer at a time."""
    transaction_lock("points")


@transaction.atomic
def post_challenge(*, challenge_id: int, at: datetime | None = None) -> int:
    """Bring the ledger to what the challenge gives now; how many moves that took."""
    # who asks for a reward does not wait while results are read: only if they changed meanwhile
    challenge, claims = _read(challenge_id)
    lock_ledger()
    if not Challenge.objects.filter(pk=challenge_id, version=challenge.version).exists():
        challenge, claims = _read(challenge_id)
    moment = at or database_clock()
    known = PointsMove.objects.filter(source__startswith=prefix_of(challenge_id))
    for key in known.values_list("person_id", "source").distinct():
        # a prize that only was provisional, and is not any more
        claims.setdefault(key, _nothing(key[1], moment))
    made = write_moves(claims, {}, moment)
    PointsRead.objects.update_or_create(
        challenge=challenge, defaults={"version": challenge.version}
    )
    _audit("post", challenge, made)
    return len(made)


def _read(challenge_id: int) -> tuple[Challenge, dict[Key, Claim]]:
    # the version first: what is newer than it is read again the next time
    challenge = Challenge.objects.get(pk=challenge_id)
    return challenge, challenge_claims(challenge)


def _nothing(source: str, at: datetime) -> Claim:
    return Claim(source, 0, 0, 0, None, at, "withdrawn")


def post_badges(*, at: datetime | None = None) -> int:
    """Bring the ledger to what badges give now; how many moves that took. Reads the awards of
    which there is news, some at a time: in between others get the lock."""
    return _in_parts(BadgeToPost.objects.order_by("id"), partial(_post_badges, at=at))


@transaction.atomic
def _post_badges(news: QuerySet[BadgeToPost], *, at: datetime | None) -> int:
    lock_ledger()
    read = dict(news.values_list("pk", "award_id"))
    made = write_moves(badge_claims(set(read.values())), {}, at or database_clock())
    BadgeToPost.objects.filter(pk__in=read).delete()
    _audit("post", ("badges", 0), made)
    return len(made)


def post_expiries(*, at: datetime | None = None) -> int:
    """Let the points lapse that nobody used in time; how many moves that took. Reads the ledgers
    of those whose moment has come, some at a time."""
    moment = at or database_clock()
    due = PointsDue.objects.filter(due_at__lte=moment).order_by("due_at", "id")
    return _in_parts(due, partial(_post_expiries, at=moment))


@transaction.atomic
def _post_expiries(due: QuerySet[PointsDue], *, at: datetime) -> int:
    lock_ledger()
    read = dict(due.values_list("pk", "person_id"))
    made = write_moves({}, {}, at, people=set(read.values()))
    PointsDue.objects.filter(pk__in=read).delete()
    _audit("expire", ("points", 0), made)
    return len(made)


def _in_parts(rows: QuerySet[T], work: Callable[[QuerySet[T]], int]) -> int:
    """Work off an outbox: `work` takes the rows that it is given out of it, under the lock."""
    done = 0
    while rows.exists():
        done += work(rows[:PART])
    return done


def _audit(verb: str, subject: Model | tuple[str, int], made: Sized) -> None:
    if made:
        audit.record(
            actor=None, action=f"points.{verb}", subject=subject, after={"moves": len(made)}
        )


def unread() -> list[int]:
    """Challenges of which the ledger has not read the last version."""
    read = PointsRead.objects.filter(challenge=OuterRef("pk"))
    rows = Challenge.objects.filter(state__in=GIVING).annotate(
        read=Subquery(read.values("version")[:1])
    )
    news = rows.exclude(read__isnull=False, read=F("version"))
    return list(news.order_by("pk").values_list("pk", flat=True))


def post_all(*, at: datetime | None = None) -> int:
    """What the schedule calls: all that messages left undone. One challenge that cannot be read is
    reported and stops no other."""
    done = 0
    for challenge_id in unread():
        try:
            done += post_challenge(challenge_id=challenge_id, at=at)
        except Exception:  # one broken challenge must not hold up all others
            log.exception("points_not_posted", challenge_id=challenge_id)
    return done + post_badges(at=at) + post_expiries(at=at)


def write_moves(
    claims: Mapping[Key, Claim],
    requests: Mapping[Key, Request],
    at: datetime,
    people: Collection[int] = (),
) -> list[PointsMove]:
    """Write the moves that are missing, for a caller that holds the lock."""
    wanted = {person_id for person_id, _ in (*claims, *requests)} | set(people)
    made = moves_of(wanted)
    claimed, asked = by_person(claims), by_person(requests)
    rows = [
        _row(person_id, serial, move)
        for person_id in sorted(wanted)
        for serial, move in numbered(
            made[person_id],
            moves_to(made[person_id], claimed[person_id], asked[person_id], at),
        )
    ]
    PointsDue.objects.bulk_create(_due(rows), batch_size=2000)
    return PointsMove.objects.bulk_create(rows, batch_size=2000)


def _due(rows: Iterable[PointsMove]) -> list[PointsDue]:
    """What has come to be available lapses some day."""
    return [
        PointsDue(person_id=row.person_id, due_at=months_after(row.at, LAST_MONTHS))
        for row in rows
        if row.to_account == Account.EARNED and row.from_account in NEW
    ]


def _row(person_id: int, serial: int, move: Move) -> PointsMove:
    return PointsMove(
        person_id=person_id,
        source=move.source,
        serial=serial,
        from_account=move.from_account.value,
        to_account=move.to_account.value,
        amount=move.amount,
        cause=move.cause,
        at=move.at,
    )
