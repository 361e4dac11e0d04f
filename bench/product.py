"""The whole product as child processes, as `up` starts it, and a caller of its API."""

import http.client
import json
import os
import re
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.db import connections
from django.db.backends.postgresql.base import DatabaseWrapper as PostgresConnection

from config import supervisor

HOST = "127.0.0.1"
_PATIENCE = 60.0
IDLE_SECONDS = 3.0  # uvicorn closes a connection that says nothing for 5 s
_DONE = re.compile(
    r"Task (?P<name>[\w.]+)\[.*?\] succeeded in (?P<seconds>[\d.e-]+)s: (?P<result>.*)"
)


@dataclass(frozen=True, slots=True)
class Job:
    """One task that a worker did; moments are seconds of the machine's clock."""

    name: str
    began: float
    ended: float
    result: str


class Product:
    """Web, workers and schedule that run now."""

    def __init__(self, port: int, logs: Path, web: int = 0) -> None:
        self.port, self.logs, self.web = port, logs, web
        """`web` is the process id of the one web process."""

    @property
    def address(self) -> str:
        return f"http://{HOST}:{self.port}"

    def jobs(self) -> list[Job]:
        """What the workers of the live path have done, by their logs, in the order of the end."""
        found = []
        for line in self._lines():
            match = _DONE.search(line)
            if match and line.startswith("{"):
                ended = datetime.fromisoformat(json.loads(line)["timestamp"]).timestamp()
                began = ended - float(match["seconds"])
                found.append(Job(match["name"], began, ended, match["result"].split('"')[0]))
        return sorted(found, key=lambda job: job.ended)

    def _lines(self) -> Iterator[str]:
        for log in sorted(self.logs.glob("live*.log")):
            yield from log.read_text(errors="replace").splitlines()


@contextmanager
def running() -> Iterator[Product]:
    """Start everything, wait until it answers, stop it at the end."""
    # children are started by fork: no thread of a connection pool may live here
    connection = connections["default"]
    connection.close()
    if isinstance(connection, PostgresConnection):
        connection.close_pool()
    before = dict(os.environ)
    os.environ |= {"LOG_LEVEL": "INFO", "LOG_FORMAT": "json"}
    port = _free_port()
    with TemporaryDirectory(prefix="maillot-bench-") as logs:
        programs = supervisor.Supervisor(Path(logs), print)
        try:
            for program in supervisor.programs(HOST, port):
                programs.start(program)
            programs.wait_until(lambda: _answers(port), _PATIENCE)
            time.sleep(3)  # workers say nothing when they begin to listen
            web = next(child for one, child in programs.running.items() if one.name == "web")
            yield Product(port, Path(logs), web.pid)
        finally:
            programs.stop()
            os.environ.clear()
            os.environ |= before


class Caller:
    """A machine with a key and one open connection, as a connector would call."""

    def __init__(self, port: int, secret: str) -> None:
        self._connection = http.client.HTTPConnection(HOST, port, timeout=30)
        self._last = time.time()
        self._headers = {"Authorization": f"Bearer {secret}", "Content-Type": "application/json"}

    def post(self, path: str, body: dict[str, Any]) -> tuple[float, float]:
        """The moments of asking and of the answer; an error when the row was not taken."""
        if time.time() - self._last > IDLE_SECONDS:
            self._connection.close()  # the next request opens it again
        began = time.time()
        self._connection.request("POST", path, json.dumps(body), self._headers)
        answer = self._connection.getresponse()
        text = answer.read()
        ended = self._last = time.time()
        if answer.status != 200 or json.loads(text)["counts"] != {"created": 1}:
            raise AssertionError(f"{path} answered {answer.status}: {text[:300]!r}")
        return began, ended


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://{HOST}:{port}/readyz", timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
