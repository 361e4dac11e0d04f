"""What unrevised records add up to, by one grouping: for readers that need no single record.

A record without corrections is most of every log, and there is nothing to decide about it but
whether it lies in the window and was known in time. So the database adds these up; the few chains
with several revisions are read whole (`scored_versions(..., revised=True)`).
"""
# ruff: noqa: S608 - the texts are fixed here; every value travels as a parameter in `Sql`

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from operator import itemgetter
from typing import Any

from kernel.issues import refuse_errors
from kernel.money import digits_of
from kernel.periods import Window
from kpis.calc.metrics import Definition, is_money
from kpis.engine.fragments import Sql, rows_of
from kpis.queries.catalogue import Catalogue
from kpis.queries.versions import metric_issues, value_of
from people import queries as people

__all__ = [
    "GROUPED", "Asked", "PlainSum", "Sql", "grouped", "people_with_others", "rows_of", "sums_in",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class PlainSum:
    """A person's unrevised records of one sign (1, 0, -1): their sum in the unit of the metric,
    their number, and when the last of them happened."""

    person_id: int
    sign: int
    total: Fraction
    count: int
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Asked:
    """Which records: those in the window that were known at `known_at` (inclusive). What happened
    in the windows `without`, or to somebody before their moment in `since`, is left out."""

    window: Window
    known: Catalogue
    known_at: datetime
    without: Sequence[Window] = ()
    since: Mapping[int, datetime] = field(default_factory=dict)


_SIGNS = {1: "value > 0", 0: "value = 0", -1: "value < 0"}
_EACH_SIGN = {
    f"{name}{place}": f"{what} FILTER (WHERE {holds})"
    for place, holds in enumerate(_SIGNS.values())
    for name, what in (("sum", "sum(value)"), ("count", "count(*)"), ("last", "max(occurred_at)"))
}
GROUPED = ("person_id", *_EACH_SIGN)
"""The columns of `grouped` that `sums_in` reads."""


def grouped(metric_key: str, asked: Asked, *, each: str = "") -> Sql:
    """A statement that adds up unrevised records: a row for each person, of which `sums_in` makes
    the sums. `Invalid` for a metric that is not added up record by record.

    With `each`, SQL for what a record counts (from `amount`, its value in the unit of the metric),
    a last column `records` says it of every record in the sums, by its id as in `RecordVersion`:
    for who keeps that in the database without reading it, and wants it of the same records.
    """
    definition = _definition(metric_key, asked)
    counted = Sql(
        "SELECT v.*, source || ':' || external_id || '#' || revision AS record,"
        " value * %s AS amount FROM (",
        (_unit(definition),),
    ) + (_plain_values(definition, asked) + ") v WHERE value IS NOT NULL")
    columns = {**_EACH_SIGN, **({"records": f"jsonb_object_agg(record, {each})"} if each else {})}
    listed = ", ".join(f"{what} AS {name}" for name, what in columns.items())
    return f"SELECT person_id, {listed} FROM (" + counted + ") c GROUP BY person_id"


def sums_in(metric_key: str, asked: Asked, rows: Iterable[Sequence[Any]]) -> list[PlainSum]:
    """The sums of each person in rows of `grouped` (whose column `records` need not be there)."""
    unit = Fraction(_unit(_definition(metric_key, asked)))
    found = []
    for person, *columns in sorted(rows, key=itemgetter(0)):
        for sign, (total, count, last) in zip(_SIGNS, _threes(columns), strict=True):
            if count:
                top, bottom = total.as_integer_ratio()
                value = Fraction(top * unit.numerator, bottom * unit.denominator)
                found.append(PlainSum(person, sign, value, count, last))
    return found


def _threes(columns: Sequence[Any]) -> Iterable[Sequence[Any]]:
    return (columns[3 * place : 3 * place + 3] for place in range(len(_SIGNS)))


def people_with_others(metric_key: str, asked: Asked) -> frozenset[int]:
    """Who has a record in the window that no sum has. One query."""
    rows = rows_of(
        "SELECT DISTINCT c.person_id "
        + _credits(_definition(metric_key, asked), asked)
        + " AND NOT ("
        + _is_plain(asked)
        + ")"
    )
    return frozenset(person for (person,) in rows)


def _definition(metric_key: str, asked: Asked) -> Definition:
    refuse_errors(metric_issues([metric_key], asked.known))
    return asked.known.metrics[metric_key].definition


def _unit(definition: Definition) -> Decimal:
    """What the database's number is multiplied by: an exact power of ten."""
    digits = digits_of(people.company().currency) if is_money(definition) else 0
    return Decimal(1).scaleb(-digits)


def _plain_values(definition: Definition, asked: Asked) -> Sql:
    return (
        "SELECT person_id, source, external_id, revision, occurred_at, "
        + value_of(definition)
        + " AS value FROM (SELECT a.*, c.person_id, c.share, c.amount_minor AS part_minor "
        + _credits(definition, asked)
        + " AND "
        + _is_plain(asked)
        + ") f"
    )


def _credits(definition: Definition, asked: Asked) -> Sql:
    return Sql(
        "FROM activities_credit c JOIN activities_activity a ON a.id = c.activity_id"
        " WHERE c.occurred_at >= %s AND c.occurred_at < %s AND a.type_id = ANY(%s)",
        (asked.window.start, asked.window.end, list(getattr(definition, "types", ()))),
    )


def _is_plain(asked: Asked) -> Sql:
    return (
        Sql(
            "a.recorded_at <= %s AND a.supersedes_id IS NULL AND a.kind = 'record'"
            " AND NOT EXISTS (SELECT 1 FROM activities_activity later"
            " WHERE later.supersedes_id = a.id AND later.supersedes_id IS NOT NULL)",
            (asked.known_at,),
        )
        + _outside(asked.without)
        + _since(asked.since)
    )


def _outside(windows: Sequence[Window]) -> Sql:
    piece = Sql("")
    for one in windows:
        bounds = (one.start, one.end)
        piece += Sql(" AND NOT (c.occurred_at >= %s AND c.occurred_at < %s)", bounds)
    return piece


def _since(moments: Mapping[int, datetime]) -> Sql:
    if not moments:
        return Sql("")
    return Sql(
        " AND NOT EXISTS (SELECT 1 FROM unnest(%s::bigint[], %s::timestamptz[]) AS s(person, at)"
        " WHERE s.person = c.person_id AND c.occurred_at < s.at)",
        (list(moments), list(moments.values())),
    )
