"""A payroll template as values: what a valid template document means."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

ANY = "*"
"""In `codes`: every other line. In `entities`: every other establishment."""


@dataclass(frozen=True, slots=True)
class Code:
    """What a payroll calls a line; `negative` when a negative amount has a code of its own."""

    code: str
    negative: str | None = None


@dataclass(frozen=True, slots=True)
class Entity:
    """What holds for one establishment: free texts for columns and file names, and own codes."""

    values: Mapping[str, str]
    codes: Mapping[str, Code]


@dataclass(frozen=True, slots=True)
class Column:
    """One cell of every line: exactly one of `field`, `entity` and `constant` is set."""

    name: str
    path: str
    field: str | None = None
    entity: str | None = None
    constant: str | None = None
    width: int | None = None
    align: str = "left"
    pad: str = " "
    format: str | None = None
    decimals: int | None = None
    when_true: str = "1"
    when_false: str = "0"
    positive: str = "+"
    negative: str = "-"
    required: bool = False
    too_long: str = "refuse"


@dataclass(frozen=True, slots=True)
class FileTemplate:
    """A valid template. `hash` is the SHA-256 of its canonical document."""

    key: str
    name: Mapping[str, str]
    format: str
    file_name: str
    language: str
    encoding: str
    line_end: str
    header: bool
    delimiter: str
    quoting: str
    dates: str
    decimal_mark: str
    decimals: int | None
    """None: as many as the currency of the line has."""
    sign: str
    zero_lines: str
    pay_month: str
    unmapped: str
    codes: Mapping[str, Code]
    entities: Mapping[str, Entity]
    columns: tuple[Column, ...]
    hash: str

    @property
    def is_ready(self) -> bool:
        """Whether it needs nothing of the company: our own codes go into the file."""
        return self.unmapped == "neutral"

    def entity_of(self, establishment: str) -> Entity | None:
        """What is said about an establishment, else about every other one."""
        return self.entities.get(establishment) or self.entities.get(ANY)

    def code_of(self, establishment: str, neutral: str) -> Code | None:
        """The payroll's code of a line: of the establishment, then of all; None: not mapped."""
        entity = self.entity_of(establishment)
        of_entity = entity.codes if entity else {}
        for codes in (of_entity, self.codes):
            if neutral in codes:
                return codes[neutral]
        for codes in (of_entity, self.codes):
            if ANY in codes:
                return codes[ANY]
        return Code(neutral) if self.unmapped == "neutral" else None

    def month_of(self, pay_month: date) -> date:
        """The month of the payslip, from the last month of the period that pays."""
        if self.pay_month == "same":
            return pay_month
        months = pay_month.year * 12 + pay_month.month
        return date(months // 12, months % 12 + 1, 1)
