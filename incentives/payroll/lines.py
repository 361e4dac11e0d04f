"""The neutral payroll line: what every template starts from."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction

from kernel.money import Money


class Kind(StrEnum):
    """What a field of the line holds, which decides how a template may write it."""

    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    FLAG = "flag"


@dataclass(frozen=True, slots=True)
class PayrollLine:
    """One amount of one person. `period_end` is the last day; `pay_month` the month's first day.

    The period is the one in which the amount was earned: for a correction an earlier one than the
    period that pays it. `revision` is 1 for what was paid first and counts its corrections.
    """

    employee_number: str
    first_name: str
    last_name: str
    establishment: str
    contract: str
    code: str
    label_fr: str
    label_en: str
    amount: Money
    quantity: Fraction | None
    rate: Fraction | None
    period_start: date
    period_end: date
    pay_month: date
    leave_base: bool
    minimum_wage: bool
    source: str
    revision: int

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()

    @property
    def who(self) -> str:
        """The person as an issue names them."""
        return f"{self.name} ({self.employee_number})"


@dataclass(frozen=True, slots=True)
class Batch:
    """One export: its id, its number in the period and in the whole life of the template."""

    export_id: str
    kind: str
    start: date
    end: date
    """The last day of the period."""
    number: int = 1
    sequence: int = 1


# every field that a column may name: its kind, and what it means (docs/formats/payroll.md)
FIELDS: dict[str, tuple[Kind, str]] = {
    "employee_number": (Kind.TEXT, "the number of the person"),
    "name": (Kind.TEXT, "first and last name"),
    "first_name": (Kind.TEXT, "first name"),
    "last_name": (Kind.TEXT, "last name"),
    "establishment": (Kind.TEXT, "the establishment of the person, as the payroll calls it"),
    "contract": (Kind.TEXT, "the contract of the person, as the payroll calls it"),
    "code": (Kind.TEXT, "the payroll's code, found in `codes`"),
    "neutral_code": (Kind.TEXT, "our own code: `plan.component`, or `adjustment`"),
    "label": (Kind.TEXT, "the label in the template's `language`"),
    "label_fr": (Kind.TEXT, "the French label"),
    "label_en": (Kind.TEXT, "the English label"),
    "amount": (Kind.NUMBER, "the amount, in the main unit of its currency"),
    "currency": (Kind.TEXT, "the currency, ISO 4217"),
    "quantity": (Kind.NUMBER, "the base, where the line is a base times a rate; else empty"),
    "rate": (Kind.NUMBER, "the rate, where the line is a base times a rate; else empty"),
    "sign": (Kind.TEXT, "the sign of the amount, as the column's `positive` and `negative`"),
    "period_start": (Kind.DATE, "first day of the period in which the amount was earned"),
    "period_end": (Kind.DATE, "last day of that period"),
    "pay_month": (Kind.DATE, "the month of the payslip; a day in its format is the first"),
    "leave_base": (Kind.FLAG, "whether the line counts in the base of paid leave"),
    "minimum_wage": (Kind.FLAG, "whether the line counts towards the minimum wage"),
    "source": (Kind.TEXT, "the ids of our lines behind it"),
    "revision": (Kind.NUMBER, "1, or 2 and more for a correction"),
    "export_id": (Kind.TEXT, "the id of the export"),
    "batch": (Kind.NUMBER, "how many exports this template has had, this one included"),
    "line": (Kind.NUMBER, "the number of the line in its file, from 1"),
}
