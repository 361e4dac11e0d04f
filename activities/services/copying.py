"""Rows into the log by COPY: a few times faster than statements built by the ORM.

Keys, constraints and triggers are checked as for an INSERT. The columns are named here, so a new
one of the models must be added here too; one without a default in the database would fail at once.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from json import dumps

from django.db import connection
from django.utils import timezone

from activities.inputs import Entry
from activities.revisions import Content

_ACTIVITY = (
    "COPY activities_activity (id, source, external_id, revision, kind, type_id, occurred_at,"
    " recorded_at, account_id, deal_id, product_id, amount_minor, currency, attributes, reason,"
    " supersedes_id, batch_id, recorded_by_id) FROM STDIN"
)
_CREDIT = (
    "COPY activities_credit (activity_id, person_id, share, amount_minor, occurred_at, type_id,"
    " account_id) FROM STDIN"
)
_TOUCHED = "COPY activities_touchedday (person_id, day, marked_at) FROM STDIN"


@dataclass(frozen=True, slots=True)
class NewRow:
    """A revision to be written; `content` of a cancellation is what it cancels."""

    external_id: str
    number: int
    kind: Entry
    content: Content
    reason: str
    supersedes_id: int | None


@dataclass(frozen=True, slots=True)
class Origin:
    """What all rows of one call have in common. With `told_after` (made-up histories) a first
    revision is known so long after it happened, at the latest at `recorded_at`."""

    source: str
    recorded_at: datetime
    batch_id: int | None
    actor_id: int | None
    told_after: timedelta | None = None

    def known_at(self, row: NewRow) -> datetime:
        """Since when a revision is known."""
        if self.told_after is None or row.number > 1:
            return self.recorded_at
        return min(self.recorded_at, row.content.occurred_at + self.told_after)


def copy_activities(origin: Origin, rows: Sequence[NewRow]) -> list[int]:
    """Write the rows with their credits; their ids, in order. A cancellation has no credits."""
    ids = _new_ids(len(rows))
    numbered = list(zip(ids, rows, strict=True))
    _copy(_ACTIVITY, (_activity(origin, id_, row) for id_, row in numbered))
    _copy(_CREDIT, (credit for id_, row in numbered for credit in _credits(id_, row)))
    return ids


def copy_touched(cells: Iterable[tuple[int, date]]) -> None:
    """Mark people's days."""
    now = timezone.now()
    _copy(_TOUCHED, ((person_id, day, now) for person_id, day in cells))


def _activity(origin: Origin, id_: int, row: NewRow) -> tuple[object, ...]:
    content = row.content
    return (
        id_,
        origin.source,
        row.external_id,
        row.number,
        row.kind.value,
        content.type,
        content.occurred_at,
        origin.known_at(row),
        content.account_id,
        content.deal_id,
        content.product_id,
        content.amount_minor,
        content.currency,
        dumps(dict(content.attributes)) if content.attributes else "{}",
        row.reason,
        row.supersedes_id,
        origin.batch_id,
        origin.actor_id,
    )


def _credits(id_: int, row: NewRow) -> Iterator[tuple[object, ...]]:
    if row.kind is not Entry.CANCELLATION:
        content = row.content
        same = content.occurred_at, content.type, content.account_id
        for part in content.credits:
            yield id_, part.person_id, part.share, part.amount_minor, *same


def _new_ids(count: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence('activities_activity', 'id'))"
            " FROM generate_series(1, %s)",
            [count],
        )
        return sorted(row[0] for row in cursor.fetchall())


def _copy(statement: str, rows: Iterable[tuple[object, ...]]) -> None:
    # the wrapper gives Django's IntegrityError and DataError, as its own statements do
    with (
        connection.wrap_database_errors,
        connection.cursor() as cursor,
        cursor.copy(statement) as copy,
    ):
        for row in rows:
            copy.write_row(row)
