"""Days that do not follow each other, as those on which one plan paid somebody."""

from datetime import date
from fractions import Fraction

import pytest

from kernel.periods import Period
from kpis.models import Kpi, KpiVersion, Metric
from kpis.queries import kpi_values_on
from kpis.services import recompute_touched
from tests.kpis.crew import Crew, at, event, record
from tests.kpis.dictionary_sql.small_log import deal, stages

EARLY = Period(date(2026, 3, 1), date(2026, 3, 11))
LATE = Period(date(2026, 3, 21), date(2026, 4, 1))


@pytest.fixture
def march(crew: Crew) -> Crew:
    """Léa meets Acme in all three parts of March, Zeta in the first, Yves in the middle only."""
    calls = (("02", "Acme"), ("03", "Zeta"), ("15", "Acme"), ("16", "Yves"), ("25", "Acme"))
    record(*(event(f"c{day}", f"2026-03-{day} 10:00", account=account) for day, account in calls))
    won = (("01", 100), ("04", 900), ("14", 5_000), ("22", 200), ("23", 300))
    record(*(event(f"o{day}", f"2026-03-{day} 10:00", kind="proposal_sent", amount=amount)
             for day, amount in won))  # fmt: skip
    visits = ((5, 2), (17, 5), (24, 3), (26, 4))
    record(*(event(f"v{day}", f"2026-03-{day:02} 10:00", kind="co_visit",
                   attributes={"discovery_score": score}) for day, score in visits))  # fmt: skip
    stages([
        deal("d1", "won", "Europe/Paris", "2026-01-05 10:00", "2026-02-05 10:00"),
        deal("d2", "won", "Europe/Paris", "2026-02-05 10:00", "2026-03-12 10:00", account="Zeta"),
        deal("d3", "won", "Europe/Paris", "2026-02-05 10:00", "2026-03-28 10:00", account="Yves"),
    ], at("2026-05-01 10:00"))  # fmt: skip
    recompute_touched()
    return crew


def figures(crew: Crew, *spans: Period) -> dict[str, Fraction | None]:
    median = {"kind": "median", "types": ["proposal_sent"]}
    Metric.objects.create(key="own_m", name_fr="m", name_en="m", definition=median)
    for key, formula in (
        ("own_median", "own_m"),
        ("own_days", "days_in_period"),
        ("own_at_first", "customers_start"),
        ("own_at_last", "customers_end"),
    ):
        one = Kpi.objects.create(
            key=key,
            family="value",
            timing="lagging",
            unit="ratio",
            better="up",
            cadence="monthly",
            name_fr=key,
            name_en=key,
        )
        KpiVersion.objects.create(kpi=one, formula=formula, valid_from=date(2020, 1, 1))
    keys = ("calls_count", "leads_contacted_count", "own_median", "discovery_quality",
            "new_customers_count", "own_at_first", "own_at_last", "own_days")  # fmt: skip
    return dict(kpi_values_on(keys, spans, person_ids=[crew.lea.pk])[crew.lea.pk])


def test_two_stretches_are_told_as_one_time(march: Crew) -> None:
    assert figures(march, EARLY, LATE) == {
        "calls_count": 3,
        "leads_contacted_count": 2,  # Acme was met in both, and is one account
        "own_median": 250,  # of 100, 200, 300, 900
        "discovery_quality": 3,
        "new_customers_count": 1,  # Zeta was won in between
        "own_at_first": 1,
        "own_at_last": 3,
        "own_days": 21,
    }


def test_one_stretch_is_a_period(march: Crew) -> None:
    assert figures(march, LATE) == {
        "calls_count": 1,
        "leads_contacted_count": 1,
        "own_median": 250,
        "discovery_quality": Fraction(7, 2),
        "new_customers_count": 1,
        "own_at_first": 2,
        "own_at_last": 3,
        "own_days": 11,
    }
