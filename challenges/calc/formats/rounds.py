"""What rounds are made of: when they are played and decided, and what came of them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction
from itertools import pairwise


@dataclass(frozen=True, slots=True)
class RoundSpan:
    """A round: business times `[start, end)`, decided by what is known at `decided_at`.

    `last` follows the clocks of the challenge instead: late arrivals count until the cut-off,
    corrections until the result is official.
    """

    number: int
    start: datetime
    end: datetime
    decided_at: datetime
    last: bool = False

    def known_at(self, as_of: datetime) -> datetime:
        """What is known later than this does not change the round."""
        return as_of if self.last else min(as_of, self.decided_at)


@dataclass(frozen=True, slots=True)
class RoundLine:
    """One entrant in one round: the value, against whom, and what it brought.

    `outcome` is a word of the format (win, draw, loss, bye, rest, ...), None before anything is
    known; `how` says what decided it. Records count in the rounds in which a line has a value.
    `total` are the points and `rank` the place after the round, where the format has them.
    """

    entrant: str
    value: Fraction | None = None
    against: str | None = None
    outcome: str | None = None
    points: Fraction | None = None
    rank: int | None = None
    group: str = ""
    total: Fraction | None = None
    how: str = ""


@dataclass(frozen=True, slots=True)
class RoundResult:
    """A round with a line for everybody who plays in it; `stage` is the format's name for it."""

    span: RoundSpan
    lines: tuple[RoundLine, ...]
    stage: str = ""


def with_decisions(spans: Sequence[RoundSpan], cut_off_at: datetime) -> tuple[RoundSpan, ...]:
    """Each round decided at the latest when the next one ends; the last is marked as such."""
    found = [
        replace(span, decided_at=min(span.decided_at, following.end))
        for span, following in pairwise(spans)
    ]
    found += [replace(span, decided_at=cut_off_at, last=True) for span in spans[-1:]]
    return tuple(found)
