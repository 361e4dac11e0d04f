"""Boards that are answered beside Django: the same bytes, the newest version, nobody else's."""

import http.client
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
import time_machine
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
from tests.challenges.games import AFTER_CUT_OFF, MID_MARCH, live, win
from tests.challenges.test_pages import client_of
from tests.challenges.test_visibility import frozen, sign
from tests.kpis.crew import Crew, make_crew
from tests.serving import awaited, cookie_of, served, until

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
    """However slow the machine, a reader is known until the end of a test, and Valkey answers in
    time."""
    monkeypatch.setattr(beside, "SECONDS", 600.0)
    monkeypatch.setattr(updates, "ASK_SECONDS", 60.0)


class Reader:
    """Somebody's browser: one connection, the same request each time."""

    def __init__(self, port: int, cookie: str, challenge: Challenge, query: str = "") -> None:
        self._port, self._cookie = port, cookie
        self._path = f"/challenges/{challenge.pk}/board/{query}"
        self._noted = f"maillot:version:challenge-live:{challenge.pk}"

    def known(self) -> tuple[int, str]:
        """Django's answer, once its version is noted: that comes after the last byte."""
        kept = Redis.from_url(settings.REDIS_URL)
        kept.delete(self._noted)
        found = self.get()
        until(lambda: bool(kept.exists(self._noted)))
        return found

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
    status, text = lea.known()
    assert (status, "Léa Martin" in text) == (200, True)

    bite(user)

    assert lea.get() == (200, text)
    # not what somebody else asks, nor the same person otherwise
    assert Reader(port, cookie_of(user), challenge).get()[0] != 200
    assert Reader(port, "", challenge).get()[0] != 200
    assert Reader(port, lea._cookie, challenge, "?page=2").get()[0] != 200


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
    assert lea.known()[0] == 200
    Redis.from_url(settings.REDIS_URL).flushall()
    assert lea.known()[0] == 200
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


# --- what nobody may get from what is kept ----------------------------------------------------


def test_who_may_not_see_it_is_refused_whatever_others_were_given(crew: Crew, port: int) -> None:
    challenge = live()
    stranger = User.objects.create_user("out@example.org", "x", language="en")
    lea = Reader(port, cookie_of(crew.user_of(crew.lea)), challenge)
    out = Reader(port, cookie_of(stranger), challenge)

    assert lea.known()[0] == 200
    assert [out.get()[0], out.get()[0]] == [404, 404]
    # nor is a refusal kept: it is asked for each time
    User.objects.filter(pk=stranger.pk).update(rights=["hr"])
    assert out.get()[0] == 200


def test_who_hides_is_on_nobodys_board_from_then_on(crew: Crew, port: int) -> None:
    win("d1", "2026-03-10 11:00", "P1", 900)
    win("d2", "2026-03-10 11:00", "P2", 800)
    challenge = live()
    lea = Reader(port, cookie_of(crew.user_of(crew.lea)), challenge)
    assert "Hugo" in lea.known()[1]

    services.set_face(actor=None, person=crew.hugo, nickname="", hidden=True)

    assert "Hugo" not in lea.get()[1]


def test_a_frozen_board_stands_still_for_players_and_is_revealed_at_once(
    crew: Crew, port: int
) -> None:
    ceremony = {"visibility": {"freeze": "10 %", "reveal": "ceremony"}}
    with time_machine.travel(AFTER_CUT_OFF, tick=False):
        challenge = sign(frozen(crew, ceremony))
        hugo = Reader(port, cookie_of(crew.user_of(crew.hugo)), challenge)
        User.objects.update(language="en")
        rh = Reader(port, cookie_of(crew.admin), challenge)
        still, moved = hugo.known()[1], rh.known()[1]
        # each gets their own again, though both were told of the same version
        assert (hugo.get()[1], rh.get()[1]) == (still, moved)
        services.reveal(actor=crew.admin, challenge=challenge)
        revealed = hugo.get()[1]

    assert ["1,400" in one for one in (still, moved, revealed)] == [False, True, True]


def test_half_an_answer_is_no_fragment(crew: Crew) -> None:
    """A reader who goes away while the answer is sent leaves nothing to others."""
    kept = beside._Known()
    asked: beside.Asked = ("/challenges/1/board/", b"", ((b"cookie", b"x"),))
    start: Any = {
        "type": "http.response.start", "status": 200,
        "headers": [(beside.HEADER.encode(), beside.named(3, "x", 60).encode())],
    }  # fmt: skip
    bodies: list[Any] = [
        {"type": "http.response.body", "body": b"half", "more_body": True},
        {"type": "http.response.body", "body": b" and half", "more_body": False},
    ]

    async def answered(*, breaks: bool) -> tuple[beside.Headers, bytes] | None:
        sent = list[str]()

        async def send(event: Any) -> None:
            sent.append(event["type"])
            if breaks and len(sent) == 3:
                raise ConnectionResetError

        listening = beside._Listening(kept, "challenge-live:1", asked, send)
        with suppress(ConnectionResetError):
            for event in (start, *bodies):
                await listening(event)
        return await kept.answer("challenge-live:1", asked)

    assert awaited(answered(breaks=True)) is None
    assert awaited(answered(breaks=False)) == ([], b"half and half")
