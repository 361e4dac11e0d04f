"""What happened to deals after they were credited: money, cancellations, milestones.

Money is an activity of the type `payment_received` with a reference to the deal; a milestone an
activity of the type of that name, or a stage of it. A deal is cancelled when its stage says so.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection

from activities.crediting import CreditRow, credits_where
from activities.queries import counted_sql

PAYMENT = "payment_received"
Id = tuple[str, str]
"""Source and id there."""


class Dealing(NamedTuple):
    """One thing that happened to the deal of a record; `amount_minor` is of the whole deal."""

    source: str
    external_id: str
    event: str
    name: str
    at: datetime
    amount_minor: int | None
    currency: str


_STAGE = (
    "NOT s.withdrawn AND s.recorded_at <= %s AND NOT EXISTS (SELECT 1 FROM activities_dealstage"
    " later WHERE later.supersedes_id = s.id AND later.recorded_at <= %s)"
)


def dealings(
    records: Collection[Id],
    end: datetime,
    *,
    milestones: Collection[str] = (),
    as_known_at: datetime | None = None,
) -> list[Dealing]:
    """What happened before `end` to the deals of these records, by moment. One query.

    As the log and the stages stood at `as_known_at`.
    """
    if not records:
        return []
    condition, known = counted_sql("p", as_known_at=as_known_at)
    at = as_known_at or "infinity"
    statement = (  # only fixed text is joined
        "WITH wanted AS (SELECT DISTINCT w.source, w.external_id, a.deal_id"  # noqa: S608 - names of our own tables and columns; values are parameters
        " FROM unnest(%s::text[], %s::text[]) w(source, external_id)"
        " JOIN activities_activity a ON a.source = w.source AND a.external_id = w.external_id"
        " WHERE a.deal_id IS NOT NULL)"
        " SELECT w.source, w.external_id,"
        " CASE p.type_id WHEN %s THEN 'collected' ELSE 'milestone' END,"
        " CASE p.type_id WHEN %s THEN '' ELSE p.type_id END, p.occurred_at, p.amount_minor,"
        " p.currency FROM wanted w JOIN activities_activity p ON p.deal_id = w.deal_id"
        f" WHERE p.type_id = ANY(%s) AND p.occurred_at < %s AND {condition}"
        " UNION ALL SELECT w.source, w.external_id,"
        " CASE s.stage WHEN 'cancelled' THEN 'cancelled' ELSE 'milestone' END,"
        " CASE s.stage WHEN 'cancelled' THEN '' ELSE s.stage END, s.entered_at, NULL, ''"
        " FROM wanted w JOIN activities_dealstage s ON s.deal_id = w.deal_id"
        f" WHERE s.stage = ANY(%s) AND s.entered_at < %s AND {_STAGE}"
        " ORDER BY 5, 1, 2, 3, 4, 6"
    )
    sources, ids = zip(*sorted(records), strict=True)
    names = sorted(milestones)
    params = [
        list(sources), list(ids), PAYMENT, PAYMENT, [PAYMENT, *names], end, *known,
        ["cancelled", *names], end, at, at,
    ]  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return list(map(Dealing._make, cursor.fetchall()))


def cancelled_later(
    start: datetime,
    end: datetime,
    *,
    person_ids: Collection[int],
    type_keys: Collection[str],
    as_known_at: datetime | None = None,
) -> list[CreditRow]:
    """Credits of `[start, end)` whose deal was cancelled at `end` or after: they were real then.

    The log counts them no more; a rule that takes back by the date of the cancellation does. One
    query, rows as `credits_between` gives them.
    """
    at = as_known_at or "infinity"
    condition = (
        "a.kind <> 'cancellation' AND a.recorded_at <= %s AND EXISTS ("  # noqa: S608 - fixed text
        "SELECT 1 FROM activities_activity gone WHERE gone.supersedes_id = a.id"
        " AND gone.kind = 'cancellation' AND gone.recorded_at <= %s AND NOT EXISTS ("
        "SELECT 1 FROM activities_activity again WHERE again.supersedes_id = gone.id"
        " AND again.recorded_at <= %s)) AND EXISTS ("
        "SELECT 1 FROM activities_dealstage s WHERE s.deal_id = a.deal_id"
        f" AND s.stage = 'cancelled' AND s.entered_at >= %s AND {_STAGE})"
    )
    return credits_where(
        condition, [at, at, at, end, at, at], start, end, person_ids=person_ids, type_keys=type_keys
    )


def people_with_dealings(
    start: datetime,
    end: datetime,
    *,
    milestones: Collection[str],
    since: datetime,
    until: datetime,
) -> frozenset[int]:
    """To whom deals are credited of which something in `[start, end)` became known since.

    That is: payments, milestones and stages that were recorded, or superseded, after `since` and by
    `until`. One query.
    """
    known = "{row}.recorded_at > %s AND {row}.recorded_at <= %s"
    parts: list[str] = []
    params: list[Any] = []
    names: Sequence[str] = sorted(milestones)
    for table, column, moment, wanted in (
        ("activities_activity", "type_id", "occurred_at", [PAYMENT, *names]),
        ("activities_dealstage", "stage", "entered_at", ["cancelled", *names]),
    ):
        about = f"a.{column} = ANY(%s) AND a.{moment} >= %s AND a.{moment} < %s"
        parts += [
            f"SELECT a.deal_id FROM {table} a WHERE {known.format(row='a')} AND {about}",  # noqa: S608 - names of our own tables and columns; values are parameters
            f"SELECT a.deal_id FROM {table} later JOIN {table} a ON a.id = later.supersedes_id"  # noqa: S608 - names of our own tables and columns; values are parameters
            f" WHERE {known.format(row='later')} AND {about}",
        ]
        params += [since, until, wanted, start, end] * 2
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT c.person_id FROM activities_credit c"  # noqa: S608 - names of our own tables and columns; values are parameters
            " JOIN activities_activity r ON r.id = c.activity_id"
            f" WHERE r.deal_id IN ({' UNION '.join(parts)})",
            params,
        )
        return frozenset(row[0] for row in cursor.fetchall())
