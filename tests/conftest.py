"""Fixtures of every room's tests. The servers are started by tests/settings.py."""

import os
from importlib import import_module
from pathlib import Path

import pytest
from django.core.cache import cache
from django.utils import translation
from hypothesis import settings

ROOT = Path(__file__).resolve().parent.parent

# a slow machine is no failure: what is checked is what a thing does, not how long it takes
settings.register_profile("maillot", deadline=None)
settings.load_profile("maillot")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests in which several connections or processes take part get a second try.

    Nothing else does: there, order and time are the operating system's, and the test's own guess of
    how long something may take can be wrong. Each second try is printed, to be looked at.
    """
    for item in items:
        database = item.get_closest_marker("django_db")
        several = database is not None and database.kwargs.get("transaction")
        fixtures = {"transactional_db", "page"} & set(getattr(item, "fixturenames", ()))
        if several or fixtures or item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.flaky(reruns=1))


@pytest.fixture(scope="session")
def shared() -> Path:
    """The directory of shared reference data beside the repository; skips when it is absent."""
    directory = Path(os.environ.get("MAILLOT_SHARED", ROOT.parent / "shared"))
    if not directory.is_dir():
        pytest.skip("needs ../shared: the reference data beside the repository is absent")
    return directory


@pytest.fixture(scope="session")
def django_db_keepdb(request: pytest.FixtureRequest) -> bool:
    """Test databases are dropped one by one only on a server that outlives the session.

    Our own server is thrown away whole: dropping a database first would only fail where a thread
    of a test server still holds a connection.
    """
    temporary = os.environ.get("MAILLOT_TEST_POSTGRES") == "temporary"
    return temporary or bool(request.config.getvalue("reuse_db"))


SHIPPED = (
    ("people", "Role", "0002_shipped_roles"),
    ("activities", "ActivityType", "0002_shipped_types"),
    ("kpis", "Kpi", "0003_shipped_dictionary"),
    ("challenges", "Badge", "0014_shipped_badges"),
)


@pytest.fixture(autouse=True)
def _in_english() -> None:
    """A page that another test has asked for leaves its reader's language in the thread."""
    translation.activate("en")


@pytest.fixture(autouse=True)
def _as_at_first(request: pytest.FixtureRequest) -> None:
    """What a migrated database has from the start, and nothing kept of another test.

    A test that empties all tables takes the first away.
    """
    wanted = {"db", "transactional_db"} & set(request.fixturenames)
    if not wanted and request.node.get_closest_marker("django_db") is None:
        return
    request.getfixturevalue("db")
    # what another test has kept under the same key is of another company
    cache.clear()
    # models can only be imported once pytest-django has set Django up
    from django.apps import apps

    for room, model, migration in SHIPPED:
        if not apps.get_model(room, model).objects.exists():
            import_module(f"{room}.migrations.{migration}").load(apps, None)
