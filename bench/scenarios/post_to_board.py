"""From POST to the changed figure in a real browser, with everything on.

Web, both workers and the schedule run as `up` starts them; another caller sends a record of
somebody else every second meanwhile. The browser's clock and ours are the machine's.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from statistics import median
from threading import Event, Thread
from typing import Any

from activities.services import create_api_key
from bench import data
from bench.figures import Figure, Scale, spread
from bench.product import Caller, Job, Product, running
from bench.watching import Board, Seen, signed_in
from kpis.services import rebuild_cells
from people.queries import today

PEOPLE, HISTORY, TIMES = 60, 60_000, 40
GOAL_MS = 300
TRICKLE_SECONDS = 1.0
Trip = tuple[float, float, Seen]
"""Moments of asking and of the answer of a POST, and what the browser saw."""


def run(scale: Scale) -> Iterator[Figure]:
    """An activity and a won deal, each on the leaderboard of its KPI."""
    sellers = data.crew(PEOPLE)
    data.log(scale.of(HISTORY), sellers, today() - timedelta(days=1))
    rebuild_cells()
    me, *others = sellers
    data.sign_in("me@bench.example", me)
    admin = data.sign_in("admin@bench.example", rights=["admin"])
    scopes = ["activities:write", "deals:write"]
    secret = create_api_key(actor=admin, name="bench", scopes=scopes).secret
    key, number = f"person-{me.pk}", me.number
    with running() as product, signed_in(product.address, "me@bench.example") as board:
        caller = Caller(product.port, secret)
        with _trickle(product, secret, [one.number for one in others]):
            for name, kpi, path, body in (
                ("activity", "calls_count", "/api/v1/activities", _call),
                ("won deal", "revenue_booked", "/api/v1/deals", _deal),
            ):
                board.open(f"{product.address}/leaderboards/?kpi={kpi}&window=month", key)
                trips = _trips(board, caller, path, body, number, scale.times(TIMES))
                yield from _figures(name, trips, product.jobs())


def _call(number: str, at: int) -> dict[str, Any]:
    now = datetime.now(UTC).isoformat()
    return {"external_id": f"me{at}", "type": "call", "occurred_at": now, "person": number}


def _deal(number: str, at: int) -> dict[str, Any]:
    now = datetime.now(UTC).isoformat()
    return {
        "external_id": f"d{at}",
        "stage": "won",
        "owner": number,
        "account": f"acc{at + 1}",
        "engaged_at": now,
        "closed_at": now,
        "amount": "1234.50",
        "currency": "EUR",
    }


def _trips(
    board: Board,
    caller: Caller,
    path: str,
    body: Callable[[str, int], dict[str, Any]],
    number: str,
    times: int,
) -> list[Trip]:
    """So many round trips after two that warm up, out of step with the other caller."""
    trips = []
    for at in range(times + 2):
        began, ended = caller.post(path, body(number, at))
        trips.append((began, ended, board.next_change()))
        time.sleep(0.7 + at * 0.137 % 0.6)
    return trips[2:]


@contextmanager
def _trickle(product: Product, secret: str, numbers: Sequence[str]) -> Iterator[None]:
    stop = Event()

    def send() -> None:
        caller, at = Caller(product.port, secret), 0
        while not stop.wait(TRICKLE_SECONDS):
            body = _call(numbers[at % len(numbers)], at) | {"external_id": f"other{at}"}
            caller.post("/api/v1/activities", body)
            at += 1

    thread = Thread(target=send)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _figures(name: str, trips: Sequence[Trip], jobs: Sequence[Job]) -> Iterator[Figure]:
    whole = [(seen.changed - began) * 1000 for began, _, seen in trips]
    yield from spread(f"{name}: POST to the changed figure", whole, f"goal {GOAL_MS} ms")
    found = [(trip, job) for trip in trips if (job := _job_of(trip, jobs)) is not None]
    if found:
        yield from _spans(name, found)


def _job_of(trip: Trip, jobs: Sequence[Job]) -> Job | None:
    """The recompute that this POST caused: the first that did something and ended after it."""
    began, _, seen = trip
    return next(
        (
            job
            for job in jobs
            if job.name == "kpis.recompute_touched"
            and began < job.ended < seen.changed
            and job.result.strip() != "0"
        ),
        None,
    )


def _spans(name: str, found: Sequence[tuple[Trip, Job]]) -> Iterator[Figure]:
    spans: dict[str, list[float]] = {
        "answer of the POST (beside what follows)": [end - start for (start, end, _), _ in found],
        "1 POST until a worker begins": [job.began - start for (start, _, _), job in found],
        "2 recompute in the worker": [job.ended - job.began for _, job in found],
        "3 publish, stream, until the browser asks": [
            seen.asked - job.ended for (_, _, seen), job in found
        ],
        "4 fragment fetched": [seen.answered - seen.asked for (_, _, seen), _ in found],
        "5 swapped into the page": [seen.changed - seen.answered for (_, _, seen), _ in found],
    }
    for part, seconds in spans.items():
        yield Figure(f"{name}: {part}", median(seconds) * 1000, "ms", "median")
