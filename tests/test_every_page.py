"""Every address of ours, asked by everybody: the answers of tests/rights, and none forgotten."""

from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tests.rights import Row, table
from tests.world import WHO, World, make_world

TABLE = table()
# addresses that a library brings: allauth's own (signed-in state is its affair)
OF_LIBRARIES = ("account_",)


def url_names(patterns: list[URLPattern | URLResolver], prefix: str = "") -> Iterator[str]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            space = f"{prefix}{pattern.namespace}:" if pattern.namespace else prefix
            yield from url_names(pattern.url_patterns, space)
        else:
            yield f"{prefix}{pattern.name}"


@pytest.fixture
def world(db: None) -> World:
    return make_world()


def test_every_address_of_ours_has_a_row_and_every_row_an_address() -> None:
    names = {
        name for name in url_names(get_resolver().url_patterns) if not name.startswith(OF_LIBRARIES)
    }
    assert "None" not in {name.split(":")[-1] for name in names}, "an address without a name"
    assert names == set(TABLE)


def status(client: Client, name: str, row: Row, world: World) -> int:
    address = reverse(name, kwargs=dict(row.kwargs(world))) + row.query
    return client.generic(row.method.upper(), address).status_code


@pytest.mark.parametrize("name", sorted(TABLE))
def test_who_gets_in(name: str, world: World) -> None:
    row = TABLE[name]
    got = {"stranger": status(Client(), name, row, world)}
    for who in WHO:
        client = Client()
        client.force_login(
            world.who(who), backend="allauth.account.auth_backends.AuthenticationBackend"
        )
        got[who] = status(client, name, row, world)
    assert got == dict(row.statuses)
