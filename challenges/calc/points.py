"""The points ledger, pure: what moves bring it to where the sources say it should be.

Points move between accounts, so what one loses another gets and all accounts together are always
zero. `ISSUE` is the company's account; the others are a person's. A source (a prize, a badge) says
how many points it gives now and the most it ever gave; a request says what it takes. From these
alone `target` gives every balance, whatever the order in which they became known; `moves_to` gives
the moves that are missing. Rules and worked tables: docs/algorithms/points.md.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from itertools import pairwise

from challenges.calc.points_expiry import Lot, Use, expired_lots


class Account(StrEnum):
    """Where points can be; `DEBT` is zero or below, all others of a person zero or above."""

    ISSUE = "issue"
    PROVISIONAL = "provisional"
    EARNED = "earned"
    RESERVED = "reserved"
    SPENT = "spent"
    REVERSED = "reversed"
    EXPIRED = "expired"
    DEBT = "debt"


A = Account
DEBT = "debt"
EXPIRY = "expiry:"
REQUEST = "request:"


@dataclass(frozen=True, slots=True)
class Claim:
    """What a source gives a person: `provisional` now, `held` for good now, `granted` at most so
    far. `at` is the moment of its last change, `granted_at` of the first that gave for good."""

    source: str
    provisional: int
    granted: int
    held: int
    granted_at: datetime | None
    at: datetime
    cause: str


class Asked(StrEnum):
    """What has become of a request."""

    OPEN = "open"
    DELIVERED = "delivered"
    RETURNED = "returned"


@dataclass(frozen=True, slots=True)
class Request:
    """Points that a person asked to spend, and the moment of the last change."""

    source: str
    points: int
    state: Asked
    asked_at: datetime
    at: datetime
    cause: str


@dataclass(frozen=True, slots=True)
class Move:
    """`amount` (above zero) from one account to another, because of a source."""

    source: str
    from_account: Account
    to_account: Account
    amount: int
    at: datetime
    cause: str


Balances = dict[Account, int]
Positions = Mapping[str, Mapping[Account, int]]


# --- where the ledger is -----------------------------------------------------------------------


def balances(moves: Iterable[Move]) -> Balances:
    """What is in each account. The sum over all accounts is 0."""
    found = dict.fromkeys(Account, 0)
    for move in moves:
        found[move.from_account] -= move.amount
        found[move.to_account] += move.amount
    return found


def positions(moves: Iterable[Move]) -> dict[str, Balances]:
    """The balances by source."""
    grouped: dict[str, list[Move]] = defaultdict(list)
    for move in moves:
        grouped[move.source].append(move)
    return {source: balances(of_source) for source, of_source in grouped.items()}


def below_zero(moves: Iterable[Move]) -> set[Account]:
    """The accounts of a person that ever were below zero, though none but the debt may be."""
    found, at = set[Account](), dict.fromkeys(Account, 0)
    for move in moves:
        at[move.from_account] -= move.amount
        at[move.to_account] += move.amount
        found |= {one for one in _NEVER_BELOW if at[one] < 0}
        found |= {A.DEBT} if at[A.DEBT] > 0 else set()
    return found


_NEVER_BELOW = frozenset(Account) - {Account.ISSUE, Account.DEBT}


# --- where it should be ------------------------------------------------------------------------


def target(claims: Iterable[Claim], requests: Iterable[Request], now: datetime) -> Positions:
    """The balances by source that these sources and requests come to at `now`; zeros left out."""
    claims, requests = list(claims), list(requests)
    found = {one.source: _claimed(one) for one in claims}
    found |= {one.source: _requested(one) for one in requests}
    for lot, amount in expired_lots(lots_of(claims), uses_of(requests), now):
        found[EXPIRY + lot.source] = {A.EARNED: -amount, A.EXPIRED: amount}
    owed = -min(0, sum(one.get(A.EARNED, 0) for one in found.values()))
    found[DEBT] = {A.DEBT: -owed, A.EARNED: owed}
    bare = {source: _without_zeros(one) for source, one in found.items()}
    return {source: one for source, one in bare.items() if one}


def _claimed(claim: Claim) -> Balances:
    return {
        A.ISSUE: -claim.provisional - claim.granted,
        A.PROVISIONAL: claim.provisional,
        A.EARNED: claim.held,
        A.REVERSED: claim.granted - claim.held,
    }


def _requested(request: Request) -> Balances:
    match request.state:
        case Asked.OPEN:
            return {A.EARNED: -request.points, A.RESERVED: request.points}
        case Asked.DELIVERED:
            return {A.EARNED: -request.points, A.SPENT: request.points}
        case Asked.RETURNED:
            return {}


def _without_zeros(found: Mapping[Account, int]) -> Balances:
    return {account: amount for account, amount in found.items() if amount}


def lots_of(claims: Iterable[Claim]) -> list[Lot]:
    """What is held of each source, with its age."""
    return [
        Lot(one.source, one.granted_at, one.held) for one in claims if one.granted_at and one.held
    ]


def uses_of(requests: Iterable[Request]) -> list[Use]:
    """What requests took and did not give back."""
    taken = [one for one in requests if one.state is not Asked.RETURNED]
    return [Use(one.source, one.asked_at, one.points) for one in taken]


def known_lots(made: Sequence[Move]) -> list[Lot]:
    """The lots as a ledger has them."""
    return lots_of(_known_claims(made, positions(made)).values())


def known_uses(made: Sequence[Move]) -> list[Use]:
    """The uses as a ledger has them."""
    return uses_of(_known_requests(made, positions(made)).values())


# --- from one to the other ---------------------------------------------------------------------


def moves_to(
    made: Sequence[Move],
    claims: Collection[Claim],
    requests: Collection[Request],
    now: datetime,
) -> list[Move]:
    """The moves of one person that bring a ledger of `made` to where these sources say.

    Sources that are not named are as `made` says. In the order of the result no account but the
    debt goes below zero. Nothing is missing: no moves.
    """
    where = positions(made)
    all_claims = {**_known_claims(made, where), **{one.source: one for one in claims}}
    all_requests = {**_known_requests(made, where), **{one.source: one for one in requests}}
    wanted = target(all_claims.values(), all_requests.values(), now)
    steps = [
        _dated(step, one, where)
        for one in all_claims.values()
        for step in _steps(one.source, where, wanted, one.at, one.cause)
    ]
    for request in all_requests.values():
        steps += _steps(request.source, where, wanted, request.at, request.cause)
    for source in sorted({*where, *wanted}):
        if source.startswith(EXPIRY):
            steps += _steps(source, where, wanted, now, "expired")
    return _in_order(steps, balances(made), wanted.get(DEBT, {}), now)


def _dated(step: Move, claim: Claim, where: Positions) -> Move:
    """The first points for good are of the moment that gave them, whoever looked how late."""
    known = where.get(claim.source, {})
    first = known.get(A.EARNED, 0) + known.get(A.REVERSED, 0) == 0
    if first and step.to_account is A.EARNED and claim.granted_at is not None:
        return replace(step, at=claim.granted_at)
    return step


def _known_claims(made: Sequence[Move], where: Positions) -> dict[str, Claim]:
    """Prizes and badges as the ledger has them."""
    found: dict[str, Claim] = {}
    for move in made:
        if not _is_claim(move.source):
            continue
        at = where[move.source]
        known = found.get(move.source)
        first = known.granted_at if known else None
        if first is None and move.to_account is A.EARNED:
            first = move.at
        found[move.source] = Claim(
            source=move.source,
            provisional=at[A.PROVISIONAL],
            granted=at[A.EARNED] + at[A.REVERSED],
            held=at[A.EARNED],
            granted_at=first,
            at=move.at,
            cause=move.cause,
        )
    return found


def _is_claim(source: str) -> bool:
    return source != DEBT and not source.startswith((EXPIRY, REQUEST))


def _known_requests(made: Sequence[Move], where: Positions) -> dict[str, Request]:
    found: dict[str, Request] = {}
    for move in made:
        if not move.source.startswith(REQUEST):
            continue
        at, known = where[move.source], found.get(move.source)
        state = Asked.OPEN if at[A.RESERVED] else Asked.DELIVERED if at[A.SPENT] else Asked.RETURNED
        asked_at = known.asked_at if known else move.at
        points = at[A.RESERVED] + at[A.SPENT]
        found[move.source] = Request(move.source, points, state, asked_at, move.at, move.cause)
    return found


# tried in this order: what becomes definite comes out of what was provisional, what is given back
# out of what was taken back, and only the rest is issued; what was given and taken back before
# anybody looked shows as both
_WAYS = (
    (A.PROVISIONAL, A.EARNED),
    (A.REVERSED, A.EARNED),
    (A.PROVISIONAL, A.EARNED, A.REVERSED),
    (A.RESERVED, A.EARNED),
    (A.RESERVED, A.SPENT),
    (A.EARNED, A.REVERSED),
    (A.ISSUE, A.EARNED),
    (A.ISSUE, A.EARNED, A.REVERSED),
    (A.ISSUE, A.PROVISIONAL),
    (A.PROVISIONAL, A.ISSUE),
    (A.EARNED, A.RESERVED),
    (A.EARNED, A.RESERVED, A.SPENT),
    (A.EARNED, A.EXPIRED),
    (A.EXPIRED, A.EARNED),
)


def _steps(
    source: str, where: Positions, wanted: Positions, at: datetime, cause: str
) -> list[Move]:
    """The moves that bring one source from where it is to where it should be."""
    now, then = where.get(source, {}), wanted.get(source, {})
    left = {one: then.get(one, 0) - now.get(one, 0) for one in Account}
    found: dict[tuple[Account, Account], int] = defaultdict(int)
    for way in _WAYS:
        amount = min(-left[way[0]], left[way[-1]])
        if amount > 0:
            left[way[0]] += amount
            left[way[-1]] -= amount
            for step in pairwise(way):
                found[step] += amount
    if any(left.values()):
        raise ValueError(f"no way from {now} to {then}")
    return [Move(source, start, end, amount, at, cause) for (start, end), amount in found.items()]


def _in_order(
    steps: Sequence[Move], start: Balances, debt: Mapping[Account, int], now: datetime
) -> list[Move]:
    """First what fills the available points, then what the debt must lend, what takes, what goes
    on from there; at last what pays the debt back."""
    filling = [one for one in steps if one.to_account is A.EARNED or one.from_account is A.ISSUE]
    taking = [one for one in steps if one.from_account is A.EARNED]
    further = [one for one in steps if one not in filling and one not in taking]
    held = start[A.EARNED] + balances(filling)[A.EARNED]
    short = sum(one.amount for one in taking) - held
    lent = [Move(DEBT, A.DEBT, A.EARNED, short, now, "lent")] if short > 0 else []
    so_far = [*filling, *lent, *taking, *further]
    owed = -(start[A.DEBT] + balances(so_far)[A.DEBT]) + debt.get(A.DEBT, 0)
    if owed > 0:
        so_far.append(Move(DEBT, A.EARNED, A.DEBT, owed, now, "paid"))
    return so_far


def numbered(made: Iterable[Move], new: Sequence[Move]) -> list[tuple[int, Move]]:
    """The new moves with their serial numbers within their sources."""
    counts: dict[str, int] = defaultdict(int)
    for move in made:
        counts[move.source] += 1
    found = []
    for move in new:
        counts[move.source] += 1
        found.append((counts[move.source], move))
    return found
