"""Levels from points: one stated table."""

from bisect import bisect_right
from dataclasses import dataclass

THRESHOLDS = (0, 50, 150, 300, 500, 800, 1_200, 1_800, 2_600, 4_000)
"""The points from which each level holds; the first one is everybody's."""


@dataclass(frozen=True, slots=True)
class Level:
    """A level with where it begins, and where the next one does (None at the top)."""

    number: int
    points: int
    begins_at: int
    next_at: int | None

    @property
    def missing(self) -> int:
        """Points to the next level; 0 at the top."""
        return 0 if self.next_at is None else self.next_at - self.points


def level_of(points: int) -> Level:
    """The level of somebody with so many points; exactly on a threshold is on the level. Points
    below zero, of prizes taken back, are the first level."""
    number = max(1, bisect_right(THRESHOLDS, points))
    following = THRESHOLDS[number] if number < len(THRESHOLDS) else None
    return Level(number, points, THRESHOLDS[number - 1], following)
