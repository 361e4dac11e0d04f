"""How a source's id grows revisions: pure decisions, no database.

An id is delivered at least once, perhaps twice, perhaps out of order: the same content again
changes nothing, other content under the same id is refused unless it says that it corrects.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from activities.inputs import Entry, Status
from kernel.issues import N_, Issue, Place, error


class Wish(StrEnum):
    """What a writer wants of an id; the last two are the deal service's, by state, not by event."""

    RECORD = "record"
    CORRECTION = "correction"
    CANCELLATION = "cancellation"
    BE = "be"  # exist with this content, whatever was before
    NOT_BE = "not_be"  # not count, whatever was before


@dataclass(frozen=True, slots=True)
class CreditPart:
    """A person's part of a record as it is stored."""

    person_id: int
    share: Decimal
    amount_minor: int | None


@dataclass(frozen=True, slots=True)
class Content:
    """Everything that two deliveries of a record must have in common to be the same."""

    type: str
    occurred_at: datetime
    account_id: int | None
    deal_id: int | None
    product_id: int | None
    amount_minor: int | None
    currency: str
    attributes: tuple[tuple[str, object], ...]
    credits: tuple[CreditPart, ...]


@dataclass(frozen=True, slots=True)
class Revision:
    """One stored row of an id's chain."""

    id: int
    number: int
    kind: Entry
    content: Content
    by_reverted_batch: bool = False

    @property
    def counts(self) -> bool:
        return self.kind is not Entry.CANCELLATION


def decide(
    wish: Wish, content: Content | None, chain: Sequence[Revision], place: Place
) -> Status | Issue:
    """What a row becomes, given the id's chain of revisions (oldest first).

    `content` is None only where nothing is to exist (cancellation, not_be).
    """
    head = chain[-1] if chain else None
    match wish:
        case Wish.RECORD:
            return _record(content, chain, place)
        case Wish.CORRECTION:
            return _correction(content, chain, place)
        case Wish.CANCELLATION if head is None:
            return _nothing_there(place)
        case Wish.CANCELLATION | Wish.NOT_BE:
            return Status.CANCELLED if head is not None and head.counts else Status.UNCHANGED
        case Wish.BE if head is None or not head.counts:
            return Status.CREATED
        case Wish.BE:
            return Status.UNCHANGED if head.content == content else Status.CORRECTED


def _record(content: Content | None, chain: Sequence[Revision], place: Place) -> Status | Issue:
    if not chain:
        return Status.CREATED
    head = chain[-1]
    if head.by_reverted_batch and not head.counts:
        return Status.CREATED  # the revert of an import made room for it
    # a late second delivery of the first record must not be taken for a contradiction
    if content in (chain[0].content, head.content):
        return Status.UNCHANGED
    return _other_content(place)


def _correction(content: Content | None, chain: Sequence[Revision], place: Place) -> Status | Issue:
    if not chain:
        return _nothing_there(place)
    head = chain[-1]
    if head.content == content:
        return Status.UNCHANGED
    return Status.CORRECTED if head.counts else _cancelled(place)


def nothing_to_change(chain: Sequence[Revision], place: Place) -> Issue | None:
    """Why no correction or cancellation of the id can be taken, whatever it says."""
    return None if chain else _nothing_there(place)


def _other_content(place: Place) -> Issue:
    return error(
        "duplicate_id_with_other_content",
        N_("This id is already recorded with other content."),
        N_('Send the same id with kind "correction" to replace it, or use a new id.'),
        place,
    )


def _nothing_there(place: Place) -> Issue:
    return error(
        "nothing_to_correct",
        N_("There is no record with this id to correct or cancel."),
        N_("Send the record first, or check the source and the id."),
        place,
    )


def _cancelled(place: Place) -> Issue:
    return error(
        "record_is_cancelled",
        N_("This record is cancelled and cannot be corrected."),
        N_("Send it as a new record with a new id."),
        place,
    )
