"""Decisions about records under review."""

from datetime import datetime

from django.db import transaction

from challenges.calc import Standings
from challenges.calc.integrity import Flagged
from challenges.models import Challenge, Decision
from challenges.services.locking import database_clock, locked, refuse_unless
from challenges.services.moving import require_reason
from challenges.services.scoring import MOVING, score_locked
from common import audit
from kernel.issues import N_, Invalid, Place, error
from people.models import User


@transaction.atomic
def decide_record(
    *,
    actor: User | None,
    challenge: Challenge,
    record: str,
    accepted: bool,
    reason: str,
    at: datetime | None = None,
) -> Decision:
    """Accept a record under review, or leave it out with a reason that its owner reads; a later
    decision replaces an earlier one. `Invalid` once the result is signed, without a reason, or for
    a record that nobody asked about."""
    challenge = locked(challenge.pk)
    refuse_unless(challenge, *MOVING)
    require_reason(reason)
    moment = at or database_clock()
    last = Decision.objects.filter(challenge=challenge, record=record).order_by("-id").first()
    asked = {one.record.id for one in waiting(score_locked(challenge, moment).result)}
    if last is None and record not in asked:
        raise Invalid(
            error(
                "challenges.not_under_review",
                N_("This record is not under review."),
                N_("Load the page again: it may have been corrected."),
                Place(path="record"),
            )
        )
    made = Decision.objects.create(
        challenge=challenge, record=record, accepted=accepted, reason=reason, by=actor, at=moment
    )
    audit.record(
        actor=actor,
        action="challenge.review",
        subject=challenge,
        before={"record": record, "accepted": last.accepted if last else None},
        after={"record": record, "accepted": accepted},
        reason=reason,
    )
    score_locked(challenge, moment)
    return made


def waiting(result: Standings) -> list[Flagged]:
    """The records that wait for a decision, by business time, each once."""
    found = {one.record.id: one for row in result.rows for one in row.under_review}
    return sorted(found.values(), key=lambda one: (one.record.occurred_at, one.record.id))


def refuse_waiting(result: Standings) -> None:
    """`Invalid` while records wait: a signature says that nothing is open."""
    left = len(waiting(result))
    if left:
        raise Invalid(
            error(
                "challenges.under_review",
                N_("Records still wait for a decision: {count}."),
                N_("Accept or reject each of them, then sign."),
                count=left,
            )
        )
