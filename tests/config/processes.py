"""Start the real `manage.py` in a data directory of its own, and look at its processes."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 180.0
_GIVEN = {
    "DATABASE_URL",
    "REDIS_URL",
    "SECRET_KEY",
    "SECRET_KEY_FALLBACKS",
    "BEHIND_TLS",
    "LOG_LEVEL",
    "DJANGO_SETTINGS_MODULE",
}


def environment(home: Path, **more: str) -> dict[str, str]:
    """This process's environment without what the test session set for itself."""
    kept = {name: value for name, value in os.environ.items() if name not in _GIVEN}
    return {**kept, "MAILLOT_DATA_DIR": str(home), "PYTHONUNBUFFERED": "1", **more}


def free_port() -> int:
    """A port that nothing listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def started_up(home: Path, port: int) -> Iterator[subprocess.Popen[str]]:
    """`manage.py up` that answers; killed at the end when a test has not ended it."""
    with begun(home, "up", "--no-demo", "--port", str(port)) as process:
        try:
            wait_for(lambda: process.poll() is not None or status_of(port, "/readyz") == 200)
            assert process.poll() is None, process.communicate()[0]
            yield process
        finally:
            if process.poll() is None:
                process.kill()


def begun(home: Path, *arguments: str) -> subprocess.Popen[str]:
    """A management command that runs on, its words in one stream."""
    return subprocess.Popen(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=environment(home),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def manage(home: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run one management command to its end."""
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=environment(home, **more),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def status_of(port: int, path: str) -> int:
    """The HTTP status of an address, 0 when nothing answers."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as refusal:
        return refusal.code
    except OSError:
        return 0


def living_with(home: Path, port: int) -> list[str]:
    """Command lines of the processes that belong to a start; ended ones do not count."""
    shown = subprocess.run(
        ["ps", "-eo", "pid=,stat=,args="], capture_output=True, text=True, check=True
    )
    marks = (str(home), f"--port {port}")
    lines = [line for line in shown.stdout.splitlines() if " Z" not in line[:20]]
    return [line for line in lines if any(mark in line for mark in marks)]


def children_of(pid: int) -> list[int]:
    """Process ids of the children that are alive."""
    shown = subprocess.run(
        ["ps", "-eo", "pid=,ppid=,stat="], capture_output=True, text=True, check=True
    )
    rows = [line.split() for line in shown.stdout.splitlines()]
    return [int(child) for child, parent, state in rows if int(parent) == pid and state[0] != "Z"]


def is_alive(pid: int) -> bool:
    """False for a process that has ended, collected by its parent or not."""
    shown = subprocess.run(
        ["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return shown.stdout.strip() not in {""} and not shown.stdout.strip().startswith("Z")


def wait_for(condition: Callable[[], bool], patience: float = PATIENCE) -> None:
    """Wait until `condition` holds; an AssertionError when it does not in `patience` seconds."""
    deadline = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < deadline, "what was waited for did not happen"
        time.sleep(0.1)


def end(process: subprocess.Popen[str], by: signal.Signals) -> str:
    """Send a signal, wait for the end, return all that the process said."""
    process.send_signal(by)
    return process.communicate(timeout=PATIENCE)[0]
