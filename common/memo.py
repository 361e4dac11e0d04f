"""What a page asked once, it knows until it is answered.

A page is put together from parts that do not know of each other, so several of them ask for the
same thing: the settings of the company, the people of a month, the dictionary. Passing all of it
through every signature would tie the parts together; a cache between requests would need to hear
of every change, and one day would not. So a function marked with `once_per_request` remembers its
answers while one request is answered, and not longer.

Only requests that cannot change anything (GET, HEAD) remember: what is read after a write must be
what was written. Outside a request - a task, a command, a service under test - nothing is
remembered either. The memo is emptied when the request ends, so a stream or a task that was
started by it and lives longer asks anew.
"""

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Any, ParamSpec, TypeVar, cast

from django.http import HttpRequest, HttpResponseBase

P = ParamSpec("P")
R = TypeVar("R")

READING = frozenset({"GET", "HEAD"})


class _Memo:
    """The answers of one request by function and arguments; closed once it is answered."""

    def __init__(self) -> None:
        self.answers: dict[Hashable, Any] = {}
        self.is_open = True

    def close(self) -> None:
        self.is_open = False
        self.answers.clear()


# a ContextVar and not the thread: several requests may share a thread, each has its own context
_current: ContextVar[_Memo | None] = ContextVar("memo", default=None)


def once_per_request(function: Callable[P, R]) -> Callable[P, R]:
    """Ask `function` once for the same arguments while a page is made.

    Arguments must be hashable and the answer must not be changed by anybody: tuples, frozen
    values, mappings that are only read. An exception is not remembered.
    """

    @wraps(function)
    def asked(*args: P.args, **kwargs: P.kwargs) -> R:
        memo = _current.get()
        if memo is None or not memo.is_open:
            return function(*args, **kwargs)
        key = (function, args, tuple(sorted(kwargs.items())))
        if key not in memo.answers:
            memo.answers[key] = function(*args, **kwargs)
        return cast(R, memo.answers[key])

    return asked


@contextmanager
def remembering() -> Iterator[None]:
    """Remember until the end of the block; a block inside another has a memo of its own."""
    memo, before = _Memo(), _current.get()
    _current.set(memo)
    try:
        yield
    finally:
        _current.set(before)
        memo.close()


class RememberWhileReading:
    """Middleware: a memo for each request that only reads."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.method not in READING:
            return self.get_response(request)
        with remembering():
            return self.get_response(request)
