"""What the company states about duels and celebrations."""

from django.db import transaction

from challenges.models import HouseRules
from challenges.models.house import MOST_DUEL_MINUTES, MOST_DUEL_POINTS
from common import audit
from common.locks import transaction_lock
from kernel.issues import N_, Invalid, Place, error
from people.models import User

MOST_MINOR = 10**15


@transaction.atomic
def state_house_rules(
    *,
    actor: User | None,
    duel_reach: str,
    duel_points: int,
    duel_minutes: int,
    celebrate_from_minor: int | None = None,
) -> HouseRules:
    """Replace what is stated; duels that were proposed before keep what held then.

    Minutes to answer in, points of the one wager, and the smallest won deal that is celebrated in
    minor units (None: none is). `Invalid` for figures out of range.
    """
    _refuse_out_of_range("duel_points", duel_points, 0, MOST_DUEL_POINTS)
    _refuse_out_of_range("duel_minutes", duel_minutes, 1, MOST_DUEL_MINUTES)
    if celebrate_from_minor is not None:
        _refuse_out_of_range("celebrate_from", celebrate_from_minor, 1, MOST_MINOR)
    transaction_lock("house-rules")
    known = HouseRules.objects.filter(pk=1).first()
    before = {} if known is None else audit.snapshot(known)
    rules = known or HouseRules(pk=1)
    rules.duel_reach, rules.duel_points = duel_reach, duel_points
    rules.duel_minutes, rules.celebrate_from_minor = duel_minutes, celebrate_from_minor
    rules.save()
    audit.record(
        actor=actor,
        action="challenge.house_rules",
        subject=rules,
        before=before,
        after=audit.snapshot(rules),
    )
    return rules


def _refuse_out_of_range(field: str, value: int, least: int, most: int) -> None:
    if not least <= value <= most:
        raise Invalid(
            error(
                "challenges.house_out_of_range",
                N_("Only whole numbers from {least} to {most} can be stated here."),
                N_("Choose another number."),
                Place(path=field),
                least=least,
                most=most,
            )
        )
