"""From POST to the changed figure in a real browser, with everything on: KPI and challenge.

Web, both workers and the schedule run as `up` starts them; another caller sends a record of
somebody else every second meanwhile. The browser's clock and ours are the machine's.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from statistics import median
from threading import Event, Thread
from typing import Any

from activities.services import create_api_key
from bench import data
from bench.figures import Figure, Scale, spread
from bench.product import Caller, Job, Product, running
from bench.watching import Board, Seen, signed_in
from challenges import services as challenges
from kpis.services import rebuild_cells
from people.models import Team
from people.queries import today

PEOPLE, HISTORY, TIMES = 60, 60_000, 40
GOAL_MS = 300
# a month around today, so that a twelfth of the year's history counts
BEFORE, AFTER = timedelta(days=29), timedelta(days=2)
TRICKLE_SECONDS = 1.0
Trip = tuple[float, float, Seen]
"""Moments of asking and of the answer of a POST, and what the browser saw."""
Trace = tuple[Trip, Job, Job]
"""The trip, the recompute that it caused, and the job after which the board was told."""
Body = Callable[[str, int], dict[str, Any]]
RECOMPUTE, RESCORE = "kpis.recompute_touched", "challenges.score_news"


def run(scale: Scale) -> Iterator[Figure]:
    """An activity and a won deal, each on the leaderboard of its KPI and in a live challenge."""
    sellers = data.crew(PEOPLE)
    data.log(scale.of(HISTORY), sellers, today() - timedelta(days=1))
    rebuild_cells()
    me, *others = sellers
    data.sign_in("me@bench.example", me)
    admin = data.sign_in("admin@bench.example", rights=["admin"])
    scopes = ["activities:write", "deals:write"]
    secret = create_api_key(actor=admin, name="bench", scopes=scopes).secret
    races = {metric: _challenge(metric) for metric in ("calls", "revenue")}
    key, number = f"person-{me.pk}", me.number
    with running() as product, signed_in(product.address, "me@bench.example") as board:
        caller = Caller(product.port, secret)
        with _trickle(product, secret, [one.number for one in others]):
            # a number of its own for every call, whichever board it is for
            numbers = count()
            for name, page, path, body, told_by in (
                ("activity", _leaderboard("calls_count"), "/api/v1/activities", _call, RECOMPUTE),
                ("won deal", _leaderboard("revenue_booked"), "/api/v1/deals", _deal, RECOMPUTE),
                ("activity, challenge", races["calls"], "/api/v1/activities", _call, RESCORE),
                ("won deal, challenge", races["revenue"], "/api/v1/deals", _deal, RESCORE),
            ):
                board.open(product.address + page, key)

                def send(path: str = path, body: Body = body) -> tuple[float, float]:
                    return caller.post(path, body(number, next(numbers)))

                trips = _trips(board, send, scale.times(TIMES))
                yield from _figures(name, trips, product.jobs(), told_by)


def _leaderboard(kpi: str) -> str:
    return f"/leaderboards/?kpi={kpi}&window=month"


def _challenge(metric: str) -> str:
    """The page of a live challenge of everybody for most of a metric."""
    rules = {
        "key": f"bench-{metric}",
        "name": {"en": f"Most {metric}", "fr": f"Le plus de {metric}"},
        "window": {"start": str(today() - BEFORE), "end": str(today() + AFTER)},
        "format": "most",
        "score": {"metric": metric},
        "winners": 3,
    }
    keys = list(Team.objects.filter(parent=None).values_list("key", flat=True))
    made = challenges.create_challenge(actor=None, document=rules, team_keys=keys)
    live = challenges.launch(actor=None, challenge=made)
    return f"/challenges/{live.pk}/"


def _call(number: str, at: int) -> dict[str, Any]:
    now = datetime.now(UTC).isoformat()
    return {"external_id": f"me{at}", "type": "call", "occurred_at": now, "person": number}


def _deal(number: str, at: int) -> dict[str, Any]:
    now = datetime.now(UTC).isoformat()
    return {
        "external_id": f"d{at}",
        "stage": "won",
        "owner": number,
        "account": f"acc{at % data.ACCOUNTS + 1}",
        "engaged_at": now,
        "closed_at": now,
        "amount": "1234.50",
        "currency": "EUR",
    }


def _trips(board: Board, send: Callable[[], tuple[float, float]], times: int) -> list[Trip]:
    """So many round trips after two that warm up, out of step with the other caller."""
    trips = []
    for at in range(times + 2):
        began, ended = send()
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


def _figures(
    name: str, trips: Sequence[Trip], jobs: Sequence[Job], told_by: str
) -> Iterator[Figure]:
    whole = [(seen.changed - began) * 1000 for began, _, seen in trips]
    yield from spread(f"{name}: POST to the changed figure", whole, f"goal {GOAL_MS} ms")
    found = [trace for trip in trips if (trace := _trace_of(trip, jobs, told_by)) is not None]
    if found:
        yield from _spans(name, found)


def _trace_of(trip: Trip, jobs: Sequence[Job], told_by: str) -> Trace | None:
    """The jobs that this POST caused: the first that did something and ended after it."""
    first = _job_after(trip[0], RECOMPUTE, trip, jobs)
    last = (
        first
        if told_by == RECOMPUTE or first is None
        else _job_after(first.began, told_by, trip, jobs)
    )
    return None if first is None or last is None else (trip, first, last)


def _job_after(moment: float, name: str, trip: Trip, jobs: Sequence[Job]) -> Job | None:
    changed = trip[2].changed
    return next(
        (
            job
            for job in jobs
            if job.name == name
            and moment < job.ended < changed
            and job.result.strip() not in ("0", "[]", "False")
        ),
        None,
    )


def _spans(name: str, found: Sequence[Trace]) -> Iterator[Figure]:
    spans: dict[str, list[float]] = {
        "answer of the POST (beside what follows)": [end - start for (start, end, _), *_ in found],
        "1 POST until a worker begins": [job.began - start for (start, _, _), job, _ in found],
        "2 recompute in the worker": [job.ended - job.began for _, job, _ in found],
        "2b until the challenge is scored": [last.ended - job.ended for _, job, last in found],
        "3 publish, stream, until the browser asks": [
            seen.asked - last.ended for (_, _, seen), _, last in found
        ],
        "4 fragment fetched": [seen.answered - seen.asked for (_, _, seen), *_ in found],
        "5 swapped into the page": [seen.changed - seen.answered for (_, _, seen), *_ in found],
    }
    if not any(spans["2b until the challenge is scored"]):
        del spans["2b until the challenge is scored"]
    for part, seconds in spans.items():
        yield Figure(f"{name}: {part}", median(seconds) * 1000, "ms", "median")
