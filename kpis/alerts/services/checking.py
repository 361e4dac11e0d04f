"""Compares what the rules see with the alerts that are open: once per cause, whoever looks.

Nothing is counted up: each check sees all of its people anew and writes the difference. The lock of
the people is taken before anything is read, so of two workers the later one sees what the earlier
wrote; a killed one leaves nothing, and the next check makes the same difference.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

import structlog
from celery import current_app
from django.db import connection, transaction
from django.db.models import Max
from django.utils import timezone
from kombu.exceptions import OperationalError

from common.locks import transaction_lock
from common.memo import remembering
from kernel.periods import Period
from kpis.alerts.gathering import Cause, RuleRow, Seen, seen_by
from kpis.alerts.queries import rules_in_force
from kpis.alerts.recipients import deliveries_of
from kpis.alerts.telling import tell_about
from kpis.models import Alert, AlertAction, Delivery, FigureMoved
from kpis.queries.catalogue import scorecards
from people import queries as people

log = structlog.get_logger(__name__)

BATCH = 200
"""People per transaction."""


@dataclass(frozen=True, slots=True)
class Changes:
    """How many alerts began and ended."""

    began: int = 0
    ended: int = 0

    def __add__(self, other: "Changes") -> "Changes":
        return Changes(self.began + other.began, self.ended + other.ended)


def check_alerts(*, now: datetime | None = None) -> Changes:
    """Look at everybody, and begin and end alerts; twice changes nothing.

    Safe at any time, in any number of workers, in batches that are a transaction each.
    """
    now = now or timezone.now()
    changes = Changes()
    for some in _batches(sorted(set(_everybody(now)))):
        changes += _check(some, now)
    return changes


def check_moved(*, now: datetime | None = None) -> Changes:
    """Look at those whose figures moved until now; what moves meanwhile waits for the next time.

    However many records came in, everybody is looked at once. Of two workers the second leaves
    alone what the first has taken.
    """
    now = now or timezone.now()
    last = FigureMoved.objects.aggregate(last=Max("id"))["last"] or 0
    changes = Changes()
    while (found := _check_some(last, now)) is not None:
        changes += found
    return changes


@transaction.atomic
def _check_some(last: int, now: datetime) -> Changes | None:
    ids = _claim(last)
    return _check(ids, now) if ids else None


def _claim(last: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM kpis_figuremoved WHERE id IN (SELECT id FROM kpis_figuremoved"
            " WHERE id <= %(last)s AND person_id IN (SELECT DISTINCT person_id"
            " FROM kpis_figuremoved WHERE id <= %(last)s ORDER BY person_id LIMIT %(most)s)"
            " FOR UPDATE SKIP LOCKED) RETURNING person_id",
            {"last": last, "most": BATCH},
        )
        return sorted({row[0] for row in cursor.fetchall()})


def _everybody(now: datetime) -> Iterator[int]:
    """Who sells today, and who has an alert or an action open."""
    yield from (one.person_id for one in people.people_on(people.today(now)))
    yield from Alert.objects.filter(ended_at=None).values_list("person_id", flat=True)
    open_actions = AlertAction.objects.filter(closed_at=None)
    yield from open_actions.values_list("alert__person_id", flat=True)


@transaction.atomic
def _check(ids: Sequence[int], now: datetime) -> Changes:
    transaction_lock("alerts", *ids)
    day = people.today(now)
    places = people.assignments_between(Period.day(day), ids)
    with remembering():  # the dictionary and the calendar are asked for by every rule
        looked_at = scorecards()
        sellers = [one for one in places if not one.leads and one.role_key in looked_at]
        rules = rules_in_force()
        seen = seen_by(rules, sellers, day)
    held = {
        (row.rule_id, row.person_id, row.subject): row
        for row in Alert.objects.filter(person_id__in=ids, ended_at=None)
    }
    began = _begin(seen, held, now, rules)
    ended, changed = _end(seen, held, now)
    followed = _follow(seen, ids)
    tell_about([*began, *changed, *followed], now)
    if began:
        transaction.on_commit(_send, robust=True)
    return Changes(len(began), ended)


def _begin(
    seen: Mapping[Cause, Seen], held: Mapping[Cause, Alert], now: datetime, rules: Sequence[RuleRow]
) -> list[Alert]:
    new = [cause for cause, one in seen.items() if one.found.holds and cause not in held]
    made = Alert.objects.bulk_create(
        Alert(
            rule_id=cause[0],
            person_id=cause[1],
            subject=cause[2],
            seen=seen[cause].as_json(),
            is_grave=seen[cause].found.is_grave,
            began_at=now,
        )
        for cause in sorted(new)
    )
    Delivery.objects.bulk_create(deliveries_of(made, rules, now))
    return made


def _end(
    seen: Mapping[Cause, Seen], held: Mapping[Cause, Alert], now: datetime
) -> tuple[int, list[Alert]]:
    """End what no longer holds; of the others keep what is seen now. How many ended, and all that
    changed."""
    over, moved = [], []
    for cause, alert in held.items():
        found = seen.get(cause)
        if found is None or not found.found.holds:
            alert.ended_at = max(now, alert.began_at)
            over.append(alert)
        if found is not None:
            state = (found.as_json(), found.found.is_grave)
            if state != (alert.seen, alert.is_grave):
                alert.seen, alert.is_grave = state
                moved.append(alert)
    changed = list({one.pk: one for one in (*over, *moved)}.values())
    Alert.objects.bulk_update(changed, ["seen", "is_grave", "ended_at"])
    return len(over), changed


def _follow(seen: Mapping[Cause, Seen], ids: Sequence[int]) -> list[Alert]:
    """What the figure did since an open action was chosen; the alerts whose action shows more."""
    rows = AlertAction.objects.filter(closed_at=None, alert__person_id__in=ids)
    changed = []
    for row in rows.select_related("alert"):
        alert = row.alert
        found = seen.get((alert.rule_id, alert.person_id, alert.subject))
        # where nothing is said any more, as of an objective that is over, nothing holds either
        latest: Any = {**row.latest, "holds": False} if found is None else found.as_json()
        if latest != row.latest:
            row.latest = latest
            changed.append(row)
    AlertAction.objects.bulk_update(changed, ["latest"])
    return [row.alert for row in changed]


def _batches(ids: Iterable[int]) -> Iterator[list[int]]:
    source = iter(ids)
    while batch := list(islice(source, BATCH)):
        yield batch


def _send() -> None:
    try:
        current_app.send_task("kpis.deliver_alerts")
    except OperationalError as problem:
        # the messages are written; the schedule sends what is due
        log.warning("alerts_not_sent", problem=str(problem))
