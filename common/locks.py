"""Locks that live as long as the transaction: PostgreSQL's advisory locks, nothing else."""

from django.db import connection


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
