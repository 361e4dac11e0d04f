"""The KPI engine over a year of a company, beside plain SQL and DuckDB in the same run.

Sizes: a tenth of the history first, then all of it, with the same people; what one record costs
must not grow with the history. The cells of the engine must be those of DuckDB, digit by digit.
"""

from collections.abc import Iterator
from datetime import timedelta
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
from django.utils import timezone

from activities.inputs import ActivityInput
from activities.services import record_activities
from bench import data, plain_cells, steering_data
from bench.figures import Figure, Scale, median, ratio, repeated, timed
from bench.steering_pages import reading
from bench.work import Work, spent, worked
from kpis.services import rebuild_cells, recompute_touched
from people.models import Person
from people.queries import today

LARGEST, CREW = 12_500_000, 1_000
USUAL = 1_000_000, 100
TIMES, WARM_UP = 40, 5


def run(scale: Scale) -> Iterator[Figure]:
    """A tenth of the history, then all of it: rebuild, one record, what is looked at."""
    rows, crew = (LARGEST, CREW) if scale.full else (scale.of(USUAL[0]), scale.of(USUAL[1], 20))
    recording: list[float] = []
    recomputing: list[float] = []
    for size in (rows // 10, rows):
        data.clear()
        sellers = steering_data.company(crew)
        making, _ = timed(lambda: steering_data.year(size, sellers, today() - timedelta(days=1)))  # noqa: B023 - called at once, in the same turn
        yield Figure(f"the year invented, {size:,} activities", making, "s", f"{crew:,} people")
        yield from _rebuild(size, scale)
        found = list(_one_by_one(scale.times(TIMES), sellers))
        for name, kept, works in (
            ("record one won deal", recording, [written for written, _ in found]),
            ("recompute what it touched", recomputing, [computed for _, computed in found]),
        ):
            kept.append(median([one.processor for one in works]))
            yield from spent(f"{name} behind {size:,}", works)
        yield from reading(size, sellers, scale.times(TIMES // 4))
    yield ratio("work of recording, growth with 10 x the history", recording[1], recording[0])
    yield ratio(
        "work of the recompute, growth with 10 x the history", recomputing[1], recomputing[0]
    )


def _rebuild(size: int, scale: Scale) -> Iterator[Figure]:
    plain = median(repeated(scale.times(2), plain_cells.group)) / 1000
    writing, _ = timed(plain_cells.group_and_write)
    made, cells = timed(rebuild_cells)
    data.vacuum("kpis_cell")
    again, changed = timed(rebuild_cells)
    if changed:
        raise AssertionError(f"{changed} cells changed in a rebuild of the same log")
    reading_, duck = _duckdb()
    yield Figure(f"one GROUP BY, {size:,}", plain, "s", "nothing written")
    yield Figure(f"one GROUP BY into a table, {size:,}", writing, "s", "and its primary key")
    yield Figure(f"extract for DuckDB, {size:,}", reading_, "s")
    yield Figure(f"all cells by DuckDB, {size:,}", duck, "s", "the same, digit by digit")
    yield Figure(f"rebuild into empty cells, {size:,}", made, "s", f"{cells:,} cells")
    yield Figure(f"rebuild of right cells, {size:,}", again, "s", "nothing written")
    yield ratio(f"rebuild of right cells against GROUP BY, {size:,}", again, plain)
    yield ratio(f"rebuild into empty cells against GROUP BY, {size:,}", made, plain)
    yield ratio(f"rebuild into empty cells against it into a table, {size:,}", made, writing)
    yield ratio(f"rebuild into empty cells against extract and DuckDB, {size:,}", made,
                reading_ + duck)  # fmt: skip


def _duckdb() -> tuple[float, float]:
    """Seconds of the extract and of the cells; all must be those of the engine."""
    with TemporaryDirectory(prefix="maillot-bench-") as folder, duckdb.connect() as plain:
        file = Path(folder) / "credits.csv"
        extracting, _ = timed(lambda: plain_cells.extract(file))
        grouping, _ = timed(lambda: plain_cells.cells(plain, file))
        wrong = plain_cells.differing(plain, Path(folder) / "cells.csv")
    if wrong:
        raise AssertionError(f"{wrong} cells are not those of DuckDB")
    return extracting, grouping


def _one_by_one(times: int, sellers: list[Person]) -> Iterator[tuple[Work, Work]]:
    """Recording a won deal with all its attributes (of all records the one that most metrics
    read), and the task that follows; after some that warm up."""
    for n in range(times + WARM_UP):
        row = ActivityInput(
            external_id=f"new{n}", type="deal_won", occurred_at=timezone.now(),
            person=sellers[n % len(sellers)].number, account=f"acc{n + 1}", product="p1",
            amount=Fraction(1_000 + n), currency="EUR",
            attributes={"cycle_days": 30, "margin": 250, "sale": "upsell"},
        )  # fmt: skip
        written, (result,) = worked(
            lambda: record_activities(actor=None, source="live", records=[row])  # noqa: B023 - called at once, in the same turn
        )
        if result.is_rejected:
            raise AssertionError(result.issues)
        computed, marks = worked(recompute_touched)
        if marks != 1:
            raise AssertionError(f"one activity marked {marks} days")
        if n >= WARM_UP:
            yield written, computed
