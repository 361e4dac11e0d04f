"""Boards that are answered beside Django: the same bytes, the newest version, nobody else's."""

import http.client
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.conf import settings
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone
from redis import Redis

from challenges import services
from challenges.boards import beside
from challenges.models import Challenge
from common import live as updates
from people.models import User
from tests.challenges.games import MID_MARCH, live, win
from tests.challenges.test_pages import client_of
from tests.kpis.crew import Crew, make_crew
from tests.serving import cookie_of, served

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def crew(transactional_db: None) -> Crew:
    cache.clear()
    return make_crew()


@pytest.fixture
def port() -> Iterator[int]:
    with served() as found:
        yield found


@pytest.fixture(autouse=True)
def _long_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """However slow the machine, a reader is known until the end of a test."""
    monkeypatch.setattr(beside, "SECONDS", 600.0)


class Reader:
    """Somebody's browser: one connection, the same request each time."""

    def __init__(self, port: int, cookie: str, challenge: Challenge, query: str = "") -> None:
        self._port, self._cookie = port, cookie
        self._path = f"/challenges/{challenge.pk}/board/{query}"

    def get(self) -> tuple[int, str]:
        """Status and board; the name of the fragment is never told."""
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)
        headers = {"Host": "localhost", "Cookie": self._cookie} if self._cookie else {}
        connection.request("GET", self._path, headers=headers)
        answer = connection.getresponse()
        text = answer.read().decode()
        assert answer.headers[beside.HEADER] is None
        connection.close()
        return answer.status, text


def bite(user: User) -> None:
    """What tells who answers: Django refuses this user from now on."""
    User.objects.filter(pk=user.pk).update(is_active=False)


def test_the_second_time_it_is_answered_without_django(crew: Crew, port: int) -> None:
    win("d1", "2026-03-10 11:00", "P1", 900)
    challenge = live()
    user = crew.user_of(crew.lea)
    lea = Reader(port, cookie_of(user), challenge)
    status, text = lea.get()
    assert (status, "Léa Martin" in text) == (200, True)

    bite(user)

    assert lea.get() == (200, text)
    # not what somebody else asks, nor the same person otherwise
    assert Reader(port, cookie_of(user), challenge).get()[0] != 200
    assert Reader(port, "", challenge).get()[0] != 200
    assert Reader(port, lea._cookie, challenge, "?all=1").get()[0] != 200


def test_who_lost_a_right_is_refused_after_the_seconds(
    crew: Crew, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(beside, "SECONDS", 0.0)
    challenge, user = live(), crew.user_of(crew.lea)
    lea = Reader(port, cookie_of(user), challenge)
    assert lea.get()[0] == 200
    bite(user)
    assert lea.get()[0] != 200


def test_a_new_version_is_answered_at_once_and_shared_by_who_sees_the_same(
    crew: Crew, port: int
) -> None:
    challenge = live()
    rh, direction = (
        User.objects.create_user(f"{right}@example.org", "x", rights=[right], language="en")
        for right in ("hr", "executive")
    )
    one = Reader(port, cookie_of(rh), challenge)
    other = Reader(port, cookie_of(direction), challenge)
    before = one.get()[1]
    assert other.get()[1] == before

    win("d1", "2026-03-10 11:00", "P1", 900)
    services.rescore_challenge(challenge_id=challenge.pk, at=MID_MARCH)
    after = one.get()[1]
    bite(direction)

    assert after != before
    assert "900" in after
    # known as a reader, and of the new version the other one's answer is drawn already
    assert other.get() == (200, after)


def test_two_entrants_have_each_their_own(crew: Crew, port: int) -> None:
    win("d1", "2026-03-10 11:00", "P1", 900)
    challenge = live()
    readers = [
        Reader(port, cookie_of(crew.user_of(person)), challenge) for person in (crew.lea, crew.hugo)
    ]
    first = [reader.get()[1] for reader in readers]
    assert first[0] != first[1]
    assert [reader.get()[1] for reader in readers] == first


def test_without_valkey_django_answers(crew: Crew, port: int) -> None:
    challenge, user = live(), crew.user_of(crew.lea)
    lea = Reader(port, cookie_of(user), challenge)
    assert lea.get()[0] == 200
    Redis.from_url(settings.REDIS_URL).flushall()
    assert lea.get()[0] == 200
    Redis.from_url(settings.REDIS_URL).flushall()
    bite(user)
    assert lea.get()[0] != 200


def test_a_version_that_is_told_late_does_not_take_the_place_of_a_newer_one(crew: Crew) -> None:
    kept = Redis.from_url(settings.REDIS_URL)
    for version in (7, 9, 8):
        updates.publish("challenge-live:1", version)
    assert kept.get("maillot:version:challenge-live:1") == b"9"
    assert 0 < kept.ttl("maillot:version:challenge-live:1") <= updates.VERSION_SECONDS


def test_nobody_is_known_beyond_the_beginning_of_a_freeze(crew: Crew) -> None:
    challenge = live()
    Challenge.objects.filter(pk=challenge.pk).update(
        frozen_from=timezone.now() + timedelta(seconds=100)
    )
    url = reverse("challenges:board", args=[challenge.pk])
    said = client_of(crew.user_of(crew.lea)).get(url)[beside.HEADER]
    assert 0 < float(said.split()[1]) <= 100

    assert beside.named(3, "x", 2.5) == "3 2.5 x"
    assert beside.named(3, "x", 6_000) == f"3 {beside.SECONDS} x"
    assert beside.named(3, "x", -1) == "3 0.0 x"
