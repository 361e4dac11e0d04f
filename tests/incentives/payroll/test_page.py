"""docs/formats/payroll.md: its files are what its templates make of its lines, byte by byte."""

import csv
import io
import re
from dataclasses import fields, replace
from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest
import yaml

from incentives.payroll import (
    Batch,
    FileTemplate,
    PayrollLine,
    parse_template,
    shipped_documents,
    template_reference,
    written,
)
from incentives.payroll.lines import FIELDS
from kernel.documents import load_text
from kernel.money import Money

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "formats" / "payroll.md").read_text(encoding="utf-8")
OCTOBER = Batch("month-2026-10-01-x", "month", date(2026, 10, 1), date(2026, 10, 31))


def block(head: str) -> str:
    found = re.search(rf"```{re.escape(head)}\n(.*?)```", PAGE, re.DOTALL)
    assert found is not None, head
    return found[1]


def lines() -> list[PayrollLine]:
    rows = csv.DictReader(io.StringIO(block("csv neutral-csv")), delimiter=";")
    return [_line({key: text.removeprefix("'") for key, text in row.items()}) for row in rows]


def _line(row: dict[str, str]) -> PayrollLine:
    first, _, last = row["name"].partition(" ")
    own = {one.name: row[one.name] for one in fields(PayrollLine) if one.name in row}
    return PayrollLine(
        **own  # type: ignore[arg-type]  # fields of a test by name
        | {
            "first_name": first,
            "last_name": last,
            "amount": Money.of(Fraction(row["amount"]), row["currency"]),
            "quantity": Fraction(row["quantity"]) if row["quantity"] else None,
            "rate": Fraction(row["rate"]) if row["rate"] else None,
            "period_start": date.fromisoformat(row["period_start"]),
            "period_end": date.fromisoformat(row["period_end"]),
            "pay_month": date.fromisoformat(f"{row['pay_month']}-01"),
            "leave_base": row["leave_base"] == "true",
            "minimum_wage": row["minimum_wage"] == "true",
            "revision": int(row["revision"]),
        }
    )


def filled_in(key: str) -> FileTemplate:
    """A shipped template with the changes of the page."""
    document = load_text(shipped_documents()[key]).value
    changes = load_text(block(f"yaml changes to {key}")).value
    assert isinstance(document, dict)
    assert isinstance(changes, dict)
    return parse_template(yaml.safe_dump(document | changes, allow_unicode=True))


def files(template: FileTemplate, found: list[PayrollLine]) -> dict[str, bytes]:
    made = written(template, found, OCTOBER)
    assert made.issues == ()
    return {one.name: one.content for one in made.files}


def as_written(text: str, codec: str) -> bytes:
    return text.replace("\n", "\r\n").encode(codec)


def test_the_neutral_file_of_the_page_is_made_of_its_lines() -> None:
    template = parse_template(shipped_documents()["neutral-csv"])
    content = as_written(block("csv neutral-csv"), "utf-8-sig")
    assert files(template, lines()) == {"payroll-month-2026-10-01.csv": content}


@pytest.mark.parametrize(
    ("key", "head", "codec", "names"),
    [
        ("adp", "csv", "ascii", ["PRABCEPI.csv", "PRXY_EPI.csv"]),
        ("silae", "csv", "utf-8", ["silae-2026-10.csv"]),
        ("sage-100", "text", "cp1252", ["sage-2026-10.txt"]),
    ],
)
def test_the_files_of_shipped_templates_on_the_page(
    key: str, head: str, codec: str, names: list[str]
) -> None:
    expected = {name: as_written(block(f"{head} {key} {name}"), codec) for name in names}
    assert files(filled_in(key), lines()) == expected


def test_the_example_of_a_template_on_the_page() -> None:
    template = parse_template(block("yaml template"))
    mapped = [line for line in lines() if line.code != "sales.spiff"]
    content = as_written(block("csv payroll-paris"), "cp1252")
    assert files(template, mapped) == {"paie-2026-10.csv": content}
    made = written(template, lines(), OCTOBER)
    assert [f"*{issue.text()}*" in PAGE for issue in made.issues] == [True]


def test_corrections_after_the_first_file_have_their_own_name() -> None:
    again = replace(OCTOBER, number=2, sequence=5)
    names = {
        key: [one.name for one in written(filled_in(key), lines(), again).files]
        for key in ("adp", "silae", "sage-100")
    }
    assert names == {
        "adp": ["PRABCEPI.csv", "PRXY_EPI.csv"],
        "silae": ["silae-2026-10-2.csv"],
        "sage-100": ["sage-2026-10-2.txt"],
    }


def test_the_reference_on_the_page_is_what_the_parser_reads() -> None:
    assert PAGE.endswith(template_reference())


def test_the_head_of_the_neutral_file_is_every_field_of_a_line_but_its_parts() -> None:
    head = block("csv neutral-csv").split("\n")[0].split(";")
    parts = {"first_name", "last_name", "label", "sign", "neutral_code", "export_id", "batch",
             "line"}  # fmt: skip
    assert set(head) == set(FIELDS) - parts
