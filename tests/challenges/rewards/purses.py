"""Points that people of the small company have, and challenges that give them."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from threading import Barrier
from typing import TypeVar

from django.db import connection

from challenges import services
from challenges.calc.points import Account, balances
from challenges.models import Challenge
from challenges.rewards.queries import moves_of
from people.models import Person
from tests.challenges.games import AFTER_CUT_OFF, live, win
from tests.kpis.crew import at

T = TypeVar("T")
PRIZES: dict[str, object] = {
    "prizes": [
        {"for": "rank", "rank": 1, "kind": "points", "amount": "500"},
        {"for": "rank", "rank": 2, "kind": "points", "amount": "200"},
    ],
    "after_official": {"policy": "amend"},
}
ENDED = at("2026-04-01 00:00")
SIGNED = AFTER_CUT_OFF
SOON = at("2026-04-08 10:00")


def ended(changes: Mapping[str, object] | None = None) -> Challenge:
    """Hugo leads with 1000, Léa has 900, and the window is over."""
    win("d1", "2026-03-10 11:00", "P1", 900)
    win("d2", "2026-03-11 11:00", "P2", 1000)
    challenge = live({**PRIZES, **(changes or {})})
    services.advance(challenge_id=challenge.pk, at=ENDED)
    return Challenge.objects.get(pk=challenge.pk)


def sign(challenge: Challenge, moment: datetime = SIGNED) -> Challenge:
    return services.make_official(actor=None, challenge=challenge, at=moment)


def purse(person: Person) -> dict[str, int]:
    """Every account of the person that is not empty, the company's left out."""
    found = balances(moves_of([person.pk])[person.pk])
    return {key.value: n for key, n in found.items() if n and key is not Account.ISSUE}


def lines(person: Person) -> list[tuple[str, str, int, str]]:
    """From, to, how much, why: the ledger of a person."""
    return [
        (one.from_account.value, one.to_account.value, one.amount, one.cause)
        for one in moves_of([person.pk])[person.pk]
    ]


def together(*works: Callable[[], T]) -> list[T]:
    """The results of the works, started at the same moment, each on a connection of its own."""
    barrier = Barrier(len(works))

    def run(work: Callable[[], T]) -> T:
        try:
            barrier.wait(30)
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(works)) as pool:
        return [job.result(60) for job in [pool.submit(run, work) for work in works]]
