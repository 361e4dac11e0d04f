"""The ledger of points: the only writer of it.

Nothing here counts up or down: each posting reads what the sources say, and writes the moves that
are missing. So a message that is lost, doubled or late, or a second worker, changes nothing; the
lock makes writers follow one another, and each move has a number of its own in its source.
"""

from collections.abc import Collection, Mapping
from datetime import datetime

import structlog
from django.db import transaction
from django.db.models import F, OuterRef, Q, Subquery, Sum

from challenges.calc.points import Account, Claim, Move, Request, moves_to, numbered
from challenges.calc.points_expiry import LAST_MONTHS, months_after
from challenges.models import Challenge, PointsMove, PointsRead
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


def lock_ledger() -> None:
    """Held to the end of the transaction: one writer at a time."""
    transaction_lock("points")


@transaction.atomic
def post_challenge(*, challenge_id: int, at: datetime | None = None) -> int:
    """Bring the ledger to what the challenge gives now; how many moves that took."""
    lock_ledger()
    moment = at or database_clock()
    challenge = Challenge.objects.get(pk=challenge_id)
    claims = challenge_claims(challenge)
    known = PointsMove.objects.filter(source__startswith=prefix_of(challenge_id))
    for key in known.values_list("person_id", "source").distinct():
        # a prize that only was provisional, and is not any more
        claims.setdefault(key, _nothing(key[1], moment))
    made = write_moves(claims, {}, moment)
    PointsRead.objects.update_or_create(
        challenge=challenge, defaults={"version": challenge.version}
    )
    if made:
        audit.record(
            actor=None, action="points.post", subject=challenge, after={"moves": len(made)}
        )
    return len(made)


def _nothing(source: str, at: datetime) -> Claim:
    return Claim(source, 0, 0, 0, None, at, "withdrawn")


@transaction.atomic
def post_badges(*, at: datetime | None = None) -> int:
    """Bring the ledger to what badges give now; how many moves that took."""
    lock_ledger()
    known = _held("badge:")
    # one that was taken back before anybody looked holds nothing, and yet was given: no 0 for news
    news = {key: one for key, one in badge_claims().items() if known.get(key) != one.held}
    made = write_moves(news, {}, at or database_clock())
    if made:
        audit.record(
            actor=None, action="points.post", subject=("badges", 0), after={"moves": len(made)}
        )
    return len(made)


def _held(prefix: str) -> dict[Key, int]:
    """What sources hold for good by the ledger. One query."""
    rows = PointsMove.objects.filter(source__startswith=prefix).values("person_id", "source")
    sums = rows.annotate(
        plus=Sum("amount", filter=Q(to_account=Account.EARNED), default=0),
        minus=Sum("amount", filter=Q(from_account=Account.EARNED), default=0),
    ).order_by()
    return {(row["person_id"], row["source"]): row["plus"] - row["minus"] for row in sums}


@transaction.atomic
def post_expiries(*, at: datetime | None = None) -> int:
    """Let the points lapse that nobody used in time; how many moves that took."""
    lock_ledger()
    moment = at or database_clock()
    old = PointsMove.objects.filter(
        to_account=Account.EARNED, at__lte=months_after(moment, -LAST_MONTHS)
    )
    made = write_moves({}, {}, moment, people=set(old.values_list("person_id", flat=True)))
    if made:
        audit.record(
            actor=None, action="points.expire", subject=("points", 0), after={"moves": len(made)}
        )
    return len(made)


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
    return PointsMove.objects.bulk_create(rows, batch_size=2000)


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
