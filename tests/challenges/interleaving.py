"""What somebody else commits between two statements of a work, at each place where that matters."""

import threading
from collections.abc import Callable
from contextlib import contextmanager
from typing import Any

from django.db import connection

from kernel.issues import Invalid
from tests.serving import until

Work = Callable[[], object]


def readings(work: Work, *, of: str) -> int:
    """How many statements of the work name `of`."""
    with _watched(of, lambda _: None) as seen:
        work()
    return len(seen)


def intruded(work: Work, intruder: Work, *, of: str, after: int) -> None:
    """Do the work; after its statement number `after` (from 1) that names `of` the intruder comes,
    on a connection of its own, and has committed before the work goes on."""

    def come(number: int) -> None:
        if number == after:
            elsewhere(intruder)

    with _watched(of, come) as seen:
        work()
    assert len(seen) >= after, "the intruder never came"


@contextmanager
def _watched(of: str, told: Callable[[int], None]) -> Any:
    seen: list[str] = []

    def run(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        result = execute(sql, params, many, context)
        if of in sql:
            seen.append(sql)
            told(len(seen))
        return result

    with connection.execute_wrapper(run):
        yield seen


def elsewhere(work: Work) -> None:
    """Do it on a connection of its own and wait for it; an error when it waits for us."""
    other = _Other(work)
    other.join(60)
    assert not other.is_alive(), "the intruder waits for the work"
    if other.failed is not None:
        raise other.failed


def met(work: Work, other: Work, *, of: str, after: int) -> list[str]:
    """How two end who do something at once: `other` begins after the statement number `after` of
    the work that names `of`, and has ended, or waits for the work, before this goes on."""
    begun: list[_Other] = []

    def come(number: int) -> None:
        if number == after:
            begun.append(_Other(other))
            until(lambda: not begun[0].is_alive() or begun[0].waits(), seconds=60)

    with _watched(of, come):
        first = _end_of(work)
    assert begun, "the other never came"
    begun[0].join(60)
    if begun[0].failed is not None:
        raise begun[0].failed
    return [first, begun[0].end]


class _Other(threading.Thread):
    """A work on a connection of its own, from now on."""

    def __init__(self, work: Work) -> None:
        super().__init__(daemon=True)
        self.work, self.end = work, ""
        self.backend: int | None = None
        self.failed: BaseException | None = None
        self.start()

    def run(self) -> None:
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_backend_pid()")
                self.backend = cursor.fetchone()[0]
            self.end = _end_of(self.work)
        except BaseException as problem:  # noqa: BLE001 - told to the thread that waits
            self.failed = problem
        finally:
            connection.close()

    def waits(self) -> bool:
        """Whether it waits for a lock."""
        with connection.cursor() as cursor:
            waiting = "SELECT EXISTS (SELECT 1 FROM pg_locks WHERE pid = %s AND NOT granted)"
            cursor.execute(waiting, [self.backend])
            return bool(cursor.fetchone()[0])


def _end_of(work: Work) -> str:
    try:
        work()
    except Invalid as refused:
        return refused.issues[0].code
    return "done"
