"""The inputs of a calculation: payees, their credits, and the figures that are known of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

from kernel.periods import Period


@dataclass(frozen=True, slots=True)
class Credit:
    """One deal or event credited to a payee.

    ``amount`` is the whole deal in major units of ``currency``, None when it has none; ``share``
    is the payee's part of it (1 = all). ``order`` sorts by close time, then id.
    """

    id: str
    closed_at: str
    amount: Fraction | None
    currency: str | None
    share: Fraction
    attributes: Mapping[str, str]

    @property
    def order(self) -> tuple[str, str]:
        return (self.closed_at, self.id)


@dataclass(frozen=True, slots=True)
class Payee:
    """A person to be paid. Credits are in order of close time, then id."""

    id: str
    name: str = ""
    role: str | None = None
    manager: str | None = None
    credits: tuple[Credit, ...] = ()
    measures: Mapping[str, Fraction] = field(default_factory=dict)
    objectives: Mapping[str, Fraction] = field(default_factory=dict)
    kpis: Mapping[str, Fraction] = field(default_factory=dict)
    carried: Mapping[str, Fraction] = field(default_factory=dict)
    present_from: date | None = None
    present_to: date | None = None


@dataclass(frozen=True, slots=True)
class Inputs:
    """Everything a calculation reads. ``measures`` are figures that all payees share."""

    period: Period
    payees: tuple[Payee, ...]
    measures: Mapping[str, Fraction] = field(default_factory=dict)
