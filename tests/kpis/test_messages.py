"""What the live path says to the rest: rescore these people, these boards moved; and when."""

import base64
import json
import time
from collections.abc import Iterator

import pytest
from celery import current_app
from django.conf import settings
from redis import Redis

from activities.models import TouchedDay
from common import live
from kpis import tasks
from tests.kpis.crew import Crew, event, record


@pytest.fixture
def redis() -> Iterator[Redis]:
    """The session's own server, with an empty queue."""
    client = Redis.from_url(settings.REDIS_URL)
    client.delete("live", "jobs")
    yield client
    client.delete("live", "jobs")
    client.close()


def queued(redis: Redis) -> list[tuple[str, object]]:
    """(task, all its arguments) of the messages in the broker, oldest first."""
    found: list[tuple[str, object]] = []
    for raw in reversed(redis.lrange("live", 0, -1)):
        message = json.loads(raw)
        body = json.loads(base64.b64decode(message["body"]))
        found.append((message["headers"]["task"], [*body[0], *body[1].values()]))
    return found


def test_a_record_wakes_the_worker_and_the_worker_the_challenges(
    crew: Crew, redis: Redis, django_capture_on_commit_callbacks: object
) -> None:
    capture = django_capture_on_commit_callbacks
    with capture(execute=True):  # type: ignore[operator]  # pytest-django's context manager
        record(event("c1", "2026-03-10 11:00"), event("c2", "2026-03-11 11:00", "P2"))
    assert queued(redis) == [("kpis.recompute_touched", [])]
    redis.delete("live")

    with redis.pubsub() as heard:  # type: ignore[no-untyped-call]  # redis has loose types
        heard.subscribe(live.CHANNEL)
        with capture(execute=True):  # type: ignore[operator]  # redis has loose types
            done = tasks.recompute_touched()
        topics = said(heard)

    assert done == 2
    people = sorted([crew.lea.pk, crew.hugo.pk])
    days = ["2026-03-10", "2026-03-11"]
    assert queued(redis) == [("challenges.rescore_people", [people, days])]
    assert topics == {"board", *(f"person:{person}" for person in people)}


def said(heard: object) -> set[str]:
    """The topics that were published."""
    topics: set[str] = set()
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline and len(topics) < 3:
        message = heard.get_message(timeout=0.2)  # type: ignore[attr-defined]  # redis has loose types
        if message and message["type"] == "message":
            topics.add(json.loads(message["data"])["topic"])
    return topics


def test_nothing_is_said_before_the_commit_or_without_marks(crew: Crew, redis: Redis) -> None:
    record(event("c1", "2026-03-10 11:00"))

    assert tasks.sweep() == 1
    assert queued(redis) == []
    assert tasks.sweep() == 0


def test_the_sweep_finds_what_a_lost_message_left(crew: Crew, redis: Redis) -> None:
    record(event("c1", "2026-03-10 11:00"))
    redis.delete("live")

    tasks.sweep()

    assert not TouchedDay.objects.exists()
    assert tasks.verify() == 0


def test_tasks_are_known_by_the_names_that_others_send() -> None:
    assert {"kpis.recompute_touched", "kpis.sweep", "kpis.verify"} <= set(current_app.tasks)
