"""Settling one deal: what of its amount is due, what waits, what lapses, what is taken back.

A deal's position is a function of cumulative facts: how much was collected and cancelled, which
milestones were reached, which day it is. So the parts that become due add up to the deal's amount
to the cent, however the facts are spread over days and periods.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from typing import Protocol

from incentives.calc.facts import Event, OpenItem
from incentives.calc.moves import Move
from incentives.calc.telling import told
from kernel.issues import N_
from kernel.money import Money
from kernel.numbers import round_integer
from kernel.trace import Step


class Timing(Protocol):
    """A rule about when an amount is due: a holdback, a payment schedule."""

    @property
    def waits(self) -> str:
        """The word for what the rule waits for, as open items carry it."""

    @property
    def milestones(self) -> frozenset[str]:
        """The names of the milestones that the rule knows."""

    def split(self, amount: int, deal: OpenItem, day: date) -> tuple[int, int]:
        """What of an amount (minor units) is due by a day, and what waits; the rest lapses."""

    def counts(self, deal: OpenItem, event: Event) -> bool:
        """Whether an event still counts for the deal: money after the window may not."""


class Recovery(Protocol):
    """A rule about taking back what was paid on the cancelled part of a deal."""

    def returned(self, paid: int, deal: OpenItem, event: Event) -> tuple[int, Step]:
        """What of ``paid`` (minor units) is taken back because of an event, and why."""

    def over(self, deal: OpenItem, day: date) -> bool:
        """Whether no cancellation after a day can take anything back."""

    def unknown(self, deal: OpenItem) -> bool:
        """Whether the deal lacks what the rule needs, so that all is taken back."""

    @property
    def negative(self) -> str:
        """What happens to a component that comes out below 0: allow, zero or carry."""

    @property
    def balance(self) -> str:
        """The name of the debt that is carried."""


@dataclass(frozen=True, slots=True)
class Rules:
    """How the deals of a component are settled.

    ``base`` names the measure whose deals they are, None: as the earning steps tell; ``average``
    shares the amount out over it even when the amount of each deal is known.
    """

    timings: tuple[Timing, ...] = ()
    recovery: Recovery | None = None
    base: str | None = None
    average: bool = False

    def __bool__(self) -> bool:
        return bool(self.timings) or self.recovery is not None

    def timed(self, rule: Timing, base: str | None) -> "Rules":
        """These rules and one more about when an amount is due."""
        return replace(self, timings=(*self.timings, rule), base=self.base or base)

    def recovering(self, rule: Recovery, base: str | None, *, average: bool) -> "Rules":
        """These rules and the one that takes back."""
        return replace(self, recovery=rule, base=self.base or base, average=average)


@dataclass(frozen=True, slots=True)
class Settled:
    """A deal after a period: what it pays (minor units, less what is taken back), and how."""

    deal: OpenItem
    due: int
    taken: int
    moves: tuple[Move, ...]
    traces: tuple[Step, ...]
    excessive: tuple[Event, ...]

    @property
    def value(self) -> int:
        return self.due - self.taken


def size_of(deal: OpenItem) -> Fraction:
    """What is collected or cancelled when all of a deal is; a deal without size counts one."""
    return abs(deal.base) if deal.base else Fraction(1)


def valid_of(deal: OpenItem) -> Fraction:
    """The size that is not cancelled."""
    return size_of(deal) - deal.cancelled


def position(rules: Rules, deal: OpenItem, day: date) -> tuple[int, int, str]:
    """What of a deal is due by a day, what waits (minor units), and the word for what it awaits."""
    due = deal.amount.minor
    if deal.cancelled:
        due = round_integer(due * valid_of(deal) / size_of(deal))
    held, waits = 0, ""
    for rule in rules.timings:
        due, more = rule.split(due, deal, day)
        held += more
        waits = waits or (rule.waits if more else "")
    return due, held, waits or "paid"


def settle(
    rules: Rules, before: OpenItem, fresh: int, events: Sequence[Event], first: date, last: date
) -> Settled:
    """Follow a deal through a period, day by day.

    ``before`` holds all facts up to the period and the full amount, ``fresh`` what of the amount
    is new (minor units). Nothing is due before ``first``; what is due by ``last`` is paid.
    """
    run = _Run(rules, before, first)
    run.move_on(before.since, fresh)
    for event in events:
        run.move_on(event.on)
        run.happen(event)
    run.move_on(last)
    return run.settled()


class _Run:
    """One deal on its way through one period."""

    def __init__(self, rules: Rules, deal: OpenItem, first: date) -> None:
        self.rules = rules
        self.deal = deal
        self.opening = deal.paid.minor
        self.day = first
        self.due = 0
        self.taken = 0
        self.moves: list[Move] = []
        self.traces: list[Step] = []
        self.excessive: list[Event] = []

    def move_on(self, day: date, fresh: int = 0) -> None:
        """Pay what is due by a day. Days never go back: late news finds what was paid since."""
        self.day = max(self.day, day)
        due, held, waits = self._position()
        more = due - self.deal.paid.minor
        waiting = fresh - more
        if waiting > 0:
            self._move("held", "payable", "held", waiting)
        else:
            self._move("released", "held", "payable", -waiting)
        self._move("lapsed", "held", "earned", waiting - (held - self.deal.held.minor))
        self.due += more
        self._stand(due, held, waits)

    def happen(self, event: Event) -> None:
        """Take an event in; what it makes due is paid, what it makes void lapses or comes back."""
        if not all(rule.counts(self.deal, event) for rule in self.rules.timings):
            self.traces.append(_told_event(event, N_("{on}: money came too late to count")))
            return
        if _is_excessive(self.deal, event):
            self.excessive.append(event)
        self.deal = _after(self.deal, event)
        due, held, waits = self._position()
        paid = self.deal.paid.minor - due
        self.traces.append(_told_event(event, _label(event)))
        if event.kind == "cancelled" and paid * self.deal.amount.minor > 0:
            self._take_back(paid, event)
            self._move("lapsed", "held", "earned", self.deal.held.minor - held)
            self._stand(due, held, waits)
        else:
            self.move_on(self.day)

    def _take_back(self, paid: int, event: Event) -> None:
        cut = round_integer(Fraction(self.deal.cut.minor * paid, self.deal.paid.minor))
        self.deal = replace(self.deal, cut=self.deal.cut - self._money(cut))
        if self.rules.recovery is None:
            return
        taken, trace = self.rules.recovery.returned(paid - cut, self.deal, event)
        self._move("clawed_back", "payable", "earned", taken)
        self.taken += taken
        self.traces.append(trace)

    def _position(self) -> tuple[int, int, str]:
        """As the rules say; of a deal that somebody holds, nothing is paid in this period."""
        due, held, waits = position(self.rules, self.deal, self.day)
        if not self.deal.on_hold:
            return due, held, waits
        kept = min(due, self.opening) if due >= 0 else due
        return kept, held + due - kept, "held"

    def _stand(self, due: int, held: int, waits: str) -> None:
        deal = self.deal
        if (due, held, waits) != (deal.paid.minor, deal.held.minor, deal.kind):
            self.deal = replace(deal, paid=self._money(due), held=self._money(held), kind=waits)

    def _move(self, entry: str, source: str, to: str, amount: int) -> None:
        if amount:
            self.moves.append(Move(entry, source, to, self._money(amount)))

    def _money(self, minor: int) -> Money:
        return Money(minor, self.deal.amount.currency)

    def settled(self) -> Settled:
        return Settled(
            self.deal,
            self.due,
            self.taken,
            tuple(self.moves),
            tuple(self.traces),
            tuple(self.excessive),
        )


def _is_excessive(deal: OpenItem, event: Event) -> bool:
    """Whether more is collected or cancelled than the deal is worth: the rest changes nothing."""
    before = deal.collected if event.kind == "collected" else deal.cancelled
    return event.amount is not None and before + event.amount > size_of(deal)


def _after(deal: OpenItem, event: Event) -> OpenItem:
    """The deal with the facts of an event; no more is collected or cancelled than there is."""
    size = size_of(deal)
    match event.kind:
        case "collected":
            more = valid_of(deal) if event.amount is None else deal.collected + event.amount
            return replace(deal, collected=max(deal.collected, min(more, size)))
        case "cancelled":
            more = size if event.amount is None else deal.cancelled + event.amount
            return replace(deal, cancelled=min(more, size))
        case "held" | "released":
            return replace(deal, on_hold=event.kind == "held")
    return replace(deal, reached={event.name: event.on, **deal.reached})


def _label(event: Event) -> str:
    """The words for what happened."""
    match event.kind, event.amount:
        case "collected", None:
            return N_("{on}: all that was left was collected")
        case "collected", _:
            return N_("{on}: {amount} collected")
        case "cancelled", None:
            return N_("{on}: all that was left was cancelled")
        case "cancelled", _:
            return N_("{on}: {amount} cancelled")
        case "held", _:
            return N_("{on}: held by hand: {name}")
        case "released", _:
            return N_("{on}: no longer held by hand: {name}")
    return N_("{on}: {name} reached")


def _told_event(event: Event, label: str) -> Step:
    amount = "" if event.amount is None else event.amount
    return told(event.kind, label, event.amount, on=event.on, amount=amount, name=event.name)
