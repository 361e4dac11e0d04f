"""When records became known, beside when they happened."""

from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from kpis.engine.fragments import Sql, rows_of
from kpis.queries.versions import types_counted

Arrival = tuple[str, date, date | None, int, int]
"""Source, day of arrival, day on which it happened (None: before `since`), how late in tenths of a
minute, and how many records that is true of."""


def arrivals(
    metric_keys: Collection[str],
    person_ids: Collection[int],
    since: datetime,
    until: datetime,
    *,
    zone: str,
    frozen: Mapping[str, Any] | None = None,
) -> list[Arrival]:
    """The first tellings of what these metrics count, of these people, that arrived from `since` to
    `until`; later revisions are not among them. Days are those of `zone`. What is later than the
    whole stretch is told as one tenth later than it.

    `frozen` as for `types_counted`; empty where a metric is unknown. Two queries.
    """
    types = types_counted(metric_keys, frozen)
    if types is None:
        return []
    most = (until - since) // timedelta(seconds=6) + 1
    return rows_of(
        Sql(
            "SELECT source, (recorded_at AT TIME ZONE %s)::date AS arrived_on,"
            " CASE WHEN occurred_at >= %s THEN (occurred_at AT TIME ZONE %s)::date END,"
            " least(greatest(floor(extract(epoch FROM recorded_at - occurred_at) / 6), 0), %s)"
            "::bigint, count(*) FROM activities_activity a"
            " WHERE kind = 'record' AND type_id = ANY(%s) AND recorded_at >= %s"
            " AND recorded_at <= %s AND occurred_at <= %s AND EXISTS (SELECT 1 FROM"
            " activities_credit c WHERE c.activity_id = a.id AND c.person_id = ANY(%s))"
            " GROUP BY 1, 2, 3, 4",
            (zone, since, zone, most, types, since, until, until, sorted(person_ids)),
        )
    )
