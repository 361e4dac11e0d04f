"""Who is credited with what: the rows that pay is calculated from."""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection

from activities.queries import counted_sql


class CreditRow(NamedTuple):
    """One person's part of a record that counts, with what a pay rule may ask about it.

    `closed_at` is the moment in UTC as text that sorts by time. `amount_minor` is the person's
    allocated part; `record_amount_minor` the whole record's.
    """

    person_id: int
    source: str
    external_id: str
    type_key: str
    closed_at: str
    share: Decimal
    amount_minor: int | None
    record_amount_minor: int | None
    currency: str
    account: str | None
    product: str | None
    series: str | None
    deal: str | None
    attributes: str


def moment_text(moment: datetime) -> str:
    """A moment in the form of `CreditRow.closed_at`."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def credits_between(
    start: datetime,
    end: datetime,
    *,
    person_ids: Collection[int],
    type_keys: Collection[str],
    as_known_at: datetime | None = None,
) -> list[CreditRow]:
    """Counted credits with `start <= occurred_at < end`, by person, moment and source id.

    One query; `as_known_at` gives them as the log stood at that moment. Pay runs read millions of
    these: the rows are plain tuples, and `attributes` is the text of a JSON table.
    """
    condition, known = counted_sql("a", as_known_at=as_known_at)
    return credits_where(condition, known, start, end, person_ids=person_ids, type_keys=type_keys)


def credits_where(
    condition: str,
    known: Sequence[Any],
    start: datetime,
    end: datetime,
    *,
    person_ids: Collection[int],
    type_keys: Collection[str],
) -> list[CreditRow]:
    """Credits whose record, `a`, meets a condition of this room's own; see `credits_between`."""
    statement = (  # only fixed text is joined: `condition` is one of a few constants
        "SELECT c.person_id, a.source, a.external_id, a.type_id,"  # noqa: S608 - names of our own tables and columns; values are parameters
        " to_char(a.occurred_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US') || '+00:00',"
        " c.share, c.amount_minor, a.amount_minor, a.currency, acc.name, p.name, p.series,"
        " a.deal, a.attributes::text"
        # OFFSET 0 keeps the planner from reading the whole log for the records of a few people
        " FROM activities_credit c CROSS JOIN LATERAL ("
        " SELECT a.*, d.external_id AS deal FROM activities_activity a"
        " LEFT JOIN activities_deal d ON d.id = a.deal_id"
        f" WHERE a.id = c.activity_id AND a.type_id = ANY(%s) AND {condition} OFFSET 0) a"
        " LEFT JOIN activities_account acc ON acc.id = a.account_id"
        " LEFT JOIN activities_product p ON p.id = a.product_id"
        " WHERE c.person_id = ANY(%s) AND c.occurred_at >= %s AND c.occurred_at < %s"
        " ORDER BY c.person_id, a.occurred_at, a.source, a.external_id"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [list(type_keys), *known, list(person_ids), start, end])
        return list(map(CreditRow._make, cursor.fetchall()))


def people_sharing(
    start: datetime,
    end: datetime,
    *,
    person_ids: Collection[int],
    as_known_at: datetime | None = None,
) -> frozenset[int]:
    """Who else is credited with counted records of these people, `start <= occurred_at < end`.

    One query.
    """
    condition, known = counted_sql("a", as_known_at=as_known_at)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT other.person_id FROM activities_credit c CROSS JOIN LATERAL ("  # noqa: S608 - `condition` is one of a few constants
            " SELECT a.id FROM activities_activity a"
            f" WHERE a.id = c.activity_id AND c.share <> 1 AND {condition} OFFSET 0) a"
            " JOIN activities_credit other ON other.activity_id = a.id"
            " WHERE c.person_id = ANY(%s) AND c.occurred_at >= %s AND c.occurred_at < %s",
            [*known, list(person_ids), start, end],
        )
        return frozenset(row[0] for row in cursor.fetchall()) - frozenset(person_ids)


def names_since(known: Mapping[str, Sequence[int]] | None = None) -> dict[str, list[int]]:
    """What customers and products are called, as a check sum: `{table: [last id, sum]}`.

    Names keep no moment of recording, so this is how a reader notices that one has changed. With
    `known`, an earlier answer, only the rows of then are looked at. One query.
    """
    parts, params = [], []
    for table, words in _NAMED.items():
        parts.append(
            f"SELECT '{table}', coalesce(max(id), 0),"  # noqa: S608 - fixed text only
            f" coalesce(sum(hashtextextended(ROW(id, {words})::text, 0)), 0)::text"
            f" FROM activities_{table} WHERE %s::bigint IS NULL OR id <= %s"
        )
        last = None if known is None else known[table][0]
        params += [last, last]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts), params)
        return {table: [last, int(total)] for table, last, total in cursor.fetchall()}


_NAMED = {"account": "name", "product": "name, series, list_price_minor"}
