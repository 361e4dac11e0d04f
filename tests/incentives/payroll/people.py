"""Payroll lines of named people, and templates written in a few words."""

from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import Any

import yaml

from incentives.payroll import Batch, FileTemplate, PayrollLine, parse_template, written
from kernel.issues import Issue
from kernel.money import Money

OCTOBER = Batch("month-2026-10-01-own", "month", date(2026, 10, 1), date(2026, 10, 31))
LÉA = PayrollLine(
    employee_number="1001",
    first_name="Léa",
    last_name="Martin",
    establishment="PARIS",
    contract="CDI-1",
    code="sales.commission",
    label_fr="Commission d'été",
    label_en="Summer commission",
    amount=Money(187500, "EUR"),
    quantity=Fraction(37500),
    rate=Fraction(1, 20),
    period_start=date(2026, 10, 1),
    period_end=date(2026, 10, 31),
    pay_month=date(2026, 10, 1),
    leave_base=True,
    minimum_wage=True,
    source="ledger:501 statement:88:commission",
    revision=1,
)
# September is corrected in October
CHLOÉ = replace(
    LÉA,
    employee_number="1002",
    first_name="Chloé",
    last_name="Noël",
    establishment="LYON",
    contract="",
    amount=Money(-31250, "EUR"),
    quantity=None,
    rate=None,
    period_start=date(2026, 9, 1),
    period_end=date(2026, 9, 30),
    leave_base=False,
    source="ledger:502 statement:91:commission",
    revision=2,
)
YUKI = replace(
    LÉA,
    employee_number="1003",
    first_name="Yuki",
    last_name="Sato",
    establishment="TOKYO",
    amount=Money(150000, "JPY"),
    quantity=None,
    rate=None,
    source="ledger:503 statement:92:commission",
)
NOOR = replace(
    LÉA,
    employee_number="1004",
    first_name="Noor",
    last_name="Al-Sabah",
    establishment="KUWAIT",
    amount=Money(1234567, "KWD"),
    quantity=None,
    rate=None,
    source="ledger:504 statement:93:commission",
)
NOTHING = replace(LÉA, code="sales.spiff", label_fr="Prime", label_en="SPIFF",
                  amount=Money(0, "EUR"), quantity=None, rate=None)  # fmt: skip
EVERYBODY = (LÉA, CHLOÉ, YUKI, NOOR)
COLUMNS = [
    {"field": "employee_number"},
    {"field": "code"},
    {"field": "amount"},
    {"field": "currency"},
]


def document(**changes: Any) -> dict[str, Any]:
    """A small delimited template as plain values; a key that is None is left out."""
    body = {
        "key": "own",
        "name": "Own",
        "format": "delimited",
        "file_name": "own.csv",
        "header": False,
        "unmapped": "neutral",
        "columns": COLUMNS,
        **changes,
    }
    return {key: value for key, value in body.items() if value is not None}


def template(**changes: Any) -> FileTemplate:
    """The same, read."""
    return parse_template(yaml.safe_dump(document(**changes), allow_unicode=True))


def column(**changes: Any) -> list[dict[str, Any]]:
    """The columns with one more."""
    return [*COLUMNS, changes]


def text(made: FileTemplate, *lines: PayrollLine, codec: str = "utf-8") -> str:
    """The text of the one file that these lines make."""
    result = written(made, lines, OCTOBER)
    assert result.issues == ()
    (file,) = result.files
    return file.content.decode(codec)


def refused(made: FileTemplate, *lines: PayrollLine) -> list[Issue]:
    """What stands against these lines; no file is made then."""
    result = written(made, lines, OCTOBER)
    assert result.files == ()
    return list(result.issues)
