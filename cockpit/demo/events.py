"""What the script of the demo company is made of: records, deals, objectives."""

from dataclasses import dataclass
from datetime import date, datetime

WEEKS = 14
"""So far back the company has used the product day by day: three whole months have jerseys."""


@dataclass(frozen=True, slots=True)
class Happening:
    """One record of the log; `amount` in euros."""

    id: str
    type: str
    person: str
    at: datetime
    account: str = ""
    amount: int | None = None
    deal: str = ""
    attributes: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Opportunity:
    """One deal with the moments of its life; `outcome` won, lost, engaging or proposal. `margin`
    in euros, `sale` as in `activities.choices.Sale`."""

    id: str
    owner: str
    account: str
    product: str
    amount: int
    engaged_at: datetime
    proposed_at: datetime | None = None
    closed_at: datetime | None = None
    outcome: str = "engaging"
    cancelled_at: datetime | None = None
    margin: int = 0
    sale: str = ""


@dataclass(frozen=True, slots=True)
class Target:
    """An objective of one person for one month."""

    person: str
    kpi: str
    month: date
    value: int
