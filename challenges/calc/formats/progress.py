"""How far somebody has come with the acts of a mission path."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from fractions import Fraction

from challenges.calc.names import Names
from challenges.calc.records import Record


class ActState(StrEnum):
    """Where an entrant stands with one act."""

    DONE = "done"
    OPEN = "open"
    LOCKED = "locked"


@dataclass(frozen=True, slots=True)
class ActProgress:
    """How far one act has come: `value` of `target` (in the latest day or week of an act that
    recurs), reached `times` of `of_times`; the records that counted for it."""

    key: str
    names: Names
    state: ActState
    value: Fraction
    target: Fraction
    times: int
    of_times: int
    opened_at: datetime | None
    done_at: datetime | None
    records: tuple[Record, ...]
