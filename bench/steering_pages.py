"""What people look at to steer: by itself as a query, and as a whole page without the network."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from fractions import Fraction

from django.test import Client

from bench import data
from bench.figures import Figure
from bench.steering_data import ROLES
from bench.work import repeatedly, spent
from common.memo import remembering
from kernel.periods import Period
from kpis import queries
from kpis.services import ObjectiveInput, load_objectives
from people.models import Person, Team, User
from people.queries import today

PAGES = (
    ("seller", "/cockpit/"),
    ("lead", "/team/"),
    ("lead", "/team/cards/"),
    ("director", "/direction/"),
    ("director", "/direction/cards/"),
    ("seller", "/leaderboards/?kpi=revenue_booked&window=month"),
)


def reading(size: int, sellers: Sequence[Person], times: int) -> Iterator[Figure]:
    """The scorecard of each role, the heat map of a team, a leaderboard, and pages."""
    day = today()
    month = Period.month(day)
    _agree(month)
    for role, one in zip(ROLES, sellers, strict=False):
        yield from _query(f"scorecard of {role}", size, times, _scorecard(one, day))
    team = Team.objects.get(key="t1")  # sellers of the role "ae"
    yield from _query(
        f"heat map of {len(queries.team_heatmap(team.pk, month, day).rows)}", size, times,
        lambda: queries.team_heatmap(team.pk, month, day),
    )  # fmt: skip
    yield from _query(
        "leaderboard of a month", size, times, lambda: queries.leaderboard("revenue_booked", month)
    )
    lead = Person.objects.get(assignments__team=team, assignments__role__leads=True)
    users = {
        "seller": data.sign_in("me@bench.example", sellers[1]),
        "lead": data.sign_in("lead@bench.example", lead),
        "director": data.sign_in("director@bench.example", rights=["executive"]),
    }
    for who, address in PAGES:
        yield from _query(f"page {address}", size, times, _page(users[who], address))


def _agree(month: Period) -> None:
    """Each role has an objective, so that attainment and pace are computed."""
    rows = [
        ObjectiveInput(
            kpi=kpi, target=Fraction(target), valid_from=month.start, valid_to=month.end, role=role
        )
        for role, kpi, target in (
            ("sdr", "calls_count", 400), ("ae", "revenue_booked", 40_000),
            ("am", "revenue_booked", 40_000), ("field", "displays_count", 10),
        )
    ]  # fmt: skip
    load_objectives(actor=None, rows=rows)


def _scorecard(person: Person, day: date) -> Callable[[], object]:
    def ask() -> None:
        with remembering():  # as in a page, which reads the dictionary once
            queries.scorecard(person.pk, day)

    return ask


def _page(user: User, address: str) -> Callable[[], object]:
    client = Client(headers={"host": "localhost"})
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")

    def ask() -> None:
        status = client.get(address).status_code
        if status != 200:
            raise AssertionError(f"{address} answered {status}")

    return ask


def _query(name: str, size: int, times: int, act: Callable[[], object]) -> Iterator[Figure]:
    yield from spent(f"{name}, {size:,}", repeatedly(times, act))
