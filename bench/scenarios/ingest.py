"""50,000 rows through the service and the importer, beside a raw COPY of the same rows."""

import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from django.db import connection

from activities.importing.mapping import required_kind
from activities.importing.running import run_import
from activities.inputs import ActivityInput
from activities.services import record_activities
from bench import data
from bench.figures import Figure, Scale, ratio, timed

ROWS, PEOPLE, CALL = 50_000, 60, 5_000
_FIRST = datetime(2026, 1, 5, 8, tzinfo=UTC)
_TYPES = ("call", "email", "meeting_held", "proposal_sent")


def run(scale: Scale) -> Iterator[Figure]:
    """New rows, the same rows again, a file; each against COPY in the same run."""
    size = scale.of(ROWS)
    numbers = [one.number for one in data.crew(PEOPLE)]
    rows = [_row(n, numbers) for n in range(size)]
    new, created = timed(lambda: _record(rows))
    again, unchanged = timed(lambda: _record(rows))
    if (created, unchanged) != ({"created": size}, {"unchanged": size}):
        raise AssertionError(f"recorded {created}, then {unchanged}")
    copy = _raw_copy(size)
    content = _file(rows)
    _clear_log()
    imported, report = timed(lambda: _import(content))
    if report != {"created": size}:
        raise AssertionError(f"imported {report}")
    yield Figure("raw COPY of activities and credits, unlogged", size / copy, "rows/s")
    yield Figure(f"record_activities, {CALL:,} rows a call", size / new, "rows/s")
    yield Figure("the same rows again (unchanged)", size / again, "rows/s")
    yield Figure("CSV through the importer", size / imported, "rows/s", f"{len(content):,} bytes")
    yield ratio("record_activities against COPY", new, copy)
    yield ratio("importer against COPY", imported, copy)


def _row(n: int, numbers: list[str]) -> ActivityInput:
    return ActivityInput(
        external_id=f"i{n}",
        type=_TYPES[n % len(_TYPES)],
        occurred_at=_FIRST + timedelta(minutes=n * 5),
        person=numbers[n * 7919 % len(numbers)],
        account=f"acc{n % 500}",
    )


def _record(rows: list[ActivityInput]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for start in range(0, len(rows), CALL):
        part = rows[start : start + CALL]
        for result in record_activities(actor=None, source="bench", records=part):
            counts[result.status.value] = counts.get(result.status.value, 0) + 1
    return counts


def _raw_copy(size: int) -> float:
    """Seconds to COPY the rows as they are stored into tables that have no index and no log."""
    seconds = 0.0
    with connection.cursor() as cursor:
        for table in ("activities_activity", "activities_credit"):
            with cursor.copy(f"COPY {table} TO STDOUT") as out:
                held = b"".join(bytes(block) for block in out)
            cursor.execute(f"CREATE UNLOGGED TABLE bench_copy (LIKE {table})")
            taken, _ = timed(lambda: _copy_in(held))  # noqa: B023 - called at once, in the same turn
            seconds += taken
            if data.row_count("bench_copy") != size:
                raise AssertionError("COPY lost rows")
            cursor.execute("DROP TABLE bench_copy")
    return seconds


def _copy_in(held: bytes) -> None:
    with connection.cursor() as cursor, cursor.copy("COPY bench_copy FROM STDIN") as into:
        into.write(held)


def _clear_log() -> None:
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE activities_activity, activities_touchedday CASCADE")


def _file(rows: list[ActivityInput]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(("external_id", "type", "occurred_at", "person", "account"))
    for row in rows:
        moment = row.occurred_at.isoformat() if row.occurred_at else ""
        writer.writerow((row.external_id, row.type, moment, row.person, row.account))
    return text.getvalue().encode()


def _import(content: bytes) -> dict[str, int]:
    report = run_import(
        actor=None, kind=required_kind("activities"), content=content, file_name="bench.csv"
    )
    return report.counts
