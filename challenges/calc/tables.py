"""CSV, JSON and JSON lines as rows of text, each with its line or position."""

import csv
import io
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches

from kernel.documents import Document, load_json
from kernel.issues import N_, Invalid, Issue, Place, error
from kernel.unreadable import csv_problem

DELIMITERS = ",;\t|"
MOST_ISSUES = 100


@dataclass(frozen=True, slots=True)
class Row:
    """One row: cells by column (JSON keeps its lists and tables), and where it stands."""

    cells: Mapping[str, object]
    place: Place
    decimal_comma: bool = False
    document: Document | None = None

    def text(self, column: str) -> str | None:
        """The cell as text without outer spaces, or None when empty or absent."""
        value = self.cells.get(column)
        if isinstance(value, bool):
            return "true" if value else "false"
        return None if value is None else str(value).strip() or None

    def at(self, column: str) -> Place:
        """The place of a cell."""
        place = self.place.under(column)
        return place if self.document is None else self.document.place(place.path)

    def inner(self, cells: Mapping[str, object], path: str) -> "Row":
        """A table inside this row, as a row."""
        return Row(cells, self.at(path), self.decimal_comma, self.document)


@dataclass(slots=True)
class Rows:
    """All rows that could be read, what is wrong so far, and the whole document of JSON."""

    rows: list[Row] = field(default_factory=list)
    issues: list[Issue] = field(default_factory=list)
    document: Document | None = None


def read_rows(text: str, known: Iterable[str], list_key: str, file: str | None) -> Rows:
    """Rows of a CSV (comma, semicolon, tab or bar), a JSON list, or JSON lines.

    A JSON table is read at `list_key`. Columns that are not known are left alone, unless they
    look like a known one misspelt: that is an issue, and they are read as the known one, so that
    the rows can be checked all the same. So is a file with nothing in it, which is more often a
    broken export than a statement that there are no rows. Invalid when the text is not JSON at all.
    """
    text = text.removeprefix("\ufeff")
    start = text.lstrip()[:1]
    columns = tuple(known)
    if not start:
        return Rows(issues=[_nothing_in_it(Place(file=file))])
    if start == "{" and _is_lines(text, list_key, columns):
        found = _from_lines(text, file)
    elif start in ("[", "{"):
        found = _from_json(load_json(text, file), list_key)
    else:
        found = _from_csv(text, file)
    _mend_columns(found, columns)
    return found


def _from_json(document: Document, list_key: str) -> Rows:
    data = document.value
    listed = data.get(list_key) if isinstance(data, dict) else data
    found = Rows(document=document)
    if not isinstance(listed, list):
        found.issues.append(_no_list(list_key, document.place("")))
        return found
    path = list_key if isinstance(data, dict) else ""
    for index, item in enumerate(listed):
        _add(found, item, document.place(f"{path}[{index}]"), document)
    return found


def _is_lines(text: str, list_key: str, columns: tuple[str, ...]) -> bool:
    first, *others = text.strip().splitlines()
    try:
        item = json.loads(first)
    except (ValueError, RecursionError):
        return False
    return isinstance(item, dict) and list_key not in item and bool(others or {*item} & {*columns})


def _from_lines(text: str, file: str | None) -> Rows:
    found = Rows()
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            item = load_json(line, file, first_line=number, marked=False).value
        except Invalid as invalid:
            found.issues.extend(issue.at(_on(issue.place, number)) for issue in invalid.issues)
            continue
        _add(found, item, Place(file=file, line=number), None)
    return found


def _on(place: Place, line: int) -> Place:
    return place if place.line is not None else Place(place.file, place.path, line)


def _add(found: Rows, item: object, place: Place, document: Document | None) -> None:
    if not isinstance(item, dict):
        found.issues.append(_not_a_row(place))
        return
    names = [str(key).strip().lower() for key in item]
    found.issues.extend(_twice(names, place))
    found.rows.append(Row(dict(zip(names, item.values(), strict=True)), place, document=document))


def _from_csv(text: str, file: str | None) -> Rows:
    head = text.lstrip("\r\n").split("\n", 1)[0]
    delimiter = max(DELIMITERS, key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    header: list[str] | None = None
    found = Rows()
    try:
        for cells in reader:
            place = Place(file=file, line=reader.line_num)
            if not any(cell.strip() for cell in cells):
                continue
            if header is None:
                header = [cell.strip().lower() for cell in cells]
                found.issues.extend(_twice(header, place))
            elif len(cells) != len(header):
                found.issues.append(_wrong_width(len(cells), len(header), place))
            else:
                row = dict(zip(header, cells, strict=True))
                found.rows.append(Row(row, place, decimal_comma=delimiter == ";"))
    except csv.Error:
        found.issues.append(csv_problem(Place(file=file, line=reader.line_num)))
    return found


def _twice(header: list[str], place: Place) -> list[Issue]:
    return [
        error(
            "column_twice",
            N_("The column “{column}” appears twice."),
            N_("Keep one of the two."),
            place,
            column=column,
        )
        for column in sorted({c for c in header if header.count(c) > 1})
    ]


def _mend_columns(found: Rows, known: tuple[str, ...]) -> None:
    meant: dict[str, str] = {}
    for index, row in enumerate(found.rows):
        for column in row.cells:
            if column in meant or column in known or ":" in column:
                continue
            issue = misspelt(column, known, row.at(column))
            meant[column] = column if issue is None else dict(issue.params)["close"]
            found.issues.extend(() if issue is None else (issue,))
        if meant:
            mended = {meant.get(column, column): cell for column, cell in row.cells.items()}
            found.rows[index] = replace(row, cells=mended | _exact(row.cells, known))


def _exact(cells: Mapping[str, object], known: tuple[str, ...]) -> dict[str, object]:
    """The columns that are spelt well: they win over a misspelt one beside them."""
    return {column: cell for column, cell in cells.items() if column in known}


def misspelt(column: str, known: tuple[str, ...], place: Place) -> Issue | None:
    """The issue of a column that is nearly a known one, which it names as `close`."""
    close = get_close_matches(column, known, n=1, cutoff=0.8)
    if not close:
        return None
    return error(
        "misspelt_column",
        N_("The column “{column}” is not known."),
        N_("Did you mean “{close}”? Rename or remove it."),
        place,
        column=column,
        close=close[0],
    )


def _nothing_in_it(place: Place) -> Issue:
    return error(
        "empty_file",
        N_("There is nothing in the file."),
        N_("Check the export; a file without rows has its header alone, or []."),
        place,
    )


def _no_list(list_key: str, place: Place) -> Issue:
    return error(
        "no_list",
        N_("There is no list “{key}” in the file."),
        N_("Write a JSON list, or a table with the list “{key}”."),
        place,
        key=list_key,
    )


def _not_a_row(place: Place) -> Issue:
    return error(
        "not_a_row",
        N_("This is not a table with keys."),
        N_("Write each row as {example}."),
        place,
        example='{"person": "..."}',
    )


def _wrong_width(found: int, wanted: int, place: Place) -> Issue:
    return error(
        "wrong_width",
        N_("The row has {found} cells, the header has {wanted}."),
        N_("Quote cells that contain the separator."),
        place,
        found=found,
        wanted=wanted,
    )
