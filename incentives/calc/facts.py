"""The inputs of a calculation: payees, their credits, and the figures that are known of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

from kernel.money import Money
from kernel.periods import Period


@dataclass(frozen=True, slots=True)
class Credit:
    """One deal or event credited to a payee.

    ``amount`` is the whole deal in major units of ``currency``, None when it has none; ``share``
    is the payee's part of it (1 = all). ``order`` sorts by close time, then id.
    """

    id: str
    closed_at: str
    amount: Fraction | None
    currency: str | None
    share: Fraction
    attributes: Mapping[str, str]

    @property
    def order(self) -> tuple[str, str]:
        return (self.closed_at, self.id)


EVENTS = ("collected", "cancelled", "milestone")


@dataclass(frozen=True, slots=True)
class Event:
    """What happened to a deal after it was credited: a payment, a cancellation, a milestone.

    ``amount`` is of the whole deal, None for all that is left of it; ``name`` is the milestone's;
    ``served_months`` is how long the contract had run when it was cancelled, None: by the dates.
    """

    kind: str
    credit: str
    on: date
    amount: Fraction | None = None
    name: str = ""
    served_months: Fraction | None = None

    @property
    def order(self) -> tuple[date, int, str, str, Fraction]:
        """By day; on one day money comes in before a deal is cancelled."""
        rank = EVENTS.index(self.kind)
        return (self.on, rank, self.credit, self.name, self.amount or Fraction(0))


@dataclass(frozen=True, slots=True)
class OpenItem:
    """A deal of a component that is not finished: something is held, or may be taken back.

    ``amount`` is what the deal earns in all, ``paid`` what was paid of what is still valid,
    ``held`` what waits. ``base``, ``cancelled`` and ``collected`` are of the whole deal.
    """

    component: str
    credit: str
    since: date
    base: Fraction | None
    amount: Money
    paid: Money
    held: Money
    cancelled: Fraction = Fraction(0)
    collected: Fraction = Fraction(0)
    reached: Mapping[str, date] = field(default_factory=dict)
    contract_months: Fraction | None = None
    kind: str = "paid"

    @property
    def key(self) -> tuple[str, str]:
        return (self.component, self.credit)


@dataclass(frozen=True, slots=True)
class Adjustment:
    """A signed line that a person decided and another one approved; ``cause`` is what it is for."""

    id: str
    amount: Money
    reason: str
    approved_by: str
    entered_by: str | None = None
    cause: str | None = None


@dataclass(frozen=True, slots=True)
class Payee:
    """A person to be paid. Credits are in order of close time, then id.

    ``open`` is None when the inputs say nothing about it: then a chain of periods may.
    """

    id: str
    name: str = ""
    role: str | None = None
    manager: str | None = None
    credits: tuple[Credit, ...] = ()
    measures: Mapping[str, Fraction] = field(default_factory=dict)
    objectives: Mapping[str, Fraction] = field(default_factory=dict)
    kpis: Mapping[str, Fraction] = field(default_factory=dict)
    carried: Mapping[str, Fraction] = field(default_factory=dict)
    present_from: date | None = None
    present_to: date | None = None
    events: tuple[Event, ...] = ()
    open: tuple[OpenItem, ...] | None = None
    adjustments: tuple[Adjustment, ...] = ()


@dataclass(frozen=True, slots=True)
class Inputs:
    """Everything a calculation reads. ``measures`` are figures that all payees share.

    ``events`` happened to deals, for every payee who has a part in them.
    """

    period: Period
    payees: tuple[Payee, ...]
    measures: Mapping[str, Fraction] = field(default_factory=dict)
    events: tuple[Event, ...] = ()
