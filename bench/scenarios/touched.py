"""The live task for one new activity: the same with a small and a large history behind it."""

import statistics
from collections.abc import Iterator
from datetime import timedelta

from django.utils import timezone

from activities.inputs import ActivityInput
from activities.services import record_activities
from bench import data
from bench.figures import Figure, Scale, ratio, spread, timed
from kpis.services import recompute_touched
from people.queries import today

HISTORIES = (10_000, 1_000_000)
PEOPLE = 60
TIMES = 60


def run(scale: Scale) -> Iterator[Figure]:
    """Record and recompute, one at a time, behind 10,000 and behind 1,000,000 rows."""
    records: list[float] = []
    tasks: list[float] = []
    for full in HISTORIES:
        size = scale.of(full)
        data.clear()
        sellers = data.crew(PEOPLE)
        data.log(size, sellers, today() - timedelta(days=1))
        recompute_touched()
        written, computed = _one_by_one(scale.times(TIMES), [one.number for one in sellers])
        records.append(statistics.median(written))
        tasks.append(statistics.median(computed))
        yield from spread(f"record one activity behind {size:,}", written)
        yield from spread(f"recompute what it touched behind {size:,}", computed)
    yield ratio("recording, growth with 100 x the history", records[1], records[0])
    yield ratio("recompute, growth with 100 x the history", tasks[1], tasks[0])


def _one_by_one(times: int, numbers: list[str]) -> tuple[list[float], list[float]]:
    written, computed = [], []
    for n in range(times + 5):
        row = ActivityInput(
            external_id=f"new{n}",
            type="call",
            occurred_at=timezone.now(),
            person=numbers[n % len(numbers)],
            account=f"acc{n + 1}",
        )
        seconds, _ = timed(lambda: record_activities(actor=None, source="live", records=[row]))  # noqa: B023 - called at once, in the same turn
        written.append(seconds * 1000)
        seconds, marks = timed(recompute_touched)
        if marks != 1:
            raise AssertionError(f"one activity marked {marks} days")
        computed.append(seconds * 1000)
    return written[5:], computed[5:]
