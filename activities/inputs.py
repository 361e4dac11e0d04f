"""What a caller hands to the log, already typed, and what comes back for each row."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from fractions import Fraction

from kernel.issues import NOWHERE, Issue, Place


class Entry(StrEnum):
    """What a row wants to be: a new record, the corrected state of one, or its end."""

    RECORD = "record"
    CORRECTION = "correction"
    CANCELLATION = "cancellation"


class Status(StrEnum):
    """What became of a row. `withheld`: valid, but another row of an atomic call was not."""

    CREATED = "created"
    UNCHANGED = "unchanged"
    CORRECTED = "corrected"
    CANCELLED = "cancelled"
    REJECTED = "rejected"
    WITHHELD = "withheld"


@dataclass(frozen=True, slots=True)
class CreditInput:
    """A person (number, e-mail or full name) and the part of the record that is theirs."""

    person: str
    share: Fraction = Fraction(1)


@dataclass(frozen=True, slots=True)
class ActivityInput:
    """One event. `person` is short for one credit of 1; `amount` is in major units, exact.

    A correction states the record anew as a whole; a cancellation needs only `external_id`.
    Of a row with `unread` fields (given, but not to be understood) it is only said what else is
    wrong; it is rejected.
    """

    external_id: str
    type: str = ""
    occurred_at: datetime | None = None
    person: str = ""
    credits: tuple[CreditInput, ...] = ()
    double_credit: bool = False
    kind: Entry = Entry.RECORD
    amount: Fraction | None = None
    currency: str = ""
    account: str = ""
    deal: str = ""
    product: str = ""
    attributes: Mapping[str, object] = field(default_factory=dict)
    reason: str = ""
    place: Place = NOWHERE
    unread: frozenset[str] = frozenset()

    @property
    def shares(self) -> tuple[CreditInput, ...]:
        """The credits, whichever way they were given."""
        if self.credits or not self.person:
            return self.credits
        return (CreditInput(self.person),)


@dataclass(frozen=True, slots=True)
class DealInput:
    """Where a deal stands now, with the moments that are known of its way there.

    `margin` is what of the amount is left after its costs, in the same currency; `sale` says
    whether the account buys for the first time, more, or something else: `activities.choices.Sale`.

    `planned_close_on` is when it is expected to be closed, of a deal that is open; nothing said
    leaves what was said before.

    `unread` as in `ActivityInput`.
    """

    external_id: str
    stage: str
    owner: str
    name: str = ""
    account: str = ""
    product: str = ""
    amount: Fraction | None = None
    currency: str = ""
    margin: Fraction | None = None
    sale: str = ""
    engaged_at: datetime | None = None
    proposed_at: datetime | None = None
    closed_at: datetime | None = None
    cancelled_at: datetime | None = None
    planned_close_on: date | None = None
    place: Place = NOWHERE
    unread: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class RowResult:
    """What became of the row at `index` of the call; `id` is the row of the log or the deal."""

    index: int
    external_id: str
    status: Status
    id: int | None = None
    issues: tuple[Issue, ...] = ()

    @property
    def is_rejected(self) -> bool:
        return self.status is Status.REJECTED
