"""From cells to typed values by a mapping, with the formats that were detected for each column."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from activities.importing.formats import (
    LOOKS,
    ColumnFormat,
    DateOrder,
    detect_dates,
    detect_decimals,
    read_date,
    read_number,
)
from activities.importing.kinds import Field, FieldType, Kind, MappedRow, Value
from activities.importing.mapping import FileMapping
from activities.importing.tables import Cell, Table, TableRow, shown
from activities.references import closest, folded
from activities.texts import LONG, clean_text, formula_issue, is_formula
from kernel.issues import N_, Invalid, Issue, Level, Place, error, warning


@dataclass(slots=True)
class Reading:
    """The rows of a file as typed values, and every issue found on the way."""

    rows: list[MappedRow] = field(default_factory=list)
    issues: list[Issue] = field(default_factory=list)
    formats: dict[str, ColumnFormat] = field(default_factory=dict)
    is_unclear: bool = False
    """A column means two things: nothing can be said about its rows before that is settled."""

    @property
    def has_errors(self) -> bool:
        return any(issue.level is Level.ERROR for issue in self.issues)


def read_rows(table: Table, mapping: FileMapping, kind: Kind) -> Reading:
    """Each row with typed values; a row with an error is left out, its issues are kept."""
    reading = Reading()
    places = {column: index for index, column in enumerate(table.headers)}
    columns = [
        _Column(one, table, places[column], mapping, column)
        for name, column in mapping.columns.items()
        if (one := kind.field(name)) is not None and column in places
    ]
    for column in columns:
        reading.issues += column.detect()
        reading.formats[column.field.name] = column.format
        reading.is_unclear |= column.is_unclear
    constants, issues = _constants(mapping, kind, table.file_name)
    reading.issues += issues
    for row in table.rows:
        _read_row(row, columns, constants, reading, table.file_name, kind)
    return reading


def _read_row(
    row: TableRow,
    columns: "list[_Column]",
    constants: Mapping[str, Value],
    reading: Reading,
    file_name: str,
    kind: Kind,
) -> None:
    values: dict[str, Value] = dict(constants)
    issues: list[Issue] = []
    for column in columns:
        found = column.read(row)
        if isinstance(found, Issue):
            issues.append(found)
        elif found not in (None, ""):
            values[column.field.name] = found
        issues += column.notes(row)
    bad = {issue.place.path for issue in issues if issue.level is Level.ERROR}
    bad |= {column.header for column in columns if column.is_unclear}
    headers = {column.field.name: column.header for column in columns}
    issues += [
        _missing(one.name, headers.get(one.name, one.name), row.number, file_name)
        for one in kind.fields
        if one.required and one.name not in values and headers.get(one.name) not in bad
    ]
    reading.issues += issues
    if not any(issue.level is Level.ERROR for issue in issues):
        reading.rows.append(MappedRow(row.number, values, Place(file=file_name, line=row.number)))


class _Column:
    """One mapped column: its format, and how a cell of it becomes a value."""

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
        self.is_unclear = False

    def detect(self) -> list[Issue]:
        """Find out what is not stated; what cannot be found out is one issue, not one per row."""
        issues = self._detect()
        self.is_unclear = bool(issues)
        return issues

    def _detect(self) -> list[Issue]:
        place = Place(self.table.file_name, self.header)
        cells = self.table.column(self.index)
        match self.field.type:
            case FieldType.DATE if self.format.date_order is None:
                order = detect_dates(cells, place)
                if isinstance(order, Issue):
                    return [order]
                # a column without one readable date: each cell will be reported against ISO
                self.format = replace(self.format, date_order=order or DateOrder.ISO)
            case FieldType.NUMBER if self.format.decimal_comma is None:
                comma = detect_decimals(cells, place)
                if isinstance(comma, Issue):
                    return [comma]
                self.format = replace(self.format, decimal_comma=bool(comma))
        return []

    def read(self, row: TableRow) -> Value | Issue:
        """The value in the row, None for an empty cell, or what is wrong with it."""
        cell = row.cells[self.index]
        place = self._place(row)
        if (row.number, self.index) in self.table.formulas:
            if self.field.type is FieldType.TEXT:
                return formula_issue(shown(cell) or "=…", place)
            if cell == "":
                return _formula_without_value(place)
        if cell == "" or self.is_unclear:
            return None
        match self.field.type:
            case FieldType.DATE:
                found = read_date(cell, self.format.date_order)
                return _bad_date(cell, self.format.date_order, place) if found is None else found
            case FieldType.NUMBER:
                return self._number(cell, place)
            case FieldType.TEXT:
                return self._text(cell, place)

    def notes(self, row: TableRow) -> list[Issue]:
        """What is worth saying about a cell that was read."""
        calculated = (row.number, self.index) in self.table.formulas
        cell = row.cells[self.index]
        if not calculated or cell == "" or self.field.type is FieldType.TEXT:
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

    def _number(self, cell: Cell, place: Place) -> Value | Issue:
        try:
            return read_number(cell, decimal_comma=self.format.decimal_comma, place=place)
        except Invalid as invalid:
            return invalid.issues[0].at(place)

    def _text(self, cell: Cell, place: Place) -> Value | Issue:
        text = shown(cell)
        if is_formula(text):
            return formula_issue(text, place)
        cleaned = clean_text(text, place, LONG)
        if isinstance(cleaned, Issue):
            return cleaned
        key = folded(cleaned)
        if key in self.translations:
            return self.translations[key]
        return _known_value(self.field, key, cleaned, place)


def _known_value(one: Field, key: str, text: str, place: Place) -> Value | Issue:
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


def _constants(
    mapping: FileMapping, kind: Kind, file_name: str
) -> tuple[dict[str, Value], list[Issue]]:
    """The values that are the same in all rows; dates in ISO, numbers with a point."""
    values: dict[str, Value] = {}
    issues: list[Issue] = []
    for name, text in mapping.constants.items():
        one = kind.field(name)
        if one is None:
            continue
        found = _constant(one, text, Place(file_name, name))
        if isinstance(found, Issue):
            issues.append(found)
        else:
            values[name] = found
    return values, issues


def _constant(one: Field, text: str, place: Place) -> Value | Issue:
    match one.type:
        case FieldType.DATE:
            found = read_date(text, DateOrder.ISO)
            return _bad_date(text, DateOrder.ISO, place) if found is None else found
        case FieldType.NUMBER:
            try:
                return read_number(text, decimal_comma=False, place=place)
            except Invalid as invalid:
                return invalid.issues[0].at(place)
        case FieldType.TEXT:
            return _known_value(one, folded(text), text, place)


def _formula_without_value(place: Place) -> Issue:
    return error(
        "formula_without_value",
        N_("The cell is a formula, and the file holds no value for it."),
        N_("Open the file in your spreadsheet and save it, or replace the formula by its value."),
        place,
    )


def _bad_date(cell: Cell, order: DateOrder | None, place: Place) -> Issue:
    return error(
        "unreadable_date",
        N_('"{found}" is not a date like {example}.'),
        N_("Correct the cell; the other dates of the column are written like {example}."),
        place,
        found=shown(cell),
        example=LOOKS[order or DateOrder.ISO],
    )


def _missing(name: str, header: str, number: int, file_name: str) -> Issue:
    return error(
        "missing_value",
        N_("The value of {field} is missing."),
        N_("Fill the cell; every row needs it."),
        Place(file_name, header, number),
        field=name,
    )
