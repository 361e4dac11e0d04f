"""Live updates: "topic T changed" from any process to the browsers that listen to T.

`publish` sends after commit over Redis publish/subscribe. Each web process holds ONE subscription
and hands messages to its open streams (`stream`); a stream carries no content, only which
fragments to fetch again, so a lost or repeated message is harmless. See docs/decisions/live.md.
"""

import asyncio
import json
import logging
import random
import re
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from functools import cache, partial
from typing import Any, cast
from weakref import WeakKeyDictionary

from django.conf import settings
from django.db import transaction
from redis import Redis, RedisError
from redis.asyncio import Redis as AsyncRedis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

log = logging.getLogger(__name__)

CHANNEL = "maillot:live"
MOST_TOPICS = 20
HEARTBEAT_SECONDS = 15.0
# a stream ends after this and the browser opens another: rights are looked at again
LIFETIME_SECONDS = 600.0
# messages this old are repeated to a new stream: the page was rendered before it listened
REPLAY_SECONDS = 10.0
# so long a told version is known; when telling one has failed, the database is asked after that
VERSION_SECONDS = 60
# so long a reader waits for a version; a Redis that took longer is not asked by readers for a while
ASK_SECONDS, AWAY_SECONDS = 0.5, 5.0
_TOPIC = re.compile(r"(?P<kind>[a-z][a-z_-]{0,29})(?::(?P<id>[A-Za-z0-9_.-]{1,60}))?")

CanListen = Callable[[Any, str], bool]
_rules: dict[str, CanListen] = {}


def listens(kind: str) -> Callable[[CanListen], CanListen]:
    """Register who may listen to topics `kind` and `kind:<id>`.

    Put the function `(viewer, id) -> bool` into the room's `topics.py`, which is found by itself:
    `@live.listens("challenge")`. `id` is "" for a topic without one. A false answer is a 404.
    """

    def register(rule: CanListen) -> CanListen:
        if _rules.setdefault(kind, rule) is not rule:
            raise RuntimeError(f"two rules for the live topic {kind}")
        return rule

    return register


def may_listen(viewer: Any, topic: str) -> bool:
    """Whether `viewer` may listen to `topic`; an unknown or malformed topic is refused."""
    match = _TOPIC.fullmatch(topic)
    rule = _rules.get(match["kind"]) if match else None
    return match is not None and rule is not None and rule(viewer, match["id"] or "")


def publish(topic: str, version: int | None = None) -> None:
    """After commit, tell every listener that `topic` changed (to `version`).

    A Redis that does not answer is logged and costs nothing else: the write stands, and streams
    refetch when Redis is back. Outside a transaction it is sent at once.
    """
    _after_commit([topic], version)


def publish_all(topics: Iterable[str]) -> None:
    """The same for many topics, without versions: one way to Redis and back for all of them."""
    _after_commit(list(topics), None)


def _after_commit(topics: Sequence[str], version: int | None) -> None:
    for topic in topics:
        if not _TOPIC.fullmatch(topic):
            raise ValueError(f"not a topic: {topic!r}")
    transaction.on_commit(partial(_send, topics, version), robust=True)


def _send(topics: Sequence[str], version: int | None) -> None:
    try:
        with _redis().pipeline(transaction=False) as told:
            for topic in topics:
                if version is not None:
                    told.eval(_NOTE, 1, _noted(topic), version, VERSION_SECONDS)
                told.publish(CHANNEL, json.dumps({"topic": topic, "version": version}))
            told.execute()
    except RedisError as problem:
        more = f" and {len(topics) - 1} more" if len(topics) > 1 else ""
        log.warning("live update of %s%s not sent: %s", topics[0], more, problem)


@cache
def _redis() -> Redis:
    return Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2)


# --- versions --------------------------------------------------------------------------------

# the newest one, whoever says it last: commits are in order, what follows them is not
_NOTE = """
local known = redis.call('GET', KEYS[1])
if not known or tonumber(known) < tonumber(ARGV[1]) then
    redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
end
"""


def _noted(topic: str) -> str:
    return f"maillot:version:{topic}"


async def version_of(topic: str) -> int | None:
    """The version that was told of a topic last, before any listener heard of it; None when it is
    not known, as a minute after it was told, or when Redis is away."""
    found = await _asked(lambda redis: redis.get(_noted(topic)))
    return None if found is None else int(found)


async def note_version(topic: str, version: int) -> None:
    """Say that a topic has (at least) this version, for `version_of`."""
    await _asked(lambda redis: redis.eval(_NOTE, 1, _noted(topic), version, VERSION_SECONDS))


_clients: WeakKeyDictionary[asyncio.AbstractEventLoop, AsyncRedis] = WeakKeyDictionary()
_away: WeakKeyDictionary[asyncio.AbstractEventLoop, float] = WeakKeyDictionary()


async def _asked(ask: Callable[[AsyncRedis], object]) -> Any:
    """The answer of Redis; None when it is away, which one reader finds out for all."""
    loop = asyncio.get_running_loop()
    if _away.get(loop, 0.0) > time.monotonic():
        return None
    try:
        # redis-py types an answer as either kind of client would give it
        return await cast("Awaitable[Any]", ask(_async_redis(loop)))
    except (RedisError, OSError) as problem:
        _away[loop] = time.monotonic() + AWAY_SECONDS
        log.warning("versions of boards are not known for a while: %s", problem)
        return None


def _async_redis(loop: asyncio.AbstractEventLoop) -> AsyncRedis:
    if loop not in _clients:
        _clients[loop] = AsyncRedis.from_url(
            settings.REDIS_URL,
            retry=Retry(NoBackoff(), 0),
            socket_timeout=ASK_SECONDS,
            socket_connect_timeout=ASK_SECONDS,
        )
    return _clients[loop]


# --- the reading side ------------------------------------------------------------------------

Pending = dict[str, int | None]


class Listener:
    """One open stream. It holds at most its own topics, so a slow reader costs no memory."""

    def __init__(self, topics: Iterable[str]) -> None:
        self.topics = frozenset(topics)
        self._changed: Pending = {}
        self._refetch = False
        self._wake = asyncio.Event()

    def offer(self, topic: str, version: int | None) -> None:
        """Note a change; a newer one of the same topic replaces it."""
        if topic in self.topics:
            self._changed[topic] = version
            self._wake.set()

    def refetch(self) -> None:
        """Note that messages may have been lost."""
        self._refetch = True
        self._wake.set()

    async def next(self, timeout: float) -> str:
        """The frames to send next: changes, or a heartbeat after `timeout` seconds of silence."""
        try:
            await asyncio.wait_for(self._wake.wait(), timeout)
        except TimeoutError:
            return ": heartbeat\n\n"
        changed, refetch = self._changed, self._refetch
        self._changed, self._refetch = {}, False
        self._wake.clear()
        if refetch:
            return _frame("refetch", {})
        frames = ({"topic": name, "version": changed[name]} for name in sorted(changed))
        return "".join(_frame("change", data) for data in frames)


def _frame(event: str, data: Mapping[str, object]) -> str:
    return f"event: {event}\ndata: {json.dumps(data, separators=(',', ':'))}\n\n"


class Hub:
    """The one subscription of a process (strictly: of an event loop) and its open streams."""

    def __init__(self) -> None:
        self.listeners: set[Listener] = set()
        self._recent: deque[tuple[float, str, int | None]] = deque(maxlen=1000)
        self._task: asyncio.Task[None] | None = None

    def join(self, listener: Listener) -> None:
        """Add a stream, starting the subscription with the first, and repeat what it missed."""
        self.listeners.add(listener)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._follow(), name="live subscription")
        horizon = time.monotonic() - REPLAY_SECONDS
        for at, topic, version in self._recent:
            if at >= horizon:
                listener.offer(topic, version)

    def leave(self, listener: Listener) -> None:
        """Forget a stream; the subscription stays for the next one."""
        self.listeners.discard(listener)

    async def _follow(self) -> None:
        """Subscribe for ever: after each loss try again, a little later each time."""
        delay = 0.1
        while True:
            began = time.monotonic()
            try:
                await self._subscribe()
            except (RedisError, OSError) as problem:
                log.warning("live subscription lost, trying again: %s", problem)
            delay = 0.1 if time.monotonic() - began > 5 else min(delay * 2, 5.0)
            await asyncio.sleep(delay)

    async def _subscribe(self) -> None:
        # no retries inside the client: it would resubscribe silently and lose messages
        client = AsyncRedis.from_url(
            settings.REDIS_URL,
            retry=Retry(NoBackoff(), 0),
            socket_connect_timeout=3,
            health_check_interval=10,
        )
        async with client, client.pubsub() as subscription:
            await subscription.subscribe(CHANNEL)
            while True:
                # waking up lets the client check that the connection is not half open
                message = await subscription.get_message(timeout=10)
                if message is not None:
                    self._take(message)

    def _take(self, message: dict[str, Any]) -> None:
        match message["type"]:
            case "subscribe":
                for listener in self.listeners:
                    listener.refetch()
            case "message":
                self._hand_out(message["data"])

    def _hand_out(self, data: bytes) -> None:
        try:
            body = json.loads(data)
            topic, version = str(body["topic"]), body.get("version")
        except (ValueError, TypeError, KeyError, AttributeError):
            log.warning("not a live message: %r", data[:100])
            return
        self._recent.append((time.monotonic(), topic, version))
        for listener in self.listeners:
            listener.offer(topic, version)


_hubs: WeakKeyDictionary[asyncio.AbstractEventLoop, Hub] = WeakKeyDictionary()


def hub() -> Hub:
    """The hub of the running event loop; a web process has one."""
    return _hubs.setdefault(asyncio.get_running_loop(), Hub())


async def stream(topics: Iterable[str]) -> AsyncIterator[str]:
    """Server-sent events about `topics`, whose rights the caller has checked.

    `change` with {"topic", "version"}; `refetch` when messages may have been lost (fetch all); a
    comment every 15 s of silence. Leaving the loop, also by a vanished client, cleans up.
    """
    listener, where = Listener(topics), hub()
    # spread, so that streams opened together do not all come back in the same second
    until = time.monotonic() + LIFETIME_SECONDS * random.uniform(0.8, 1.0)  # noqa: S311 - a jitter, no secret
    where.join(listener)
    try:
        yield "retry: 2000\n: open\n\n"
        while time.monotonic() < until:
            yield await listener.next(HEARTBEAT_SECONDS)
    finally:
        where.leave(listener)
