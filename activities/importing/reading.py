"""From bytes to cells. The name and the stated type of a file are never trusted, its bytes are."""

import codecs
import csv
import io
import re
from contextlib import suppress
from dataclasses import replace
from itertools import islice
from unicodedata import normalize

from charset_normalizer import from_bytes

from activities.importing.limits import Limits, check_size, limits
from activities.importing.tables import Cell, Table, TableRow, table_of
from activities.importing.workbooks import read_workbook
from kernel.issues import N_, Invalid, Issue, Place, error

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
_SAMPLE_ROWS = 60
_LONGEST_CELL = 32_767  # what a spreadsheet allows
# texts that are no tables, whatever the name says: pages saved as XLS, answers of an API
_MARKUP = (
    (re.compile(r"\ufeff?\s*<(!doctype|html|head|body|meta|table|\?xml|!--)", re.I), "HTML / XML"),
    (re.compile(r'\ufeff?\s*(\[\s*[{\[]|\{\s*["}])'), "JSON"),
    (re.compile(r"\{\\rtf"), "RTF"),
)
_WORKBOOKS = (".xlsx", ".xlsm", ".xls", ".ods")
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def read_table(
    content: bytes,
    file_name: str,
    *,
    encoding: str = "",
    delimiter: str = "",
    header_row: int | None = None,
) -> Table:
    """The cells of a CSV or XLSX file. `Invalid` when it is neither, too large, or has no head.

    What is not stated is detected: encoding, delimiter, and the head, which is the first row that
    is not empty.
    """
    place, allowed = Place(file=file_name), limits()
    if len(content) > allowed.file_bytes:
        raise Invalid(_too_large(place, allowed.file_bytes))
    _refuse_other_formats(content, place)
    if content.startswith(b"PK\x03\x04"):
        return read_workbook(content, file_name, allowed, header_row)
    text, encoding = decode(content, place, encoding)
    delimiter = delimiter or detect_delimiter(text)
    numbered, broken = _csv_rows(text, delimiter, allowed, place)
    about = Table(file_name, "csv", encoding, delimiter, "", header_row or 0, (), ())
    return table_of(numbered, replace(about, issues=broken), place)


def _refuse_other_formats(content: bytes, place: Place) -> None:
    known = (
        (b"\xd0\xcf\x11\xe0", "XLS"),
        (b"\x1f\x8b", "GZIP"),
        (b"%PDF", "PDF"),
    )
    for magic, name in known:
        if content.startswith(magic):
            raise Invalid(_other_format(name, place))


def _other_format(name: str, place: Place) -> Issue:
    return error(
        "other_file_format",
        N_("This is a {format} file, which cannot be read here."),
        N_("Save it as XLSX or CSV and try again."),
        place,
        format=name,
    )


def decode(content: bytes, place: Place, encoding: str = "") -> tuple[str, str]:
    """The text of a CSV file and its encoding, stated or detected."""
    found = encoding or _detect_encoding(content)
    try:
        text = content.decode(found)
    except (UnicodeDecodeError, LookupError):
        raise Invalid(_undecodable(place, found)) from None
    if "\x00" in text:
        raise Invalid(_undecodable(place, found))
    for start, name in _MARKUP:
        if start.match(text):
            raise Invalid(_other_format(name, place))
    # some programs write an accent beside its letter, which looks the same and is another text
    text = normalize("NFC", text.removeprefix("\ufeff"))
    return text, "utf-8" if found == "utf-8-sig" else found


def _detect_encoding(content: bytes) -> str:
    for bom, name in _BOMS:
        if content.startswith(bom):
            return name
    sample = content[:4096]
    if sample.count(0) > len(sample) // 4:  # UTF-16 without its mark: every other byte is zero
        return "utf-16-be" if sample[:1] == b"\x00" else "utf-16-le"
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        best = from_bytes(content[:65536], cp_isolation=["cp1252", "mac_roman", "cp850"]).best()
        return best.encoding if best is not None else "cp1252"
    return "utf-8"


def detect_delimiter(text: str) -> str:
    """The delimiter that cuts the first rows into the same number of cells, the most of them."""

    def score(delimiter: str) -> tuple[int, int]:
        sample = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        widths: list[int] = []
        with suppress(csv.Error):  # the rows before it tell enough
            widths += (len(row) for row in islice(sample, _SAMPLE_ROWS) if row)
        if not widths or widths[0] < 2:
            return (0, 0)
        return (sum(width == widths[0] for width in widths), widths[0])

    return max(DELIMITERS, key=score)


def _csv_rows(
    text: str, delimiter: str, allowed: Limits, place: Place
) -> tuple[list[TableRow], tuple[Issue, ...]]:
    """The rows up to the one that cannot be cut into cells, and what is wrong with that one."""
    csv.field_size_limit(_LONGEST_CELL)
    # strict: a quotation mark that nobody closes would swallow the rest of the file as one cell
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows: list[TableRow] = []
    try:
        for number, row in enumerate(reader, start=1):
            check_size(number, len(row), allowed, place)
            rows.append(TableRow(number, tuple(_csv_cell(cell) for cell in row)))
    except csv.Error:
        return rows, (_broken(place, len(rows) + 1),)
    return rows, ()


def _csv_cell(cell: str) -> Cell:
    # a leading tab is kept: it is one of the ways to hide a formula
    return cell.strip(" \u00a0\u202f\r\n")


def is_misnamed(table: Table) -> bool:
    """Whether the name promises a workbook, and the content is text."""
    return table.file_type == "csv" and table.file_name.lower().endswith(_WORKBOOKS)


def not_a_workbook(place: Place) -> Issue:
    """The issue of a misnamed file that is no table with known columns either."""
    return error(
        "not_a_workbook",
        N_("The name says that the file is a workbook, but its content is plain text."),
        N_("Open it in your spreadsheet and save it as XLSX, or name it .csv if it is CSV."),
        place,
    )


def _too_large(place: Place, limit: int) -> Issue:
    return error(
        "file_too_large",
        N_("The file is larger than {limit} MB."),
        N_("Cut it into several files, or have the limit raised."),
        place,
        limit=limit // (1024 * 1024),
    )


def _undecodable(place: Place, encoding: str) -> Issue:
    return error(
        "unreadable_text",
        N_("The file is not text in the encoding {encoding}."),
        N_("Save it as CSV in UTF-8, or as XLSX."),
        place,
        encoding=encoding,
    )


def _broken(place: Place, number: int) -> Issue:
    return error(
        "broken_csv",
        N_("From row {row} on the file cannot be cut into cells."),
        N_("Look in this row for a quotation mark that is not closed, or stands inside a value."),
        Place(place.file, "", number),
        row=number,
    )
