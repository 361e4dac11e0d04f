"""Changes of a challenge that has begun: allowed, explained to the entrants, never silent."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from challenges.calc import Rules, parse_rules
from challenges.gathering import documents
from challenges.models import Challenge, ChallengeState, Entrant
from challenges.services.charged import refuse_late
from challenges.services.creating import read_draft
from challenges.services.locking import database_clock, locked, move, refuse_unless
from challenges.services.moving import refuse_over, require_reason
from challenges.services.scoring import score_locked
from challenges.services.versions import (
    audit_clocks,
    change_rules,
    clocks_of,
    document_of,
    refuse_stale,
)
from kernel.issues import N_, Invalid, Place, error
from people.models import Team, User

S = ChallengeState
OPERATIONAL = ("pauses", "official_at", "cancelled_at")


@transaction.atomic
def extend_challenge(
    *,
    actor: User | None,
    challenge: Challenge,
    ends_at: datetime,
    reason: str,
    at: datetime | None = None,
) -> Challenge:
    """A later end, for everybody; `Invalid` when it is not later than the present one, or when
    that has passed."""
    challenge = locked(challenge.pk)
    refuse_unless(challenge, S.SCHEDULED, S.LIVE, S.PAUSED)
    require_reason(reason)
    moment = at or database_clock()
    if challenge.state == S.LIVE:
        refuse_over(challenge, moment)
    if ends_at <= challenge.ends_at:
        raise Invalid(
            error(
                "challenges.not_later",
                N_("The new end is not later than the present one."),
                N_("Choose a later moment, or close the challenge now."),
                Place(path="ends_at"),
            )
        )
    before = clocks_of(challenge)
    document = documents.with_end(document_of(challenge), ends_at)
    change_rules(challenge, document, actor=actor, reason=reason)
    score_locked(challenge, moment)
    audit_clocks(challenge, "extend", actor, before, reason)
    return challenge


@transaction.atomic
def close_challenge(
    *, actor: User | None, challenge: Challenge, reason: str, at: datetime | None = None
) -> Challenge:
    """End it now: what happened before still counts until the cut-off, which moves along.
    `Invalid` when it has ended already, though no timer has said so yet."""
    challenge = locked(challenge.pk)
    refuse_unless(challenge, S.LIVE)
    require_reason(reason)
    moment = at or database_clock()
    refuse_over(challenge, moment)
    before = clocks_of(challenge)
    document = documents.with_end(document_of(challenge), moment)
    change_rules(challenge, document, actor=actor, reason=reason)
    move(challenge, S.PROVISIONAL, actor=actor, at=moment, reason=reason)
    score_locked(challenge, moment)
    audit_clocks(challenge, "close", actor, before, reason)
    return challenge


@transaction.atomic
def amend_challenge(
    *,
    actor: User | None,
    challenge: Challenge,
    document: Mapping[str, object] | str,
    reason: str,
    refresh_targets: bool = False,
    based_on: int | None = None,
    at: datetime | None = None,
) -> Challenge:
    """Other rules while it runs: a new version with its reason; both stay readable.

    Pauses that were made stay, whatever the document says. The teams that play do not change. Own
    targets stay those of the launch, unless `refresh_targets`, or other metrics count: then they
    are read anew from the objectives, and the log of scores shows both values. `based_on` is the
    version of the rules that was read before: `Invalid` when there is a newer one.
    """
    challenge = locked(challenge.pk)
    refuse_unless(challenge, S.LIVE, S.PAUSED, S.PROVISIONAL)
    refuse_stale(challenge, based_on)
    require_reason(reason)
    before = clocks_of(challenge)
    known = document_of(challenge)
    keys = list(Team.objects.filter(challenges=challenge).values_list("key", flat=True))
    draft = read_draft(document, team_keys=keys, role_keys=challenge.role_keys, changes=challenge)
    kept = {key: known[key] for key in OPERATIONAL if key in known}
    moment = at or database_clock()
    _refuse_turned_back(challenge, draft.rules, moment)
    _refuse_other_seed(known, draft.rules)
    metrics = challenge.metric_keys
    document = {**documents.read(draft.text), **kept}
    rules = change_rules(challenge, document, actor=actor, reason=reason)
    refuse_late(challenge, rules, parse_rules(known), moment)
    if refresh_targets or challenge.metric_keys != metrics:
        Entrant.objects.filter(challenge=challenge).update(targets=None)
    score_locked(challenge, moment)
    audit_clocks(challenge, "amend", actor, before, reason)
    return challenge


def _refuse_turned_back(challenge: Challenge, rules: Rules, at: datetime) -> None:
    """What has begun stays begun, and what is over stays over, timer or not; a pause moves the
    end."""
    is_over = challenge.state != S.PAUSED and at >= challenge.ends_at
    over = is_over and rules.end > challenge.ends_at
    if over or rules.start > max(at, challenge.starts_at):
        raise Invalid(
            error(
                "challenges.clock_turned_back",
                N_("What has begun or is over cannot be made not to be so."),
                N_("Choose a start and an end that fit, or cancel it and make another."),
                Place(path="window.end" if over else "window.start"),
            )
        )


def _refuse_other_seed(known: Mapping[str, object], rules: Rules) -> None:
    """The seed of a lottery may be told, but it stays the one that was committed."""
    before = parse_rules(known)
    committed = before.format.tickets(before.params)
    asked = rules.format.tickets(rules.params)
    if committed is not None and (asked is None or asked.seed_sha256 != committed.seed_sha256):
        raise Invalid(
            error(
                "challenges.seed_is_committed",
                N_("The seed of the lottery is committed: it cannot become another one."),
                N_("Leave “seed_sha256” as it is; “seed” can be told."),
                Place(path="score.seed_sha256"),
            )
        )
