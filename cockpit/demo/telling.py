"""The deals of the demo company as its CRM told them: opened, moved on, put off, closed.

What happened is told each evening, and before the company used the product daily each Sunday: so
the past can be looked at as it was known then.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from itertools import pairwise
from random import Random
from typing import Any

from activities.inputs import DealInput
from cockpit.demo.events import WEEKS, Opportunity
from cockpit.demo.market import SEED

FIRST_GUESS = (14, 21, 21, 28, 30)
AFTER_PROPOSAL = (3, 4, 5, 7)
PUT_OFF = (7, 7, 10, 14, 21)
FORGETS_PERCENT = 35
"""How often nobody puts a deal off whose day has passed."""
EVENING = time(20)
Changes = dict[str, Any]
"""Fields of a `DealInput`."""


def plans_of(deal: Opportunity, now: datetime) -> list[tuple[datetime, date]]:
    """When the deal was planned to close, as its owner said while it was open, oldest first."""
    dice = Random(f"{SEED} plan {deal.id}")  # noqa: S311 - a made-up past, no secret
    end = min(deal.closed_at or now, now)
    at, day = deal.engaged_at, deal.engaged_at.date() + timedelta(days=dice.choice(FIRST_GUESS))
    said = [(at, day)]
    if deal.proposed_at is not None and deal.proposed_at < end:
        at = deal.proposed_at
        day = at.date() + timedelta(days=dice.choice(AFTER_PROPOSAL))
        said.append((at, day))
    while dice.randrange(100) >= FORGETS_PERCENT:
        at = datetime.combine(day, time(16), UTC)
        if at >= end:
            break
        day += timedelta(days=dice.choice(PUT_OFF))
        said.append((at, day))
    return [said[0], *(new for old, new in pairwise(said) if new[1] != old[1])]


def deals_as_told(
    deals: Sequence[Opportunity], now: datetime
) -> Iterator[tuple[datetime, list[DealInput]]]:
    """What is told at each moment, oldest first: where each deal stands by then that has moved."""
    told: dict[datetime, dict[str, Changes]] = {}
    for deal in deals:
        state = _opened(deal)
        for at, change in _steps(deal, now):
            state = state | change
            told.setdefault(_known_at(at, now), {})[deal.id] = state  # the last word counts
    for known, states in sorted(told.items(), key=lambda pair: pair[0]):
        yield known, [DealInput(**state) for state in states.values()]


def _known_at(at: datetime, now: datetime) -> datetime:
    day = at.date()
    if at < now - timedelta(weeks=WEEKS):
        day += timedelta(days=6 - day.weekday())
    return min(now, datetime.combine(day, EVENING, UTC))


def _steps(deal: Opportunity, now: datetime) -> list[tuple[datetime, Changes]]:
    """What changes at each moment at which something of the deal is told, oldest first."""
    steps: list[tuple[datetime, Changes]] = [
        (at, {"planned_close_on": day}) for at, day in plans_of(deal, now)
    ]
    if deal.proposed_at is not None:
        moved = {"stage": "proposal", "proposed_at": deal.proposed_at}
        steps.append((deal.proposed_at, moved))
    if deal.closed_at is not None:
        worth = {"margin": Fraction(deal.margin), "sale": deal.sale}
        closed = {"stage": deal.outcome, "closed_at": deal.closed_at}
        steps.append((deal.closed_at, closed | worth))
    if deal.cancelled_at is not None:
        gone = {"stage": "cancelled", "cancelled_at": deal.cancelled_at}
        steps.append((deal.cancelled_at, gone))
    return sorted(steps, key=lambda step: step[0])


def _opened(deal: Opportunity) -> Changes:
    return {
        "external_id": deal.id,
        "stage": "engaging",
        "owner": deal.owner,
        "name": deal.account,
        "account": deal.account,
        "product": deal.product,
        "amount": Fraction(deal.amount),
        "currency": "EUR",
        "engaged_at": deal.engaged_at,
    }
