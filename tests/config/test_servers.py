"""The servers that a test session brings along are real and its own."""

import os
from pathlib import Path

import pytest
import redis
from django.conf import settings
from django.core.management import get_commands
from django.db import connection, transaction
from django.db.utils import ProgrammingError

from config.laptop import WITHOUT_SERVERS
from config.servers import remedy_of


@pytest.mark.django_db
def test_postgresql_is_real_and_has_the_extensions() -> None:
    with connection.cursor() as cursor:
        cursor.execute("select name from pg_available_extensions where name = 'btree_gist'")
        assert cursor.fetchall() == [("btree_gist",)]
        cursor.execute("show server_version_num")
        assert int(cursor.fetchone()[0]) >= 180000


def test_valkey_belongs_to_this_session_alone() -> None:
    client = redis.Redis.from_url(settings.REDIS_URL)
    me = os.environ.get("PYTEST_XDIST_WORKER", "alone")
    client.rpush("sessions", me)
    assert client.lrange("sessions", 0, -1) == [me.encode()]
    client.delete("sessions")
    client.close()


def test_the_shared_directory_is_there_when_the_fixture_gives_it(shared: Path) -> None:
    assert (shared / "product.md").is_file()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("statement", "has_remedy"),
    [
        ("SELECT 1 FROM no_such_table", True),
        ("SELECT no_such_column FROM django_migrations", True),
        ("SELECT 1 FROM", False),
    ],
)
def test_missing_tables_are_told_with_the_remedy(statement: str, has_remedy: bool) -> None:
    with (
        pytest.raises(ProgrammingError) as caught,
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
    assert ("migrate" in (remedy_of(caught.value) or "")) is has_remedy


def test_the_commands_that_need_no_server_exist() -> None:
    assert WITHOUT_SERVERS - {"help", "version"} <= get_commands().keys()
