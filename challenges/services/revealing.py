"""The ceremony: a frozen board is shown to everybody."""

from datetime import datetime

from django.db import transaction

from challenges.models import Challenge
from challenges.services.locking import announce, database_clock, locked
from challenges.visibility import waits_for_reveal
from common import audit
from kernel.issues import N_, Invalid, error
from people.models import User


@transaction.atomic
def reveal(*, actor: User | None, challenge: Challenge, at: datetime | None = None) -> Challenge:
    """Show the final board. `Invalid` when nothing is hidden any more, or not signed yet."""
    challenge = locked(challenge.pk)
    if not waits_for_reveal(challenge):
        raise Invalid(
            error(
                "challenges.nothing_hidden",
                N_("There is no signed result that waits to be revealed."),
                N_("Load the page again: somebody may have revealed it."),
            )
        )
    challenge.revealed_at = at or database_clock()
    challenge.version += 1
    challenge.save()
    announce(challenge)
    audit.record(
        actor=actor,
        action="challenge.reveal",
        subject=challenge,
        before={"revealed_at": None},
        after={"revealed_at": challenge.revealed_at.isoformat()},
    )
    return challenge
