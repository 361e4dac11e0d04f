"""The state of a challenge, from the clock and its rules alone."""

from datetime import datetime
from enum import StrEnum

from challenges.calc.rules import Rules


class State(StrEnum):
    """Where a challenge stands."""

    DRAFT = "draft"
    SCHEDULED = "scheduled"
    LIVE = "live"
    PAUSED = "paused"
    PROVISIONAL = "provisional"
    OFFICIAL = "official"
    AMENDED = "amended"
    CANCELLED = "cancelled"


def state_at(rules: Rules, as_of: datetime, *, amended: bool = False) -> State:
    """The state at a moment; `amended` says that a signed result has changed since."""
    if rules.cancelled_at is not None and rules.cancelled_at <= as_of:
        return State.CANCELLED
    if not rules.published:
        return State.DRAFT
    if as_of < rules.start:
        return State.SCHEDULED
    if rules.official_at is not None and rules.official_at <= as_of:
        return State.AMENDED if amended else State.OFFICIAL
    if as_of >= rules.end:
        return State.PROVISIONAL
    paused = any(pause.start <= as_of < pause.end for pause in rules.pauses)
    return State.PAUSED if paused else State.LIVE
