"""The verb that charges what a signed result leaves to a later challenge."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from challenges import services
from challenges.calc.charges import Left
from challenges.charging import queries
from challenges.models import Challenge, ChallengeState
from challenges.services.charged import charged_already, too_early
from challenges.services.locking import database_clock, locked, refuse_unless
from challenges.services.moving import require_reason
from challenges.services.versions import document_of
from common import audit
from common.locks import transaction_lock
from kernel.issues import N_, Invalid, Issue, Place, error
from kernel.numbers import as_text
from people.models import User

BEFORE_START = (ChallengeState.DRAFT, ChallengeState.SCHEDULED)


@transaction.atomic
def charge_to(
    *,
    actor: User | None,
    source: Challenge,
    target: Challenge,
    reason: str,
    at: datetime | None = None,
) -> Challenge:
    """Write all that the signed result leaves, as far as it fits, into the rules of a challenge
    that begins later: a draft is changed, one that runs is amended with the reason. Each difference
    once: `Invalid` when nothing is left, or nothing fits, or the challenge is over.
    """
    target = locked(target.pk)
    refuse_unless(target, *queries.TAKING)
    require_reason(reason)
    transaction_lock("challenge-charges", source.pk)
    source = Challenge.objects.get(pk=source.pk)
    if target.starts_at < source.ends_at:
        raise Invalid(too_early(source, Place(path="into")))
    moment = at or database_clock()
    left = queries.left_of(source)
    if not left:
        raise Invalid(_nothing_left(source))
    fits = queries.fitting(left, target, moment)
    if not fits:
        raise Invalid(_fits_nobody(target))
    _write(actor, target, _charges(source, fits), reason, moment)
    audit.record(
        actor=actor,
        action="challenge.charge",
        subject=source,
        after={"into": target.pk, "charges": _charges(source, fits)},
        reason=reason,
    )
    return Challenge.objects.get(pk=target.pk)


def _charges(source: Challenge, fits: Sequence[Left]) -> list[dict[str, str]]:
    return [
        {
            "person": one.person,
            "metric": one.metric,
            "value": as_text(one.value),
            "records": str(one.count),
            "record": one.revision,
            "from": queries.origin_of(source),
        }
        for one in fits
    ]


def _write(
    actor: User | None,
    target: Challenge,
    charges: Sequence[dict[str, str]],
    reason: str,
    at: datetime,
) -> None:
    known = document_of(target)
    listed = known.get("charges")
    document = {**known, "charges": [*(listed if isinstance(listed, list) else []), *charges]}
    if target.state not in BEFORE_START:
        services.amend_challenge(
            actor=actor, challenge=target, document=document, reason=reason, at=at
        )
        return
    services.change_draft(
        actor=actor,
        challenge=target,
        document=document,
        team_keys=list(target.teams.order_by("key").values_list("key", flat=True)),
        role_keys=target.role_keys,
        at=at,
    )


def _nothing_left(source: Challenge) -> Issue:
    place = Place(path="into")
    taken = queries.charged_from(source)
    if taken:
        return charged_already(taken[-1], place)
    return error(
        "challenges.nothing_to_charge",
        N_("The signed result leaves nothing to be charged."),
        N_("Load the page again."),
        place,
    )


def _fits_nobody(target: Challenge) -> Issue:
    return error(
        "challenges.charge_fits_nobody",
        N_("“{name}” takes in nothing of it: other people play, or another metric counts."),
        N_("Choose another challenge, or make one of the same people with the same metric."),
        Place(path="into"),
        name=target.name,
    )
