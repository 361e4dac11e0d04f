"""Sends what is due: claimed, sent, and only then marked as sent.

The network is asked outside any transaction. A worker that dies while sending leaves the message
claimed; ten minutes later it is free again, so it is sent at least once and, after a crash, perhaps
twice. What nobody needs any more (the cause has ended, the reader has muted it) is dropped. A
webhook that failed is not asked again in the same run: what waits for it besides is put off.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from smtplib import SMTPException
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from kpis.alerts import messages
from kpis.alerts.addresses import address_to_send
from kpis.alerts.outgoing import NotSentError, post
from kpis.alerts.queries import muted_for
from kpis.calc.alerts.sending import FIRST_WAIT, retry_at
from kpis.models import Alert, AlertWishes, Delivery, Webhook
from people import queries as people

State = Delivery.State
Post = Callable[[str, Mapping[str, Any]], None]
LOST_AFTER = timedelta(minutes=10)
MAILS = 100
LINES = 20
"""Messages to webhooks that are claimed at once: few, for each may take its time to fail, and all
must be settled before `LOST_AFTER`."""
LONGEST = 300


def deliver_due(*, now: datetime | None = None, send: Post = post) -> int:
    """Send all that is due; how many messages left. `send` is the way out to webhooks."""
    started = now or timezone.now()
    lost = Delivery.objects.filter(state=State.SENDING, changed_at__lt=started - LOST_AFTER)
    lost.update(state=State.WAITING, changed_at=started)
    due, sent = Delivery.objects.filter(state=State.WAITING, due_at__lte=started), 0
    failed: set[int] = set()
    # mails first: they do not wait for a webhook that does not answer
    for rows, most in ((due.filter(webhook=None), MAILS), (due.filter(user=None), LINES)):
        while claimed := _claim(rows, most, now or timezone.now()):
            sent += _deliver(claimed, started, send, failed)
    return sent


@transaction.atomic
def _claim(rows: QuerySet[Delivery], most: int, now: datetime) -> list[Delivery]:
    ids = list(
        rows.select_for_update(skip_locked=True).order_by("due_at", "id")
        .values_list("pk", flat=True)[:most]
    )  # fmt: skip
    Delivery.objects.filter(pk__in=ids).update(state=State.SENDING, changed_at=now)
    found = Delivery.objects.filter(pk__in=ids).order_by("id")
    return list(found.select_related("user__person", "webhook", "alert__rule", "alert__person"))


def _deliver(claimed: Sequence[Delivery], now: datetime, send: Post, failed: set[int]) -> int:
    wanted = _wanted(claimed, now)
    kept = [one for one in claimed if one.pk in wanted]
    _settle([one for one in claimed if one.pk not in wanted], State.DROPPED, now)
    sent = 0
    by_user: dict[int, list[Delivery]] = {}
    for one in kept:
        if one.user_id is not None:
            by_user.setdefault(one.user_id, []).append(one)
        elif one.webhook is not None:
            sent += _to_hook(one, one.webhook, now, send, failed)
    for rows in by_user.values():
        sent += _try(rows, now, partial(_to_user, rows))
    return sent


def _to_hook(one: Delivery, hook: Webhook, now: datetime, send: Post, failed: set[int]) -> int:
    if hook.pk in failed:
        _settle([one], State.WAITING, now, due_at=now + FIRST_WAIT)
        return 0
    sent = _try([one], now, lambda: send(address_to_send(hook), messages.line(hook, one.alert)))
    if not sent:
        failed.add(hook.pk)
    return sent


def _wanted(claimed: Sequence[Delivery], now: datetime) -> frozenset[int]:
    """Which messages still tell of something that holds, to somebody who wants to hear it."""
    day = people.today(now)
    found: set[int] = set()
    no_mail = set(AlertWishes.objects.filter(by_mail=False).values_list("user_id", flat=True))
    for user_id in {one.user_id for one in claimed}:
        if user_id in no_mail:
            continue
        mine = [one for one in claimed if one.user_id == user_id]
        open_ones = Alert.objects.filter(pk__in=[one.alert_id for one in mine], ended_at=None)
        if user_id is not None:
            open_ones = open_ones.exclude(muted_for(user_id, day))
        held = set(open_ones.values_list("pk", flat=True))
        found |= {one.pk for one in mine if one.alert_id in held and _listens(one)}
    return frozenset(found)


def _listens(one: Delivery) -> bool:
    if one.user is not None:
        return one.user.is_active
    return one.webhook is not None and one.webhook.removed_at is None


def _to_user(rows: Sequence[Delivery]) -> None:
    user = rows[0].user
    assert user is not None  # noqa: S101 - the rows of one user
    messages.mail(user, [one.alert for one in rows])


def _try(rows: Sequence[Delivery], now: datetime, work: Callable[[], None]) -> int:
    try:
        work()
    except (NotSentError, SMTPException, OSError) as problem:
        # of a mail server the kind of problem alone: its words may hold addresses of people
        text = str(problem) if isinstance(problem, NotSentError) else type(problem).__name__
        for one in rows:
            one.tries += 1
            again = retry_at(now, one.tries)
            one.due_at = again or one.due_at
            state = State.FAILED if again is None else State.WAITING
            _settle([one], state, now, tries=one.tries, due_at=one.due_at, problem=text[:LONGEST])
        return 0
    _settle(rows, State.SENT, now)
    return len(rows)


def _settle(rows: Sequence[Delivery], state: str, now: datetime, **more: Any) -> None:
    """Only what is still ours: another worker may have taken a message that we held too long."""
    mine = Delivery.objects.filter(pk__in=[one.pk for one in rows], state=State.SENDING)
    mine.update(state=state, changed_at=now, **more)
