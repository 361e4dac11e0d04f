"""When a row is known, so that "as known at T" is a line that nothing crosses afterwards.

Every writer of the log first takes one advisory lock in *shared* mode (writers do not wait for
each other) and only then reads the database's clock for its `recorded_at`. Who needs a moment T to
freeze by takes the same lock *exclusively* for an instant: that waits until every writer that may
hold a moment before T has committed. So all rows with `recorded_at <= T` are visible from then on,
and every later writer gets a later moment. Without the lock a long import could commit, after a pay
run has read, rows that claim to have been known before it.
"""

from datetime import UTC, datetime, timedelta

from django.db import OperationalError, connection, transaction
from psycopg.errors import LockNotAvailable

from kernel.issues import N_, Invalid, error

# one number for the whole log; any constant that no other advisory lock of the product uses
_LOG_LOCK = 7_366_017_001
PATIENCE = timedelta(seconds=15)
"""How long somebody who presses a button is let wait for an import."""


def write_moment() -> datetime:
    """The moment that this transaction's rows are known from. Call it before reading the log."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(%s)", [_LOG_LOCK])
        return _now()


def freeze_moment(patience: timedelta = PATIENCE) -> datetime:
    """A moment T: all rows with `recorded_at <= T` are visible to statements that start now.

    Waits for running writers; `Invalid` when one of them, a long import, takes longer than
    `patience`. The lock is let go at once (a session lock, so that also inside a longer transaction
    nobody waits for its end); needs READ COMMITTED, which is the default.
    """
    try:
        # a transaction or savepoint of its own: the time-out is forgotten with it
        with transaction.atomic(), connection.cursor() as cursor:
            milliseconds = int(patience / timedelta(milliseconds=1))
            cursor.execute("SELECT set_config('lock_timeout', %s, true)", [f"{milliseconds}ms"])
            cursor.execute("SELECT pg_advisory_lock(%s)", [_LOG_LOCK])
            moment = _now()
            cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOG_LOCK])
            cursor.execute("SET LOCAL lock_timeout TO DEFAULT")
            return moment
    except OperationalError as problem:
        if not isinstance(problem.__cause__, LockNotAvailable):
            raise
        raise Invalid(
            error(
                "log.being_written",
                N_("Records are being imported at this moment, and it is taking long."),
                N_("Wait until the import has finished, then try again."),
            )
        ) from problem


def _now() -> datetime:
    # the database's clock: web servers' clocks differ, and a transaction's now() is too old
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        row = cursor.fetchone()
    moment: datetime = row[0]
    return moment.astimezone(UTC)
