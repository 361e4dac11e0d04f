"""The cells of the shipped dictionary without the product: one plain GROUP BY of the same rows.

The same text runs in PostgreSQL and, over an extract, in DuckDB. It shares no code with the engine,
so it is also an oracle of it: `differing` compares cell by cell.
"""
# ruff: noqa: S608 - the texts are fixed here; no value from outside enters them

from pathlib import Path

import duckdb
from django.db import connection

from bench import data

_ROWS = """
SELECT c.person_id, (c.occurred_at AT TIME ZONE 'Europe/Paris')::date AS day, a.type_id AS type,
    c.share, c.amount_minor AS amount, a.attributes ->> 'sale' AS sale,
    (a.attributes ->> 'margin')::numeric AS margin,
    (a.attributes ->> 'cycle_days')::numeric AS cycle_days,
    (a.attributes ->> 'hours')::numeric AS hours, (a.attributes ->> 'score')::numeric AS score
FROM activities_activity a JOIN activities_credit c ON c.activity_id = a.id
WHERE a.kind <> 'cancellation'
    AND NOT EXISTS (SELECT 1 FROM activities_activity b WHERE b.supersedes_id = a.id)
"""
_SUMS = """
SELECT person_id, day, type, sum(share) AS records, sum(amount) AS amounts,
    sum(amount) FILTER (WHERE sale IN ('upsell', 'cross_sell')) AS upsell,
    sum(margin * share) AS margins, sum(cycle_days * share) AS cycles,
    sum(hours * share) AS all_hours, sum(share) FILTER (WHERE hours >= 0) AS timed,
    sum(share) FILTER (WHERE score BETWEEN 1 AND 5) AS to_five,
    sum(share) FILTER (WHERE score BETWEEN 4 AND 5) AS satisfied,
    sum(share) FILTER (WHERE score BETWEEN 0 AND 10) AS to_ten,
    sum(share) FILTER (WHERE score BETWEEN 9 AND 10) AS promoters,
    sum(share) FILTER (WHERE score BETWEEN 0 AND 6) AS detractors
FROM ({rows}) r GROUP BY person_id, day, type
"""
_COUNTS = {
    "calls": "call", "emails": "email", "replies": "reply", "contacts_made": "contact",
    "follow_ups": "follow_up", "meetings_booked": "meeting_booked",
    "meetings_held": "meeting_held", "qualified_meetings": "qualified_meeting", "leads": "lead",
    "mqls": "mql", "sqls": "sql", "opportunities_created": "opportunity_created",
    "demos": "demo", "proposals_sent": "proposal_sent", "deals_won": "deal_won",
    "deals_lost": "deal_lost", "customers_lost": "customer_lost", "displays": "display_set",
}  # fmt: skip
_OTHERS = {
    "revenue": ("deal_won", "amounts"), "margin": ("deal_won", "margins"),
    "upsell_revenue": ("deal_won", "upsell"), "cycle_days": ("deal_won", "cycles"),
    "lost_cycle_days": ("deal_lost", "cycles"), "marketing_spend": ("marketing_expense", "amounts"),
    "sales_spend": ("sales_expense", "amounts"), "invoiced": ("invoice_sent", "amounts"),
    "csat_answers": ("satisfaction_answer", "to_five"),
    "csat_satisfied": ("satisfaction_answer", "satisfied"),
    "nps_answers": ("nps_answer", "to_ten"), "nps_promoters": ("nps_answer", "promoters"),
    "nps_detractors": ("nps_answer", "detractors"),
    "resolution_hours": ("request_resolved", "all_hours"),
    "tickets_resolved": ("request_resolved", "timed"),
}  # fmt: skip
_MEASURES = {key: (kind, "records") for key, kind in _COUNTS.items()} | _OTHERS

# never floating point: cells are compared digit by digit
_VALUE = "DECIMAL(30, 8)"
_EXACT = dict.fromkeys(("margin", "cycle_days", "hours", "score"), "DECIMAL(16, 4)") | {
    "share": "DECIMAL(9, 8)"
}


def group() -> int:
    """Read every row once, group it once, in PostgreSQL; how many groups. Nothing is written."""
    ((groups,),) = data.rows_of(
        "SELECT count(*) FROM (" + _SUMS.format(rows=_ROWS) + ") g"
        # so that no column is left out
        " WHERE records IS NOT NULL OR num_nulls(amounts, upsell, margins, cycles, all_hours,"
        " timed, to_five, satisfied, to_ten, promoters, detractors) > 99"
    )
    return int(groups)


def group_and_write() -> None:
    """The same, written into a new table with a primary key."""
    data.run("DROP TABLE IF EXISTS bench_sums")
    data.run("CREATE TABLE bench_sums AS " + _SUMS.format(rows=_ROWS))
    data.run("ALTER TABLE bench_sums ADD PRIMARY KEY (person_id, day, type)")
    data.run("DROP TABLE bench_sums")


def extract(file: Path) -> None:
    """Write the credits that count to a CSV file: one row per credit."""
    _copy(_ROWS, file)


def cells(plain: duckdb.DuckDBPyConnection, file: Path) -> None:
    """All cells by DuckDB, into its table `cells`."""
    rows = f"FROM read_csv({str(file)!r}, types = {_EXACT})"
    plain.execute("CREATE TABLE sums AS " + _SUMS.format(rows=rows))
    plain.execute(
        f"CREATE TABLE cells (person_id BIGINT, day DATE, metric VARCHAR, value {_VALUE})"
    )
    for key, (kind, column) in _MEASURES.items():
        plain.execute(
            f"INSERT INTO cells SELECT person_id, day, '{key}', {column} FROM sums"
            f" WHERE type = '{kind}' AND {column} <> 0"
        )


def differing(plain: duckdb.DuckDBPyConnection, file: Path) -> int:
    """How many cells of the product are not those of DuckDB, or the other way round."""
    _copy("SELECT person_id, day, metric_key AS metric, value FROM kpis_cell", file)
    plain.execute(
        f"CREATE TABLE kept AS FROM read_csv({str(file)!r}, types = {{'value': '{_VALUE}'}})"
    )
    both = "(FROM {} EXCEPT ALL FROM {})"
    ((count,),) = plain.execute(
        "SELECT count(*) FROM (" + both.format("kept", "cells")
        + " UNION ALL " + both.format("cells", "kept") + ")"
    ).fetchall()  # fmt: skip
    return int(count)


def _copy(query: str, file: Path) -> None:
    statement = f"COPY ({query}) TO STDOUT WITH CSV HEADER"
    with connection.cursor() as cursor, cursor.copy(statement) as rows, file.open("wb") as target:
        for chunk in rows:
            target.write(chunk)
