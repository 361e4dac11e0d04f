"""Metrics that are new or defined anew while others rebuild cells, or die doing it."""

import threading
from fractions import Fraction

import pytest
from django.db import connection, transaction

from common.locks import transaction_lock
from kernel.periods import parse_period
from kpis.models import Cell
from kpis.queries import catalogue, metric_values
from kpis.services import (
    NewMetric,
    create_metric,
    dictionary,
    fill_cells,
    load_dictionary,
    rebuild_cells,
    recompute_touched,
    verify_cells,
)
from tests.kpis.crew import Crew, event, make_crew, record
from tests.kpis.test_own import LONG_CALLS, long_calls

MARCH = parse_period("2026-03")
WAITING = (
    "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)


@pytest.mark.django_db(transaction=True)
def test_a_rebuild_that_had_begun_keeps_the_cells_of_a_new_metric(transactional_db: None) -> None:
    crew = make_crew()
    record(event("c1", "2026-03-02 10:00", attributes={"minutes": 20}))
    recompute_touched()

    def rebuild() -> None:
        try:
            rebuild_cells()
        finally:
            connection.close()

    thread = threading.Thread(target=rebuild)
    with transaction.atomic(), connection.cursor() as cursor:
        transaction_lock("cells", crew.lea.pk)
        thread.start()
        waiting = 0
        while not waiting:
            assert thread.is_alive()
            cursor.execute(WAITING)
            (waiting,) = cursor.fetchone()
        create_metric(actor=None, wanted=NewMetric("", "Long calls", LONG_CALLS))
        assert fill_cells() == 1
    thread.join()

    assert catalogue(MARCH.last).metrics["own_long_calls"].in_cells
    assert long_calls() == {"Léa Martin": 1}
    assert verify_cells() == []


def test_a_metric_defined_anew_is_exact_also_when_its_rebuild_dies(
    crew: Crew, monkeypatch: pytest.MonkeyPatch
) -> None:
    won = {"key": "calls", "fr": "Affaires", "en": "Deals", "kind": "count", "types": ["deal_won"]}

    record(
        event("c1", "2026-03-02 10:00"),
        event("c2", "2026-03-03 10:00", "P2"),
        event("w1", "2026-03-10 10:00", kind="deal_won"),
    )
    recompute_touched()

    class DiedError(Exception):
        pass

    def die() -> None:
        raise DiedError

    with monkeypatch.context() as patch:
        patch.setattr(dictionary, "rebuild_cells", die)
        with pytest.raises(DiedError):
            load_dictionary(data={"metrics": [won]})

    def figures() -> list[Fraction | None]:
        return [metric_values(["calls"], period=MARCH, from_log=it)[0].values["calls"].value
                for it in (False, True)]  # fmt: skip

    assert figures() == [1, 1]
    assert verify_cells() == []
    fill_cells()
    assert figures() == [1, 1]
    assert catalogue(MARCH.last).metrics["calls"].in_cells
    assert Cell.objects.filter(metric_key="calls").count() == 1
    assert verify_cells() == []

    load_dictionary()
    assert figures() == [2, 2]
    assert catalogue(MARCH.last).metrics["calls"].in_cells
    assert verify_cells() == []
