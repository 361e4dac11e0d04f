"""Signing in by e-mail, being locked out, and setting a password by the link of the invitation."""

from urllib.parse import urlparse

import pytest
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from people.invitations import link_for
from people.models import User
from people.tasks import send_invitation
from tests.world import World, make_world

pytestmark = pytest.mark.django_db
PASSWORD = "grimper-au-col-2026"


@pytest.fixture(autouse=True)
def _no_old_failures() -> None:
    cache.clear()


@pytest.fixture
def world() -> World:
    world = make_world()
    for user in world.users.values():
        user.set_password(PASSWORD)
        user.save()
    return world


def sign_in(client: Client, email: str, password: str = PASSWORD, **more: str) -> int:
    data = {"login": email, "password": password, **more}
    return client.post(reverse("account_login"), data).status_code


def test_by_address_in_any_case_and_back_to_where_one_wanted(world: World) -> None:
    client = Client()
    assert client.get("/me/")["Location"] == "/accounts/login/?next=/me/"
    data = {"login": "LEA@Velo.example", "password": PASSWORD, "next": "/me/"}
    answer = client.post(reverse("account_login"), data)
    assert (answer.status_code, answer["Location"]) == (302, "/me/")
    assert client.get("/me/").status_code == 200


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("marc@velo.example", "wrong"),
        ("nobody@velo.example", PASSWORD),
        ("marc@velo.example", ""),
    ],
)
def test_a_wrong_password_and_an_unknown_address_look_the_same(
    world: World, email: str, password: str
) -> None:
    client = Client()
    assert sign_in(client, email, password) == 200
    assert client.get("/me/").status_code == 302


def test_a_closed_sign_in_does_not_get_in(world: World) -> None:
    User.objects.filter(email="marc@velo.example").update(is_active=False)
    client = Client()
    sign_in(client, "marc@velo.example")
    assert client.get("/me/").status_code == 302


def test_closing_a_sign_in_ends_its_session(world: World) -> None:
    client = Client()
    sign_in(client, "marc@velo.example")
    assert client.get("/me/").status_code == 200
    User.objects.filter(email="marc@velo.example").update(is_active=False)
    assert client.get("/me/").status_code == 302


def test_guessing_locks_out_even_the_right_password_but_nobody_else(world: World) -> None:
    client = Client()
    got = [sign_in(client, "marc@velo.example", f"guess {n}") for n in range(9)]
    assert got[0] == 200
    assert got[-1] == 429
    locked = client.post(
        reverse("account_login"), {"login": "marc@velo.example", "password": PASSWORD}
    )
    assert locked.status_code == 429
    assert b"1 hour" in locked.content or b"1 heure" in locked.content
    assert sign_in(Client(), "MARC@velo.example") == 429
    assert sign_in(Client(), "hana@velo.example") == 302


def test_there_is_no_public_sign_up(world: World) -> None:
    answer = Client().post(
        reverse("account_signup"), {"email": "new@velo.example", "password1": PASSWORD}
    )
    assert not User.objects.filter(email="new@velo.example").exists()
    assert answer.status_code in (200, 404)


def test_an_invitation_sets_a_password_once(
    world: World, mailoutbox: list[mail.EmailMessage]
) -> None:
    eve = world.users["eve"]
    eve.set_unusable_password()
    eve.save()
    send_invitation(eve.pk)
    link = next(line for line in mailoutbox[0].body.splitlines() if line.startswith("http"))
    client = Client()
    form = client.get(urlparse(link).path, follow=True)
    assert form.status_code == 200
    address = form.redirect_chain[-1][0]
    new = {"password1": "un-col-de-plus-26", "password2": "un-col-de-plus-26"}
    assert client.post(address, new).status_code == 302
    assert sign_in(Client(), "eve@velo.example", "un-col-de-plus-26") == 302
    again = Client().get(urlparse(link).path, follow=True)
    assert again.context["token_fail"] is True


def test_a_weak_password_is_refused_by_the_link(world: World) -> None:
    client = Client()
    form = client.get(urlparse(link_for(world.users["eve"])).path, follow=True)
    weak = {"password1": "short", "password2": "short"}
    assert client.post(form.redirect_chain[-1][0], weak).status_code == 200
    assert sign_in(Client(), "eve@velo.example", "short") == 200
