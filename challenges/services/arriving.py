"""No power hour whose records arrive too slowly to be seen in it."""

from datetime import datetime

from challenges.calc.arrivals import counted_metrics, slow_feed_issue
from challenges.fairness.keeping import kept_issue
from challenges.fairness.rehearsing import audience_of
from challenges.gathering.feeds import feed_in_log
from challenges.gathering.inputs import latest_rules, parsed
from challenges.models import Challenge, ChallengeState, Standing
from challenges.services.locking import move
from challenges.services.versions import clocks_of
from common import audit
from kernel.issues import Invalid, Issue


def too_slow(challenge: Challenge, at: datetime) -> Issue | None:
    """Why it cannot begin with the feed as it was known at the moment; None when it can, or when
    too little is known of the feed to tell."""
    rules = parsed(latest_rules(challenge).document)
    if not counted_metrics(rules):
        return None
    feed = feed_in_log(rules, audience_of(challenge), at, challenge.definitions)
    return slow_feed_issue(rules, feed)


def refuse_slow(challenge: Challenge, at: datetime) -> None:
    """`Invalid` where it is too slow."""
    issue = too_slow(challenge, at)
    if issue is not None:
        raise Invalid(issue)


def send_back(challenge: Challenge, issue: Issue, at: datetime) -> None:
    """A scheduled challenge that cannot begin becomes the draft that it was, and keeps why; the
    caller holds the lock. Nothing was scored in it, and the next launch freezes its metrics anew.
    """
    before = clocks_of(challenge)
    Standing.objects.filter(challenge=challenge).delete()
    challenge.definitions, challenge.summary = {}, {}
    challenge.refused = kept_issue(issue)
    move(challenge, ChallengeState.DRAFT, actor=None, at=at)
    audit.record(
        actor=None,
        action="challenge.refuse_start",
        subject=challenge,
        before=before,
        after={**clocks_of(challenge), "refused": issue.as_json()},
        reason=issue.text(),
    )
