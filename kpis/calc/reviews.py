"""Which review is of which days, and what has become of each: due, held or missed."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from kernel.periods import Period


class Ritual(StrEnum):
    """How often a team or the company looks back together."""

    WEEKLY = "weekly"
    MONTHLY = "monthly"
    QUARTERLY = "quarterly"


class State(StrEnum):
    """What has become of a review."""

    RUNNING = "running"
    DUE = "due"
    HELD = "held"
    MISSED = "missed"


@dataclass(frozen=True, slots=True)
class Slot:
    """One period of a ritual with what has become of its review."""

    period: Period
    state: State


def period_at(ritual: Ritual, day: date, first_month: int = 1) -> Period:
    """The days of the review whose days contain `day`; quarters are those of the fiscal year."""
    match ritual:
        case Ritual.WEEKLY:
            return Period.week(day)
        case Ritual.MONTHLY:
            return Period.month(day)
        case Ritual.QUARTERLY:
            return Period.quarter(day, first_month)


def period_before(ritual: Ritual, period: Period, first_month: int = 1) -> Period:
    """The days of the review before."""
    return period_at(ritual, period.start - timedelta(days=1), first_month)


def due_period(ritual: Ritual, day: date, first_month: int = 1) -> Period:
    """The last days that are over on `day`: of these a review can be held."""
    return period_before(ritual, period_at(ritual, day, first_month), first_month)


def state_of(period: Period, held: bool, due: Period) -> State:
    """A review stays due until the next one is; then nobody has held it."""
    if held:
        return State.HELD
    if period.start > due.start:
        return State.RUNNING
    return State.DUE if period == due else State.MISSED


def slots(
    ritual: Ritual, day: date, held: Collection[Period], first_month: int = 1
) -> tuple[Slot, ...]:
    """The due review and all before it, newest first, back to the first that was `held`: before
    that there was no ritual, so nothing was missed.

    Those that were held of quarters of another fiscal year stay; since the last of them the
    quarters are those of this one.
    """
    own = {one for one in held if period_at(ritual, one.start, first_month) == one}
    others = [one for one in held if one not in own]
    due = one = due_period(ritual, day, first_month)
    since = max((other.end for other in others), default=date.min)
    first = since if others else min((each.start for each in own), default=due.start)
    found: list[Slot] = []
    while one.start >= first:
        found.append(Slot(one, state_of(one, one in own, due)))
        one = period_before(ritual, one, first_month)
    kept = [Slot(each, State.HELD) for each in (*others, *own) if each.start < first]
    found += sorted(kept, key=lambda slot: slot.period, reverse=True)
    return tuple(found) or (Slot(due, state_of(due, False, due)),)
