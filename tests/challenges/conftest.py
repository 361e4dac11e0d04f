"""Fixtures of this room."""

import pytest
from django.core.cache import cache

from tests.kpis.crew import Crew, make_crew


@pytest.fixture
def crew(db: None) -> Crew:
    """The small company of `tests.kpis.crew`; nothing cached from another test."""
    cache.clear()
    return make_crew()
