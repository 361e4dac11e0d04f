"""The product's ASGI application on a real uvicorn inside the test process, and a reader of it."""

import asyncio
import http.client
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit, urlunsplit

import uvicorn
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection
from redis import Redis

from config import children
from config.asgi import application
from config.celery import app
from people.models import User

T = TypeVar("T")


@contextmanager
def served() -> Iterator[int]:
    """Serve on a free port of the loopback; the port."""
    config = uvicorn.Config(
        application,
        host="127.0.0.1",
        port=0,
        lifespan="off",
        log_level="error",
        timeout_graceful_shutdown=0,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until(lambda: server.started)
    try:
        yield int(server.servers[0].sockets[0].getsockname()[1])
    finally:
        server.should_exit = True
        thread.join(10)


def awaited(work: Coroutine[Any, Any, T]) -> T:
    """What `work` comes to, on a loop of its own: a browser of another test keeps one here."""
    with ThreadPoolExecutor(1) as beside:
        return beside.submit(asyncio.run, work).result()


def until(holds: Callable[[], bool], seconds: float = 10) -> None:
    """Wait until it holds; an error when it does not in time."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            raise AssertionError(f"did not happen within {seconds} s")
        time.sleep(0.02)


def until_the_dead_let_go() -> None:
    """Wait until the server has rolled back what a killed process had begun: its locks are gone."""
    asked = """
        SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()
          AND backend_type = 'client backend' AND state <> 'idle'
    """

    def is_over() -> bool:
        with connection.cursor() as cursor:
            cursor.execute(asked)
            return bool(cursor.fetchone() == (0,))

    until(is_over, seconds=60)


def cookie_of(user: User) -> str:
    """A signed-in session of `user` as a Cookie header."""
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "allauth.account.auth_backends.AuthenticationBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    return f"{settings.SESSION_COOKIE_NAME}={session.session_key}"


class Stream:
    """An open request to the streams; `next_event` reads what a browser would see."""

    def __init__(self, port: int, query: str, cookie: str = "", host: str = "localhost") -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        self._connection.request("GET", f"/live/{query}", headers={"Cookie": cookie, "Host": host})
        self._response = self._connection.getresponse()
        self.status = self._response.status
        self.content_type = self._response.headers["Content-Type"]

    def next_event(self) -> tuple[str, str]:
        """Name and data of the next event; comments are passed over."""
        name = ""
        while True:
            line = self._response.readline().decode().rstrip("\n")
            if line.startswith("event: "):
                name = line.removeprefix("event: ")
            elif line.startswith("data: "):
                return name, line.removeprefix("data: ")

    def close(self) -> None:
        self._response.close()
        self._connection.close()

    def __enter__(self) -> "Stream":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def settled(seconds: float = 120) -> None:
    """Wait until the worker of `working` has done all that was asked of it.

    A task that is at work while the rows of its test are taken away would break off, in whatever
    test comes next. What waits for an hour to come (an eta) is not waited for.
    """
    # twice: what was in hand at the first look may have asked for more
    until(lambda: _is_idle() and _is_idle(), seconds)


def _is_idle() -> bool:
    with Redis.from_url(settings.REDIS_URL) as broker:
        if any(broker.llen(queue.name) for queue in settings.CELERY_TASK_QUEUES):
            return False
    # it answers between two tasks, never in the midst of one
    asked = app.control.inspect(limit=1, timeout=5)
    return _has_none(asked.active()) and _has_none(asked.reserved())


def _has_none(answer: dict[str, list[Any]] | None) -> bool:
    return answer is not None and answer != {} and not any(answer.values())


def surroundings() -> dict[str, str]:
    """The environment of another process that works on this test's database and broker."""
    database = quote(str(connection.settings_dict["NAME"]))
    address = urlsplit(settings.DATABASE_URL)._replace(path=f"/{database}")
    return {
        **os.environ,
        "DATABASE_URL": urlunsplit(address),
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "LOG_LEVEL": "INFO",
    }


@contextmanager
def working(log: Path) -> Iterator[None]:
    """A real Celery worker of both queues on the database and broker of the test session.

    It is a process of its own, as in production; what it says goes to `log`.
    """
    app.control.purge()  # what earlier tests of the session asked for has nobody waiting
    worker = ("-m", "celery", "-A", "config", "worker", "-P", "solo", "--without-mingle")
    with log.open("wb") as output:
        child = children.spawn(
            (sys.executable, *worker, "-Q", "live,jobs", "-n", "tests@%h"),
            output=output,
            dies_by=signal.SIGKILL,
            environment=surroundings(),
            directory=settings.BASE_DIR,
        )
    try:
        until(lambda: child.poll() is not None or b" ready" in log.read_bytes(), seconds=60)
        assert child.poll() is None, log.read_text(errors="replace")[-2000:]
        yield
    finally:
        children.stop(child, signal.SIGTERM, patience=5)
