"""The neutral payroll line and the files that it is written to."""

import csv
import io
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, fields
from datetime import datetime
from typing import Any
from xml.etree import ElementTree

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell

from incentives.calc import amount_text
from incentives.models import LedgerLine, PayPeriod
from kernel.money import Money
from people import queries as people

# what a spreadsheet would run as a formula when it opens the file
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class PayrollLine:
    """One amount of one person, in the neutral form that every template starts from."""

    employee_number: str
    name: str
    code: str
    label_fr: str
    label_en: str
    amount: str
    currency: str
    period_start: str
    period_end: str
    source: str
    revision: int


@dataclass(frozen=True, slots=True)
class Payroll:
    """A file ready to be handed over; the control total is the sum of its amounts."""

    name: str
    content_type: str
    content: bytes
    line_count: int
    control_total_minor: int
    currency: str


Rows = Sequence[tuple[PayrollLine, int]]


def payroll_lines(period: PayPeriod) -> Rows:
    """The ledger lines of a locked period with their minor units, by employee number and code."""
    rows = list(
        LedgerLine.objects.filter(period=period)
        .select_related(
            "person", "statement__plan_version__plan", "statement__corrects__run__period"
        )
        .order_by("person__number", "statement__plan_version__plan__key", "component", "id")
    )
    corrected = {row.statement.corrects_id for row in rows if row.statement} - {None}
    revisions = _revisions(one for one in corrected if one is not None)
    return [(_line(row, period, revisions), row.amount_minor) for row in rows]


def _line(row: LedgerLine, period: PayPeriod, revisions: Mapping[int, int]) -> PayrollLine:
    statement = row.statement
    corrects = statement.corrects if statement else None
    earned_in = period if corrects is None else corrects.run.period
    plan = f"{statement.plan_version.plan.key}." if statement else ""
    return PayrollLine(
        employee_number=row.person.number,
        name=row.person.name,
        code=f"{plan}{row.component}",
        label_fr=row.label_fr,
        label_en=row.label_en,
        amount=amount_text(Money(row.amount_minor, row.currency)),
        currency=row.currency,
        period_start=earned_in.starts_on.isoformat(),
        period_end=people.day_before(earned_in.ends_on).isoformat(),
        source=f"statement:{row.statement_id}:{row.component}",
        revision=revisions.get(row.statement_id or 0, 1),
    )


def _revisions(corrected: Iterable[int]) -> dict[int, int]:
    """By statement: 2 for the first correction of one of these, 3 for the second. One query."""
    posted = LedgerLine.objects.filter(statement__corrects__in=list(corrected))
    pairs = posted.values_list("statement__corrects_id", "statement_id").distinct()
    numbers: dict[int | None, int] = {}
    found: dict[int, int] = {}
    for root, statement_id in pairs.order_by("statement_id"):
        numbers[root] = numbers.get(root, 1) + 1
        found[statement_id] = numbers[root]
    return found


def neutral(text: str) -> str:
    """The text as a spreadsheet shows it and never runs it: an apostrophe before a formula.

    Only for text columns; an amount keeps its minus sign.
    """
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


HEAD = tuple(field.name for field in fields(PayrollLine))
_FIGURES = frozenset({"amount", "revision"})


def _cells(line: PayrollLine) -> list[Any]:
    return [
        value if name in _FIGURES else neutral(str(value))
        for name, value in zip(HEAD, astuple(line), strict=True)
    ]


def as_csv(period: PayPeriod, rows: Rows) -> Payroll:
    """UTF-8 with a byte order mark (Excel reads it), semicolons, CRLF; amounts with a point."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow(HEAD)
    writer.writerows(_cells(line) for line, _ in rows)
    return _payroll(
        period, rows, "csv", "text/csv; charset=utf-8", text.getvalue().encode("utf-8-sig")
    )


def as_xlsx(period: PayPeriod, rows: Rows) -> Payroll:
    """One sheet; amounts as numbers with the currency's decimals, all else as text."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("payroll")
    sheet.append(HEAD)
    for line, _ in rows:
        cells = []
        for name, value in zip(HEAD, _cells(line), strict=True):
            cell = WriteOnlyCell(sheet, value=value)
            cell.data_type = "n" if name in _FIGURES else "s"
            cells.append(cell)
        sheet.append(cells)
    moment = datetime(period.ends_on.year, period.ends_on.month, period.ends_on.day)  # noqa: DTZ001
    book.properties.creator = "Maillot"
    book.properties.created = book.properties.modified = moment
    buffer = io.BytesIO()
    book.save(buffer)
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    return _payroll(period, rows, "xlsx", kind, _same_bytes(buffer.getvalue(), moment))


def _same_bytes(archive: bytes, moment: datetime) -> bytes:
    """The archive with fixed times inside, so that the same rows give the same file."""
    source, target = zipfile.ZipFile(io.BytesIO(archive)), io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as made:
        for name in sorted(source.namelist()):
            stamp = zipfile.ZipInfo(name, date_time=moment.timetuple()[:6])
            stamp.compress_type = zipfile.ZIP_DEFLATED
            content = source.read(name)
            if name == "docProps/core.xml":
                content = _fixed_times(content, moment)
            made.writestr(stamp, content)
    return target.getvalue()


def _fixed_times(core: bytes, moment: datetime) -> bytes:
    """openpyxl stamps the moment of saving into the file's properties."""
    tree = ElementTree.fromstring(core)  # noqa: S314 - our own output, just written
    for node in tree.iter():
        if node.tag.endswith(("}created", "}modified")):
            node.text = moment.strftime("%Y-%m-%dT%H:%M:%SZ")
    return ElementTree.tostring(tree)


def _payroll(period: PayPeriod, rows: Rows, ending: str, kind: str, content: bytes) -> Payroll:
    return Payroll(
        name=f"payroll-{period.kind}-{period.starts_on.isoformat()}.{ending}",
        content_type=kind,
        content=content,
        line_count=len(rows),
        control_total_minor=sum(minor for _, minor in rows),
        currency=rows[0][0].currency if rows else people.company().currency,
    )


TEMPLATES: Mapping[str, Callable[[PayPeriod, Rows], Payroll]] = {
    "neutral-csv": as_csv,
    "neutral-xlsx": as_xlsx,
}
