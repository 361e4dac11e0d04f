"""The live path: marked person-days become cells, cells become news for boards and challenges.

Exactness does not rest on counting events. A mark says only "look again"; the worker recomputes
the whole person-day from the log. The order of steps is what makes it exact:

1. claim marks by deleting them, skipping those that another worker holds;
2. wait for the lock of the persons;
3. only then read the log. Under READ COMMITTED the statement sees all that was committed before
   it began, so whatever another worker saw and wrote before us, we see as well or more.

A crash anywhere rolls the deletion back, and the marks are there for the next run. A record that
is committed after step 3 has its own mark, which nobody has claimed yet.
"""

from collections.abc import Collection, Iterator, Sequence
from datetime import date
from functools import partial

import structlog
from celery import current_app
from django.db import connection, transaction
from django.db.models import QuerySet
from kombu.exceptions import OperationalError

from common import live
from common.locks import transaction_lock
from kernel.periods import Period
from kpis.calc.definitions import read_definition
from kpis.calc.metrics import Definition
from kpis.engine.cells import (
    CellRow,
    Mark,
    computed,
    people_between,
    rebuild,
    refresh,
    stored,
)
from kpis.models import Metric
from people.queries import company

log = structlog.get_logger(__name__)

BATCH = 500
"""Marks per transaction: short enough that a board never waits long for its turn."""
CREW = 1000
"""People per transaction of a rebuild: each takes a lock, and PostgreSQL has room for thousands."""


def recompute_touched(*, limit: int | None = None, size: int = BATCH) -> int:
    """Recompute all marked person-days, in batches, until no mark is left; how many marks.

    Safe to run at any time, in any number of workers, as often as one likes. `limit` ends it after
    so many batches of `size` marks: large ones are quicker where no board waits.
    """
    total = batches = 0
    while (done := recompute_batch(size=size)) > 0:
        total += done
        batches += 1
        if limit is not None and batches >= limit:
            break
    return total


@transaction.atomic
def recompute_batch(*, size: int = BATCH) -> int:
    """One batch of `recompute_touched` in one transaction; how many marks it took."""
    claimed = _claim(size)
    if not claimed:
        return 0
    marks = sorted(set(claimed))
    _refresh(marks)
    _announce({person for person, _ in marks}, {day for _, day in marks})
    return len(claimed)


def _claim(size: int) -> list[Mark]:
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM activities_touchedday WHERE id IN (SELECT id FROM activities_touchedday"
            " ORDER BY id FOR UPDATE SKIP LOCKED LIMIT %s) RETURNING person_id, day",
            [size],
        )
        return [(row[0], row[1]) for row in cursor.fetchall()]


def _refresh(marks: Sequence[Mark]) -> int:
    # sorted inside: two workers with the same persons take their locks in the same order
    transaction_lock("cells", *(person for person, _ in marks))
    return refresh(marks, additive_metrics(), company().tz)


def _announce(person_ids: Collection[int], days: Collection[date]) -> None:
    people = sorted(person_ids)
    transaction.on_commit(partial(_send_rescore, people, sorted(days)), robust=True)
    # not a message each: a burst of records waits for one check of alerts
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO kpis_figuremoved (person_id) SELECT unnest(%s::bigint[])", [people]
        )
    live.publish_all(["board", *(f"person:{person_id}" for person_id in people)])


def _send_rescore(person_ids: list[int], days: list[date]) -> None:
    moved = {"days": [day.isoformat() for day in days]}
    try:
        current_app.send_task("challenges.rescore_people", args=[person_ids], kwargs=moved)
    except OperationalError as problem:
        # the figures are written; the schedule rescores live challenges anyway
        log.warning("rescore_not_sent", people=len(person_ids), problem=str(problem))


def additive_metrics(among: QuerySet[Metric] | None = None) -> dict[str, Definition]:
    """The metrics of the dictionary by key; the engine keeps cells of the additive ones."""
    chosen = Metric.objects.all() if among is None else among
    rows = chosen.order_by("key").values_list("key", "definition")
    return {key: read_definition(definition) for key, definition in rows}


def rebuild_cells(*, period: Period | None = None) -> int:
    """Recompute every cell (of the period) from the log, by the figures of the live path.

    Returns how many rows changed: 0 when the cells were right. Each month of some people is a
    transaction of its own, so boards keep moving meanwhile; only whose cells changed is announced.
    """
    changed = 0
    for month, person_ids in _parts(period):
        with transaction.atomic():
            transaction_lock("cells", *person_ids)
            # read after the lock: a metric that is made meanwhile keeps the cells it has by then
            found = rebuild(month, person_ids, additive_metrics(), company().tz)
            if found.cells:
                _announce(found.person_ids, found.days)
        changed += found.cells
    return changed


def verify_cells(*, period: Period | None = None) -> list[tuple[str, CellRow]]:
    """The cells that differ from the log: ("stored", row) to be gone, ("computed", row) to come.

    Empty when all is right. Person-days with a waiting mark and metrics that are being filled are
    not judged: they are known to be behind. A difference is our error and raises the nightly alarm.
    """
    tz = company().tz
    wrong: list[tuple[str, CellRow]] = []
    outermost = not connection.in_atomic_block
    with transaction.atomic():
        if outermost:
            with connection.cursor() as cursor:
                # one snapshot for the marks, the cells and the log
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        behind = _waiting()
        metrics = additive_metrics(Metric.objects.filter(filled_to=None))
        filling = set(Metric.objects.exclude(filled_to=None).values_list("key", flat=True))
        for month, person_ids in _parts(period):
            should = set(computed(month, person_ids, metrics, tz))
            held = {row for row in stored(month, person_ids) if row.metric_key not in filling}
            wrong += [("stored", row) for row in held - should]
            wrong += [("computed", row) for row in should - held]
    judged = [(side, row) for side, row in wrong if (row.person_id, row.day) not in behind]
    return sorted(judged, key=lambda pair: (pair[1], pair[0]))


def _parts(period: Period | None) -> Iterator[tuple[Period, Sequence[int]]]:
    """Months, cut to the period, and who may have something in them, so many people at a time."""
    spans = people_between(period, company().tz)
    if not spans:
        return
    whole = period or Period(min(one.start for _, one in spans), max(one.end for _, one in spans))
    day = whole.start
    while day < whole.end:
        month = Period(day, min(Period.month(day).end, whole.end))
        person_ids = [person for person, span in spans if span.overlap(month)]
        for start in range(0, len(person_ids), CREW):
            yield month, person_ids[start : start + CREW]
        day = month.end


def catch_up(period: Period) -> bool:
    """Do what no worker has done yet; whether the cells of the period now say what the log says.

    For a reader that must be exact at once, as a command after an import while nothing runs.
    False when another process holds marks of the period: then only the log is exact.
    """
    recompute_touched(size=4 * BATCH)
    return not any(period.contains(day) for _, day in _waiting())


def _waiting() -> set[tuple[int, date]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT person_id, day FROM activities_touchedday")
        return {(row[0], row[1]) for row in cursor.fetchall()}
