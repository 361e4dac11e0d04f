"""Facts about the machine, without which no figure means anything."""

import os
import platform
import subprocess
from pathlib import Path

from django.db import connection


def facts() -> dict[str, object]:
    """Processor, memory, load, versions and the settings of the database that decide speed."""
    return {
        "cpu": _first("/proc/cpuinfo", "model name"),
        "cores": os.cpu_count(),
        "memory": _first("/proc/meminfo", "MemTotal"),
        "load_before": load(),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "commit": _commit(),
        "postgres": {
            name: _setting(name)
            for name in ("server_version", "fsync", "synchronous_commit", "shared_buffers")
        },
    }


def load() -> list[float]:
    """How many processes wanted to run, on average over 1, 5 and 15 minutes."""
    return [round(one, 2) for one in os.getloadavg()]


def is_busy() -> bool:
    """Whether others want more than half of the processors already."""
    return os.getloadavg()[0] > (os.cpu_count() or 1) / 2


def _first(path: str, name: str) -> str:
    try:
        lines = Path(path).read_text().splitlines()
    except OSError:
        return "unknown"
    return next((one.split(":", 1)[1].strip() for one in lines if one.startswith(name)), "unknown")


def _setting(name: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting(%s)", [name])
        row = cursor.fetchone()
    return str(row[0])


def _commit() -> str:
    done = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"],  # noqa: S607 - the developer's own git
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parent,
    )
    return done.stdout.strip() or "unknown"
