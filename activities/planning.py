"""How a planned closing date moved: pure, no database."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise


@dataclass(frozen=True, slots=True)
class Said:
    """Somebody says, or takes back (no day), when a deal is to be closed."""

    close_on: date | None
    at: datetime
    by: str = ""


@dataclass(frozen=True, slots=True)
class Slip:
    """The plan was put off `times`, by `days` in all; what was brought forward is not counted."""

    times: int = 0
    days: int = 0


def slip_of(said: Sequence[Said]) -> Slip:
    """How often, and by how many days, a day was replaced by a later one; `said` oldest first."""
    days = [one.close_on for one in said if one.close_on is not None]
    later = [(new - old).days for old, new in pairwise(days) if new > old]
    return Slip(len(later), sum(later))
