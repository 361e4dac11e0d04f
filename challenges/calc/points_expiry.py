"""Which points are used first, and which lapse: the oldest, in both cases. Pure."""

from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

LAST_MONTHS = 24
"""So many months after they were granted, points that nobody used lapse."""


@dataclass(frozen=True, slots=True)
class Lot:
    """Points of one source, with the moment at which it first gave for good."""

    source: str
    granted_at: datetime
    amount: int

    @property
    def expires_at(self) -> datetime:
        """The moment from which on they cannot be used: the same day and clock, months later."""
        return months_after(self.granted_at, LAST_MONTHS)


@dataclass(frozen=True, slots=True)
class Use:
    """Points taken for something at a moment."""

    source: str
    at: datetime
    amount: int


def months_after(moment: datetime, months: int) -> datetime:
    """The same clock so many months later; the last day of a shorter month."""
    year, month = divmod(moment.year * 12 + moment.month - 1 + months, 12)
    last = monthrange(year, month + 1)[1]
    return moment.replace(year=year, month=month + 1, day=min(moment.day, last))


def unused(lots: Iterable[Lot], uses: Iterable[Use]) -> list[tuple[Lot, int]]:
    """What is left of each lot, oldest first.

    Each use, in the order of their moments, takes the oldest that had not lapsed by then. Where
    the lots of its time do not suffice it takes of later ones too: later points pay a debt first.
    """
    ordered = sorted(lots, key=lambda one: (one.granted_at, one.source))
    left = [one.amount for one in ordered]
    for use in sorted(uses, key=lambda one: (one.at, one.source)):
        open_amount = use.amount
        for index, lot in enumerate(ordered):
            if lot.expires_at > use.at:
                taken = min(left[index], open_amount)
                left[index] -= taken
                open_amount -= taken
    return [(lot, amount) for lot, amount in zip(ordered, left, strict=True) if amount]


def expired_lots(lots: Iterable[Lot], uses: Iterable[Use], now: datetime) -> list[tuple[Lot, int]]:
    """What was not used in time."""
    return [(lot, amount) for lot, amount in unused(lots, uses) if lot.expires_at <= now]
