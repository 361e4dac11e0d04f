"""The race on the page: read from the log when a record of one who is drawn counts otherwise."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from challenges import services
from challenges.boards import charts
from challenges.boards.race import Course
from challenges.models import Challenge
from challenges.queries import explained
from tests.challenges.games import MARCH, live, rescore, win
from tests.challenges.test_pages import client_of
from tests.kpis.crew import Crew, as_correction, at, event, record

READS_RECORDS = "WITH touched AS"


@pytest.fixture
def sprint(crew: Crew) -> Challenge:
    win("d1", "2026-03-10 11:00", "P1", 900)
    win("d2", "2026-03-11 11:00", "P2", 1000)
    win("d3", "2026-03-12 11:00", "P3", 1100)
    return live()


def race_of(client: Client, challenge: Challenge) -> tuple[Any, int]:
    """The lines as they are drawn, by name, and how often the log was read for them."""
    with CaptureQueriesContext(connection) as asked:
        page = client.get(reverse("challenges:page", args=[challenge.pk]))
    reads = sum(READS_RECORDS in one["sql"] for one in asked.captured_queries)
    return page.context["race"], reads


def courses_of(challenge: Challenge) -> dict[str, Course]:
    return charts.courses(explained(Challenge.objects.get(pk=challenge.pk)))


def test_a_course_is_read_again_only_when_another_record_counts(
    crew: Crew, sprint: Challenge
) -> None:
    client = client_of(crew.user_of(crew.lea))
    first, reads = race_of(client, sprint)
    assert (bool(first), reads) == (True, 1)

    # a new version without another record of anybody
    Challenge.objects.filter(pk=sprint.pk).update(version=sprint.version + 10)
    assert race_of(client, sprint) == (first, 0)

    # Léa's deal was three days earlier: her score and rank stay
    earlier = event("d1", "2026-03-07 11:00", "P1", kind="deal_won", amount=900)
    record(as_correction(earlier), recorded_at=at("2026-03-16 10:00"))
    rescore(sprint, at("2026-03-16 11:00"))
    moved, reads = race_of(client, sprint)
    assert reads == 1
    assert moved != first
    assert courses_of(sprint)["P1"] == {"2026-03-07": "900"}
    assert race_of(client, sprint) == (moved, 0)


def test_other_rules_draw_another_course(crew: Crew, sprint: Challenge) -> None:
    client = client_of(crew.user_of(crew.lea))
    first, _ = race_of(client, sprint)

    services.amend_challenge(
        actor=None, challenge=sprint, at=at("2026-03-16 10:00"), reason="By number.",
        document={**MARCH, "score": {"metric": "deals_won", "measure": "count"}},
    )  # fmt: skip

    counted, reads = race_of(client, sprint)
    assert reads == 1
    assert counted != first
    assert courses_of(sprint)["P1"] == {"2026-03-10": "1"}
