"""What unrevised records add up to, by one grouping: for readers that need no single record.

A record without corrections is most of every log, and there is nothing to decide about it but
whether it lies in the window and was known in time. So the database adds these up; the few chains
with several revisions are read whole (`scored_versions(..., revised=True)`).
"""
# ruff: noqa: S608 - the texts are fixed here; every value travels as a parameter in `Sql`

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from kernel.issues import refuse_errors
from kernel.money import digits_of
from kernel.periods import Window
from kpis.calc.metrics import is_money
from kpis.engine.fragments import Sql, rows_of
from kpis.queries.catalogue import Catalogue
from kpis.queries.versions import metric_issues, value_of
from people import queries as people


@dataclass(frozen=True, slots=True)
class PlainSum:
    """A person's unrevised records of one sign (1, 0, -1): their sum in the unit of the metric,
    their number, and when the last of them happened."""

    person_id: int
    sign: int
    total: Fraction
    count: int
    last_at: datetime


def plain_sums(
    metric_key: str,
    window: Window,
    *,
    known: Catalogue,
    known_at: datetime,
    without: Sequence[Window] = (),
    since: Mapping[int, datetime] | None = None,
) -> list[PlainSum]:
    """The sums of each person's records in the window that were known at `known_at` (inclusive).

    What happened in the windows `without`, or to somebody before their moment in `since`, is left
    out. One query. `Invalid` for a metric that is not added up record by record.
    """
    refuse_errors(metric_issues([metric_key], known))
    definition = known.metrics[metric_key].definition
    unit = 10 ** digits_of(people.company().currency) if is_money(definition) else 1
    rows = rows_of(
        Sql(
            "WITH f AS (SELECT a.*, c.person_id, c.share, c.amount_minor AS part_minor"
            " FROM activities_credit c JOIN activities_activity a ON a.id = c.activity_id"
            " WHERE c.occurred_at >= %s AND c.occurred_at < %s AND a.type_id = ANY(%s)"
            " AND a.recorded_at <= %s AND a.supersedes_id IS NULL AND a.kind = 'record'"
            " AND NOT EXISTS (SELECT 1 FROM activities_activity later"
            " WHERE later.supersedes_id = a.id AND later.supersedes_id IS NOT NULL)",
            (window.start, window.end, list(getattr(definition, "types", ())), known_at),
        )
        + _outside(without)
        + _since(since or {})
        + "), counted AS (SELECT person_id, occurred_at, "
        + value_of(definition)
        + " AS value FROM f) SELECT person_id, sign(value)::integer, sum(value), count(*),"
        " max(occurred_at) FROM counted WHERE value IS NOT NULL GROUP BY 1, 2 ORDER BY 1, 2"
    )
    return [
        PlainSum(person, sign, Fraction(Decimal(total)) / unit, count, last)
        for person, sign, total, count, last in rows
    ]


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
