"""What a checker should look at, by rules that can be said in one sentence each.

A payee's total is compared with the payee's own past: the median of the totals of the last six
locked periods of the same kind (fewer, when there are fewer). Corrections of earlier periods are
left out on both sides. The median is not moved by one odd month, and nobody is compared with
anybody else.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

LOOKED_BACK = 6
TIMES = 3
"""More than so many times the usual, or less than one part of so many, is marked."""


@dataclass(frozen=True, slots=True)
class Past:
    """A payee's totals in the last locked periods, oldest first; `of` is how many there were.

    `of` counts the company's locked periods, so that a payee without any is new only when others
    have a past.
    """

    totals: tuple[int, ...] = ()
    of: int = 0

    @property
    def usual(self) -> Fraction | None:
        """The median; None without a past."""
        ordered = sorted(self.totals)
        if not ordered:
            return None
        middle = len(ordered) // 2
        if len(ordered) % 2:
            return Fraction(ordered[middle])
        return Fraction(ordered[middle - 1] + ordered[middle], 2)


def compared(total: int, past: Past) -> tuple[str, ...]:
    """What is odd about a total, all in minor units: negative, zero, high, low, new."""
    found = []
    usual = past.usual
    if total < 0:
        found.append("negative")
    elif total == 0 and (usual is None or past.totals[-1] != 0):
        found.append("zero")
    if usual is not None and usual > 0 and total > TIMES * usual:
        found.append("high")
    if usual is not None and usual > 0 and 0 < TIMES * total < usual:
        found.append("low")
    if usual is None and past.of > 0:
        found.append("new")
    return tuple(found)


def biggest(changes: Sequence[int | None], most: int = 5) -> list[int]:
    """The places of the biggest changes, up or down, the biggest first; no change is none."""
    places = [place for place, change in enumerate(changes) if change]
    return sorted(places, key=lambda place: (-abs(changes[place] or 0), place))[:most]
