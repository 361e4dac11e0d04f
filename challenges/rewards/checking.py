"""The proof of the ledger: every balance computed again from the sources, beside what is kept."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from challenges.calc.points import (
    Account,
    Claim,
    Positions,
    balances,
    below_zero,
    positions,
    target,
)
from challenges.models import Challenge
from challenges.rewards.queries import moves_of
from challenges.rewards.sources import (
    GIVING,
    Key,
    all_requests,
    badge_claims,
    by_person,
    challenge_claims,
)


@dataclass(frozen=True, slots=True)
class Difference:
    """An account of a person in which the ledger has other points than its source says."""

    person_id: int
    source: str
    account: Account
    ledger: int
    sources: int


@dataclass(frozen=True, slots=True)
class Checked:
    """How much was compared, and what differs; `below_zero` names accounts that were ever so."""

    people: int
    moves: int
    issued: int
    differences: tuple[Difference, ...]
    below_zero: tuple[tuple[int, Account], ...]

    @property
    def ok(self) -> bool:
        """Whether the ledger is what the sources say."""
        return not self.differences and not self.below_zero


def check_points(at: datetime) -> Checked:
    """Read all sources again as of `at`, and compare."""
    claims, requests = by_person(all_claims()), by_person(all_requests())
    made = moves_of()
    people = sorted({*made, *claims, *requests})
    found = [
        one
        for pk in people
        for one in _compared(
            pk, positions(made[pk]), target(claims.get(pk, ()), requests.get(pk, ()), at)
        )
    ]
    return Checked(
        people=len(people),
        moves=sum(map(len, made.values())),
        issued=-sum(balances(moves)[Account.ISSUE] for moves in made.values()),
        differences=tuple(found),
        below_zero=tuple((pk, account) for pk in people for account in below_zero(made[pk])),
    )


def all_claims() -> dict[Key, Claim]:
    """What every challenge and every badge gives."""
    found = badge_claims()
    for challenge in Challenge.objects.filter(state__in=GIVING).order_by("pk"):
        found |= challenge_claims(challenge)
    return found


def _compared(person_id: int, ledger: Positions, sources: Positions) -> Iterator[Difference]:
    for source in sorted({*ledger, *sources}):
        here, there = ledger.get(source, {}), sources.get(source, {})
        for account in Account:
            if here.get(account, 0) != there.get(account, 0):
                yield Difference(
                    person_id, source, account, here.get(account, 0), there.get(account, 0)
                )
