"""Server time of what people look at, over a year of 1,000,000 activities of 200 people."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.test import Client

from bench import data
from bench.figures import Figure, Scale, spread, timed
from kernel.periods import Period
from kpis import queries
from kpis.services import rebuild_cells
from people.models import User
from people.queries import today

PEOPLE, HISTORY, TIMES = 200, 1_000_000, 30
PAGES = (
    ("leaderboard page", "/leaderboards/?kpi=revenue_booked&window=month", False),
    ("leaderboard fragment", "/leaderboards/?kpi=revenue_booked&window=month", True),
    ("leaderboard page, year", "/leaderboards/?kpi=revenue_booked&window=year", False),
    ("home of a seller", "/", False),
)


def run(scale: Scale) -> Iterator[Figure]:
    """Queries by themselves, and whole pages without the network."""
    sellers = data.crew(PEOPLE)
    day = today()
    data.log(scale.of(HISTORY), sellers, day - timedelta(days=1))
    _, cells = timed(rebuild_cells)
    data.vacuum()
    me = sellers[0]
    times = scale.times(TIMES)
    yield Figure("cells read from", cells, "rows")
    month, year = Period.month(day), Period.year(day)
    for name, act in (
        ("leaderboard query, month", lambda: queries.leaderboard("revenue_booked", month)),
        ("leaderboard query, year", lambda: queries.leaderboard("revenue_booked", year)),
        ("scorecard query", lambda: queries.scorecard(me.pk, day)),
    ):
        yield from spread(name, _milliseconds(times, act))
    user = data.sign_in("me@bench.example", me)
    for name, address, is_fragment in PAGES:
        yield from _page(times, user, name, address, is_fragment=is_fragment)


def _page(
    times: int, user: User, name: str, address: str, *, is_fragment: bool
) -> Iterator[Figure]:
    client = Client(headers={"host": "localhost"})
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    headers = {"HX-Request": "true"} if is_fragment else {}
    if client.get(address, headers=headers).status_code != 200:
        return  # a page that this version does not have
    yield from spread(name, _milliseconds(times, lambda: client.get(address, headers=headers)))


def _milliseconds(times: int, act: Any) -> list[float]:
    act()
    return [timed(act)[0] * 1000 for _ in range(times)]
