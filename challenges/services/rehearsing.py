"""Rehearsals in the background: asked for once, replayed window by window, kept."""

from datetime import datetime, timedelta

import structlog
from celery import current_app
from django.db import transaction
from django.utils import timezone
from kombu.exceptions import OperationalError as BrokerError

from challenges.calc.rehearsal import play
from challenges.calc.replays import replays
from challenges.fairness.keeping import kept, kept_feed, kept_issue
from challenges.fairness.rehearsing import audience_of, game_of
from challenges.gathering import documents
from challenges.gathering.feeds import feed_in_log
from challenges.gathering.inputs import latest_rules, parsed
from challenges.gathering.rosters import Audience
from challenges.models import Challenge, RehearsalRun
from kernel.issues import Invalid
from kernel.trace import sha256_of
from people.models import User
from people.queries import today

log = structlog.get_logger(__name__)
STALE_AFTER = timedelta(seconds=60)
"""After this time without a further replay the work is sent again: a message may be lost."""


def ask_for_rehearsal(
    *, actor: User | None, challenge: Challenge, months: int, at: datetime | None = None
) -> RehearsalRun:
    """The rehearsal of the rules and people as they are now, on what is known today: the one that
    is there, or a new one, which a worker fills."""
    moment = at or timezone.now()
    with transaction.atomic():
        version, audience = latest_rules(challenge), audience_of(challenge)
        run, made = RehearsalRun.objects.get_or_create(
            challenge=challenge,
            digest=digest_of(version.sha256, audience),
            months=months,
            as_of_on=today(moment),
            defaults={
                "as_of": moment,
                "moved_at": moment,
                "document": version.document,
                "teams": list(audience.team_ids),
                "roles": list(audience.role_keys),
                "asked_by": actor,
            },
        )
        if made or (run.finished_at is None and moment - run.moved_at > STALE_AFTER):
            _send_unless_held(run, moment)
    return run


def _send_unless_held(run: RehearsalRun, moment: datetime) -> None:
    """Who holds the row is at work on it, and a page must not wait for the end of a replay."""
    free = RehearsalRun.objects.select_for_update(skip_locked=True).filter(pk=run.pk)
    if free.first() is not None:
        free.update(moved_at=moment)
        transaction.on_commit(lambda: _send(run.pk))


def rehearsal_run(challenge: Challenge, months: int, at: datetime) -> RehearsalRun | None:
    """What is there of today for the rules and people as they are; None when nobody asked."""
    digest = digest_of(latest_rules(challenge).sha256, audience_of(challenge))
    runs = RehearsalRun.objects.filter(challenge=challenge, digest=digest, months=months)
    return runs.filter(as_of_on=today(at)).first()


def digest_of(rules_sha256: str, audience: Audience) -> str:
    """Of the rules and of who plays."""
    teams, roles = sorted(audience.team_ids), sorted(audience.role_keys)
    return sha256_of({"rules": rules_sha256, "teams": teams, "roles": roles})


def _send(run_id: int) -> None:
    try:
        current_app.send_task("challenges.rehearse", args=[run_id])
    except BrokerError as problem:  # asked for again by the page that waits
        log.warning("not_sent", task="challenges.rehearse", run=run_id, problem=str(problem))


@transaction.atomic
def rehearse_next(*, run_id: int, at: datetime | None = None) -> bool:
    """Replay the next window and keep it; whether there may be more to do.

    Two workers with the same message do not meet: whoever comes second leaves it to the first. A
    killed one loses the replay that it was at.
    """
    runs = RehearsalRun.objects.select_for_update(skip_locked=True)
    run = runs.filter(pk=run_id, finished_at=None).first()
    if run is None:
        return False
    moment = at or timezone.now()
    try:
        windows = replays(documents.read(run.document), months=run.months, as_of=run.as_of)
        done = len(run.plays)
        audience = Audience(tuple(run.teams), tuple(run.roles))
        frozen = run.challenge.definitions
        if not done:
            run.feed = kept_feed(feed_in_log(parsed(run.document), audience, run.as_of, frozen))
        if done < len(windows):
            game = game_of(windows[done], audience, frozen)
            run.plays = [*run.plays, kept(play(game, run.as_of))]
        run.total = len(windows)
    except Invalid as invalid:
        run.issues = [kept_issue(one) for one in invalid.issues]
    run.moved_at = moment
    over = bool(run.issues) or len(run.plays) == run.total
    run.finished_at = max(moment, run.as_of) if over else None
    run.save(update_fields=["plays", "feed", "total", "issues", "moved_at", "finished_at"])
    return not over
