"""The writing hand of the log: chains of revisions, credits, and the marks for recomputing."""

import logging
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zlib import crc32

from celery import current_app
from django.db import transaction

from activities.chains import chains_of
from activities.inputs import Entry, RowResult, Status
from activities.models import ImportBatch
from activities.revisions import Content, Revision, Wish, decide, nothing_to_change
from activities.services.copying import NewRow, Origin, copy_activities, copy_touched
from common.locks import transaction_lock
from kernel.issues import NOWHERE, Issue, Level, Place
from people import queries as people
from people.models import User

RESERVED_PREFIX = "deal:"  # ids in the log of what follows from a deal
_LOCK_BUCKETS = 64
_CHANGES = (Wish.CORRECTION, Wish.CANCELLATION)
_log = logging.getLogger(__name__)


def lock_ids(source: str, external_ids: Iterable[str]) -> None:
    """Hold the ids against other writers of this source until commit.

    Ids are hashed into a few locks, because PostgreSQL's lock table is small: two writers of the
    same id wait for each other, thousands of ids need no more than `_LOCK_BUCKETS` locks. Taken
    all at once and before anything else, so that no two writers can wait for each other in a ring.
    """
    buckets = {crc32(text.encode("utf-8", "replace")) % _LOCK_BUCKETS for text in external_ids}
    if buckets:
        transaction_lock("activities", *(f"{source}:{bucket}" for bucket in sorted(buckets)))


@dataclass(frozen=True, slots=True)
class Row:
    """What a row wants of its id; `content` is None when nothing is to exist or it is invalid.

    A `refused` one is invalid for a reason that was told elsewhere.
    """

    external_id: str
    wish: Wish
    content: Content | None
    reason: str = ""
    issues: tuple[Issue, ...] = ()
    place: Place = NOWHERE
    refused: bool = False

    @property
    def is_invalid(self) -> bool:
        return self.refused or any(issue.level is Level.ERROR for issue in self.issues)


class LogWriter:
    """Writes rows of one source, with one moment and one batch, inside the caller's transaction.

    The caller holds the locks of the ids.
    """

    def __init__(
        self,
        source: str,
        actor: User | None,
        batch: ImportBatch | None,
        recorded_at: datetime,
        told_after: timedelta | None = None,
    ) -> None:
        self.source = source
        self._origin = Origin(
            source,
            recorded_at,
            batch.pk if batch else None,
            actor.pk if actor else None,
            told_after,
        )
        self._chains: dict[str, list[Revision]] = {}
        self._touched: list[Content] = []

    def write(self, rows: Sequence[Row]) -> list[RowResult]:
        """What became of each row, in order; the days that they touch are marked."""
        ids = {row.external_id for row in rows if not row.is_invalid or row.wish in _CHANGES}
        self._chains |= chains_of(self.source, ids - self._chains.keys())
        results: dict[int, RowResult] = {}
        for wave in _waves(rows):
            results |= self._write_wave(wave)
        mark_touched(self._touched)
        self._touched = []
        return [results[index] for index in range(len(rows))]

    def _write_wave(self, wave: Sequence[tuple[int, Row]]) -> dict[int, RowResult]:
        """Rows with ids that are all different: what they become does not depend on their order."""
        results: dict[int, RowResult] = {}
        changes: list[tuple[int, Row, Status, NewRow]] = []
        for index, row in wave:
            decision = self._decide(row)
            if isinstance(decision, Issue):
                results[index] = _result(index, row, Status.REJECTED, None, decision)
            elif decision in (Status.REJECTED, Status.UNCHANGED):
                results[index] = _result(index, row, decision, self._head_id(row.external_id))
            else:
                changes.append((index, row, decision, self._revision(row)))
        ids = copy_activities(self._origin, [new for *_, new in changes]) if changes else []
        for id_, (index, row, status, new) in zip(ids, changes, strict=True):
            self._remember(id_, new)
            results[index] = _result(index, row, status, id_)
        return results

    def _decide(self, row: Row) -> Status | Issue:
        chain = self._chains.get(row.external_id, ())
        place = row.place.under("external_id")
        if row.is_invalid:
            lost = None
            if row.wish in _CHANGES and row.external_id:
                lost = nothing_to_change(chain, place)
            return lost or Status.REJECTED
        return decide(row.wish, row.content, chain, place)

    def _head_id(self, external_id: str) -> int | None:
        chain = self._chains.get(external_id)
        return chain[-1].id if chain else None

    def _revision(self, row: Row) -> NewRow:
        """The new row of the log; a cancellation repeats what it cancels, without credits."""
        chain = self._chains.get(row.external_id)
        head = chain[-1] if chain else None
        content = row.content
        if content is None:
            if head is None:
                raise AssertionError("a row without content needs something to cancel")
            content = head.content
        kind = Entry.RECORD if head is None else Entry.CORRECTION
        return NewRow(
            external_id=row.external_id,
            number=head.number + 1 if head else 1,
            kind=Entry.CANCELLATION if row.content is None else kind,
            content=content,
            reason=row.reason,
            supersedes_id=head.id if head else None,
        )

    def _remember(self, id_: int, new: NewRow) -> None:
        chain = self._chains.setdefault(new.external_id, [])
        if chain:
            self._touched.append(chain[-1].content)
        self._touched.append(new.content)
        chain.append(Revision(id_, new.number, new.kind, new.content))


def _result(
    index: int, row: Row, status: Status, activity_id: int | None, *issues: Issue
) -> RowResult:
    return RowResult(index, row.external_id, status, activity_id, (*row.issues, *issues))


def _waves(rows: Sequence[Row]) -> list[list[tuple[int, Row]]]:
    """The rows in waves: the n-th row of an id is in wave n, so that no wave repeats an id."""
    seen: dict[str, int] = {}
    waves: list[list[tuple[int, Row]]] = []
    for index, row in enumerate(rows):
        wave = seen.get(row.external_id, 0) if row.external_id else 0  # one without id is invalid
        seen[row.external_id] = wave + 1
        if wave == len(waves):
            waves.append([])
        waves[wave].append((index, row))
    return waves


def mark_touched(contents: Iterable[Content]) -> None:
    """Mark the cells of these records for recomputing, and wake the worker after commit."""
    zone = people.company().tz
    cells = {
        (part.person_id, content.occurred_at.astimezone(zone).date())
        for content in contents
        for part in content.credits
    }
    touch(cells)


def touch(cells: Collection[tuple[int, date]]) -> None:
    """Mark people's days for recomputing, and wake the worker after commit."""
    if not cells:
        return
    copy_touched(sorted(set(cells)))
    transaction.on_commit(_wake_worker, robust=True)


def _wake_worker() -> None:
    """Tell the worker; a broker that is down only delays the figures until the sweep."""
    try:
        current_app.send_task("kpis.recompute_touched", retry=False)
    except Exception:  # noqa: BLE001 - whatever the broker raises, the record is safe
        _log.warning("the broker is away; the sweep will recompute", exc_info=True)
