"""Writing rules: each change is a new version, and the challenge repeats its clocks."""

from collections.abc import Mapping
from datetime import datetime

from challenges.calc import Rules, parse_rules
from challenges.gathering import documents
from challenges.gathering.inputs import latest_rules
from challenges.models import Challenge, ChallengeState, RulesVersion
from challenges.services.charged import note_charges
from common import audit
from kernel.issues import N_, Invalid, error
from kernel.numbers import as_text
from kpis.queries import frozen_metrics
from people.models import User
from people.queries import company


def write_rules(
    challenge: Challenge, text: str, *, actor: User | None, reason: str, number: int
) -> Rules:
    """Store a version and bring the challenge's clocks in step; `Invalid` when it does not read.

    The caller holds the challenge's lock, and says why in the audit.
    """
    rules = parse_rules(text)
    RulesVersion.objects.create(
        challenge=challenge, number=number, document=text, sha256=rules.sha256,
        reason=reason, by=actor,
    )  # fmt: skip
    copy_clocks(challenge, rules)
    if challenge.state != ChallengeState.DRAFT:
        freeze_measures(challenge)
    note_charges(challenge, rules)
    return rules


def copy_clocks(challenge: Challenge, rules: Rules) -> None:
    """What the database must know of the rules to find what is due; not saved."""
    challenge.name = rules.name(company().language)[:200]
    challenge.starts_at, challenge.ends_at = rules.start, rules.end
    challenge.cut_off_at = rules.cut_off_at
    challenge.metric_keys = sorted(rules.metrics)
    challenge.after_official = rules.after_official.value
    challenge.frozen_from = rules.frozen_from
    challenge.seen = {
        "top": rules.visibility.top,
        "top_share": as_text(rules.visibility.top_share),
        "neighbours": rules.visibility.neighbours,
        "at_ceremony": rules.visibility.at_ceremony,
    }


def freeze_measures(challenge: Challenge) -> None:
    """Keep what the metrics are; those that are kept already stay as they are. Not saved."""
    held = challenge.definitions
    new = frozen_metrics([key for key in challenge.metric_keys if key not in held])
    challenge.definitions = {key: (held | new)[key] for key in challenge.metric_keys
                             if key in held or key in new}  # fmt: skip


def change_rules(
    challenge: Challenge, document: Mapping[str, object], *, actor: User | None, reason: str
) -> Rules:
    """The next version, from plain data; the challenge is saved."""
    number = latest_rules(challenge).number + 1
    rules = write_rules(
        challenge, documents.write(document), actor=actor, reason=reason, number=number
    )
    challenge.save()
    return rules


def refuse_stale(challenge: Challenge, based_on: int | None) -> None:
    """`Invalid` when somebody wrote newer rules than those that a change started from."""
    if based_on is not None and latest_rules(challenge).number != based_on:
        raise Invalid(
            error(
                "challenges.changed_meanwhile",
                N_("Somebody else has changed the rules in the meantime."),
                N_("Load the page again and make your change to the new rules."),
            )
        )


def document_of(challenge: Challenge) -> documents.Document:
    """The rules that hold, as plain data."""
    return documents.read(latest_rules(challenge).document)


def clocks_of(challenge: Challenge) -> dict[str, object]:
    """For the audit: state and clocks."""
    moments: dict[str, datetime] = {
        "starts_at": challenge.starts_at,
        "ends_at": challenge.ends_at,
        "cut_off_at": challenge.cut_off_at,
    }
    return {"state": challenge.state, **{key: at.isoformat() for key, at in moments.items()}}


def audit_clocks(
    challenge: Challenge,
    verb: str,
    actor: User | None,
    before: dict[str, object],
    reason: str = "",
) -> None:
    """One row of the audit: what was done to a challenge, its clocks `before` and now."""
    audit.record(
        actor=actor,
        action=f"challenge.{verb}",
        subject=challenge,
        before=before,
        after=clocks_of(challenge),
        reason=reason,
    )
