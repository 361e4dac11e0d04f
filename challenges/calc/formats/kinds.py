"""What some formats need of the engine beside a score: parts, reserves, baselines, a draw."""

from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from challenges.calc.notes import Note

OWN, ROLE, TEAM = "own", "role", "team"
"""Whose a baseline is: the person's, or the median of the role or of the team."""


@dataclass(frozen=True, slots=True)
class Part:
    """One piece of a score: what it is of, its figures by name (None is missing), and why so."""

    name: str
    figures: tuple[tuple[str, Fraction | None], ...]
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class Mark:
    """A record that was the best so far when it happened (at its day, where days decide)."""

    entrant: str
    value: Fraction
    at: datetime
    record: str


@dataclass(frozen=True, slots=True)
class Reserves:
    """The least score for which each place pays; further places have none.

    `pass_down`: who misses the reserve of a place takes the next one whose reserve is reached;
    otherwise the prize of the place lapses.
    """

    levels: tuple[Fraction, ...]
    pass_down: bool

    def reached(self, value: Fraction, place: int) -> bool:
        """Whether the place pays for that score; exactly on the reserve does."""
        return place > len(self.levels) or value >= self.levels[place - 1]


@dataclass(frozen=True, slots=True)
class Earlier:
    """A window before the challenge, as known at `known_by`; its total is divided by `windows`."""

    start: datetime
    end: datetime
    known_by: datetime
    windows: int


@dataclass(frozen=True, slots=True)
class Baselines:
    """Of which metric each one needs a baseline: from the records of an earlier window, or
    (None) as the roster states it. `count` takes the number of the records."""

    metric: str
    count: bool
    window: Earlier | None


@dataclass(frozen=True, slots=True)
class Tickets:
    """How the winners of a lottery are drawn. `seed` may be unknown until it is revealed."""

    seed_sha256: str
    seed: str | None
    win_once: bool
