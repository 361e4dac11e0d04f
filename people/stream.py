"""The one address from which a browser hears what changed, beside Django rather than inside it.

Django's ASGI handler keeps a thread for each open request; a stream is open for minutes. So this
address is answered before Django: rights are checked in a thread that is given back at once, and
an open stream costs one task (docs/decisions/live.md).
"""

import asyncio
from collections.abc import Sequence
from importlib import import_module
from io import BytesIO

from asgiref.sync import sync_to_async
from asgiref.typing import (
    ASGI3Application,
    ASGIReceiveCallable,
    ASGISendCallable,
    HTTPScope,
    Scope,
)
from django.conf import settings
from django.contrib import auth
from django.core.exceptions import DisallowedHost
from django.core.handlers.asgi import ASGIRequest
from django.db import connections

from common import live
from people import access
from people.access import NOBODY

PATH = "/live/"
_HEADERS = [
    (b"content-type", b"text/event-stream"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
    (b"x-content-type-options", b"nosniff"),
]


def with_streams(django: ASGI3Application) -> ASGI3Application:
    """The application that answers `PATH` itself and leaves the rest to `django`."""

    async def application(
        scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable
    ) -> None:
        if scope["type"] == "http" and scope["path"] == PATH:
            await _updates(scope, receive, send)
        else:
            await django(scope, receive, send)

    return application


async def _updates(scope: HTTPScope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
    """Server-sent events for `?topic=a&topic=b`; 404 when any topic is not open to the viewer."""
    topics = await sync_to_async(_open_topics, thread_sensitive=False)(scope)
    if not topics:
        await _start(send, 404)
        await _body(send, b"", more=False)
        return
    await _start(send, 200)
    tasks = [asyncio.create_task(_write(send, topics)), asyncio.create_task(_gone(receive))]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _write(send: ASGISendCallable, topics: Sequence[str]) -> None:
    async for frames in live.stream(topics):
        await _body(send, frames.encode(), more=True)
    await _body(send, b"", more=False)


async def _gone(receive: ASGIReceiveCallable) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _start(send: ASGISendCallable, status: int) -> None:
    await send(
        {
            "type": "http.response.start",
            "status": status,
            "headers": _HEADERS,
            "trailers": False,
        }
    )


async def _body(send: ASGISendCallable, body: bytes, *, more: bool) -> None:
    await send({"type": "http.response.body", "body": body, "more_body": more})


def _open_topics(scope: HTTPScope) -> list[str]:
    """The topics asked for when each of them is open to who is signed in or to the screen on whose
    wall the page hangs; otherwise none."""
    try:
        request = ASGIRequest(scope, BytesIO())
        request.get_host()
        topics = request.GET.getlist("topic")
        known = [one for one in (_viewer(request), access.guest_in(request)) if one != NOBODY]
        if not 0 < len(topics) <= live.MOST_TOPICS:
            return []
        heard = (any(live.may_listen(viewer, topic) for viewer in known) for topic in topics)
        return topics if all(heard) else []
    except DisallowedHost:
        return []
    finally:
        # the pool is for requests that work, not for streams that wait
        connections.close_all()


def _viewer(request: ASGIRequest) -> access.Viewer:
    """What Django's middleware would find out: the session's user, if it is still valid."""
    sessions = import_module(settings.SESSION_ENGINE)
    key = request.COOKIES.get(settings.SESSION_COOKIE_NAME)
    request.session = sessions.SessionStore(key)
    return access.viewer_of(auth.get_user(request))
