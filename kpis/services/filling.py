"""The cells of the past for a metric that is new or defined anew, a few people at a time.

Until the last are there the metric is read from the log, so every figure is exact meanwhile. New
records bring the cells of their days by themselves: the live path reads the metrics after it holds
the lock of the persons, and the filling of these persons waits for the same lock.
"""

from django.db import transaction

from common import live
from common.locks import transaction_lock
from kpis.calc.definitions import read_definition
from kpis.calc.metrics import types_of
from kpis.engine.cells import marks_of_metric, refresh
from kpis.models import Metric
from people.models import Person
from people.queries import company

PEOPLE = 10
"""People in one transaction: their boards wait for it."""


def fill_cells() -> int:
    """Bring all new metrics their cells; how many cells. Safe in any number of workers at once: one
    at a time works on a metric. What a crash left is taken up where it stopped."""
    cells = 0
    while (done := _fill_some()) is not None:
        cells += done
    return cells


@transaction.atomic
def _fill_some() -> int | None:
    """The cells of the next people; None when there is nothing to do, or others do it."""
    waiting = Metric.objects.exclude(filled_to=None).select_for_update(skip_locked=True)
    metric = waiting.order_by("id").first()
    if metric is None or metric.filled_to is None:
        return None
    after = Person.objects.filter(pk__gt=metric.filled_to).order_by("pk")
    ids = list(after.values_list("pk", flat=True)[:PEOPLE])
    cells = _put(metric, ids) if ids else 0
    metric.filled_to = ids[-1] if ids else None
    metric.save(update_fields=["filled_to"])
    if not ids:
        live.publish("board")
    return cells


def _put(metric: Metric, person_ids: list[int]) -> int:
    transaction_lock("cells", *person_ids)
    definition, tz = read_definition(metric.definition), company().tz
    marks = marks_of_metric(metric.key, person_ids, sorted(types_of(definition)), tz)
    return refresh(marks, {metric.key: definition}, tz, alone=True)


def filled_percent(metric_key: str) -> int | None:
    """How much of the past is there, by people; None where all is. Two queries."""
    row = Metric.objects.filter(key=metric_key).exclude(filled_to=None).first()
    if row is None or row.filled_to is None:
        return None
    ids = list(Person.objects.order_by("pk").values_list("pk", flat=True))
    return 100 * sum(one <= row.filled_to for one in ids) // max(1, len(ids))
