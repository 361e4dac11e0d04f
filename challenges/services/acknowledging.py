"""Entrants say that they read the rules."""

from datetime import datetime

from django.db import transaction

from challenges.models import Acknowledgement, Challenge, ChallengeState, Entrant
from challenges.services.locking import database_clock, locked, refuse_unless
from challenges.services.versions import refuse_stale
from common import audit
from kernel.issues import N_, Invalid, error
from people.models import Person, User

S = ChallengeState


@transaction.atomic
def acknowledge_rules(
    *,
    actor: User | None,
    challenge: Challenge,
    person: Person,
    number: int,
    at: datetime | None = None,
) -> Acknowledgement:
    """The person read version `number` of the rules; saying it twice changes nothing. `Invalid`
    when there is a newer one, for who does not play, and for a challenge that is over or not
    launched."""
    challenge = locked(challenge.pk)
    refuse_unless(challenge, S.SCHEDULED, S.LIVE, S.PAUSED, S.PROVISIONAL)
    if not Entrant.objects.filter(challenge=challenge, person=person).exists():
        raise Invalid(
            error(
                "challenges.not_entered",
                N_("Only who takes part reads the rules for themselves."),
                N_("Ask who made the challenge to let you play."),
            )
        )
    refuse_stale(challenge, number)
    made, is_new = Acknowledgement.objects.get_or_create(
        challenge=challenge,
        person=person,
        rules_number=number,
        defaults={"at": at or database_clock()},
    )
    if is_new:
        audit.record(
            actor=actor,
            action="challenge.read_rules",
            subject=challenge,
            before={},
            after={"person": person.pk, "rules": number},
        )
    return made
