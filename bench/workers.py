"""Real Celery workers for jobs, as many as wished, and how much memory each has used at most."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from celery import current_app
from django.db import connections
from django.db.backends.postgresql.base import DatabaseWrapper as PostgresConnection

from config import supervisor

_PATIENCE = 60.0


class Workers:
    """Job workers that run now."""

    def __init__(self, pids: list[int]) -> None:
        self.pids = pids

    def peak(self) -> float:
        """The most memory that one of them has held so far, in MB (the high-water mark)."""
        return max(_high_water(pid) for pid in self.pids) / 1024


@contextmanager
def job_workers(count: int) -> Iterator[Workers]:
    """Start so many workers of one process each, as `up` starts its one; stop them at the end."""
    # children are started by fork: no thread of a connection pool may live here
    connection = connections["default"]
    connection.close()
    if isinstance(connection, PostgresConnection):
        connection.close_pool()
    with TemporaryDirectory(prefix="maillot-bench-") as logs:
        programs = supervisor.Supervisor(Path(logs), print)
        try:
            for number in range(count):
                programs.start(_worker(number))
            programs.wait_until(lambda: _answering() >= count, _PATIENCE)
            yield Workers([child.pid for child in programs.running.values()])
        finally:
            programs.stop()


def _worker(number: int) -> supervisor.Program:
    name = f"bench{number}@%h"
    command = ("-m", "celery", "-A", "config", "worker", "-P", "solo", "--without-mingle")
    return supervisor.Program(
        f"bench{number}", (sys.executable, *command, "-Q", "jobs", "-n", name)
    )


def _answering() -> int:
    return len(current_app.control.ping(timeout=1.0) or ())


def _high_water(pid: int) -> int:
    """VmHWM of a process in kB."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1])
    raise RuntimeError(f"process {pid} of {os.getpid()} has no high-water mark")
