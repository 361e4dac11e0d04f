"""Credits repeat what their records say, also those that were there before they did."""

from importlib import import_module

import pytest
from django.db import connection
from django.db.models import F, Q

from activities.models import Activity, Credit
from tests.activities.conftest import Crew
from tests.kpis.crew import cancel, event, record

MIGRATION = import_module("activities.migrations.0013_credits_by_type")
SAME = (
    Q(type=F("activity__type"), occurred_at=F("activity__occurred_at"))
    & (Q(account=F("activity__account")) | Q(account=None, activity__account=None))
)  # fmt: skip


@pytest.fixture
def log(crew: Crew) -> None:
    record(
        event("c1", "2026-03-10 09:00", "P1", account="acme"),
        event("d1", "2026-03-10 09:00", "P1", kind="deal_won", amount=500, account="acme"),
        event("c2", "2026-03-11 09:00", "P2"),
    )
    record(cancel("c1"))


def test_a_credit_repeats_its_record_and_a_cancellation_has_none(log: None) -> None:
    assert Credit.objects.count() == Credit.objects.filter(SAME).count() == 3
    assert Credit.objects.exclude(account=None).count() == 2
    assert Activity.objects.filter(kind="cancellation", credits=None).count() == 1


def test_credits_of_an_older_database_are_filled(log: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE activities_credit ALTER type_id DROP NOT NULL")
        cursor.execute("ALTER TABLE activities_credit DISABLE TRIGGER USER")
        cursor.execute("UPDATE activities_credit SET type_id = NULL, account_id = NULL")
        cursor.execute("ALTER TABLE activities_credit ENABLE TRIGGER USER")
        cursor.execute(MIGRATION.FILL)
    assert Credit.objects.count() == Credit.objects.filter(SAME).count() == 3
