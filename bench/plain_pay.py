"""The amounts of the pay run's plan, calculated plainly: DuckDB over an extract, whole numbers.

No trace, no frozen inputs, no statement: the least work that gives the same cents. It shares no
code with the engine, so it is also an oracle of it.
"""

from pathlib import Path

import duckdb
from django.db import connection

_EXTRACT = """
COPY (
    SELECT c.person_id, a.amount_minor AS whole, c.amount_minor AS part, p.series
    FROM activities_activity a
    JOIN activities_credit c ON c.activity_id = a.id
    JOIN activities_product p ON p.id = a.product_id
    WHERE a.type_id = 'deal_won' AND a.kind <> 'cancellation'
    AND NOT EXISTS (SELECT 1 FROM activities_activity b WHERE b.supersedes_id = a.id)
) TO STDOUT WITH CSV HEADER
"""
# in 20,000ths of a cent: rates are whole percents of a percent, and the gate halves
_AMOUNTS = """
WITH deals AS (SELECT * FROM read_csv('{file}')),
sums AS (
    SELECT person_id, sum(part)::HUGEINT AS revenue,
        coalesce(sum(part) FILTER (WHERE series = 'new'), 0)::HUGEINT AS fresh,
        count(*) FILTER (WHERE whole >= 100000) AS wins
    FROM deals GROUP BY person_id
),
paid AS (
    SELECT person_id,
        least(
            200 * least(revenue, 50000000)
            + 300 * least(greatest(revenue - 50000000, 0), 50000000)
            + 400 * greatest(revenue - 100000000, 0),
            50000000000
        ) AS commission,
        200 * least(greatest(revenue - {target} * 4 // 5, 0), {target} // 5)
            + 500 * greatest(revenue - {target}, 0) AS over,
        150 * fresh // CASE WHEN wins >= 400 THEN 1 ELSE 2 END AS push
    FROM sums
)
SELECT person_id,
    (commission + 10000) // 20000 + (over + 10000) // 20000 + (push + 10000) // 20000
FROM paid
"""


def extract(file: Path) -> None:
    """Write the credits that count to a CSV file: one row per credit."""
    with connection.cursor() as cursor, cursor.copy(_EXTRACT) as rows, file.open("wb") as target:
        for chunk in rows:
            target.write(chunk)


def amounts(file: Path, target_minor: int) -> dict[int, int]:
    """Cents by person, on all processors."""
    with duckdb.connect() as plain:
        found = plain.execute(_AMOUNTS.format(file=file, target=target_minor)).fetchall()
    return {int(person): int(cents) for person, cents in found}
