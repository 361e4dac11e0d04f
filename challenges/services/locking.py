"""One writer at a time per challenge, and the table of allowed moves."""

from datetime import datetime
from functools import partial

from celery import current_app
from django.db import connection, transaction
from django.utils import timezone

from challenges.models import Challenge, ChallengeState, Transition
from challenges.visibility import is_frozen
from common import live
from common.locks import transaction_lock
from kernel.issues import N_, Invalid, error
from people.models import User

S = ChallengeState
MOVES: dict[str, frozenset[str]] = {
    S.DRAFT: frozenset({S.SCHEDULED, S.CANCELLED}),
    S.SCHEDULED: frozenset({S.LIVE, S.DRAFT, S.CANCELLED}),
    S.LIVE: frozenset({S.PAUSED, S.PROVISIONAL, S.CANCELLED}),
    S.PAUSED: frozenset({S.LIVE, S.CANCELLED}),
    S.PROVISIONAL: frozenset({S.OFFICIAL, S.CANCELLED}),
    S.OFFICIAL: frozenset({S.AMENDED}),
    S.AMENDED: frozenset(),
    S.CANCELLED: frozenset(),
}
MAY_GIVE_POINTS = (S.PROVISIONAL, S.OFFICIAL, S.AMENDED, S.CANCELLED)


def locked(challenge_id: int) -> Challenge:
    """The challenge, read after its lock is held to the end of the transaction."""
    transaction_lock("challenge", challenge_id)
    return Challenge.objects.get(pk=challenge_id)


def refuse_unless(challenge: Challenge, *states: str) -> None:
    """`Invalid` when the challenge stands elsewhere."""
    if challenge.state not in states:
        raise Invalid(
            error(
                "challenges.not_now",
                N_("This cannot be done while the challenge is “{state}”."),
                N_("Load the page again: somebody may have changed it."),
                state=challenge.state,
            )
        )


def move(
    challenge: Challenge, to_state: str, *, actor: User | None, at: datetime, reason: str = ""
) -> None:
    """Write the transition and the state; `Invalid` when the table of moves has no such move.

    The caller holds the lock; the number is unique in the database all the same.
    """
    from_state = challenge.state
    if to_state not in MOVES[from_state]:
        refuse_unless(challenge)
    number = Transition.objects.filter(challenge=challenge).count() + 1
    Transition.objects.create(
        challenge=challenge, number=number, from_state=from_state, to_state=to_state,
        by=actor, at=at, reason=reason,
    )  # fmt: skip
    challenge.state = to_state
    challenge.version += 1
    challenge.save()
    announce(challenge)


def announce(challenge: Challenge) -> None:
    """Tell the open pages after commit; those of a frozen board hear nothing."""
    live.publish(f"challenge-live:{challenge.pk}", challenge.version)
    if not is_frozen(challenge, timezone.now()):
        live.publish(f"challenge:{challenge.pk}", challenge.version)
    if challenge.state in MAY_GIVE_POINTS:
        # by name: points are downstream; a lost message is made good by the schedule
        tell = partial(current_app.send_task, "challenges.post_points", args=[challenge.pk])
        transaction.on_commit(tell, robust=True)


def database_clock() -> datetime:
    """Now by the clock that stamps the log: web servers' clocks differ."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        moment: datetime = cursor.fetchone()[0]
    return moment
