"""A plan as values: what a valid plan document means."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

from incentives.calc.conversion import Conversion
from incentives.calc.measures import Measure
from incentives.calc.mechanic import PlanStep
from incentives.calc.presence import Absences
from kernel.documents import Plain
from kernel.issues import Issue
from kernel.numbers import Rounding

ENGINE = "4"
PERIODS = ("week", "month", "quarter", "half", "year", "any")


@dataclass(frozen=True, slots=True)
class DatedValue:
    """A parameter's value from a day on (None: from the beginning), and where it is agreed."""

    valid_from: date | None
    value: Fraction
    text: str
    reference: str = ""
    amendment: str = ""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A dated constant with a unit, a reference, and who may change it."""

    key: str
    name: Mapping[str, str]
    unit: str
    reference: str
    set_by: str
    values: tuple[DatedValue, ...]

    def on(self, day: date) -> DatedValue | None:
        """The value in force on a day; None before the first one."""
        found = None
        for dated in self.values:
            if dated.valid_from is None or dated.valid_from <= day:
                found = dated
        return found


@dataclass(frozen=True, slots=True)
class PlacedStep:
    """A step, its mechanic's key and its place in the document."""

    mechanic: str
    path: str
    step: PlanStep


@dataclass(frozen=True, slots=True)
class Component:
    """One payment line: its steps in order, its weight, the roles that get it (empty: all).

    ``leave_base`` and ``minimum_wage`` are flags for the payroll; no calculation reads them.
    """

    key: str
    name: Mapping[str, str]
    weight: Fraction | None
    roles: tuple[str, ...]
    steps: tuple[PlacedStep, ...]
    leave_base: bool = True
    minimum_wage: bool = True


@dataclass(frozen=True, slots=True)
class RoundingRule:
    """How a payment line is rounded; ``at`` total lets the plan's own steps see exact sums."""

    mode: Rounding = Rounding.HALF_UP
    places: int | None = None
    at: str = "line"


@dataclass(frozen=True, slots=True)
class Example:
    """An example of the plan: inputs as written and the expected amounts."""

    name: str
    path: str
    given: Mapping[str, Plain]
    expect: Mapping[str, Plain]


@dataclass(frozen=True, slots=True)
class Plan:
    """A valid plan. ``hash`` is the SHA-256 of its canonical document; ``notes`` are warnings."""

    key: str
    name: Mapping[str, str]
    currency: str
    period: str
    measures: Mapping[str, Measure]
    parameters: Mapping[str, Parameter]
    components: tuple[Component, ...]
    steps: tuple[PlacedStep, ...]
    rounding: RoundingRule
    examples: tuple[Example, ...]
    document: Mapping[str, Plain]
    hash: str
    notes: tuple[Issue, ...] = field(default=())
    objective_days: str | None = None
    conversion: Conversion = field(default_factory=Conversion)
    absences: Absences = field(default_factory=dict)

    @property
    def newest_month(self) -> str:
        """The month from which all parameters have their newest value; for examples without one."""
        days = [
            dated.valid_from
            for parameter in self.parameters.values()
            for dated in parameter.values
            if dated.valid_from is not None
        ]
        return f"{max(days):%Y-%m}" if days else "2026-01"
