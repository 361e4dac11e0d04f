"""An older database learns the shipped scorecards; what a company changed itself stays."""

from importlib import import_module

import pytest
from django.apps import apps

from kpis.models import Kpi, ScorecardEntry
from kpis.queries.catalogue import scorecards
from kpis.services import load_dictionary

MIGRATION = import_module("kpis.migrations.0006_scorecards")


@pytest.fixture(autouse=True)
def loaded(db: None) -> None:
    load_dictionary()


def put(role: str, keys: list[str]) -> None:
    ScorecardEntry.objects.filter(role_key=role).delete()
    ids = dict(Kpi.objects.values_list("key", "pk"))
    for position, key in enumerate(keys):
        ScorecardEntry.objects.create(role_key=role, kpi_id=ids[key], position=position)


def test_what_an_older_release_shipped_is_followed() -> None:
    fresh = dict(scorecards())
    for role, keys in MIGRATION.BEFORE.items():
        put(role, keys)
    MIGRATION.follow(apps, None)
    assert dict(scorecards()) == fresh


def test_a_company_s_own_scorecard_stays() -> None:
    own = ["churn", "revenue_booked"]
    put("am", own)
    MIGRATION.follow(apps, None)
    assert scorecards()["am"] == own
