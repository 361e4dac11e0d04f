"""Processor time of an act: that of this process and that of its database session.

Waiting depends on who else wants the machine, work hardly: it is what "so many milliseconds of
work" means. Parallel workers of the database are not counted, so reading statements that are
shared out show less than they cost.
"""

import gc
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from bench import data
from bench.figures import Figure, median, spread

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Work:
    """What one act cost, in milliseconds."""

    wait: float
    python: float
    database: float

    @property
    def processor(self) -> float:
        """Of both together."""
        return self.python + self.database


def worked(act: Callable[[], T]) -> tuple[Work, T]:
    """The cost of one call, and its result."""
    session = _session()
    gc.collect()
    began, mine, theirs = time.perf_counter(), time.process_time(), _nanoseconds(session)
    result = act()
    python, database = time.process_time() - mine, _nanoseconds(session) - theirs
    return Work((time.perf_counter() - began) * 1000, python * 1000, database / 1e6), result


def repeatedly(times: int, act: Callable[[], object]) -> list[Work]:
    """The cost of each of so many calls, after two that warm up."""
    for _ in range(2):
        act()
    return [worked(act)[0] for _ in range(times)]


def spent(name: str, works: Sequence[Work]) -> list[Figure]:
    """Median and 95th percentile of the time until the end, and the median of the work in it."""
    both = median([one.processor for one in works])
    python = median([one.python for one in works])
    return [
        *spread(name, [one.wait for one in works]),
        Figure(f"{name}, work", both, "ms", f"{python:.1f} of it Python"),
    ]


def _session() -> int:
    ((process,),) = data.rows_of("SELECT pg_backend_pid()")
    return int(process)


def _nanoseconds(process: int) -> int:
    # the first number: time on a processor (Linux); the server runs on this machine
    return int(Path(f"/proc/{process}/schedstat").read_text().split()[0])
