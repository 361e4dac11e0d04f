"""Each alert ends in an action: chosen by who leads the person, and closed with what came of it."""

from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils import timezone

from common import audit
from kernel.issues import N_, Invalid, Issue, Place, error
from kpis.alerts.telling import tell_about
from kpis.models import ActionKind, Alert, AlertAction
from people import queries as people
from people.models import User

FARTHEST = timedelta(days=366)


@transaction.atomic
def choose_action(
    *, actor: User, alert_id: int, kind: str, note: str, due_on: date, now: datetime | None = None
) -> AlertAction:
    """Decide what to do about an open alert, and by when; one open action per alert.

    `Invalid` for an alert that has ended or has an open action, an empty note, a date that is past
    or more than a year away.
    """
    now = now or timezone.now()
    alert = Alert.objects.select_for_update().get(pk=alert_id)
    issues = [*_state_issues(alert), *_content_issues(kind, note, due_on, people.today(now))]
    if issues:
        raise Invalid(issues)
    made = AlertAction.objects.create(
        alert=alert, kind=kind, note=note.strip(), due_on=due_on, before=alert.seen,
        latest=alert.seen, by=actor, at=now,
    )  # fmt: skip
    after = {"alert": alert.pk, "person": alert.person_id, "kind": kind, "due_on": str(due_on)}
    audit.record(actor=actor, action="alert_action.choose", subject=made, after=after)
    tell_about([alert])
    return made


@transaction.atomic
def close_action(
    *, actor: User, action_id: int, outcome: str, now: datetime | None = None
) -> AlertAction:
    """Say what came of it; what the figure did since is kept as it is now. `Invalid` without words,
    or when it is closed already."""
    action = AlertAction.objects.select_for_update().get(pk=action_id)
    if action.closed_at is not None:
        raise Invalid(_closed())
    if not outcome.strip():
        raise Invalid(_no_words("outcome"))
    action.closed_at, action.closed_by = now or timezone.now(), actor
    action.outcome = outcome.strip()
    action.save(update_fields=["closed_at", "closed_by", "outcome"])
    after = {"outcome": action.outcome}
    audit.record(actor=actor, action="alert_action.close", subject=action, after=after)
    tell_about([action.alert])
    return action


def _state_issues(alert: Alert) -> list[Issue]:
    if alert.ended_at is not None:
        return [_ended()]
    if alert.actions.filter(closed_at=None).exists():
        return [_acted()]
    return []


def _content_issues(kind: str, note: str, due_on: date, day: date) -> list[Issue]:
    issues = []
    if kind not in ActionKind.values:
        issues.append(_unknown_kind(kind))
    if not note.strip():
        issues.append(_no_words("note"))
    if not day <= due_on <= day + FARTHEST:
        issues.append(_odd_date())
    return issues


def _ended() -> Issue:
    return error(
        "alerts.ended",
        N_("This alert has ended."),
        N_("There is nothing to act on any more; should the cause come back, a new alert says so."),
    )


def _acted() -> Issue:
    return error(
        "alerts.acted",
        N_("An action for this alert is open already."),
        N_("Close it first, then choose another one."),
    )


def _closed() -> Issue:
    return error(
        "alerts.closed",
        N_("This action is closed already."),
        N_("Reload the page to read what came of it."),
    )


def _no_words(field: str) -> Issue:
    return error(
        "alerts.no_words",
        N_("A few words are missing."),
        N_("Write what somebody should know who reads it in three months."),
        Place(path=field),
    )


def _odd_date() -> Issue:
    return error(
        "alerts.odd_date",
        N_("The day to follow up is past, or more than a year away."),
        N_("Choose a day from today on, within a year."),
        Place(path="due_on"),
    )


def _unknown_kind(kind: str) -> Issue:
    return error(
        "alerts.unknown_action",
        N_('"{kind}" is no action.'),
        N_("Choose analyse, talk or adjust."),
        Place(path="kind"),
        kind=kind,
    )
