"""The first sheet of an XLSX file, read without loading it whole."""

import io
import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from unicodedata import normalize
from zipfile import BadZipFile

from openpyxl import load_workbook

from activities.importing.limits import Limits, check_size
from activities.importing.tables import Cell, Table, TableRow, table_of
from kernel.issues import N_, Invalid, Issue, Place, error


def read_workbook(content: bytes, file_name: str, allowed: Limits, header_row: int | None) -> Table:
    """The cells of the first sheet: dates as dates, numbers as the digits that they show.

    A calculated cell gives the value that the spreadsheet last saved, and its place is noted.
    """
    place = Place(file=file_name)
    _refuse_bomb(content, allowed, place)
    try:
        sheet, formulas, rows = _cells(content, allowed, place, values=False)
        if formulas:
            _, _, rows = _cells(content, allowed, place, values=True)
    except Invalid:
        raise
    except Exception:  # noqa: BLE001 - what openpyxl raises for a broken file is not specified
        raise Invalid(_broken(place)) from None
    about = Table(file_name, "xlsx", "", "", sheet, header_row or 0, (), (), frozenset(formulas))
    return table_of(rows, about, place)


def _refuse_bomb(content: bytes, allowed: Limits, place: Place) -> None:
    """A small file may unpack to gigabytes; the stated sizes bind, zipfile reads no further."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
    except BadZipFile:
        raise Invalid(_broken(place)) from None
    if unpacked > allowed.unpacked_bytes:
        raise Invalid(
            error(
                "file_too_large_unpacked",
                N_("The workbook unpacks to more than {limit} MB."),
                N_("Save only the sheet with the data, or use CSV."),
                place,
                limit=allowed.unpacked_bytes // (1024 * 1024),
            )
        )


def _cells(
    content: bytes, allowed: Limits, place: Place, *, values: bool
) -> tuple[str, set[tuple[int, int]], list[TableRow]]:
    book = load_workbook(io.BytesIO(content), read_only=True, data_only=values)
    try:
        if not book.worksheets:
            raise Invalid(_broken(place))
        sheet = book.worksheets[0]
        sheet.reset_dimensions()  # the stated size of a sheet may be wrong
        formulas: set[tuple[int, int]] = set()
        rows = list(_rows(sheet, allowed, place, formulas))
        return str(sheet.title), formulas, rows
    finally:
        book.close()


def _rows(
    sheet: Any, allowed: Limits, place: Place, formulas: set[tuple[int, int]]
) -> Iterator[TableRow]:
    for number, row in enumerate(sheet.iter_rows(), start=1):
        check_size(number, len(row), allowed, place)
        for index, cell in enumerate(row):
            if cell.data_type == "f":
                formulas.add((number, index))
        yield TableRow(number, tuple(_cell(cell.value) for cell in row))


def _cell(value: object) -> Cell:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case int():
            return Decimal(value)
        case float():
            # the shortest text that gives this float again is what the person typed
            return Decimal(repr(value)).normalize()
        case datetime():
            return value
        case date():
            return value
        case _:
            return normalize("NFC", str(value)).strip(" \u00a0\u202f\r\n")


def _broken(place: Place) -> Issue:
    return error(
        "broken_workbook",
        N_("The file looks like XLSX but cannot be opened."),
        N_("Open it in your spreadsheet and save it anew, or use CSV."),
        place,
    )
