"""CSV, JSON and JSON lines as rows of text, each with its line or position."""

import csv
import io
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from difflib import get_close_matches

from kernel.issues import N_, Invalid, Issue, Place, error

DELIMITERS = ",;\t|"
MOST_ISSUES = 100


@dataclass(frozen=True, slots=True)
class Row:
    """One row: cells by column (JSON keeps its lists and tables), and where it stands."""

    cells: Mapping[str, object]
    place: Place
    decimal_comma: bool = False

    def text(self, column: str) -> str | None:
        """The cell as text without outer spaces, or None when empty or absent."""
        value = self.cells.get(column)
        match value:
            case None:
                return None
            case bool():
                return "true" if value else "false"
            case Decimal():
                return format(value, "f")
        return str(value).strip() or None

    def at(self, column: str) -> Place:
        """The place of a cell."""
        return self.place.under(column)


def read_rows(text: str, known: Iterable[str], list_key: str, file: str | None) -> list[Row]:
    """Rows of a CSV (comma, semicolon, tab or bar), a JSON list, or JSON lines.

    A JSON table is read at `list_key`. Columns that are not known are left alone, unless they
    look like a known one misspelt: then Invalid says so.
    """
    text = text.removeprefix("\ufeff")
    start = text.lstrip()[:1]
    rows = _from_json(text, list_key, file) if start in ("[", "{") else _from_csv(text, file)
    issues = list(_misspelt(rows, tuple(known)))
    if issues:
        raise Invalid(issues)
    return rows


def read_json(text: str, file: str | None) -> object:
    """JSON with exact numbers; Invalid with line and column."""
    try:
        return json.loads(text, parse_float=Decimal, parse_constant=_no_constant)
    except (json.JSONDecodeError, ValueError) as problem:
        raise Invalid(_bad_json(problem, file, 0)) from None
    except RecursionError:
        raise Invalid(_bad_json(ValueError("too deep"), file, 0)) from None


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is not a number")


def _from_json(text: str, list_key: str, file: str | None) -> list[Row]:
    if text.lstrip().startswith("{") and _is_lines(text):
        return _from_lines(text, file)
    data = read_json(text, file)
    listed = data.get(list_key) if isinstance(data, dict) else data
    if not isinstance(listed, list):
        raise Invalid(_no_list(list_key, file))
    rows = []
    for index, item in enumerate(listed):
        if not isinstance(item, dict):
            raise Invalid(_not_a_row(Place(file=file, path=f"[{index}]")))
        rows.append(Row(_lowered(item), Place(file=file, path=f"[{index}]")))
    return rows


def _is_lines(text: str) -> bool:
    first = text.lstrip().splitlines()[0]
    try:
        json.loads(first)
    except ValueError:
        return False
    return len(text.strip().splitlines()) > 1 or '"id"' in first


def _from_lines(text: str, file: str | None) -> list[Row]:
    rows = []
    issues: list[Issue] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        place = Place(file=file, line=number)
        try:
            item = json.loads(line, parse_float=Decimal, parse_constant=_no_constant)
        except (ValueError, RecursionError) as problem:
            issues.append(_bad_json(ValueError(str(problem)), file, number))
            continue
        if isinstance(item, dict):
            rows.append(Row(_lowered(item), place))
        else:
            issues.append(_not_a_row(place))
    if issues:
        raise Invalid(issues[:MOST_ISSUES])
    return rows


def _lowered(item: Mapping[str, object]) -> dict[str, object]:
    return {str(key).strip().lower(): value for key, value in item.items()}


def _from_csv(text: str, file: str | None) -> list[Row]:
    head = text.lstrip("\r\n").split("\n", 1)[0]
    delimiter = max(DELIMITERS, key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    header: list[str] | None = None
    rows: list[Row] = []
    issues: list[Issue] = []
    try:
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if header is None:
                header = [cell.strip().lower() for cell in cells]
                issues.extend(_twice(header, Place(file=file, line=reader.line_num)))
                continue
            place = Place(file=file, line=reader.line_num)
            if len(cells) != len(header):
                issues.append(_wrong_width(len(cells), len(header), place))
                continue
            rows.append(
                Row(dict(zip(header, cells, strict=True)), place, decimal_comma=delimiter == ";")
            )
    except csv.Error as problem:
        issues.append(_bad_csv(problem, Place(file=file, line=reader.line_num)))
    if issues:
        raise Invalid(issues[:MOST_ISSUES])
    return rows


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


def _misspelt(rows: list[Row], known: tuple[str, ...]) -> Iterable[Issue]:
    seen: set[str] = set()
    for row in rows:
        for column in row.cells:
            if column in seen or column in known or ":" in column:
                continue
            seen.add(column)
            close = get_close_matches(column, known, n=1, cutoff=0.8)
            if close:
                yield error(
                    "misspelt_column",
                    N_("The column “{column}” is not known."),
                    N_("Did you mean “{close}”? Rename or remove it."),
                    row.at(column),
                    column=column,
                    close=close[0],
                )


def _bad_json(problem: ValueError, file: str | None, line: int) -> Issue:
    place = Place(file=file, line=line or None)
    detail = str(problem)
    if isinstance(problem, json.JSONDecodeError):
        place = Place(file=file, line=line or problem.lineno, column=problem.colno)
        detail = problem.msg
    return error(
        "bad_json",
        N_("This is not JSON: {detail}."),
        N_("Correct the text at this place."),
        place,
        detail=detail,
    )


def _bad_csv(problem: csv.Error, place: Place) -> Issue:
    return error(
        "bad_csv",
        N_("This is not CSV: {detail}."),
        N_("Check the quotes at this line."),
        place,
        detail=problem,
    )


def _no_list(list_key: str, file: str | None) -> Issue:
    return error(
        "no_list",
        N_("There is no list “{key}” in the file."),
        N_("Write a JSON list, or a table with the list “{key}”."),
        Place(file=file),
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
