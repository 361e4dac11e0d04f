"""The pieces of live updates: what a stream holds, who may listen, and a Redis that is away."""

import asyncio
import logging

import pytest
from django.db import transaction
from pytest_django.fixtures import Settings

from common import live
from common.models import AuditEntry
from tests.serving import awaited


def frames(*steps: str, topics: tuple[str, ...] = ("board", "person:7")) -> str:
    """What a listener sends after these offers ("board@3" or "refetch")."""

    async def run() -> str:
        listener = live.Listener(topics)
        for step in steps:
            topic, _, version = step.partition("@")
            listener.refetch() if step == "refetch" else listener.offer(topic, int(version))
        return await listener.next(0.01)

    return awaited(run())


def change(topic: str, version: int) -> str:
    return f'event: change\ndata: {{"topic":"{topic}","version":{version}}}\n\n'


def test_a_burst_is_one_message_per_topic_with_the_newest_version() -> None:
    burst = [f"board@{n}" for n in range(1000)]
    assert frames("person:7@1", *burst) == change("board", 999) + change("person:7", 1)


def test_other_topics_are_not_kept_at_all() -> None:
    assert frames("challenge:1@5") == ": heartbeat\n\n"


def test_silence_is_a_heartbeat() -> None:
    assert frames() == ": heartbeat\n\n"


def test_after_a_loss_everything_is_fetched_again() -> None:
    assert frames("board@1", "refetch") == "event: refetch\ndata: {}\n\n"


def test_what_was_sent_is_not_sent_again() -> None:
    async def run() -> list[str]:
        listener = live.Listener(["board"])
        listener.offer("board", 1)
        return [await listener.next(0.01), await listener.next(0.01)]

    assert awaited(run()) == [change("board", 1), ": heartbeat\n\n"]


@pytest.fixture
def rule(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "_rules", {})
    live.listens("desk")(lambda viewer, topic_id: viewer == f"owner of {topic_id or 'all'}")


@pytest.mark.parametrize(
    ("viewer", "topic", "answer"),
    [
        ("owner of 7", "desk:7", True),
        ("owner of 7", "desk:8", False),
        ("owner of all", "desk", True),
        ("owner of 7", "chair:7", False),
        ("owner of 7", "desk:7\nevent: x", False),
        ("owner of 7", "DESK:7", False),
        ("owner of ", "desk:", False),
        ("owner of 7", "", False),
    ],
)
def test_who_may_listen(rule: None, viewer: str, topic: str, answer: bool) -> None:
    assert live.may_listen(viewer, topic) is answer


def test_two_rules_for_one_topic_are_a_mistake(rule: None) -> None:
    with pytest.raises(RuntimeError, match="desk"):
        live.listens("desk")(lambda _viewer, _id: True)


def test_a_malformed_topic_cannot_be_published() -> None:
    with pytest.raises(ValueError, match="not a topic"):
        live.publish("board\n")
    with pytest.raises(ValueError, match="not a topic"):
        live.publish_all(["board", "board\n"])


def test_a_redis_that_is_away_costs_no_write(
    transactional_db: None, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    live._redis.cache_clear()
    try:
        with caplog.at_level(logging.WARNING), transaction.atomic():
            AuditEntry.objects.create(actor_name="x", action="x", subject_kind="x", subject_id="1")
            live.publish("board", 1)
            live.publish_all(f"person:{number}" for number in range(1, 1001))
    finally:
        live._redis.cache_clear()
    assert AuditEntry.objects.count() == 1
    assert "live update of board not sent" in caplog.text
    assert "live update of person:1 and 999 more not sent" in caplog.text


def test_a_redis_that_hangs_is_asked_once_and_then_left_alone(
    monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    """It takes connections and says nothing: one reader waits for a moment, the others not."""
    monkeypatch.setattr(live, "ASK_SECONDS", 0.05)
    connections = list[object]()

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(writer)
        await reader.read()

    async def asked() -> list[int | None]:
        server = await asyncio.start_server(silent, "127.0.0.1", 0)
        settings.REDIS_URL = f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}/0"
        found = [await live.version_of("board") for _ in range(5)]
        await live.note_version("board", 3)
        server.close()
        return found

    assert awaited(asked()) == [None] * 5
    assert len(connections) == 1


def test_a_redis_that_is_back_is_asked_again(
    monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    monkeypatch.setattr(live, "AWAY_SECONDS", 0.0)
    monkeypatch.setattr(live, "ASK_SECONDS", 60.0)
    good = settings.REDIS_URL

    async def asked() -> tuple[int | None, int | None]:
        settings.REDIS_URL = "redis://127.0.0.1:1/0"
        away = await live.version_of("comes-back")
        live._clients.clear()
        settings.REDIS_URL = good
        await live.note_version("comes-back", 4)
        return away, await live.version_of("comes-back")

    assert awaited(asked()) == (None, 4)
