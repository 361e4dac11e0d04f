"""Recompute cells from the log: always whole, never by adding to what is stored.

Who calls holds the lock of the persons (see `kpis.services.live`), so that the statement here,
which starts after the lock, sees everything that was committed before, and nobody else writes
these cells meanwhile.
"""
# ruff: noqa: S608 - the texts are fixed here; every value travels as a parameter in `Sql`

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from activities.queries import counted_sql
from kernel.periods import Period, start_of_day
from kpis.calc.metrics import Definition, is_additive
from kpis.engine.fragments import Sql, joined, rows_of
from kpis.engine.measures import of_log

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
    own = Sql(" AND cell.metric_key = ANY(%s)", (sorted(metrics),)) if alone else Sql("")
    statement = (
        "WITH "
        + _fresh(marks, metrics, tz)
        + ", gone AS (DELETE FROM kpis_cell cell USING touched t"
        " WHERE cell.person_id = t.person_id AND cell.day = t.day" + own + " AND NOT EXISTS"
        " (SELECT 1 FROM fresh f WHERE f.person_id = cell.person_id AND f.day = cell.day"
        " AND f.metric_key = cell.metric_key) RETURNING 1),"
        " put AS (INSERT INTO kpis_cell (person_id, day, metric_key, value)"
        " SELECT person_id, day, metric_key, value FROM fresh"
        " ON CONFLICT (person_id, day, metric_key) DO UPDATE SET value = excluded.value"
        " WHERE kpis_cell.value <> excluded.value RETURNING 1)"
        " SELECT (SELECT count(*) FROM gone) + (SELECT count(*) FROM put)"
    )
    ((changed,),) = rows_of(statement)
    return int(changed)


def computed(
    marks: Sequence[Mark], metrics: Mapping[str, Definition], tz: ZoneInfo
) -> list[CellRow]:
    """What the cells of `marks` should be by the log, without writing; in unique order."""
    if not marks:
        return []
    statement = (
        "WITH "
        + _fresh(marks, metrics, tz)
        + " SELECT person_id, day, metric_key, value FROM fresh"
        " ORDER BY person_id, day, metric_key"
    )
    return _cell_rows(statement)


def stored(period: Period | None = None, person_ids: Sequence[int] | None = None) -> list[CellRow]:
    """The cells as they are, in unique order."""
    statement = Sql("SELECT person_id, day, metric_key, value FROM kpis_cell WHERE true")
    if period is not None:
        statement += Sql(" AND day >= %s AND day < %s", (period.start, period.end))
    if person_ids is not None:
        statement += Sql(" AND person_id = ANY(%s)", (list(person_ids),))
    return _cell_rows(statement + " ORDER BY person_id, day, metric_key")


def marks_of_people(person_ids: Sequence[int], types: Sequence[str], tz: ZoneInfo) -> list[Mark]:
    """The days on which these people have a credit of a record of one of the types."""
    return [
        (person, day)
        for person, day in rows_of(
            Sql(
                "SELECT DISTINCT c.person_id, (c.occurred_at AT TIME ZONE %s)::date"
                " FROM activities_credit c JOIN activities_activity a ON a.id = c.activity_id"
                " WHERE c.person_id = ANY(%s) AND a.type_id = ANY(%s)",
                (tz.key, list(person_ids), sorted(types)),
            )
        )
    ]


def all_marks(tz: ZoneInfo, period: Period | None = None) -> list[Mark]:
    """Every person and day that has a credit in the log or a cell, in order."""
    day = Sql("(occurred_at AT TIME ZONE %s)::date", (tz.key,))
    statement = (
        "SELECT person_id, day FROM (SELECT DISTINCT person_id, "
        + day
        + " AS day FROM activities_credit UNION SELECT person_id, day FROM kpis_cell) marks"
    )
    if period is not None:
        statement += Sql(" WHERE day >= %s AND day < %s", (period.start, period.end))
    statement += " ORDER BY person_id, day"
    return [(person, day) for person, day in rows_of(statement)]


def _fresh(marks: Sequence[Mark], metrics: Mapping[str, Definition], tz: ZoneInfo) -> Sql:
    """`touched` (the marks with their days' first and last moments) and `fresh` (their cells)."""
    additive = {key: one for key, one in metrics.items() if is_additive(one)}
    # the first column keeps the statement whole where no metric is defined yet
    values = joined(
        [Sql("(NULL, NULL::numeric)"), *(_named(key, at) for at, key in enumerate(additive))], ", "
    )
    sums = joined(
        [Sql("NULL"), *(of_log(one)[0] + f" AS m{at}" for at, one in enumerate(additive.values()))],
        ", ",
    )
    condition, params = counted_sql("a")
    return (
        _touched(marks, tz)
        # OFFSET and LIMIT keep these look-ups by index, mark by mark and credit by credit: joins
        # are planned for a hundred times the rows of a day, and read the log for every batch
        + ", facts AS (SELECT t.person_id, t.day, a.type_id AS type, a.attributes, c.share,"
        " c.amount_minor FROM touched t CROSS JOIN LATERAL (SELECT c.activity_id, c.share,"
        " c.amount_minor FROM activities_credit c WHERE c.person_id = t.person_id"
        " AND c.occurred_at >= t.starts_at AND c.occurred_at < t.ends_at OFFSET 0) c"
        " CROSS JOIN LATERAL (SELECT a.type_id, a.attributes FROM activities_activity a"
        + Sql(f" WHERE a.id = c.activity_id AND {condition} LIMIT 1) a), ", tuple(params))
        + "sums AS (SELECT f.person_id, f.day, "
        + sums
        + " FROM facts f GROUP BY f.person_id, f.day)"
        ", fresh AS (SELECT s.person_id, s.day, v.metric_key, trim_scale(v.value) AS value"
        " FROM sums s CROSS JOIN LATERAL (VALUES "
        + values
        + ") v(metric_key, value) WHERE v.value <> 0)"
    )


def _named(key: str, index: int) -> Sql:
    return Sql(f"(%s::text, s.m{index:d}::numeric)", (key,))


def _touched(marks: Iterable[Mark], tz: ZoneInfo) -> Sql:
    # days have 23 or 25 hours where clocks change, and midnight may come twice: PostgreSQL and
    # Python choose differently there, so the moments are computed once, here
    marks = sorted(set(marks))
    starts = {day: start_of_day(day, tz) for _, day in marks}
    ends = {day: start_of_day(day + timedelta(days=1), tz) for _, day in marks}
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
