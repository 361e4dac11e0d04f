"""The signature: from provisional to official, after a last recomputation."""

from datetime import datetime

from django.db import transaction

from activities.services import freeze_moment
from challenges.calc import parse_rules
from challenges.gathering import documents
from challenges.models import Challenge, ChallengeState
from challenges.services.locking import locked, move, refuse_unless
from challenges.services.results import snapshot
from challenges.services.reviewing import refuse_waiting
from challenges.services.scoring import score_locked
from challenges.services.versions import change_rules, clocks_of, document_of
from common import audit
from common.formats import moment_text
from kernel.issues import N_, Invalid, Issue, error
from people.models import User


@transaction.atomic
def make_official(
    *, actor: User | None, challenge: Challenge, at: datetime | None = None
) -> Challenge:
    """Sign the result as it is known at `at` (default: now). Nothing is signed before the cut-off.

    The board is recomputed first, from a moment that no writer of the log can cross any more; what
    is signed is exactly that. Later cancellations do what the rules say (`after_official`).
    """
    challenge = locked(challenge.pk)
    refuse_unless(challenge, ChallengeState.PROVISIONAL)
    moment = at or freeze_moment()
    if moment < challenge.cut_off_at:
        raise Invalid(_too_early(challenge))
    rules = parse_rules(document_of(challenge))
    asked = rules.format.tickets(rules.params)
    if asked is not None and asked.seed is None:
        raise Invalid(_not_drawn())
    before = clocks_of(challenge)
    signed = documents.signed(document_of(challenge), moment)
    change_rules(challenge, signed, actor=actor, reason="signed")
    scored = score_locked(challenge, moment)
    refuse_waiting(scored.result)
    move(challenge, ChallengeState.OFFICIAL, actor=actor, at=moment)
    snapshot(challenge, scored.inputs, scored.result, actor=actor, at=moment)
    audit.record(
        actor=actor,
        action="challenge.make_official",
        subject=challenge,
        before=before,
        after=clocks_of(challenge),
    )
    return challenge


def _not_drawn() -> Issue:
    return error(
        "challenges.not_drawn",
        N_("The seed of the lottery has not been told, so nothing is drawn."),
        N_("Amend the rules with “seed”, the text whose SHA-256 is “seed_sha256”; then sign."),
    )


def _too_early(challenge: Challenge) -> Issue:
    return error(
        "challenges.before_cut_off",
        N_("Until {cut_off} late arrivals still count, so nothing can be official."),
        N_("Sign it after that moment."),
        cut_off=moment_text(challenge.cut_off_at),
    )
