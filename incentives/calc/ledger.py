"""The pay ledger of one payee: balanced postings over five accounts, in minor units.

Every entry moves one amount from an account to another, so each pair of postings, each payee and
each period sum to zero. `earned` is where pay comes from and stands below zero by what was earned
in all; `debt` stands below zero by what the payee owes.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from incentives.calc.facts import Adjustment
from incentives.calc.moves import Move
from kernel.issues import N_
from kernel.money import Money

ACCOUNTS = ("earned", "payable", "held", "paid", "debt")
# the entries in the order in which a line tells them, as people say them
ENTRIES = {
    "earned": N_("earned"),
    "adjusted": N_("adjusted by hand"),
    "held": N_("held back"),
    "released": N_("released"),
    "lapsed": N_("lapsed"),
    "clawed_back": N_("clawed back"),
    "waived": N_("not taken back"),
    "advanced": N_("advanced"),
    "owed": N_("owed"),
    "recovered": N_("recovered"),
    "prepaid": N_("paid before"),
    "paid": N_("paid out"),
}
_ORDER = tuple(ENTRIES)


@dataclass(frozen=True, slots=True)
class Posting:
    """An amount on an account (plus: towards the payee), why, and for which payment line."""

    entry: str
    account: str
    component: str
    amount: Money

    def as_json(self) -> dict[str, str]:
        """Plain data; the amount as decimal text of the main unit."""
        return {
            "entry": self.entry,
            "account": self.account,
            "component": self.component,
            "amount": self.amount.text(),
        }


def earned_of_line(due: Money, moves: Iterable[Move]) -> Money:
    """What a line earned: what makes the moves of its steps come out at the amount due."""
    moved = sum(
        move.amount.minor * ((move.to == "payable") - (move.source == "payable")) for move in moves
    )
    return Money(due.minor - moved, due.currency)


def postings_of_line(component: str, due: Money, moves: Sequence[Move]) -> tuple[Posting, ...]:
    """The postings of a payment line: what it earned, what its steps moved, and its payment.

    One pair for each entry, in their fixed order: the trace tells the deals apart.
    """
    sums = {
        ("earned", "earned", "payable"): earned_of_line(due, moves),
        ("paid", "payable", "paid"): due,
    }
    for move in moves:
        key = (move.entry, move.source, move.to)
        sums[key] = sums[key] + move.amount if key in sums else move.amount
    return tuple(
        posting
        for entry, source, to in sorted(sums, key=lambda key: _ORDER.index(key[0]))
        if sums[entry, source, to].minor
        for posting in _pair(Move(entry, source, to, sums[entry, source, to]), component)
    )


def postings_of_adjustment(line: str, adjustment: Adjustment) -> tuple[Posting, ...]:
    """A manual adjustment is earned and paid like a line, under its own entry."""
    moves = (
        Move("adjusted", "earned", "payable", adjustment.amount),
        Move("paid", "payable", "paid", adjustment.amount),
    )
    return tuple(posting for move in moves for posting in _pair(move, line))


def _pair(move: Move, component: str) -> tuple[Posting, Posting]:
    return (
        Posting(move.entry, move.source, component, -move.amount),
        Posting(move.entry, move.to, component, move.amount),
    )


Balances = Mapping[str, Mapping[str, Mapping[str, Money]]]


def balances(payees: Iterable[tuple[str, str, Sequence[Posting]]]) -> Balances:
    """By payee, currency and account: the sum of the postings, every account shown."""
    found: dict[str, dict[str, dict[str, Money]]] = {}
    for payee, currency, postings in payees:
        empty = {account: Money.zero(currency) for account in ACCOUNTS}
        accounts = found.setdefault(payee, {}).setdefault(currency, empty)
        for posting in postings:
            accounts[posting.account] += posting.amount
    return {payee: found[payee] for payee in sorted(found)}


def balances_json(found: Balances) -> dict[str, dict[str, dict[str, str]]]:
    """Plain data of balances."""
    return {
        payee: {
            currency: {account: amount.text() for account, amount in accounts.items()}
            for currency, accounts in currencies.items()
        }
        for payee, currencies in found.items()
    }
