"""Windows that are asked for together say what each of them says alone."""

from typing import Any

import pytest

from kpis.queries import catalogue, kpi_values_over, many_kpi_values
from kpis.services import recompute_touched
from tests.kpis.crew import Crew
from tests.kpis.dictionary_sql.questions import QUESTIONS
from tests.kpis.dictionary_sql.small_log import LATELY, MARCH, WINDOWS, bring_in, objectives_of

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
