"""What is of North does not exist for South: every address that names a thing of it, read or sent.

The addresses are those of `tests.rights`: a new one is asked here without being written down again.
"""

import pytest
from django.test import Client
from django.urls import reverse

from tests.rights import no_kwargs, table
from tests.world import World, make_world

# names a format, not a thing of somebody
OF_NOBODY = {"challenges:new_of"}
ABROAD = sorted(
    name
    for name, row in table().items()
    if name.startswith("challenges:") and row.kwargs is not no_kwargs and name not in OF_NOBODY
)


@pytest.fixture
def world(db: None) -> World:
    return make_world()


@pytest.mark.parametrize("name", ABROAD)
def test_what_is_of_another_team_is_not_found(name: str, world: World) -> None:
    address = reverse(name, kwargs=dict(table()[name].kwargs(world)))
    answers = {}
    for who in ("sonia", "omar"):
        client = Client()
        client.force_login(
            world.users[who], backend="allauth.account.auth_backends.AuthenticationBackend"
        )
        answers[who] = [client.get(address).status_code, client.post(address).status_code]
    assert answers == {"sonia": [404, 404], "omar": [404, 404]}


def test_every_thing_is_among_them() -> None:
    assert {"challenges:page", "challenges:act", "challenges:reward_decide"} <= set(ABROAD)
    assert "challenges:list" not in ABROAD
