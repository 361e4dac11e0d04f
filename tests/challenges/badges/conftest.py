"""Fixtures of badges: the crew without the shipped badges, so that each test sees its own."""

import pytest

from challenges.models import Badge
from tests.kpis.crew import Crew


@pytest.fixture
def bare(crew: Crew) -> Crew:
    """The crew; the shipped badges are retired."""
    Badge.objects.update(retired=True)
    return crew
