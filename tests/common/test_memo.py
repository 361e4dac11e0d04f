"""A page asks once; nobody ever reads an answer of yesterday."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

import pytest
from django.http import HttpRequest, HttpResponse

from common.memo import RememberWhileReading, once_per_request, remembering


class Asked:
    """Counts how often it was really asked."""

    def __init__(self) -> None:
        self.times = 0
        self.ask = once_per_request(self._ask)

    def _ask(self, what: str = "company", *, on: int = 1) -> tuple[str, int, int]:
        self.times += 1
        return what, on, self.times


def test_the_same_question_is_asked_once_inside_and_each_time_outside() -> None:
    asked = Asked()
    with remembering():
        assert asked.ask("team", on=2) == asked.ask("team", on=2) == ("team", 2, 1)
        assert asked.ask("team", on=3) == ("team", 3, 2)
    assert asked.ask("team", on=2) == ("team", 2, 3)
    assert asked.ask("team", on=2) == ("team", 2, 4)


def test_two_requests_share_nothing() -> None:
    asked = Asked()
    for expected in (1, 2):
        with remembering():
            assert asked.ask() == ("company", 1, expected)


def test_requests_at_the_same_time_share_nothing() -> None:
    asked = Asked()

    async def request() -> int:
        with remembering():
            first = asked.ask()[2]
            await asyncio.sleep(0)
            assert asked.ask()[2] == first
            return first

    async def both() -> list[int]:
        return list(await asyncio.gather(request(), request()))

    # a thread of its own: browser tests leave a running loop in this one
    with ThreadPoolExecutor(1) as thread:
        assert sorted(thread.submit(asyncio.run, both()).result()) == [1, 2]


def test_what_outlives_the_request_asks_anew() -> None:
    asked = Asked()
    with remembering():
        asked.ask()
        of_stream = copy_context()
    assert of_stream.run(asked.ask) == ("company", 1, 2)
    assert of_stream.run(asked.ask) == ("company", 1, 3)


def test_a_refusal_is_not_remembered() -> None:
    @once_per_request
    def refuse() -> None:
        refused.append(1)
        raise LookupError

    refused: list[int] = []
    with remembering():
        for _ in range(2):
            with pytest.raises(LookupError):
                refuse()
    assert len(refused) == 2


@pytest.mark.parametrize(("method", "times"), [("GET", 1), ("HEAD", 1), ("POST", 2), ("PUT", 2)])
def test_only_a_request_that_reads_remembers(method: str, times: int) -> None:
    asked = Asked()

    def view(_request: HttpRequest) -> HttpResponse:
        asked.ask()
        asked.ask()
        return HttpResponse()

    request = HttpRequest()
    request.method = method
    RememberWhileReading(view)(request)
    assert asked.times == times
