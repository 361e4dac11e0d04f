"""What is asked for together says what each part of it says alone: windows, and people."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from kernel.periods import Period
from kpis.queries import KpiValues, catalogue, kpi_values_over, many_kpi_values
from kpis.services import recompute_touched
from tests.kpis.crew import Crew
from tests.kpis.dictionary_sql.questions import QUESTIONS
from tests.kpis.dictionary_sql.small_log import (
    LATELY,
    MARCH,
    WINDOWS,
    bring_in,
    deal,
    objectives_of,
    stages,
)

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("limit", ["everybody", "person", "team", "known"])
def test_the_whole_dictionary_over_windows_that_overlap(crew: Crew, limit: str) -> None:
    bring_in()
    objectives_of(crew)
    recompute_touched()
    known = catalogue(MARCH.last)
    limits: dict[str, dict[str, Any]] = {
        "everybody": {},
        "person": {"person_ids": [crew.lea.pk]},
        "team": {"team_ids": [crew.north.pk]},
        "known": {"as_known_at": LATELY},
    }
    more = limits[limit]

    for by in ("", "person,month", "team", "account"):
        together = kpi_values_over(list(QUESTIONS), WINDOWS, by=by, known=known, **more)
        alone = [
            many_kpi_values(list(QUESTIONS), by=by, period=one, known=known, **more)
            for one in WINDOWS
        ]
        assert together == alone, by
        values = [one.value for rows in together for row in rows for one in row.figures.values()]
        assert any(values), by


@pytest.mark.parametrize("known_at", [None, LATELY - timedelta(days=1)])
def test_everybody_has_alone_what_they_have_among_all(
    crew: Crew, known_at: datetime | None
) -> None:
    bring_in()
    objectives_of(crew)
    paris = "Europe/Paris"
    stages([  # two who win a new account at the same moment
        deal(number, "won", paris, "2026-03-10 10:00", "2026-03-18 10:00", who=who, account="Twin")
        for number, who in (("t2", "P2"), ("t1", "P1"))
    ])  # fmt: skip
    recompute_touched()
    people = [crew.lea.pk, crew.hugo.pk, crew.noor.pk]

    for window in WINDOWS:
        among = asked(window, known_at, people)
        alone = [row for one in people for row in asked(window, known_at, [one])]
        assert sorted(alone, key=who_of) == sorted(among, key=who_of), window


def asked(window: Period, known_at: datetime | None, people: list[int]) -> list[KpiValues]:
    return many_kpi_values(
        list(QUESTIONS), by="person", period=window, person_ids=people, as_known_at=known_at
    )


def who_of(row: KpiValues) -> str:
    return row.group[0].key
