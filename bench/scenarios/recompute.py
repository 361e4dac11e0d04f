"""All cells from the log, beside one plain SQL grouping of the same rows in the same run."""

from collections.abc import Iterator
from datetime import date

from django.db import connection

from bench import data
from bench.figures import Figure, Scale, median, ratio, repeated, timed
from kpis.services import rebuild_cells

PEOPLE = 200
SIZES = (200_000, 1_000_000)
# What no recompute can beat in this database: read everything once, group it once.
PLAIN = (
    "SELECT count(*), sum(records), sum(amount) FROM (SELECT c.person_id,"
    " (a.occurred_at AT TIME ZONE 'Europe/Paris')::date AS day, a.type_id, count(*) AS records,"
    " sum(c.amount_minor) AS amount FROM activities_activity a"
    " JOIN activities_credit c ON c.activity_id = a.id GROUP BY 1, 2, 3) grouped"
)


def run(scale: Scale) -> Iterator[Figure]:
    """200,000 and 1,000,000 activities of 200 people over a year."""
    first: dict[int, float] = {}
    for full in SIZES:
        size = scale.of(full)
        data.clear()
        data.log(size, data.crew(PEOPLE), date(2026, 10, 31))
        plain = repeated(scale.times(3), lambda: data.rows_of(PLAIN))
        made, cells = timed(rebuild_cells)
        data.vacuum()
        again, changed = timed(rebuild_cells)
        if changed:
            raise AssertionError(f"{changed} cells changed in a rebuild of the same log")
        first[size] = made
        yield Figure(f"one GROUP BY, {size:,} activities", median(plain), "ms", "", tuple(plain))
        yield Figure(f"rebuild into empty cells, {size:,}", made, "s", f"{cells:,} cells written")
        yield Figure(f"rebuild of right cells, {size:,}", again, "s", "nothing written")
        yield ratio(f"rebuild against GROUP BY, {size:,}", made * 1000, median(plain))
        yield ratio(f"rebuild of right cells against it, {size:,}", again * 1000, median(plain))
    small, large = sorted(first)
    yield ratio("growth of the rebuild", first[large], first[small], f"for {large // small} x rows")
    connection.close()
