"""The nightly alarm: what the news made of a board, beside what all its records say."""

from datetime import datetime, timedelta

import structlog
from django.db import transaction

from activities.news import people_with_news
from challenges.models import Challenge
from challenges.services.locking import database_clock, locked
from challenges.services.news import score_taken
from challenges.services.scoring import MOVING, rescore_each, score_locked
from kpis.queries.versions import types_counted

log = structlog.get_logger(__name__)

UNDERWAY = timedelta(minutes=15)
"""What was recorded so short a time ago may still be on its way to the board."""


def verify_boards(*, at: datetime | None = None) -> list[int]:
    """The challenges whose board was wrong: a full scoring gave another one, though all news had
    been scored. It is an error of ours and is logged as one; the boards are right afterwards."""
    moving = Challenge.objects.filter(state__in=MOVING).order_by("pk")
    return rescore_each(moving.values_list("pk", flat=True), at=at, by=verify_board)


@transaction.atomic
def verify_board(*, challenge_id: int, at: datetime | None = None) -> bool:
    """Whether the board of one challenge was wrong. One with records underway is not judged."""
    challenge = locked(challenge_id)
    moment = at or database_clock()
    if challenge.state not in MOVING or _is_underway(challenge, moment):
        return False
    score_taken(challenge, moment)
    differs = score_locked(challenge, moment).changed
    if differs:
        log.error("board_differs_from_records", challenge_id=challenge_id)
    return differs


def _is_underway(challenge: Challenge, moment: datetime) -> bool:
    types = types_counted(challenge.metric_keys, challenge.definitions)
    end = max(challenge.ends_at, moment)  # a pause that lasts moves the end
    return types is None or bool(
        people_with_news(
            challenge.starts_at, end, type_keys=types, since=moment - UNDERWAY, until=moment
        )
    )
