"""The only writer of the log: records, corrections, cancellations; nothing is updated in place."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from django.db import transaction

from activities.contents import References, content_of
from activities.freezing import write_moment
from activities.inputs import ActivityInput, Entry, RowResult, Status
from activities.models import ImportBatch
from activities.references import Accounts, People, Products, Types, deal_ids
from activities.revisions import Wish
from activities.services.statistics import refresh_statistics
from activities.services.writing import (
    RESERVED_PREFIX,
    LogWriter,
    Row,
    lock_ids,
)
from common import audit
from kernel.issues import N_, Invalid, Issue, Place, error
from people import queries as people
from people.models import User

LONGEST_ID, LONGEST_SOURCE = 200, 40


def record_activities(
    *,
    actor: User | None,
    source: str,
    records: Sequence[ActivityInput],
    batch: ImportBatch | None = None,
    atomic: bool = False,
    recorded_at: datetime | None = None,
    told_after: timedelta | None = None,
) -> list[RowResult]:
    """Write what can be written, in one transaction, and say for each row what became of it.

    Idempotent by (source, external id): the same content again is `unchanged`, other content under
    a known id is rejected unless the row is a correction. Rows are taken in their order, so one
    call may hold a record and its correction. With `atomic`, one rejected row withholds all.
    `recorded_at` is for made-up histories (demo, tests) only; it defaults to the database's clock.
    So is `told_after`: with it a new record is known so long after it happened, at the latest then.
    """
    try:
        with transaction.atomic():
            return _record(actor, source, records, batch, atomic, recorded_at, told_after)
    except WithheldError as withheld:
        return withheld.results


class WithheldError(Exception):
    """Takes back an atomic call, and carries its results out of the transaction."""

    def __init__(self, results: list[RowResult]) -> None:
        super().__init__()
        self.results = [_withheld(result) for result in results]


def _withheld(result: RowResult) -> RowResult:
    if result.is_rejected:
        return result
    return RowResult(result.index, result.external_id, Status.WITHHELD, None, result.issues)


def _record(
    actor: User | None,
    source: str,
    records: Sequence[ActivityInput],
    batch: ImportBatch | None,
    atomic: bool,
    recorded_at: datetime | None,
    told_after: timedelta | None,
) -> list[RowResult]:
    lock_ids(source, (row.external_id for row in records))
    moment = write_moment()
    refs = references_for(source, records, batch, moment)
    log = LogWriter(source, actor, batch, recorded_at or moment, told_after)
    results = log.write(_wishes(source, records, refs))
    if atomic and any(result.is_rejected for result in results):
        raise WithheldError(results)
    if any(result.status not in (Status.UNCHANGED, Status.REJECTED) for result in results):
        audit.record(
            actor=actor,
            action="activities.record",
            subject=batch or ("activities.source", source),
            after=counts_of(results),
        )
    refresh_statistics(sum(result.status is Status.CREATED for result in results))
    return results


def counts_of(results: Iterable[RowResult]) -> dict[str, object]:
    """How many rows had each outcome; only outcomes that occurred."""
    counts: dict[str, int] = {}
    for result in results:
        counts[result.status.value] = counts.get(result.status.value, 0) + 1
    return dict(sorted(counts.items()))


def references_for(
    source: str, rows: Iterable[ActivityInput], batch: ImportBatch | None, now: datetime
) -> References:
    """What these rows may refer to; accounts that are new are made."""
    rows = [row for row in rows if row.kind is not Entry.CANCELLATION]
    return References(
        people=People(one.person for row in rows for one in row.shares),
        types=Types(),
        accounts=Accounts((row.account for row in rows), batch),
        products=Products(),
        deals=deal_ids(source, (row.deal for row in rows)),
        currency=people.company().currency,
        now=now,
    )


def _wishes(source: str, records: Sequence[ActivityInput], refs: References) -> list[Row]:
    return [_wish(source, row, refs) for row in records]


def _wish(source: str, row: ActivityInput, refs: References) -> Row:
    wish = Wish(row.kind.value)
    issues = _id_issues(source, row)
    content = None
    if row.kind is not Entry.CANCELLATION:
        content, more = content_of(row, refs)
        issues = (*issues, *more)
    refused = bool(row.unread)
    return Row(row.external_id, wish, content, row.reason, issues, row.place, refused)


def _id_issues(source: str, row: ActivityInput) -> tuple[Issue, ...]:
    place = row.place.under("external_id")
    if not row.external_id:
        return (
            error(
                "missing_id",
                N_("The id of the record is missing."),
                N_("Give the id that the record has in its source; it makes sending again safe."),
                place,
            ),
        )
    if len(row.external_id) > LONGEST_ID or not 0 < len(source) <= LONGEST_SOURCE:
        return (
            error(
                "id_too_long",
                N_("The id or the name of the source is too long or empty."),
                N_("At most 200 characters for the id and 40 for the source."),
                place,
            ),
        )
    if row.external_id.startswith(RESERVED_PREFIX):
        return (
            error(
                "reserved_id",
                N_('Ids that begin with "deal:" belong to the deals.'),
                N_("Send the deal itself, or use another id."),
                place,
            ),
        )
    return ()


def correct_activity(
    *, actor: User | None, source: str, record: ActivityInput, reason: str
) -> RowResult:
    """Replace what counts for `record.external_id` by `record`; `Invalid` when that cannot be."""
    corrected = _as(record, Entry.CORRECTION, reason)
    return _single(record_activities(actor=actor, source=source, records=[corrected]))


def cancel_activity(*, actor: User | None, source: str, external_id: str, reason: str) -> RowResult:
    """Make the record not count any more, saying why; `Invalid` without a reason or a record."""
    gone = ActivityInput(external_id, kind=Entry.CANCELLATION, reason=_required_reason(reason))
    return _single(record_activities(actor=actor, source=source, records=[gone]))


def _as(record: ActivityInput, kind: Entry, reason: str) -> ActivityInput:
    return replace(record, kind=kind, reason=_required_reason(reason))


def _required_reason(reason: str) -> str:
    if not reason.strip():
        raise Invalid(
            error(
                "missing_reason",
                N_("The reason is missing."),
                N_("Say in a few words why; the people concerned will read it."),
                Place(path="reason"),
            )
        )
    return reason.strip()


def _single(results: Sequence[RowResult]) -> RowResult:
    result = results[0]
    if result.is_rejected:
        raise Invalid(result.issues)
    return result
