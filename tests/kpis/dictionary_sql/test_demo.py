"""Every KPI of the dictionary on the demo company: all dimensions, all kinds of windows."""

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
from django.db import connection, transaction
from pytest_django.plugin import DjangoDbBlocker

from activities.models import Account
from activities.services import load_activity_types
from cockpit.demo.loading import load_sales
from cockpit.demo.script import write_script
from kernel.periods import Period, parse_period
from kpis.services import load_dictionary, recompute_touched
from people.services import load_roles
from tests.kpis.dictionary_sql.comparing import (
    compare,
    dictionary_keys,
    lay_out_all,
    not_fed,
)
from tests.kpis.dictionary_sql.questions import QUESTIONS
from tests.kpis.dictionary_sql.relations import COLUMNS

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
PERIODS = {
    "month": parse_period("2026-10"),
    "running month": parse_period("2026-11"),
    "quarter": parse_period("2026-Q3"),
    "week": parse_period("2026-W41"),
    "free": Period(date(2026, 2, 10), date(2026, 7, 3)),
}
LARGE = tuple(one for one in COLUMNS if one != "account")
SEGMENTS = {"a": "Imprimeurs", "e": "Éditeurs", "o": ""}
"""By a letter in the name: an invented spread, and some accounts without."""


@pytest.fixture(scope="module", autouse=True)
def company(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The people, deals, records and objectives of the demo company, loaded once."""
    with django_db_blocker.unblock(), transaction.atomic():
        load_roles()
        load_activity_types()
        load_dictionary()
        load_sales(write_script(NOW), NOW, lambda _: None)
        recompute_touched(size=50_000)
        for letter, segment in SEGMENTS.items():
            Account.objects.filter(name__icontains=letter).update(segment=segment)
        connection.check_constraints()
        lay_out_all()
        yield
        transaction.set_rollback(True)


def test_each_kpi_of_the_dictionary_has_a_query_of_its_own() -> None:
    assert set(QUESTIONS) == dictionary_keys(PERIODS["month"])


@pytest.mark.parametrize("name", PERIODS)
def test_every_kpi_by_everything(name: str) -> None:
    # a thousand accounts make most of the work, and do not differ from window to window
    found = compare([PERIODS[name]], COLUMNS if name in ("month", "week") else LARGE)

    assert found.wrong == []
    assert found.compared > len(QUESTIONS) * len(LARGE)


def test_every_kpi_has_something_to_compare() -> None:
    assert not_fed(compare([PERIODS["quarter"]], ["total"])) == set()
