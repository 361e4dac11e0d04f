"""The life of a challenge. A timer only wakes it up: waking twice, or late, changes nothing."""

from datetime import datetime, timedelta

from django.core.cache import cache
from django.db import transaction
from django.db.models import Q

from challenges.entrants.reading import OWN_CHANGES
from challenges.gathering import documents
from challenges.gathering.inputs import latest_rules, parsed, paused_at
from challenges.models import Challenge, ChallengeState, Standing, Transition
from challenges.services.arriving import refuse_slow, send_back, too_slow
from challenges.services.charged import refuse_lost
from challenges.services.locking import database_clock, locked, move, refuse_unless
from challenges.services.news import score_unread, unread_news
from challenges.services.scoring import (
    MAY_AMEND,
    MOVING,
    SIGNED,
    rescore_each,
    score_locked,
    unstopped,
)
from challenges.services.versions import (
    audit_clocks,
    change_rules,
    clocks_of,
    document_of,
    freeze_measures,
)
from common.formats import moment_text
from kernel.issues import N_, Invalid, Place, error
from people.models import User

S = ChallengeState
SWEEP_SECONDS = 300
WAKE_EVERY = timedelta(seconds=40)
"""Longer than the schedule waits between two calls of the timer, so that none is missed."""
SIGNED_SWEEP_SECONDS = 3600
SIGNED_HORIZON = timedelta(days=92)


@transaction.atomic
def schedule(*, actor: User | None, challenge: Challenge, at: datetime | None = None) -> Challenge:
    """From draft to scheduled: entrants see it, and it goes live by itself at its start. `Invalid`
    where its records arrive too slowly for it."""
    challenge = locked(challenge.pk)
    refuse_unless(challenge, S.DRAFT)
    moment = at or database_clock()
    _schedule(challenge, actor, moment)
    score_locked(challenge, moment, opening=True)
    return challenge


def _schedule(challenge: Challenge, actor: User | None, at: datetime) -> None:
    before = clocks_of(challenge)
    refuse_lost(challenge, parsed(latest_rules(challenge).document), at)
    freeze_measures(challenge)
    refuse_slow(challenge, at)
    challenge.refused = None
    move(challenge, S.SCHEDULED, actor=actor, at=at)
    audit_clocks(challenge, "schedule", actor, before)


@transaction.atomic
def launch(*, actor: User | None, challenge: Challenge, at: datetime | None = None) -> Challenge:
    """Schedule it, and at once everything that is due at `at` (default: now): a challenge whose
    window has begun is live, one whose window is over is provisional. With it own targets are
    frozen. `Invalid` for one that has begun already, and as in `schedule`."""
    moment = at or database_clock()
    challenge = locked(challenge.pk)
    refuse_unless(challenge, S.DRAFT, S.SCHEDULED)
    is_draft = challenge.state == S.DRAFT
    if is_draft:
        _schedule(challenge, actor, moment)
    else:
        refuse_slow(challenge, moment)
    # what is live at once is scored with that
    if not _advance(challenge, moment) and is_draft:
        score_locked(challenge, moment, opening=True)
    return Challenge.objects.get(pk=challenge.pk)


@transaction.atomic
def advance(*, challenge_id: int, at: datetime | None = None) -> list[str]:
    """Make the transitions that the clock asks for, and score when there was one, or when a round
    or a day of the rules has turned since the board was scored; the states that it went through.

    The moments of the transitions are those of the rules, not of the waking. A paused challenge
    waits for somebody; a provisional one for its signature. One whose records had become too slow
    for it by its start does not begin: it is a draft again, which says why.
    """
    challenge = locked(challenge_id)
    moment = at or database_clock()
    if challenge.state == S.SCHEDULED and challenge.starts_at <= moment:
        issue = too_slow(challenge, challenge.starts_at)
        if issue is not None:
            send_back(challenge, issue, max(challenge.starts_at, _last_move(challenge)))
            return [S.DRAFT]
    return _advance(challenge, moment)


def _advance(challenge: Challenge, moment: datetime) -> list[str]:
    passed: list[str] = []
    while (due := _due(challenge, moment)) is not None:
        state, when = due
        before = clocks_of(challenge)
        move(challenge, state, actor=None, at=max(when, _last_move(challenge)))
        audit_clocks(challenge, "advance", None, before)
        passed.append(state)
    if passed or _turned(challenge, moment):
        score_locked(challenge, moment, opening=S.LIVE in passed)
    return passed


def _due(challenge: Challenge, at: datetime) -> tuple[str, datetime] | None:
    if challenge.state == S.SCHEDULED and challenge.starts_at <= at:
        return S.LIVE, challenge.starts_at
    if challenge.state == S.LIVE and challenge.ends_at <= at:
        return S.PROVISIONAL, challenge.ends_at
    return None


def _turned(challenge: Challenge, at: datetime) -> bool:
    turn = challenge.turns_at
    return challenge.state in MOVING and turn is not None and turn <= at


def _last_move(challenge: Challenge) -> datetime:
    moves = Transition.objects.filter(challenge=challenge).order_by("-number")
    return moves.values_list("at", flat=True)[0]


def wake_all(*, at: datetime | None = None) -> int:
    """What the timer calls: all transitions and turns that are due, and news that a lost message
    left; how many challenges moved on or had news. One that cannot be scored is reported and does
    not stop the others."""
    moment = at or database_clock()
    due = Q(state=S.SCHEDULED, starts_at__lte=moment) | Q(state=S.LIVE, ends_at__lte=moment)
    due |= Q(state__in=MOVING, turns_at__lte=moment)
    changed = 0
    for pk in Challenge.objects.filter(due).order_by("pk").values_list("pk", flat=True):
        changed += unstopped(advance, challenge_id=pk, at=at)
    return changed + len(score_unread(unread_news(), at=at))


def coming(*, at: datetime | None = None) -> list[tuple[int, datetime]]:
    """The moves and turns of which `wake_all` will only hear after they are due, with their
    moments: who wakes each of them then makes it within a second."""
    moment = at or database_clock()
    horizon = moment + WAKE_EVERY
    starting = Challenge.objects.filter(
        state=S.SCHEDULED, starts_at__gt=moment, starts_at__lte=horizon
    )
    ending = Challenge.objects.filter(state=S.LIVE, ends_at__gt=moment, ends_at__lte=horizon)
    turning = Challenge.objects.filter(state__in=MOVING, turns_at__gt=moment, turns_at__lte=horizon)
    return sorted(
        {
            *starting.values_list("pk", "starts_at"),
            *ending.values_list("pk", "ends_at"),
            *((one.pk, one.turns_at) for one in turning if one.turns_at is not None),
        }
    )


def sweep_all(*, at: datetime | None = None) -> int:
    """The repair that the schedule calls, apart from `wake_all`, because it reads every record of
    every open challenge; how many boards were not as they should be."""
    changed = 0
    if cache.add("challenges:sweep", 1, timeout=SWEEP_SECONDS):
        changed += sweep(at=at)
    if cache.add("challenges:sweep-signed", 1, timeout=SIGNED_SWEEP_SECONDS):
        changed += sweep_signed(at=at)
    return changed


def sweep(*, at: datetime | None = None) -> int:
    """Rescore every moving challenge; how many boards were not as they should be."""
    moving = Challenge.objects.filter(state__in=MOVING).order_by("pk")
    return len(rescore_each(moving.values_list("pk", flat=True), at=at))


def sweep_signed(*, at: datetime | None = None) -> int:
    """Rescore the signed challenges that may still be amended, up to `SIGNED_HORIZON` after the
    signature; afterwards only the message of a late cancellation finds them. How many changed."""
    since = (at or database_clock()) - SIGNED_HORIZON
    recent = Transition.objects.filter(to_state=S.OFFICIAL, at__gte=since).values("challenge_id")
    signed = Challenge.objects.filter(
        pk__in=recent, state__in=SIGNED, after_official__in=MAY_AMEND
    ).order_by("pk")
    return len(rescore_each(signed.values_list("pk", flat=True), at=at))


@transaction.atomic
def pause(
    *, actor: User | None, challenge: Challenge, reason: str, at: datetime | None = None
) -> Challenge:
    """Nothing that happens from `at` on counts, until somebody resumes; the end will move."""
    challenge = locked(challenge.pk)
    refuse_unless(challenge, S.LIVE)
    require_reason(reason)
    moment = at or database_clock()
    refuse_over(challenge, moment)
    before = clocks_of(challenge)
    move(challenge, S.PAUSED, actor=actor, at=moment, reason=reason)
    score_locked(challenge, moment)
    audit_clocks(challenge, "pause", actor, before, reason)
    return challenge


@transaction.atomic
def resume(*, actor: User | None, challenge: Challenge, at: datetime | None = None) -> Challenge:
    """The pause becomes part of the rules, and the end moves by its length."""
    challenge = locked(challenge.pk)
    refuse_unless(challenge, S.PAUSED)
    before = clocks_of(challenge)
    began = paused_at(challenge)
    moment = max(at or database_clock(), began + timedelta(seconds=1))
    document = documents.with_pause(document_of(challenge), began, moment)
    change_rules(challenge, document, actor=actor, reason="paused")
    move(challenge, S.LIVE, actor=actor, at=moment)
    score_locked(challenge, moment)
    audit_clocks(challenge, "resume", actor, before)
    return challenge


@transaction.atomic
def cancel_challenge(
    *, actor: User | None, challenge: Challenge, reason: str, at: datetime | None = None
) -> Challenge:
    """Called off, at any time before the result is official; the board stays as it was, without
    prizes."""
    challenge = locked(challenge.pk)
    refuse_unless(challenge, S.DRAFT, S.SCHEDULED, S.LIVE, S.PAUSED, S.PROVISIONAL)
    require_reason(reason)
    before = clocks_of(challenge)
    moment = at or database_clock()
    document = documents.cancelled(document_of(challenge), moment)
    change_rules(challenge, document, actor=actor, reason=reason)
    _withdraw_prizes(challenge)
    move(challenge, S.CANCELLED, actor=actor, at=moment, reason=reason)
    audit_clocks(challenge, "cancel", actor, before, reason)
    return challenge


def _withdraw_prizes(challenge: Challenge) -> None:
    # not by scoring: what cannot be scored any more must still be possible to call off
    rows = list(Standing.objects.filter(challenge=challenge))
    for row in rows:
        row.detail = {**row.detail, "awards": []}
    Standing.objects.bulk_update(rows, ["detail"])


def require_reason(reason: str) -> None:
    """`Invalid` without a reason: what entrants did not expect must be explained to them. The
    words by which the product marks its own versions of the rules explain nothing."""
    if reason.strip() in ("", *OWN_CHANGES):
        raise Invalid(
            error(
                "challenges.no_reason",
                N_("A reason is missing."),
                N_("Write one sentence; everybody who takes part reads it."),
                Place(path="reason"),
            )
        )


def refuse_over(challenge: Challenge, at: datetime) -> None:
    """`Invalid` when the window has ended, though no timer has said so yet."""
    if at >= challenge.ends_at:
        raise Invalid(
            error(
                "challenges.over",
                N_("The window ended at {end}."),
                N_("Load the page again."),
                end=moment_text(challenge.ends_at),
            )
        )
