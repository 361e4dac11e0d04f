"""What a metric measures: a tagged union (how it is written down: `kpis.calc.definitions`).

A record that credits several people counts for each by the share of the credit, in counts as in
amounts, so that the figures of people add up to the figure of their team and "revenue / deals
won" is the same average for both.
"""

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import TypeGuard

from kernel.money import digits_of


class StockMeasure(StrEnum):
    """What is summed over the deals that are open at a moment."""

    COUNT = "count"
    AMOUNT = "amount"
    """The stated amount; a deal without one adds nothing."""
    LIST_PRICE = "list_price"
    VALUE = "value"
    """The stated amount, or else the list price of the product."""
    WEIGHTED = "weighted"
    """VALUE times the probability of the stage."""


class Moment(StrEnum):
    """When a stock is looked at."""

    START = "start"
    END = "end"


class Same(StrEnum):
    """What two records have in common."""

    DEAL = "deal"
    ACCOUNT = "account"


class TimeUnit(StrEnum):
    """In what a duration is told."""

    DAYS = "days"
    """Calendar days of the company from one business day to the other; the same day is 0."""
    HOURS = "hours"


@dataclass(frozen=True, slots=True)
class Where:
    """Only records whose attribute is one of some texts, or a number between two limits, both
    included. A record without the attribute, or with one that is no number, does not count."""

    attribute: str
    among: tuple[str, ...] = ()
    least: Fraction | None = None
    most: Fraction | None = None


@dataclass(frozen=True, slots=True)
class Count:
    """Records of the types, each counted by the share of the credit."""

    types: tuple[str, ...]
    where: Where | None = None


@dataclass(frozen=True, slots=True)
class SumAmount:
    """Credited amounts of records of the types. Money."""

    types: tuple[str, ...]
    where: Where | None = None


@dataclass(frozen=True, slots=True)
class SumAttribute:
    """A numeric attribute of records of the types, times the share; missing adds nothing."""

    types: tuple[str, ...]
    attribute: str
    where: Where | None = None


@dataclass(frozen=True, slots=True)
class SumListPrice:
    """The product's present list price of records of the types, times the share. Money."""

    types: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Average:
    """Mean per record of an attribute, or of the amount when `attribute` is None.

    Keeps numerator and denominator: the mean of a team is never a mean of means.
    """

    types: tuple[str, ...]
    attribute: str | None = None
    where: Where | None = None


@dataclass(frozen=True, slots=True)
class Median:
    """The middle credited amount; of an even number, the mean of the two in the middle. Money."""

    types: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DistinctAccounts:
    """Different accounts among the records of the types."""

    types: tuple[str, ...]
    where: Where | None = None


@dataclass(frozen=True, slots=True)
class FirstWins:
    """Accounts whose first record of the types ever lies in the period, credited to its people."""

    types: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Duration:
    """The time from the first record of the types `since` on the same deal or account to each
    record of the types, times the share. What nothing came before is left out."""

    types: tuple[str, ...]
    since: tuple[str, ...]
    same: Same = Same.DEAL
    unit: TimeUnit = TimeUnit.DAYS


@dataclass(frozen=True, slots=True)
class Latest:
    """What the newest record of each account says at the end of the period, however old: a numeric
    attribute, added up over the accounts. A record that does not state it does not count."""

    types: tuple[str, ...]
    attribute: str
    at: Moment = Moment.END


@dataclass(frozen=True, slots=True)
class Customers:
    """Accounts that were won and not lost again at a moment: their newest record of the types
    `won` and `lost` is one of `won`. They count for whom that record credits."""

    won: tuple[str, ...]
    lost: tuple[str, ...]
    at: Moment = Moment.END


@dataclass(frozen=True, slots=True)
class Balance:
    """Amounts of the types `plus` less those of the types `minus`, of all time up to a moment, as
    receivables are: what was invoiced and not yet paid. Money."""

    plus: tuple[str, ...]
    minus: tuple[str, ...]
    at: Moment = Moment.END


@dataclass(frozen=True, slots=True)
class Stock:
    """Deals that stand in one of the stages at the start or the end of the period."""

    stages: tuple[str, ...]
    measure: StockMeasure = StockMeasure.COUNT
    at: Moment = Moment.END


@dataclass(frozen=True, slots=True)
class Objectives:
    """Objectives of people whose last day lies in the period, their own or their role's: all of
    them, or with `met` those that were reached. Not those about a KPI that counts objectives."""

    met: bool = False


Definition = (
    Count
    | SumAmount
    | SumAttribute
    | SumListPrice
    | Average
    | Median
    | DistinctAccounts
    | FirstWins
    | Duration
    | Latest
    | Customers
    | Balance
    | Objectives
    | Stock
)

Standing = Latest | Customers | Balance | Stock
"""How things stand at a moment, made of what came before it however long ago."""


Additive = Count | SumAmount | SumAttribute
"""Figures of days and people may be summed, so that cells can keep them."""


def is_additive(definition: Definition) -> TypeGuard[Additive]:
    """Whether cells can keep it."""
    return isinstance(definition, Additive)


def is_money(definition: Definition) -> bool:
    """Whether the database gives minor units, to be shown in major units."""
    match definition:
        case SumAmount() | SumListPrice() | Median() | Balance():
            return True
        case Average(attribute=attribute):
            return attribute is None
        case Stock(_, measure):
            return measure is not StockMeasure.COUNT
        case _:
            return False


def unit_of(definition: Definition, currency: str) -> int:
    """How many of the database's units make one of the metric's: cents a euro, seconds an hour."""
    if isinstance(definition, Duration):
        return 3600 if definition.unit is TimeUnit.HOURS else 1
    return 10 ** digits_of(currency) if is_money(definition) else 1


def zero_when_empty(definition: Definition) -> bool:
    """Whether nothing recorded means 0; of an average or a median it means no value."""
    return not isinstance(definition, Average | Median)


def types_of(definition: Definition) -> frozenset[str]:
    """Every type of record that the metric reads."""
    names = ("types", "since", "won", "lost", "plus", "minus")
    return frozenset().union(*(getattr(definition, name, ()) for name in names))
