"""Recompute cells from the log: always whole, never by adding to what is stored.

Who calls holds the lock of the persons (see `kpis.services.live`), so that the statement here,
which starts after the lock, sees everything that was committed before, and nobody else writes
these cells meanwhile.
"""
# ruff: noqa: S608 - the texts are fixed here; every value travels as a parameter in `Sql`

from collections.abc import Collection, Iterable, Mapping, Sequence
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


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """How many rows changed, and whose and of which days they are."""

    cells: int
    person_ids: Collection[int]
    days: Collection[date]


def rebuild(
    period: Period, person_ids: Sequence[int], metrics: Mapping[str, Definition], tz: ZoneInfo
) -> Rebuilt:
    """Make all cells of these people in the period equal to the log; inside a transaction.

    The log is read once from end to end, not mark by mark.
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
        rebuilt = _replaced(part.held) if there_are_some else _written()
        cursor.execute("DROP TABLE fresh")
    return rebuilt


def _replaced(held: Sql) -> Rebuilt:
    """Make the cells `held` those of the table `fresh`."""
    changed = _changed(Sql(""), held)
    return Rebuilt(
        sum(changed.values()), {person for person, _ in changed}, {day for _, day in changed}
    )


def _written() -> Rebuilt:
    """The same where there are no cells: nothing to compare or to replace."""
    columns = "person_id, day, metric_key, value"
    with connection.cursor() as cursor:
        # in the order of the unique index: what follows each other goes into the same page of it
        cursor.execute(
            f"INSERT INTO kpis_cell ({columns}) SELECT {columns} FROM fresh"
            " ORDER BY person_id, day, metric_key"
        )
        cells = cursor.rowcount
    person_ids = {person for (person,) in rows_of(Sql("SELECT DISTINCT person_id FROM fresh"))}
    days = {day for (day,) in rows_of(Sql("SELECT DISTINCT day FROM fresh"))}
    return Rebuilt(cells, person_ids, days)


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


def people_between(period: Period | None, tz: ZoneInfo) -> list[tuple[int, Period]]:
    """Everybody who has a credit in the log or a cell (in the period), in order, and between which
    days: no more than one beside them. The log is read once, whatever the number of days."""
    credits, cells = Sql(""), Sql("")
    if period is not None:
        window = Window.of(period, tz)
        credits = Sql(" WHERE occurred_at >= %s AND occurred_at < %s", (window.start, window.end))
        cells = Sql(" WHERE day >= %s AND day < %s", (period.start, period.end))
    ends = (
        Sql("SELECT person_id, (min(occurred_at) AT TIME ZONE %s)::date AS first,", (tz.key,))
        + Sql(" (max(occurred_at) AT TIME ZONE %s)::date AS last FROM activities_credit", (tz.key,))
        + credits
        + " GROUP BY person_id UNION ALL SELECT person_id, min(day), max(day) FROM kpis_cell"
        + cells
        + " GROUP BY person_id"
    )
    rows = rows_of(
        "SELECT person_id, min(first), max(last) FROM ("
        + ends
        + ") ends GROUP BY person_id ORDER BY person_id"
    )
    # where midnight comes twice, PostgreSQL may take the other one
    return [(person, Period(first - ONE, last + 2 * ONE)) for person, first, last in rows]


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
    readers = [
        _Reader(key, kind, columns.index(measures[key]), shares=len(set(one.types)) > 1)
        for key, one in additive.items()
        for kind in dict.fromkeys(one.types)
    ]
    sums = joined((one + f" AS m{at:d}" for at, one in enumerate(columns)), ", ")
    value = "CASE m.place" + "".join(f" WHEN {at:d} THEN b.m{at:d}" for at in range(len(columns)))
    return (
        part.facts
        + ", by_type AS (SELECT f.person_id, f.day, f.type, "
        + sums
        + " FROM facts f GROUP BY f.person_id, f.day, f.type)"
        + ", fresh AS (SELECT person_id, day, metric_key, trim_scale(value) AS value FROM ("
        + _read(f"({value} END)", [one for one in readers if not one.shares])
        + " UNION ALL "
        + _read(f"sum({value} END)", [one for one in readers if one.shares])
        + " GROUP BY b.person_id, b.day, m.metric_key) read WHERE value <> 0)"
    )


@dataclass(frozen=True, slots=True)
class _Reader:
    """A metric that reads a column of `by_type` for a type; one that `shares` reads others too."""

    metric: str
    type: str
    column: int
    shares: bool


def _read(value: str, readers: Sequence[_Reader]) -> Sql:
    return Sql(
        f"SELECT b.person_id, b.day, m.metric_key, {value}::numeric AS value FROM by_type b"
        " JOIN unnest(%s::text[], %s::text[], %s::integer[]) AS m(metric_key, type, place)"
        " ON m.type = b.type",
        (
            [one.metric for one in readers],
            [one.type for one in readers],
            [one.column for one in readers],
        ),
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
