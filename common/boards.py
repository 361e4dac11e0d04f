"""What every ranking shows of a place."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BoardLine:
    """One row of a board as the part `c-board-row` takes it; `hidden` places stand before it."""

    key: str
    rank: str
    name: str
    value: str
    initials: str
    change: int | None
    jersey: str
    percent: object
    gap: str
    detail: str
    me: bool
    tie: bool
    url: str
    hidden: int
