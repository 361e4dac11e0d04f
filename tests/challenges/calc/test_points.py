"""The points ledger as a pure thing: whatever happens in whatever order, it is what the sources
say, and nobody's account goes below zero."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from challenges.calc.points import (
    DEBT,
    Account,
    Asked,
    Claim,
    Move,
    Request,
    balances,
    below_zero,
    moves_to,
    numbered,
    positions,
    target,
)
from challenges.calc.points_expiry import LAST_MONTHS, Lot, Use, expired_lots, months_after, unused

START = datetime(2026, 1, 10, 9, tzinfo=UTC)
A = Account


def day(number: int) -> datetime:
    return START + timedelta(days=number)


def prize(source: str, on: int, held: int, granted: int | None = None) -> Claim:
    """A prize given on a day; `granted` when it once was more."""
    return Claim(source, 0, granted or held, held, day(on), day(on), "result:1")


def promised(source: str, on: int, points: int) -> Claim:
    return Claim(source, points, 0, 0, None, day(on), "provisional")


def asked(number: int, on: int, points: int, state: Asked = Asked.OPEN) -> Request:
    return Request(f"request:{number}", points, state, day(on), day(on), state.value)


@dataclass(slots=True)
class Ledger:
    """Moves as they are written, one posting after the other."""

    moves: list[Move] = field(default_factory=list)

    def post(
        self, on: int, claims: Iterable[Claim] = (), requests: Iterable[Request] = ()
    ) -> list[tuple[str, str, str, int]]:
        new = moves_to(self.moves, list(claims), list(requests), day(on))
        self.moves += new
        return [(one.source, one.from_account, one.to_account, one.amount) for one in new]

    @property
    def held(self) -> dict[str, int]:
        """Every account that is not empty."""
        found = balances(self.moves)
        assert sum(found.values()) == 0
        return {account.value: amount for account, amount in found.items() if amount}


def test_a_prize_is_provisional_then_earned_and_nothing_is_done_twice() -> None:
    ledger = Ledger()

    assert ledger.post(1, [promised("p", 1, 300)]) == [("p", "issue", "provisional", 300)]
    assert ledger.post(1, [promised("p", 1, 300)]) == []
    assert ledger.post(2, [prize("p", 2, 500)]) == [
        ("p", "provisional", "earned", 300),
        ("p", "issue", "earned", 200),
    ]
    assert ledger.post(2, [prize("p", 2, 500)]) == []
    assert ledger.held == {"issue": -500, "earned": 500}


def test_what_was_provisional_and_is_not_won_goes_back() -> None:
    ledger = Ledger()
    ledger.post(1, [promised("p", 1, 300)])
    gone = Claim("p", 0, 0, 0, None, day(2), "withdrawn")

    assert ledger.post(2, [gone]) == [("p", "provisional", "issue", 300)]
    assert ledger.held == {}


def test_an_amendment_takes_back_what_is_unspent_and_gives_it_again() -> None:
    ledger = Ledger()
    ledger.post(1, [prize("p", 1, 500)])

    assert ledger.post(2, [prize("p", 1, 200, granted=500)]) == [("p", "earned", "reversed", 300)]
    assert ledger.held == {"issue": -500, "earned": 200, "reversed": 300}
    assert ledger.post(3, [prize("p", 1, 500)]) == [("p", "reversed", "earned", 300)]
    assert ledger.held == {"issue": -500, "earned": 500}


def test_what_was_given_and_taken_back_before_anybody_looked_shows_as_both() -> None:
    ledger = Ledger()

    assert ledger.post(2, [prize("p", 1, 200, granted=500)]) == [
        ("p", "issue", "earned", 500),
        ("p", "earned", "reversed", 300),
    ]


def test_points_that_were_used_and_then_taken_back_are_a_debt_that_later_points_pay() -> None:
    ledger = Ledger()
    ledger.post(1, [prize("p", 1, 500)])
    ledger.post(2, requests=[asked(1, 2, 400)])
    ledger.post(3, requests=[asked(1, 2, 400, Asked.DELIVERED)])

    assert ledger.post(4, [prize("p", 1, 0, granted=500)]) == [
        (DEBT, "debt", "earned", 400),
        ("p", "earned", "reversed", 500),
    ]
    assert ledger.held == {"issue": -500, "spent": 400, "reversed": 500, "debt": -400}
    assert ledger.post(5, [prize("q", 5, 150)]) == [
        ("q", "issue", "earned", 150),
        (DEBT, "earned", "debt", 150),
    ]
    ledger.post(6, [prize("r", 6, 300)])
    assert ledger.held == {"issue": -950, "earned": 50, "spent": 400, "reversed": 500}


def test_a_request_reserves_and_its_points_come_back() -> None:
    ledger = Ledger()
    ledger.post(1, [prize("p", 1, 500)])

    assert ledger.post(2, requests=[asked(1, 2, 400)]) == [("request:1", "earned", "reserved", 400)]
    assert ledger.post(3, requests=[asked(1, 2, 400, Asked.RETURNED)]) == [
        ("request:1", "reserved", "earned", 400)
    ]
    assert ledger.held == {"issue": -500, "earned": 500}


def test_points_lapse_by_themselves_the_oldest_used_first() -> None:
    ledger = Ledger()
    ledger.post(1, [prize("old", 1, 100), prize("new", 40, 50)])
    ledger.post(41, requests=[asked(1, 41, 70)])
    due = months_after(day(1), LAST_MONTHS)
    almost = moves_to(ledger.moves, [], [], due - timedelta(seconds=1))
    lapsed = moves_to(ledger.moves, [], [], due)

    assert almost == []
    assert [(one.source, one.amount) for one in lapsed] == [("expiry:old", 30)]


def test_what_a_lapsed_prize_owes_is_taken_from_what_lapsed() -> None:
    ledger = Ledger()
    ledger.post(1, [prize("p", 1, 100)])
    late = 1 + 366 + 366
    ledger.post(late)
    assert ledger.held == {"issue": -100, "expired": 100}

    ledger.post(late + 1, [prize("p", 1, 0, granted=100)])
    assert ledger.held == {"issue": -100, "reversed": 100}


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2026-01-31", "2028-01-31"),
        ("2024-02-29", "2026-02-28"),
        ("2026-12-05", "2028-12-05"),
    ],
)
def test_two_years_later(start: str, end: str) -> None:
    moment = datetime.fromisoformat(start).replace(tzinfo=UTC)
    assert months_after(moment, LAST_MONTHS).date().isoformat() == end


def test_a_use_takes_the_oldest_that_had_not_lapsed() -> None:
    lots = [Lot("b", day(30), 50), Lot("a", day(0), 50), Lot("c", day(800), 50)]
    uses = [Use("u", day(760), 60)]

    # "a" lapsed on day 730; "b" (day 760) just did; of "c", which came later, the debt is paid
    assert [(lot.source, left) for lot, left in unused(lots, uses)] == [("a", 50), ("b", 50)]
    assert [lot.source for lot, _ in expired_lots(lots, uses, day(745))] == ["a"]


# --- any life ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Event:
    """Something that becomes known after so many days."""

    days: int
    what: str
    number: int
    points: int
    posted: bool
    """Whether anybody looks then; else a later posting finds it."""


EVENTS = st.lists(
    st.builds(
        Event,
        days=st.integers(0, 300),
        what=st.sampled_from(
            ["provisional", "sign", "amend", "cancel", "badge", "ask", "deliver", "return"]
        ),
        number=st.integers(0, 1),
        points=st.sampled_from([0, 40, 100, 300]),
        posted=st.booleans(),
    ),
    min_size=6,
    max_size=25,
)


class Life:
    """What the records say, kept apart from the ledger."""

    def __init__(self) -> None:
        self.claims: dict[str, Claim] = {}
        self.requests: dict[str, Request] = {}

    def tell(self, event: Event, now: datetime, free: int) -> None:
        source, known = f"c{event.number}", self.claims.get(f"c{event.number}")
        signed = known is not None and known.granted_at is not None
        request = self.requests.get(f"request:{event.number}")
        match event.what:
            case "provisional" if not signed:
                self.claims[source] = Claim(source, event.points, 0, 0, None, now, "provisional")
            case "cancel" if known and not signed:
                self.claims[source] = Claim(source, 0, 0, 0, None, now, "withdrawn")
            case "sign" | "badge" if not signed and event.points:
                self.claims[source] = Claim(source, 0, event.points, event.points, now, now, "r1")
            case "amend" if known and signed:
                most = max(known.granted, event.points)
                first = known.granted_at
                self.claims[source] = Claim(source, 0, most, event.points, first, now, "r2")
            case "ask" if request is None and 0 < event.points <= free:
                self._request(event.number, event.points, Asked.OPEN, now, now)
            case "deliver" if request and request.state is Asked.OPEN:
                self._request(event.number, request.points, Asked.DELIVERED, request.asked_at, now)
            case "return" if request and request.state is Asked.OPEN:
                self._request(event.number, request.points, Asked.RETURNED, request.asked_at, now)

    def _request(
        self, number: int, points: int, state: Asked, asked_at: datetime, at: datetime
    ) -> None:
        name = f"request:{number}"
        self.requests[name] = Request(name, points, state, asked_at, at, state.value)


def bare(moves: Iterable[Move]) -> dict[str, dict[Account, int]]:
    found = {
        source: {account: amount for account, amount in one.items() if amount}
        for source, one in positions(moves).items()
    }
    return {source: one for source, one in found.items() if one}


@settings(max_examples=300)
@given(EVENTS)
def test_any_life_leaves_the_ledger_that_the_sources_say(events: list[Event]) -> None:
    life, moves, now = Life(), list[Move](), START
    for event in events:
        now += timedelta(days=event.days)
        moves += moves_to(moves, [], [], now)
        life.tell(event, now, balances(moves)[A.EARNED])
        if event.posted or event.what == "ask":
            for _ in range(2):  # each message comes twice
                new = moves_to(moves, list(life.claims.values()), list(life.requests.values()), now)
                moves += new
            assert new == []
    moves += moves_to(moves, list(life.claims.values()), list(life.requests.values()), now)

    assert bare(moves) == target(life.claims.values(), life.requests.values(), now)
    assert below_zero(moves) == set()
    assert sum(balances(moves).values()) == 0
    assert all(move.amount > 0 for move in moves)


@given(EVENTS)
def test_the_balances_are_what_a_plain_account_book_says(events: list[Event]) -> None:
    """An oracle without lots and moves: given less taken back, used, lapsed; the rest is there, or
    is owed."""
    life, now = Life(), START
    for event in events:
        now += timedelta(days=event.days)
        life.tell(event, now, free=400)
    moves = moves_to([], list(life.claims.values()), list(life.requests.values()), now)
    there = balances(moves)
    given_now = sum(one.held for one in life.claims.values())
    used = sum(one.points for one in life.requests.values() if one.state is not Asked.RETURNED)

    left = given_now - used - there[A.EXPIRED]
    assert (there[A.EARNED], -there[A.DEBT]) == (max(left, 0), max(-left, 0))
    assert there[A.PROVISIONAL] == sum(one.provisional for one in life.claims.values())
    assert there[A.RESERVED] + there[A.SPENT] == used
    assert there[A.REVERSED] == sum(one.granted - one.held for one in life.claims.values())


def test_each_move_has_a_number_of_its_own_in_its_source() -> None:
    ledger = Ledger()
    ledger.post(1, [prize("p", 1, 500), prize("q", 1, 10)])
    new = moves_to(ledger.moves, [prize("p", 1, 300, granted=500)], [], day(2))

    assert [(serial, one.source) for serial, one in numbered(ledger.moves, new)] == [(2, "p")]
