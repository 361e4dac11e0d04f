"""The data of the bench is the same each time, and the product agrees with it."""

from datetime import date
from hashlib import sha256
from pathlib import Path

import duckdb
import pytest
from django.db.models import F

from activities.services import load_activity_types
from bench import data, plain_cells, steering_data
from kpis.calc.definitions import read_definition
from kpis.calc.metrics import is_additive
from kpis.models import Cell, Metric
from kpis.services import load_dictionary, rebuild_cells
from people.services import load_roles

ROWS = (
    "SELECT string_agg(concat_ws(' ', a.external_id, a.type_id, extract(epoch FROM a.occurred_at),"
    " a.amount_minor, acc.external_id, p.number), ';' ORDER BY a.id)"
    " FROM activities_activity a JOIN activities_credit c ON c.activity_id = a.id"
    " JOIN activities_account acc ON acc.id = a.account_id"
    " JOIN people_person p ON p.id = c.person_id"
)
KNOWN = "ae3592be0c9413a7"
INDEXES = (
    "SELECT indexdef FROM pg_indexes"
    " WHERE tablename IN ('activities_activity', 'activities_credit') ORDER BY indexdef"
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _shipped() -> None:
    """What a migrated database has; another test may have emptied it."""
    load_roles()
    load_activity_types()
    load_dictionary(actor=None)


def test_the_rows_are_the_same_everywhere() -> None:
    data.log(300, data.crew(10), date(2026, 10, 31))
    ((text,),) = data.rows_of(ROWS)
    assert text.count(";") == 299
    assert sha256(text.encode()).hexdigest()[:16] == KNOWN


def test_the_cells_of_a_company_are_those_of_duckdb(tmp_path: Path) -> None:
    steering_data.year(3_000, steering_data.company(20), date(2026, 10, 31))
    rebuild_cells()
    with duckdb.connect() as plain:
        plain_cells.extract(tmp_path / "credits.csv")
        plain_cells.cells(plain, tmp_path / "credits.csv")
        assert plain_cells.differing(plain, tmp_path / "cells.csv") == 0
        Cell.objects.filter(pk=Cell.objects.order_by("pk")[0].pk).update(value=F("value") + 1)
        plain.execute("DROP TABLE kept")
        assert plain_cells.differing(plain, tmp_path / "cells.csv") == 2


def test_every_shipped_metric_that_has_cells_is_fed() -> None:
    steering_data.year(20_000, steering_data.company(20), date(2026, 10, 31))
    rebuild_cells()
    shipped = {
        row.key for row in Metric.objects.all() if is_additive(read_definition(row.definition))
    }
    assert set(Cell.objects.values_list("metric_key", flat=True)) == shipped


def test_the_indexes_are_there_again_afterwards() -> None:
    before = data.rows_of(INDEXES)
    steering_data.year(100, steering_data.company(5), date(2026, 10, 31))
    assert data.rows_of(INDEXES) == before
    assert len(before) > 10
