"""Recompute cells from the log: always whole, never by adding to what is stored.

Who calls holds the lock of the persons (see `kpis.services.live`), so that the statement here,
which starts after the lock, sees everything that was committed before, and nobody else writes
these cells meanwhile.
"""
# ruff: noqa: S608 - the texts are fixed here; every value travels as a parameter in `Sql`

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.db import connection

from activities.queries import counted_sql
from kernel.periods import Period, Window, start_of_day
from kpis.calc.metrics import Definition, is_additive
from kpis.engine.fragments import Sql, joined, rows_of
from kpis.engine.measures import of_type

ONE = timedelta(days=1)
Mark = tuple[int, date]
"""A person and a business day."""


@dataclass(frozen=True, slots=True, order=True)
class CellRow:
    """A cell by value, to compare."""

    person_id: int
    day: date
    metric_key: str
    value: Decimal


def refresh(
    marks: Sequence[Mark], metrics: Mapping[str, Definition], tz: ZoneInfo, *, alone: bool = False
) -> int:
    """Make the cells of `marks` equal to the log, in one statement; how many rows changed.

    `metrics` are all there are, so that other cells are gone; or `alone` those that are looked at.
    """
    if not marks:
        return 0
    part = _at_marks(marks, tz)
    if alone:
        own = Sql(") held WHERE metric_key = ANY(%s)", (sorted(metrics),))
        part = replace(part, held="SELECT * FROM (" + part.held + own)
    return sum(_changed(_fresh(part, metrics) + ", ", part.held).values())


def rebuild(
    period: Period, person_ids: Sequence[int], metrics: Mapping[str, Definition], tz: ZoneInfo
) -> dict[Mark, int]:
    """Make all cells of these people in the period equal to the log.

    The log is read once from end to end, not mark by mark. How many rows changed of which person
    and day; inside a transaction.
    """
    part = _in_period(period, person_ids, metrics, tz)
    with connection.cursor() as cursor:
        # of 1,000 people a month has a million records, which would be sorted on the disk
        cursor.execute("SET LOCAL work_mem = '64MB'")
        # a statement that only reads may be shared out to workers, one that writes cells may not
        fresh = (
            "CREATE TEMPORARY TABLE fresh ON COMMIT DROP AS WITH "
            + _fresh(part, metrics)
            + " SELECT * FROM fresh"
        )
        cursor.execute(fresh.text, fresh.params)
        there_are_some = rows_of("SELECT FROM (" + part.held + ") held LIMIT 1")
        changed = _changed(Sql(""), part.held) if there_are_some else _written()
        cursor.execute("DROP TABLE fresh")
    return changed


def _written() -> dict[Mark, int]:
    """The same of the table `fresh` where there are no cells: nothing to compare or to replace."""
    columns = "person_id, day, metric_key, value"
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO kpis_cell ({columns}) SELECT {columns} FROM fresh")
    counts = Sql("SELECT person_id, day, count(*) FROM fresh GROUP BY person_id, day")
    return {(person, day): count for person, day, count in rows_of(counts)}


def computed(
    period: Period, person_ids: Sequence[int], metrics: Mapping[str, Definition], tz: ZoneInfo
) -> list[CellRow]:
    """What the cells of these people should be by the log, without writing; in unique order."""
    return _cell_rows(
        "WITH "
        + _fresh(_in_period(period, person_ids, metrics, tz), metrics)
        + " SELECT person_id, day, metric_key, value FROM fresh"
        " ORDER BY person_id, day, metric_key"
    )


def stored(period: Period, person_ids: Sequence[int]) -> list[CellRow]:
    """The cells as they are, in unique order."""
    columns = Sql("SELECT person_id, day, metric_key, value FROM (")
    return _cell_rows(columns + _held(period, person_ids) + ") held ORDER BY 1, 2, 3")


def marks_of_metric(
    metric_key: str, person_ids: Sequence[int], types: Sequence[str], tz: ZoneInfo
) -> list[Mark]:
    """The days on which these people have a credit of a record of one of the types, or a cell of
    the metric, as of another definition that it had."""
    return [
        (person, day)
        for person, day in rows_of(
            Sql(
                "SELECT DISTINCT c.person_id, (c.occurred_at AT TIME ZONE %s)::date"
                " FROM activities_credit c JOIN activities_activity a ON a.id = c.activity_id"
                " WHERE c.person_id = ANY(%s) AND a.type_id = ANY(%s)"
                " UNION SELECT person_id, day FROM kpis_cell"
                " WHERE person_id = ANY(%s) AND metric_key = %s",
                (tz.key, list(person_ids), sorted(types), list(person_ids), metric_key),
            )
        )
    ]


def people_in(period: Period, tz: ZoneInfo) -> list[int]:
    """Everybody who has a credit in the log or a cell in the period, in order."""
    window = Window.of(period, tz)
    return [
        person
        for (person,) in rows_of(
            Sql(
                "SELECT person_id FROM activities_credit WHERE occurred_at >= %s"
                " AND occurred_at < %s UNION SELECT person_id FROM kpis_cell"
                " WHERE day >= %s AND day < %s ORDER BY person_id",
                (window.start, window.end, period.start, period.end),
            )
        )
    ]


def days_of_all(tz: ZoneInfo) -> Period | None:
    """The days that have a credit in the log or a cell, and no more than one beside them."""
    ((start, last),) = rows_of(
        Sql(
            "SELECT min(day), max(day) FROM (SELECT min(day) AS day FROM kpis_cell"
            " UNION ALL SELECT max(day) FROM kpis_cell UNION ALL"
            " SELECT (unnest(ARRAY[min(occurred_at), max(occurred_at)]) AT TIME ZONE %s)::date"
            " FROM activities_credit) ends",
            (tz.key,),
        )
    )
    # where midnight comes twice, PostgreSQL may take the other one
    return None if start is None else Period(start - ONE, last + 2 * ONE)


@dataclass(frozen=True, slots=True)
class _Part:
    """A part of the log and the cells that belong to it, as pieces of one statement."""

    facts: Sql
    """Named queries, of which `facts` has one row per counted credit."""
    held: Sql
    """A query of the cells as they are."""


def _changed(fresh: Sql, held: Sql) -> dict[Mark, int]:
    """Make the cells `held` those of `fresh`, a named query or else a table."""
    # EXCEPT compares all at once whatever the planner expects; a join of `fresh` and `held`, of
    # which it knows nothing, was looked up row by row
    statement = (
        "WITH "
        + fresh
        + "held AS MATERIALIZED ("
        + held
        + "), gone AS (DELETE FROM kpis_cell WHERE id = ANY(ARRAY(SELECT h.id FROM held h"
        " WHERE NOT EXISTS (SELECT 1 FROM fresh f WHERE f.person_id = h.person_id"
        " AND f.day = h.day AND f.metric_key = h.metric_key))) RETURNING person_id, day),"
        " put AS (INSERT INTO kpis_cell (person_id, day, metric_key, value)"
        " SELECT person_id, day, metric_key, value FROM fresh"
        " EXCEPT SELECT person_id, day, metric_key, value FROM held"
        " ON CONFLICT (person_id, day, metric_key) DO UPDATE SET value = excluded.value"
        " RETURNING person_id, day)"
        " SELECT person_id, day, count(*) FROM (SELECT person_id, day FROM gone"
        " UNION ALL SELECT person_id, day FROM put) changed GROUP BY person_id, day"
    )
    return {(person, day): count for person, day, count in rows_of(statement)}


def _fresh(part: _Part, metrics: Mapping[str, Definition]) -> Sql:
    """`fresh`: what the cells should be.

    Each type is summed once, and its sums are handed to the metrics that read it: a filter for
    each metric would be asked of every row.
    """
    additive = {key: one for key, one in metrics.items() if is_additive(one)}
    measures = {key: of_type(one) for key, one in additive.items()}
    # the first column keeps the statement whole where no metric is defined yet
    columns = [Sql("count(*)")]
    for measure in measures.values():
        if measure not in columns:
            columns.append(measure)
    sums = joined((one + f" AS m{at:d}" for at, one in enumerate(columns)), ", ")
    chosen = "".join(f" WHEN {at:d} THEN b.m{at:d}::numeric" for at in range(len(columns)))
    readers = [
        (key, kind, columns.index(measures[key]))
        for key, one in additive.items()
        for kind in dict.fromkeys(one.types)
    ]
    return (
        part.facts
        + ", by_type AS (SELECT f.person_id, f.day, f.type, "
        + sums
        + " FROM facts f GROUP BY f.person_id, f.day, f.type)"
        + ", fresh AS (SELECT person_id, day, metric_key, trim_scale(value) AS value FROM ("
        + f"SELECT b.person_id, b.day, m.metric_key, sum(CASE m.place{chosen} END) AS value"
        + Sql(
            " FROM by_type b JOIN unnest(%s::text[], %s::text[], %s::integer[])"
            " AS m(metric_key, type, place) ON m.type = b.type",
            (
                [key for key, _, _ in readers],
                [kind for _, kind, _ in readers],
                [place for _, _, place in readers],
            ),
        )
        + " GROUP BY b.person_id, b.day, m.metric_key) summed WHERE value <> 0)"
    )


def _at_marks(marks: Sequence[Mark], tz: ZoneInfo) -> _Part:
    condition, params = counted_sql("a")
    # OFFSET and LIMIT keep these look-ups by index, mark by mark and credit by credit: joins are
    # planned for a hundred times the rows of a day, and read the log for every batch
    facts = (
        _touched(marks, tz)
        + ", facts AS (SELECT t.person_id, t.day, a.type_id AS type, a.attributes, c.share,"
        " c.amount_minor FROM touched t CROSS JOIN LATERAL (SELECT c.activity_id, c.share,"
        " c.amount_minor FROM activities_credit c WHERE c.person_id = t.person_id"
        " AND c.occurred_at >= t.starts_at AND c.occurred_at < t.ends_at OFFSET 0) c"
        " CROSS JOIN LATERAL (SELECT a.type_id, a.attributes FROM activities_activity a"
        + Sql(f" WHERE a.id = c.activity_id AND {condition} LIMIT 1) a)", tuple(params))
    )
    held = Sql(
        "SELECT c.* FROM touched t CROSS JOIN LATERAL (SELECT c.* FROM kpis_cell c"
        " WHERE c.person_id = t.person_id AND c.day = t.day OFFSET 0) c"
    )
    return _Part(facts, held)


def _in_period(
    period: Period, person_ids: Sequence[int], metrics: Mapping[str, Definition], tz: ZoneInfo
) -> _Part:
    condition, params = counted_sql("a")
    types = {kind for one in metrics.values() if is_additive(one) for kind in one.types}
    window = Window.of(period, tz)
    starts = [start_of_day(day, tz) for day in period.dates()]
    facts = (
        Sql(
            "facts AS (SELECT c.person_id,"
            " %s::date + width_bucket(c.occurred_at, %s::timestamptz[]) - 1 AS day,",
            (period.start, starts),
        )
        + " a.type_id AS type, a.attributes, c.share, c.amount_minor"
        " FROM activities_credit c JOIN activities_activity a ON a.id = c.activity_id"
        + Sql(f" WHERE {condition}", tuple(params))
        + Sql(
            " AND a.type_id = ANY(%s) AND a.occurred_at >= %s AND a.occurred_at < %s"
            " AND c.occurred_at >= %s AND c.occurred_at < %s AND c.person_id = ANY(%s))",
            (sorted(types), *(window.start, window.end) * 2, list(person_ids)),
        )
    )
    return _Part(facts, _held(period, person_ids))


def _held(period: Period, person_ids: Sequence[int]) -> Sql:
    return Sql(
        "SELECT id, person_id, day, metric_key, value FROM kpis_cell"
        " WHERE day >= %s AND day < %s AND person_id = ANY(%s)",
        (period.start, period.end, list(person_ids)),
    )


def _touched(marks: Iterable[Mark], tz: ZoneInfo) -> Sql:
    # days have 23 or 25 hours where clocks change, and midnight may come twice: PostgreSQL and
    # Python choose differently there, so the moments are computed once, here
    marks = sorted(set(marks))
    starts = {day: start_of_day(day, tz) for _, day in marks}
    ends = {day: start_of_day(day + ONE, tz) for _, day in marks}
    return Sql(
        "touched(person_id, day, starts_at, ends_at) AS (SELECT * FROM"
        " unnest(%s::bigint[], %s::date[], %s::timestamptz[], %s::timestamptz[]))",
        (
            [person for person, _ in marks],
            [day for _, day in marks],
            [starts[day] for _, day in marks],
            [ends[day] for _, day in marks],
        ),
    )


def _cell_rows(statement: Sql) -> list[CellRow]:
    return [CellRow(*row) for row in rows_of(statement)]
