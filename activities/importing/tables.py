"""A file as cells, with what was found out about it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal

from kernel.issues import N_, Invalid, Issue, Place, error

Cell = str | Decimal | date | datetime


@dataclass(frozen=True, slots=True)
class TableRow:
    """A row with the number that a spreadsheet shows for it."""

    number: int
    cells: tuple[Cell, ...]

    @property
    def is_empty(self) -> bool:
        return all(cell == "" for cell in self.cells)


@dataclass(frozen=True, slots=True)
class Table:
    """The head and the rows of a file, and how they were read.

    `formulas` are the (row number, column index) of cells that a spreadsheet calculates. `issues`
    are about the head, and about rows that cannot be cut into cells; these are not among `rows`.
    `twice` are headers that several columns have: which of them is meant cannot be known.
    """

    file_name: str
    file_type: str  # "csv" or "xlsx"
    encoding: str
    delimiter: str
    sheet: str
    header_row: int
    headers: tuple[str, ...]
    rows: tuple[TableRow, ...]
    formulas: frozenset[tuple[int, int]] = frozenset()
    issues: tuple[Issue, ...] = ()
    twice: frozenset[str] = frozenset()

    @property
    def uncut_count(self) -> int:
        """How many rows could not be cut into cells."""
        return sum(issue.place.line != self.header_row for issue in self.issues)

    def column(self, index: int) -> list[tuple[int, Cell]]:
        """The filled cells of a column with their row numbers."""
        return [(row.number, row.cells[index]) for row in self.rows if row.cells[index] != ""]


def shown(cell: Cell) -> str:
    """A cell as text, as a person would read it."""
    return cell if isinstance(cell, str) else str(cell)


def table_of(numbered: Sequence[TableRow], about: Table, place: Place) -> Table:
    """The table of these rows: head found, rows padded to its width. `Invalid` without a head."""
    filled = [row for row in numbered if not row.is_empty]
    head = next((row for row in filled if row.number >= about.header_row), None)
    if head is None:
        raise Invalid(about.issues or _no_head(place))
    headers = _headers(head)
    twice = sorted({name for name in headers if headers.count(name) > 1})
    width = len(headers)
    rows: list[TableRow] = []
    issues = [*about.issues, *([_twice(twice, head, place)] if twice else [])]
    for row in filled:
        if row.number <= head.number:
            continue
        if any(cell != "" for cell in row.cells[width:]):
            issues.append(_too_wide(row, width, place))  # its cells are not where they seem to be
            continue
        rows.append(TableRow(row.number, (*row.cells, *[""] * (width - len(row.cells)))[:width]))
    return replace(
        about,
        header_row=head.number,
        headers=headers,
        rows=tuple(rows),
        issues=tuple(issues),
        twice=frozenset(twice),
    )


def _headers(head: TableRow) -> tuple[str, ...]:
    names = [" ".join(str(cell).split()) for cell in head.cells]
    while names and not names[-1]:
        names.pop()
    return tuple(name or f"#{index + 1}" for index, name in enumerate(names))


def _twice(names: Sequence[str], head: TableRow, place: Place) -> Issue:
    return error(
        "column_twice",
        N_("The head has the column {columns} more than once."),
        N_("Give each column a name of its own."),
        Place(place.file, "", head.number),
        columns=", ".join(names),
    )


def _no_head(place: Place) -> Issue:
    return error(
        "empty_file",
        N_("The file is empty."),
        N_("The first row names the columns, each further row is one record."),
        place,
    )


def _too_wide(row: TableRow, width: int, place: Place) -> Issue:
    return error(
        "row_too_wide",
        N_("The row has {found} cells, the head has {wanted}."),
        N_("Look for a delimiter inside a value: such values need quotes around them."),
        Place(place.file, "", row.number),
        found=len(row.cells),
        wanted=width,
    )
