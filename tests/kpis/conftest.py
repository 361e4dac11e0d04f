"""Fixtures of this room."""

import pytest

from tests.kpis.crew import Crew, make_crew


@pytest.fixture
def crew(db: None) -> Crew:
    """The small company of `tests.kpis.crew`."""
    return make_crew()
