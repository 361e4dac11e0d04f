"""The inputs of a calculation: payees, their credits, and the figures that are known of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from fractions import Fraction
from zoneinfo import ZoneInfo

from kernel.calendars import WorkCalendar
from kernel.money import Money
from kernel.periods import Period, business_day
from kernel.timelines import Dated

ENDS = ("0001-01-01", "9999-12-31")
"""The first and last day of the calendar, in UTC: no zone can say of all of it which day it is."""


@dataclass(frozen=True, slots=True)
class Credit:
    """One deal or event credited to a payee.

    ``amount`` is the whole deal in major units of ``currency``, None when it has none; ``share``
    is the payee's part of it (1 = all); ``double`` when it is credited beside the shares of others
    on purpose. ``order`` sorts by close time, then id.
    """

    id: str
    closed_at: str
    amount: Fraction | None
    currency: str | None
    share: Fraction
    attributes: Mapping[str, str]
    double: bool = False

    def closed_on(self, timezone: str) -> date | None:
        """The day of closing in a time zone; None when the inputs do not tell."""
        if not self.closed_at:
            return None
        return business_day(datetime.fromisoformat(self.closed_at), ZoneInfo(timezone))

    @property
    def order(self) -> tuple[str, str]:
        return (self.closed_at, self.id)


EVENTS = ("collected", "cancelled", "milestone", "held", "released")


@dataclass(frozen=True, slots=True)
class Event:
    """What happened to a deal after it was credited: a payment, a cancellation, a milestone.

    ``amount`` is of the whole deal, None for all that is left of it; ``name`` is the milestone's,
    or the reason why somebody holds the deal or lets it go;
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
    ``held`` what waits, ``cut`` what the plan's own steps took off what was paid. ``base``,
    ``cancelled`` and ``collected`` are of the whole deal.
    """

    component: str
    credit: str
    since: date
    base: Fraction | None
    amount: Money
    paid: Money
    held: Money
    cut: Money
    cancelled: Fraction = Fraction(0)
    collected: Fraction = Fraction(0)
    reached: Mapping[str, date] = field(default_factory=dict)
    contract_months: Fraction | None = None
    kind: str = "paid"
    on_hold: bool = False

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
class Absence:
    """Days away, from ``start`` up to but without ``end``; ``part`` is how much of each day."""

    kind: str
    start: date
    end: date
    part: Fraction = Fraction(1)


@dataclass(frozen=True, slots=True)
class TargetPart:
    """Of an objective ``target`` for ``of`` days, what falls on ``days`` of them."""

    target: Fraction
    days: Fraction
    of: Fraction

    @property
    def value(self) -> Fraction:
        return self.target * self.days / self.of


@dataclass(frozen=True, slots=True)
class Award:
    """What somebody won in a challenge. Only an ``official`` one may be paid."""

    id: str
    challenge: str
    official: bool
    rank: int | None = None
    amount: Fraction | None = None


@dataclass(frozen=True, slots=True)
class Review:
    """A score of a qualitative objective: who gave it, when, and on what evidence."""

    score: Fraction | None
    evidence: str = ""
    evaluator: str = ""
    on: date | None = None


@dataclass(frozen=True, slots=True)
class Rate:
    """From this day on, one unit of ``currency`` is worth ``rate`` units of the plan's.

    ``kind``: daily, average (of the period that holds the day), or plan (fixed by the company).
    """

    currency: str
    on: date
    rate: Fraction
    kind: str = "daily"


@dataclass(frozen=True, slots=True)
class Payee:
    """A person to be paid. Credits are in order of close time, then id.

    ``open`` is None when the inputs say nothing about it: then a chain of periods may.
    ``managers`` says who managed the payee when; on other days ``manager`` does. ``working_time``
    is dated, 1 is full time. ``targets`` are the parts of those objectives that are stated in
    parts. ``elsewhere`` are days on which another plan pays: the payee is not present for this one.
    ``counts_in`` is "all" for who is paid. Others stand beside them: for "sums" or for "shares".
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
    hired_on: date | None = None
    absences: tuple[Absence, ...] = ()
    working_time: tuple[Dated[Fraction], ...] = ()
    managers: tuple[Dated[str | None], ...] = ()
    reviews: Mapping[str, Review] = field(default_factory=dict)
    awards: tuple[Award, ...] = ()
    targets: Mapping[str, tuple[TargetPart, ...]] = field(default_factory=dict)
    elsewhere: tuple[Period, ...] = ()
    counts_in: str = "all"

    @property
    def in_sums(self) -> bool:
        """Whether sums over a team or over everyone count the payee."""
        return self.counts_in != "shares"

    @property
    def in_shares(self) -> bool:
        """Whether the payee has a part in pools, stocks and the cents of deals, and is a peer."""
        return self.counts_in != "sums"

    def manager_on(self, day: date) -> str | None:
        """Who manages the payee on a day."""
        for entry in reversed(self.managers):
            if entry.holds_on(day):
                return entry.value
        return self.manager


@dataclass(frozen=True, slots=True)
class Inputs:
    """Everything a calculation reads. ``measures`` are figures that all payees share.

    ``events`` happened to deals, for every payee who has a part in them. ``paid_on`` is the day of
    payment, for the rates of that day. ``timezone`` says on which day a moment falls.
    """

    period: Period
    payees: tuple[Payee, ...]
    measures: Mapping[str, Fraction] = field(default_factory=dict)
    events: tuple[Event, ...] = ()
    rates: tuple[Rate, ...] = ()
    paid_on: date | None = None
    calendar: WorkCalendar = field(default_factory=WorkCalendar)
    timezone: str = "UTC"
