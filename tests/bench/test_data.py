"""The data of the bench is the same each time, and the product agrees with it."""

from datetime import date
from hashlib import sha256

import pytest

from activities.services import load_activity_types
from bench import data
from bench.scenarios.recompute import PLAIN
from kpis.models import Cell
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
COUNTS = (
    "calls", "emails", "meetings_held", "qualified_meetings", "proposals_sent", "deals_won",
    "deals_lost",
)  # fmt: skip

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _shipped() -> None:
    """What a migrated database has; another test may have emptied it."""
    load_roles()
    load_activity_types()
    load_dictionary(actor=None)


def _total(*metrics: str) -> int:
    return sum(Cell.objects.filter(metric_key__in=metrics).values_list("value", flat=True))


def test_the_rows_are_the_same_everywhere() -> None:
    data.log(300, data.crew(10), date(2026, 10, 31))
    ((text,),) = data.rows_of(ROWS)
    assert text.count(";") == 299
    assert sha256(text.encode()).hexdigest()[:16] == KNOWN


def test_the_cells_that_are_measured_hold_what_the_plain_grouping_finds() -> None:
    data.log(300, data.crew(10), date(2026, 10, 31))
    rebuild_cells()
    ((_, records, amount),) = data.rows_of(PLAIN)
    assert (_total(*COUNTS), _total("revenue")) == (records, amount)
    assert records == 300
