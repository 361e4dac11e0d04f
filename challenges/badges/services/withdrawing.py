"""A badge that somebody gave is withdrawn: by who gave it, or by an administrator."""

from datetime import datetime

from django.db import transaction

from challenges.badges.explaining import as_json
from challenges.badges.queries import is_taken_back, source_of, with_state
from challenges.badges.services.awarding import tell_ledger
from challenges.calc.notes import note
from challenges.models import BadgeAward, BadgeMove
from challenges.services.locking import database_clock
from common import audit, live
from common.locks import transaction_lock
from kernel.issues import N_, Invalid, Issue, Place, error
from people.models import User

LONGEST_REASON = 200


@transaction.atomic
def withdraw_badge(
    *, actor: User, award_id: int, reason: str, at: datetime | None = None
) -> BadgeMove:
    """Take back a badge that was given, for good: the person has had it for this month, and it is
    not given to them a second time. Its points follow, and the feed tells of it no more. Who may
    is the caller's question.

    `Invalid` without a reason, for a badge that was earned, or for one that is taken back already.
    """
    badge_id = BadgeAward.objects.values_list("badge_id", flat=True).get(pk=award_id)
    transaction_lock("badge", badge_id)
    award = with_state().select_related("badge").get(pk=award_id)
    words = " ".join(reason.split())
    issues = [*_words_issues(words), *_award_issues(award)]
    if issues:
        raise Invalid(issues)
    why = note("withdrawn", N_("Withdrawn by {name}: {why}"), name=actor.name, why=words)
    move = BadgeMove.objects.create(
        award=award, number=award.moves.count() + 1, kind=BadgeMove.Kind.TAKEN_BACK,
        at=at or database_clock(), reason=as_json(why),
    )  # fmt: skip
    tell_ledger([award])
    after = {"award": source_of(award)}
    audit.record(
        actor=actor, action="badge.withdraw", subject=award.badge, after=after, reason=words
    )
    live.publish(f"person:{award.person_id}")
    return move


def _words_issues(words: str) -> list[Issue]:
    if 0 < len(words) <= LONGEST_REASON:
        return []
    message = (
        N_("The reason has more than {most} characters.")
        if words
        else N_("A badge is withdrawn with a reason.")
    )
    remedy = N_("Say in a sentence why; the person reads it.")
    return [error("badge.reason", message, remedy, Place(path="reason"), most=LONGEST_REASON)]


def _award_issues(award: BadgeAward) -> list[Issue]:
    if award.given_by_id is None:
        return [
            error(
                "badge.earned",
                N_("This badge was earned, not given."),
                N_("Cancel or correct the record behind it: the badge follows."),
            )
        ]
    if is_taken_back(award):
        return [
            error(
                "badge.withdrawn",
                N_("This badge was withdrawn already."),
                N_("There is nothing left to do."),
            )
        ]
    return []
