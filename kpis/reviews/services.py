"""The only writers of reviews: decide, close a decision, hold the review."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from common import audit
from kernel.issues import N_, Invalid, Issue, Place, error
from kpis.alerts.services import choose_action, close_action
from kpis.models import ActionKind, Decision, Kpi, Review
from kpis.reviews.queries import Sitting
from people import queries as people
from people.models import User

FARTHEST = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class DecisionInput:
    """A decision as a form states it; with an alert it is about the alert's person."""

    kind: str
    note: str
    owner_id: int
    due_on: date
    person_id: int | None = None
    kpi: str = ""
    alert_id: int | None = None


@transaction.atomic
def record_decision(
    *, actor: User, sitting: Sitting, decision: DecisionInput, now: datetime | None = None
) -> Decision:
    """Write down what was decided; one about an alert becomes the action of that alert.

    `Invalid` for a review that is held or whose days are not over, for an empty note, an unknown
    kind, a day that is past or more than a year away, an alert that has ended or is in hand.
    """
    now = now or timezone.now()
    day = people.today(now)
    issues = [*_time_issues(sitting, day), *_content_issues(decision, day)]
    if issues:
        raise Invalid(issues)
    review = _open(sitting)
    action = None
    if decision.alert_id is not None:
        action = choose_action(actor=actor, alert_id=decision.alert_id, kind=decision.kind,
                               note=decision.note, due_on=decision.due_on, now=now)  # fmt: skip
    made = Decision.objects.create(
        review=review, kind=decision.kind, note=decision.note.strip(), owner_id=decision.owner_id,
        due_on=decision.due_on, person_id=action.alert.person_id if action else decision.person_id,
        kpi=Kpi.objects.filter(key=decision.kpi).first(), action=action, by=actor, at=now,
    )  # fmt: skip
    after = {"review": review.pk, "note": made.note, "owner": made.owner_id,
             "due_on": str(made.due_on), "person": made.person_id, "kpi": decision.kpi,
             "action": action.pk if action else None}  # fmt: skip
    audit.record(actor=actor, action="review.decide", subject=made, after=after)
    return made


@transaction.atomic
def close_decision(
    *, actor: User, decision_id: int, outcome: str, now: datetime | None = None
) -> Decision:
    """Say what came of it; of one about an alert on its action. `Invalid` without words, or when it
    is closed already."""
    held = Decision.objects.select_for_update(of=("self",)).get(pk=decision_id)
    if held.action_id is not None:
        close_action(actor=actor, action_id=held.action_id, outcome=outcome, now=now)
        return held
    if held.closed_at is not None:
        raise Invalid(_closed())
    if not outcome.strip():
        raise Invalid(_no_words("outcome"))
    held.closed_at, held.closed_by, held.outcome = now or timezone.now(), actor, outcome.strip()
    held.save(update_fields=["closed_at", "closed_by", "outcome"])
    after = {"outcome": held.outcome}
    audit.record(actor=actor, action="review.decision_close", subject=held, after=after)
    return held


@transaction.atomic
def hold_review(
    *, actor: User, sitting: Sitting, kept: Mapping[str, Any], now: datetime | None = None
) -> Review:
    """Close a review with the page `kept` by language, as it was shown. Of two at once the second
    is refused. `Invalid` when it is held, its days are not over, or nothing was decided."""
    now = now or timezone.now()
    if issues := _time_issues(sitting, people.today(now)):
        raise Invalid(issues)
    review = _open(sitting)
    if not review.decisions.exists():
        raise Invalid(_nothing_decided())
    review.held_at, review.held_by, review.kept = now, actor, dict(kept)
    review.save(update_fields=["held_at", "held_by", "kept"])
    after = {"kind": review.kind, "team": review.team_id, "starts_on": str(review.starts_on),
             "decisions": review.decisions.count()}  # fmt: skip
    audit.record(actor=actor, action="review.hold", subject=review, after=after)
    return review


def issues_of(sitting: Sitting, *, is_held: bool) -> list[Issue]:
    """Why nothing can be decided in a review (any more)."""
    return [_held()] if is_held else _time_issues(sitting, people.today())


def _open(sitting: Sitting) -> Review:
    """The review, made when nobody has begun it, and locked until the end of the transaction."""
    made, _new = Review.objects.get_or_create(
        kind=sitting.ritual.value,
        team_id=sitting.team_id,  # type: ignore[misc]  # the stubs forget that None is looked up
        starts_on=sitting.period.start,
        defaults={"ends_on": sitting.period.end},
    )
    review = Review.objects.select_for_update(of=("self",)).get(pk=made.pk)
    if review.held_at is not None:
        raise Invalid(_held())
    return review


def _time_issues(sitting: Sitting, day: date) -> list[Issue]:
    return [] if sitting.period.end <= day else [_too_early()]


def _content_issues(decision: DecisionInput, day: date) -> list[Issue]:
    issues = []
    if decision.kind not in ActionKind.values:
        issues.append(_unknown_kind(decision.kind))
    if not decision.note.strip():
        issues.append(_no_words("note"))
    if not day <= decision.due_on <= day + FARTHEST:
        issues.append(_odd_date())
    return issues


def _held() -> Issue:
    return error(
        "reviews.held",
        N_("This review is held already."),
        N_("Reload the page to read what was decided; new decisions belong to the next review."),
    )


def _too_early() -> Issue:
    return error(
        "reviews.too_early",
        N_("The days of this review are not over."),
        N_("Read it as it stands, and decide when they are."),
    )


def _nothing_decided() -> Issue:
    return error(
        "reviews.nothing_decided",
        N_("Nothing is decided yet."),
        N_("Write down at least one decision, even that everything goes on as it is."),
    )


def _closed() -> Issue:
    return error(
        "reviews.closed",
        N_("This decision is closed already."),
        N_("Reload the page to read what came of it."),
    )


def _no_words(field: str) -> Issue:
    return error(
        "reviews.no_words",
        N_("A few words are missing."),
        N_("Write what somebody should know who reads it in three months."),
        Place(path=field),
    )


def _odd_date() -> Issue:
    return error(
        "reviews.odd_date",
        N_("The day by which it is done is past, or more than a year away."),
        N_("Choose a day from today on, within a year."),
        Place(path="due_on"),
    )


def _unknown_kind(kind: str) -> Issue:
    return error(
        "reviews.unknown_kind",
        N_('"{kind}" is no action.'),
        N_("Choose analyse, talk or adjust."),
        Place(path="kind"),
        kind=kind,
    )
