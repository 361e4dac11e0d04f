"""Boards that are asked for again, answered beside Django: the same fragment costs a tenth.

Django answers the first request of a reader, and checks who that is and what they may see; its
answer names the fragment (`HEADER`, which stays in the process). For the next `SECONDS` the same
request, byte for byte with its cookies, is answered from the fragments that this process has sent,
of the version of now: whoever was told of a version by a stream gets that one or a newer one.
Whatever is not known goes to Django (docs/decisions/challenge-boards.md).
"""

import re
import time
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass

from asgiref.typing import (
    ASGI3Application,
    ASGIReceiveCallable,
    ASGISendCallable,
    ASGISendEvent,
    HTTPResponseStartEvent,
    Scope,
)

from common import live

SECONDS = 5.0
"""So long a reader is known: signing out and losing a right reach the fragment after that."""
HEADER = "X-Board-Fragment"
_NAME = HEADER.lower().encode()
_PATH = re.compile(r"/challenges/([0-9]{1,18})/board/")
_MOST_READERS, _MOST_BYTES = 5_000, 32_000_000
Headers = list[tuple[bytes, bytes]]
Asked = tuple[str, bytes, tuple[tuple[bytes, bytes], ...]]


def named(version: int, fragment: str, seconds: float) -> str:
    """What the view says about its answer: at most so long the reader sees this fragment."""
    return f"{version} {max(0.0, min(SECONDS, seconds))} {fragment}"


@dataclass(frozen=True, slots=True)
class _Reader:
    """Which fragment a request gets until a moment of `time.monotonic`, and with which headers."""

    until: float
    fragment: bytes
    headers: Headers


class _Known:
    """Readers and fragments of one process; both forget what is oldest."""

    def __init__(self) -> None:
        self._readers: OrderedDict[Asked, _Reader] = OrderedDict()
        self._drawn: OrderedDict[tuple[bytes, int], bytes] = OrderedDict()
        self._bytes = 0

    async def answer(self, topic: str, asked: Asked) -> tuple[Headers, bytes] | None:
        """Headers and body, when the reader and the fragment of now are known."""
        reader = self._readers.get(asked)
        if reader is None or reader.until <= time.monotonic():
            return None
        version = await live.version_of(topic)
        body = None if version is None else self._drawn.get((reader.fragment, version))
        return None if body is None else (reader.headers, body)

    def note(self, asked: Asked, reader: _Reader, version: int, body: bytes) -> None:
        """Keep what Django has answered."""
        self._readers.pop(asked, None)
        self._readers[asked] = reader
        self._bytes += len(body) - len(self._drawn.pop((reader.fragment, version), b""))
        self._drawn[reader.fragment, version] = body
        while len(self._readers) > _MOST_READERS:
            self._readers.popitem(last=False)
        while self._bytes > _MOST_BYTES:
            self._bytes -= len(self._drawn.popitem(last=False)[1])


def with_boards(django: ASGI3Application) -> ASGI3Application:
    """The application that answers boards which it knows and leaves the rest to `django`."""
    known = _Known()

    async def application(
        scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable
    ) -> None:
        asked = _asked(scope)
        if asked is None:
            await django(scope, receive, send)
            return
        topic = _topic(asked)
        answer = await known.answer(topic, asked)
        if answer is None:
            listening = _Listening(known, topic, asked, send)
            await django(scope, receive, listening)
        else:
            await _say(send, *answer)

    return application


def _asked(scope: Scope) -> Asked | None:
    """The request, when it is one for a board by somebody with a cookie."""
    if scope["type"] != "http" or scope["method"] != "GET" or not _PATH.fullmatch(scope["path"]):
        return None
    headers = tuple((bytes(name), bytes(value)) for name, value in scope["headers"])
    if all(name != b"cookie" for name, _ in headers):
        return None
    return scope["path"], scope["query_string"], headers


def _topic(asked: Asked) -> str:
    match = _PATH.fullmatch(asked[0])
    return f"challenge-live:{int(match[1])}" if match else ""


class _Listening:
    """Sends what Django sends, without `HEADER`, and keeps it when it is a whole fragment."""

    def __init__(self, known: _Known, topic: str, asked: Asked, send: ASGISendCallable) -> None:
        self._known, self._topic, self._asked, self._send = known, topic, asked, send
        self._named, self._headers, self._parts = b"", Headers(), list[bytes]()

    async def __call__(self, event: ASGISendEvent) -> None:
        last = False
        if event["type"] == "http.response.start":
            event = self._started(event)
        elif event["type"] == "http.response.body" and self._named:
            self._parts.append(event["body"])
            last = not event.get("more_body", False)
        await self._send(event)
        if last:  # only now: nobody waits for what is noted, and half an answer is no fragment
            await self._ended()

    def _started(self, event: HTTPResponseStartEvent) -> HTTPResponseStartEvent:
        headers = [(bytes(name).lower(), bytes(value)) for name, value in event["headers"]]
        kept = [pair for pair in headers if pair[0] != _NAME]
        if event["status"] == 200 and all(name != b"set-cookie" for name, _ in kept):
            self._named = dict(headers).get(_NAME, b"")
            self._headers = [pair for pair in kept if pair[0] != b"content-length"]
        return {**event, "headers": kept}

    async def _ended(self) -> None:
        version, seconds, fragment = self._named.split(b" ", 2)
        reader = _Reader(time.monotonic() + float(seconds), fragment, self._headers)
        self._known.note(self._asked, reader, int(version), b"".join(self._parts))
        await live.note_version(self._topic, int(version))


async def _say(send: ASGISendCallable, headers: Iterable[tuple[bytes, bytes]], body: bytes) -> None:
    said = [*headers, (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": said, "trailers": False})
    await send({"type": "http.response.body", "body": body, "more_body": False})
