"""Payroll files: lines written by a template, cut into files by name, with their control totals."""

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import Literal
from xml.etree import ElementTree

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell

from incentives.payroll.cells import CODECS, Clerk, currencies_of
from incentives.payroll.lines import FIELDS, Batch, Kind, PayrollLine
from incentives.payroll.reading import PLACEHOLDER
from incentives.payroll.templates import FileTemplate
from kernel.issues import N_, Issue

CSV = "text/csv"
TEXT = "text/plain"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ZIP = "application/zip"
IN_FILE_NAME = re.compile(r"[\w -]*")
NEEDS_QUOTES = re.compile(r"[\"\r\n]")
LONGEST_NAME = 120
LINE_ENDS = {"crlf": "\r\n", "lf": "\n"}


@dataclass(frozen=True, slots=True)
class PayrollFile:
    """A file ready to be handed over; `totals` are the sums of its lines in minor units."""

    name: str
    content_type: str
    content: bytes
    line_count: int
    totals: Mapping[str, int]

    @property
    def sha256(self) -> str:
        return sha256(self.content).hexdigest()


@dataclass(frozen=True, slots=True)
class Written:
    """The files of an export, one per name, or everything that is wrong: then no file at all."""

    files: tuple[PayrollFile, ...]
    issues: tuple[Issue, ...] = ()


def written(template: FileTemplate, lines: Sequence[PayrollLine], batch: Batch) -> Written:
    """Write lines by a template. Pure: the same lines in the same order, the same bytes.

    Lines whose file name differs (it may name the establishment) go to different files; without
    any line there is one file without lines, when its name needs none.
    """
    clerk = Clerk(template, batch)
    kept = [line for line in lines if line.amount.minor or template.zero_lines == "keep"]
    groups = _by_name(clerk, kept)
    heads = [clerk.head()] if template.header else []
    rows = {
        name: [*heads, *(clerk.cells(line, n) for n, line in enumerate(group, 1))]
        for name, group in groups.items()
    }
    _check_currencies(clerk, groups)
    if clerk.issues:
        return Written((), clerk.issues)
    made = [_file(template, name, rows[name], groups[name], batch) for name in sorted(groups)]
    return Written(tuple(made))


def _by_name(clerk: Clerk, lines: Iterable[PayrollLine]) -> dict[str, list[PayrollLine]]:
    groups: dict[str, list[PayrollLine]] = {}
    for line in lines:
        groups.setdefault(_file_name(clerk, line), []).append(line)
    return groups or {_empty_name(clerk): []}


def _file_name(clerk: Clerk, line: PayrollLine) -> str:
    def filled(found: re.Match[str]) -> str:
        word = found[1]
        text = _of_batch(clerk, word, clerk.template.month_of(line.pay_month))
        if text is None:
            own = word == "establishment"
            text = line.establishment if own else clerk.of_entity(line, word)
        if IN_FILE_NAME.fullmatch(text):
            return text
        return clerk.refuse(
            "payroll.file_name",
            N_("{who}: “{text}” cannot stand in the name of a file."),
            N_("Use letters, digits, spaces, - and _ only."),
            "file_name",
            who=line.who,
            text=text,
        )

    name = PLACEHOLDER.sub(filled, clerk.template.file_name)
    if len(name) > LONGEST_NAME:
        clerk.refuse(
            "payroll.file_name_long",
            N_("{who}: the name of the file would have more than {most} characters."),
            N_("Shorten `file_name`, or the texts that it is made of."),
            "file_name",
            who=line.who,
            most=LONGEST_NAME,
        )
    return name


def _of_batch(clerk: Clerk, word: str, month: date) -> str | None:
    batch = clerk.batch
    return {
        "kind": batch.kind,
        "start": batch.start.isoformat(),
        "end": batch.end.isoformat(),
        "pay_month": f"{month:%Y-%m}",
        "again": f"-{batch.number}" if batch.number > 1 else "",
        "batch": str(batch.sequence),
    }.get(word)


def _empty_name(clerk: Clerk) -> str:
    month = clerk.template.month_of(clerk.batch.end.replace(day=1))

    def filled(found: re.Match[str]) -> str:
        return _of_batch(clerk, found[1], month) or ""

    return PLACEHOLDER.sub(filled, clerk.template.file_name)


def _check_currencies(clerk: Clerk, groups: Mapping[str, Sequence[PayrollLine]]) -> None:
    """A file that does not name the currency of its amounts holds amounts of one only."""
    if any(column.field == "currency" for column in clerk.template.columns):
        return
    for name, group in groups.items():
        found = currencies_of(group)
        if len(found) > 1:
            clerk.refuse(
                "payroll.currencies",
                N_("The file {name} would mix {found} and does not say which is which."),
                N_("Add a column `currency`, or put the establishment into `file_name`."),
                "currency",
                name=name,
                found=", ".join(found),
            )


def _file(
    template: FileTemplate,
    name: str,
    rows: Sequence[Sequence[str]],
    lines: Sequence[PayrollLine],
    batch: Batch,
) -> PayrollFile:
    match template.format:
        case "xlsx":
            kind, content = XLSX, _workbook(template, rows, batch)
        case "fixed":
            kind, content = _typed(TEXT, template), _encoded(template, map("".join, rows))
        case _:
            kind, content = _typed(CSV, template), _encoded(template, _delimited(template, rows))
    totals = {
        currency: sum(one.amount.minor for one in lines if one.amount.currency == currency)
        for currency in currencies_of(lines)
    }
    return PayrollFile(name, kind, content, len(lines), totals)


def _typed(kind: str, template: FileTemplate) -> str:
    charset = {"cp1252": "windows-1252", "ascii": "us-ascii"}.get(
        template.encoding, CODECS.get(template.encoding, template.encoding)
    )
    return f"{kind}; charset={charset}"


def _encoded(template: FileTemplate, rows: Iterable[str]) -> bytes:
    end = LINE_ENDS[template.line_end]
    text = "".join(row + end for row in rows)
    mark = b"\xef\xbb\xbf" if template.encoding == "utf-8-bom" else b""
    return mark + text.encode(CODECS.get(template.encoding, template.encoding))


def _delimited(template: FileTemplate, rows: Iterable[Sequence[str]]) -> Iterable[str]:
    if template.quoting == "none":
        return (template.delimiter.join(row) for row in rows)
    return (_quoted(template, row) for row in rows)


def _quoted(template: FileTemplate, row: Sequence[str]) -> str:
    joined = template.delimiter.join(row)
    plain = joined.count(template.delimiter) == len(row) - 1 and not NEEDS_QUOTES.search(joined)
    if plain and joined and template.quoting == "minimal":
        return joined
    text = io.StringIO(newline="")
    quoting: Literal[0, 1] = csv.QUOTE_ALL if template.quoting == "all" else csv.QUOTE_MINIMAL
    # the writer quotes a line break inside a cell only when its own line ends hold that sign
    writer = csv.writer(text, delimiter=template.delimiter, lineterminator="\r\n", quoting=quoting)
    writer.writerow(row)
    return text.getvalue().removesuffix("\r\n")


# --- workbooks and archives --------------------------------------------------------------------


def _workbook(template: FileTemplate, rows: Sequence[Sequence[str]], batch: Batch) -> bytes:
    """One sheet; numbers as numbers with their decimals, all else as text."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("payroll")
    numbers = [
        column.field is not None and FIELDS[column.field][0] is Kind.NUMBER
        for column in template.columns
    ]
    for at, row in enumerate(rows):
        is_head = at == 0 and template.header
        cells = []
        for text, is_number in zip(row, numbers, strict=True):
            cell = WriteOnlyCell(sheet, value=text)
            cell.data_type = "n" if is_number and text and not is_head else "s"
            cells.append(cell)
        sheet.append(cells)
    moment = _moment(batch)
    book.properties.creator = "Maillot"
    book.properties.created = book.properties.modified = moment
    buffer = io.BytesIO()
    book.save(buffer)
    return _same_bytes(buffer.getvalue(), moment)


def _moment(batch: Batch) -> datetime:
    return datetime(batch.end.year, batch.end.month, batch.end.day)  # noqa: DTZ001 - of a file


def _same_bytes(archive: bytes, moment: datetime) -> bytes:
    """The archive with fixed times inside, so that the same rows give the same file."""
    source = zipfile.ZipFile(io.BytesIO(archive))
    parts = {name: source.read(name) for name in sorted(source.namelist())}
    core = "docProps/core.xml"
    return _zipped({**parts, core: _fixed_times(parts[core], moment)}, moment)


def _zipped(parts: Mapping[str, bytes], moment: datetime) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in parts.items():
            stamp = zipfile.ZipInfo(name, date_time=moment.timetuple()[:6])
            stamp.compress_type = zipfile.ZIP_DEFLATED
            made.writestr(stamp, content)
    return target.getvalue()


def _fixed_times(core: bytes, moment: datetime) -> bytes:
    """openpyxl stamps the moment of saving into the file's properties."""
    tree = ElementTree.fromstring(core)  # noqa: S314 - our own output, just written
    for node in tree.iter():
        if node.tag.endswith(("}created", "}modified")):
            node.text = moment.strftime("%Y-%m-%dT%H:%M:%SZ")
    return ElementTree.tostring(tree)


def packed(files: Sequence[PayrollFile], batch: Batch) -> PayrollFile:
    """One file for all: the only one itself, several as an archive named after the export."""
    if len(files) == 1:
        return files[0]
    totals: dict[str, int] = {}
    for one in files:
        for currency, minor in one.totals.items():
            totals[currency] = totals.get(currency, 0) + minor
    content = _zipped({one.name: one.content for one in files}, _moment(batch))
    count = sum(one.line_count for one in files)
    return PayrollFile(f"{batch.export_id}.zip", ZIP, content, count, dict(sorted(totals.items())))
