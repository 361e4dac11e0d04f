"""The live streams on a real server with a real Redis: who hears what, and what survives."""

import http.client
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from django.conf import settings
from django.db import transaction
from redis import Redis

from common import live
from people import services
from tests.serving import Stream, cookie_of, served, until
from tests.world import World, make_world


@pytest.fixture
def world(transactional_db: None) -> World:
    return make_world()


@pytest.fixture
def port(world: World) -> Iterator[int]:
    with served() as port:
        yield port


def topic_of(world: World, name: str) -> str:
    return f"person:{world.people[name].pk}"


def listening(port: int, world: World, who: str, *names: str) -> Stream:
    query = "&".join(f"topic={topic_of(world, name)}" for name in names)
    return Stream(port, f"?{query}", cookie_of(world.users[who]))


def started(stream: Stream) -> Stream:
    """The first stream of a process hears `refetch` once the subscription stands."""
    assert stream.next_event() == ("refetch", "{}")
    return stream


def test_a_change_arrives_with_its_version(port: int, world: World) -> None:
    with listening(port, world, "léa", "léa") as stream:
        assert (stream.status, stream.content_type) == (200, "text/event-stream")
        started(stream)
        live.publish(topic_of(world, "rémi"), 1)
        live.publish(topic_of(world, "léa"), 2)
        topic = topic_of(world, "léa")
        assert stream.next_event() == ("change", f'{{"topic":"{topic}","version":2}}')


def test_only_what_was_committed_is_told(port: int, world: World) -> None:
    topic = topic_of(world, "léa")
    with listening(port, world, "léa", "léa") as stream:
        started(stream)
        with transaction.atomic():
            live.publish(topic, 1)
            transaction.set_rollback(True)
        with transaction.atomic():
            live.publish(topic, 2)
        assert stream.next_event() == ("change", f'{{"topic":"{topic}","version":2}}')


def test_who_may_listen_to_whom(port: int, world: World) -> None:
    expected = {
        ("léa", "léa"): 200,
        ("léa", "rémi"): 404,
        ("léa", "léa omar"): 404,
        ("marc", "léa rémi"): 200,
        ("marc", "omar"): 404,
        ("wanda", "léa"): 200,
        ("hana", "omar"): 200,
        ("ada", "omar"): 200,
        ("eve", "omar"): 200,
    }
    got = {}
    for who, whom in expected:
        with listening(port, world, who, *whom.split()) as stream:
            got[who, whom] = stream.status
    assert got == expected


def test_no_topic_or_an_unknown_one_is_not_found_even_for_an_admin(port: int, world: World) -> None:
    topics = ("", "topic=nothing:1", "topic=person:x", "topic=person", "topic=person:1%0A")
    got = {}
    for query in topics:
        with Stream(port, f"?{query}", cookie_of(world.users["ada"])) as stream:
            got[query] = stream.status
    assert got == dict.fromkeys(topics, 404)


def test_too_many_topics_are_not_found(port: int, world: World) -> None:
    topics = "&".join(f"topic=person:{n}" for n in range(live.MOST_TOPICS + 1))
    with Stream(port, f"?{topics}", cookie_of(world.users["ada"])) as stream:
        assert stream.status == 404


def test_a_stranger_hears_nothing(port: int, world: World) -> None:
    with Stream(port, f"?topic={topic_of(world, 'léa')}") as stream:
        assert stream.status == 404


def test_a_closed_sign_in_and_a_foreign_host_hear_nothing(port: int, world: World) -> None:
    cookie = cookie_of(world.users["léa"])
    services.set_active(actor=None, user=world.users["léa"], is_active=False)
    with Stream(port, f"?topic={topic_of(world, 'léa')}", cookie) as stream:
        assert stream.status == 404
    services.set_active(actor=None, user=world.users["léa"], is_active=True)
    with Stream(port, f"?topic={topic_of(world, 'léa')}", cookie, "evil.example") as stream:
        assert stream.status == 404
    with Stream(port, f"?topic={topic_of(world, 'léa')}", cookie) as stream:
        assert stream.status == 200


def test_what_changed_while_the_page_loaded_is_repeated(port: int, world: World) -> None:
    with listening(port, world, "marc", "rémi") as first:
        started(first)
        live.publish(topic_of(world, "léa"), 5)
        live.publish(topic_of(world, "rémi"), 6)
        first.next_event()
        with listening(port, world, "léa", "léa") as late:
            topic = topic_of(world, "léa")
            assert late.next_event() == ("change", f'{{"topic":"{topic}","version":5}}')


def test_a_lost_redis_connection_is_followed_by_refetch_and_then_by_changes(
    port: int, world: World
) -> None:
    redis: Redis = Redis.from_url(settings.REDIS_URL)
    topic = topic_of(world, "léa")
    with listening(port, world, "léa", "léa") as stream:
        started(stream)
        redis.flushall()
        redis.client_kill_filter(_type="pubsub")
        assert stream.next_event() == ("refetch", "{}")
        live.publish(topic, 3)
        assert stream.next_event() == ("change", f'{{"topic":"{topic}","version":3}}')


def test_many_streams_share_one_subscription_and_hold_no_database_connection(
    port: int, world: World
) -> None:
    pool_size = settings.DATABASES["default"]["OPTIONS"]["pool"]["max_size"]
    redis = Redis.from_url(settings.REDIS_URL)
    with ExitStack() as stack:
        streams = [
            stack.enter_context(listening(port, world, "léa", "léa")) for _ in range(pool_size + 4)
        ]
        assert {stream.status for stream in streams} == {200}
        until(lambda: dict(redis.pubsub_numsub(live.CHANNEL))[live.CHANNEL.encode()] == 1)
        page = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        page.request("GET", "/me/", headers={"Cookie": cookie_of(world.users["léa"])})
        assert page.getresponse().status == 200
        page.close()


def test_a_reader_who_leaves_is_forgotten(port: int, world: World) -> None:
    with listening(port, world, "léa", "léa") as stream:
        started(stream)
        hubs = [hub for hub in live._hubs.values() if hub.listeners]
        assert len(hubs) == 1
    until(lambda: not hubs[0].listeners)
