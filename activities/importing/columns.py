"""One mapped column: the format of its cells, and how a cell becomes a value."""

from collections.abc import Iterable
from dataclasses import replace

from activities.importing.formats import (
    LOOKS,
    ColumnFormat,
    DateOrder,
    Mark,
    detect_dates,
    detect_decimals,
    other_mark,
    read_date,
    read_number,
)
from activities.importing.kinds import Field, FieldType, Value
from activities.importing.mapping import FileMapping
from activities.importing.tables import Cell, Table, TableRow, shown
from activities.references import closest, folded
from activities.texts import clean_text, formula_issue, is_formula
from kernel.issues import N_, Invalid, Issue, Place, error, warning

# what a spreadsheet shows where it could not calculate
_ERRORS = frozenset({"#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A"})


class Unclear:
    """A cell that means two things; its column was asked about."""


UNCLEAR = Unclear()


class Column:
    """One mapped column of a table."""

    def __init__(
        self, one: Field, table: Table, index: int, mapping: FileMapping, header: str
    ) -> None:
        self.field, self.table, self.index, self.header = one, table, index, header
        self.translations = mapping.values.get(one.name, {})
        # a stated format is told only of the columns that it means
        self.format = ColumnFormat(
            mapping.date_orders.get(one.name) if one.type is FieldType.DATE else None,
            mapping.decimal_comma if one.type is FieldType.NUMBER else None,
        )
        self._mark: Mark | None = None
        self._is_unclear = False

    def detect(self) -> list[Issue]:
        """Find out what is not stated; what cannot be found out is one issue, not one per row."""
        issues = self._detect()
        self._is_unclear = bool(issues)
        return issues

    def _detect(self) -> list[Issue]:
        place = Place(self.table.file_name, self.header)
        match self.field.type:
            case FieldType.DATE if self.format.date_order is None:
                order = detect_dates(self._cells(), place)
                if isinstance(order, Issue):
                    return [order]
                # a column without one readable date: each cell will be reported against ISO
                self.format = replace(self.format, date_order=order or DateOrder.ISO)
            case FieldType.NUMBER if self.format.decimal_comma is None:
                mark = detect_decimals(self._cells(), place)
                if isinstance(mark, Issue):
                    return [mark]
                self._mark = mark
                self.format = replace(self.format, decimal_comma=bool(mark and mark.is_comma))
        return []

    def _cells(self) -> Iterable[tuple[int, Cell]]:
        cells = self.table.column(self.index)
        return [(number, cell) for number, cell in cells if not self._is_nothing(cell)]

    def _is_nothing(self, cell: Cell) -> bool:
        return cell == "" or (isinstance(cell, str) and folded(cell) in self.field.nothing)

    def read(self, row: TableRow) -> Value | Issue | Unclear:
        """The value in the row, None for an empty cell, or what is wrong with it."""
        cell = row.cells[self.index]
        if (row.number, self.index) in self.table.formulas:
            if self.field.type is FieldType.TEXT:
                return formula_issue(shown(cell) or "=…", self._place(row))
            if cell == "":
                return _formula_without_value(self._place(row))
        if self._is_nothing(cell):
            return None
        if cell in _ERRORS:
            return _spreadsheet_error(cell, self._place(row))
        match self.field.type:
            case FieldType.TEXT:
                return self._text(cell, self._place(row))
            case FieldType.DATE:
                return self._date(cell, self._place(row))
            case FieldType.NUMBER:
                return self._number(cell, self._place(row))

    def notes(self, row: TableRow) -> list[Issue]:
        """What is worth saying about a cell that was read."""
        if (row.number, self.index) not in self.table.formulas:
            return []
        cell = row.cells[self.index]
        if cell == "" or self.field.type is FieldType.TEXT:
            return []
        return [
            warning(
                "formula_value_used",
                N_("The cell is a formula; the value that was saved with it is used: {found}."),
                N_("Check that the file was saved after its last calculation."),
                self._place(row),
                found=shown(cell),
            )
        ]

    def _place(self, row: TableRow) -> Place:
        return Place(self.table.file_name, self.header, row.number)

    def _date(self, cell: Cell, place: Place) -> Value | Issue | Unclear:
        if not self._is_unclear:
            found = read_date(cell, self.format.date_order)
            return bad_date(cell, self.format.date_order, place) if found is None else found
        either = {read_date(cell, DateOrder.DMY), read_date(cell, DateOrder.MDY)} - {None}
        if not either:
            return bad_date(cell, DateOrder.DMY, place)
        return either.pop() if len(either) == 1 else UNCLEAR

    def _number(self, cell: Cell, place: Place) -> Value | Issue | Unclear:
        comma = None if self._is_unclear else self.format.decimal_comma
        try:
            return read_number(cell, decimal_comma=comma, place=place)
        except Invalid as invalid:
            issue = invalid.issues[0].at(place)
        if self._is_unclear and issue.code == "number.ambiguous":
            return UNCLEAR
        mixed = None
        if self._mark is not None and place.line is not None:
            mixed = other_mark(place.line, shown(cell), self._mark, place)
        return mixed or issue

    def _text(self, cell: Cell, place: Place) -> Value | Issue:
        text = shown(cell)
        if is_formula(text):
            return formula_issue(text, place)
        cleaned = clean_text(text, place, self.field.longest)
        if isinstance(cleaned, Issue):
            return cleaned
        key = folded(cleaned)
        if key in self.translations:
            told = self.translations[key]
            return formula_issue(told, place) if is_formula(told) else told
        return known_value(self.field, key, cleaned, place)


def known_value(one: Field, key: str, text: str, place: Place) -> Value | Issue:
    """The value that a closed list gives to a text; without a list the text itself."""
    if not one.known:
        return text
    if key in one.known:
        return one.known[key]
    match = closest(text, one.known)
    return error(
        "unknown_value",
        N_('"{found}" is not a known value of {field}.'),
        N_('Did you mean "{closest}"? Or say in the mapping what it means.')
        if match
        else N_("Say in the mapping, under values, which of these it means: {known}."),
        place,
        found=text,
        field=one.name,
        closest=match,
        known=", ".join(sorted(set(one.known.values()))),
    )


def bad_date(cell: Cell, order: DateOrder | None, place: Place) -> Issue:
    """A cell that is no date of its column's format."""
    return error(
        "unreadable_date",
        N_('"{found}" is not a date like {example}.'),
        N_("Correct the cell; the other dates of the column are written like {example}."),
        place,
        found=shown(cell),
        example=LOOKS[order or DateOrder.ISO],
    )


def _formula_without_value(place: Place) -> Issue:
    return error(
        "formula_without_value",
        N_("The cell is a formula, and the file holds no value for it."),
        N_("Open the file in your spreadsheet and save it, or replace the formula by its value."),
        place,
    )


def _spreadsheet_error(cell: Cell, place: Place) -> Issue:
    return error(
        "spreadsheet_error",
        N_("The cell holds {found}: the spreadsheet could not calculate it."),
        N_("Mend the formula in your spreadsheet, or write the value, or empty the cell."),
        place,
        found=shown(cell),
    )
