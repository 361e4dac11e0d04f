"""Locks that live as long as the transaction: PostgreSQL's advisory locks, nothing else."""

from collections.abc import Collection

from django.db import connection


def try_transaction_lock(namespace: str, *ids: object) -> bool:
    """Take one lock, of the namespace and all ids together, unless somebody holds it.

    Held until commit or rollback. Must run inside `transaction.atomic()`, as `transaction_lock`.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("try_transaction_lock needs a transaction")
    name = ":".join(map(str, (namespace, *ids)))
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [name])
        row = cursor.fetchone()
    return bool(row[0])


def transaction_lock(namespace: str, *ids: object) -> None:
    """Wait for, and hold until commit or rollback, the lock of each (namespace, id).

    Without ids the whole namespace is one lock. Ids are taken in sorted order, so that two
    transactions that want the same set never wait for each other. Must run inside
    `transaction.atomic()`; outside it the lock would be gone at once, so `RuntimeError`.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("transaction_lock needs a transaction")
    names = sorted({f"{namespace}:{one}" for one in ids} or {namespace})
    with connection.cursor() as cursor:
        # the array keeps its order; a plain ORDER BY may lock before it sorts
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(name, 0))"
            " FROM unnest(%s::text[]) WITH ORDINALITY AS wanted(name, position)",
            [names],
        )


def held_elsewhere(namespace: str, ids: Collection[int]) -> frozenset[int]:
    """Of which ids somebody else holds, or waits for, the `transaction_lock` at this moment.

    Nothing is waited for and nothing stays locked. Of any other id: whatever a holder of before has
    done is visible to the next statement, and a holder of later has yet to begin.
    """
    with connection.cursor() as cursor:
        # a session lock, let go in the same breath: it must not stay to the end of a transaction
        cursor.execute(
            "SELECT id FROM (SELECT id, hashtextextended(%s || ':' || id, 0) AS key"
            " FROM unnest(%s::bigint[]) AS wanted(id)) known WHERE NOT CASE"
            " WHEN pg_try_advisory_lock_shared(key) THEN pg_advisory_unlock_shared(key)"
            " ELSE false END",
            [namespace, sorted(ids)],
        )
        return frozenset(row[0] for row in cursor.fetchall())
