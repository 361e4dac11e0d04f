"""From cells to typed values by a mapping, with every issue that the cells alone can tell."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from activities.importing.columns import Column, Unclear, bad_date, known_value
from activities.importing.formats import ColumnFormat, DateOrder, read_date, read_number
from activities.importing.kinds import Field, FieldType, Kind, MappedRow, Value
from activities.importing.mapping import FileMapping, unknown_fields
from activities.importing.tables import Table, TableRow
from activities.references import folded
from activities.texts import clean_text, formula_issue, is_formula
from kernel.issues import N_, Invalid, Issue, Place, error


@dataclass(slots=True)
class Reading:
    """The rows of a file as typed values, and every issue found on the way."""

    rows: list[MappedRow] = field(default_factory=list)
    issues: list[Issue] = field(default_factory=list)
    formats: dict[str, ColumnFormat] = field(default_factory=dict)


def read_rows(table: Table, mapping: FileMapping, kind: Kind) -> Reading:
    """Each row with typed values; what could not be read is an issue and `unread` in its row."""
    reading = Reading(issues=list(table.issues))
    places = {column: index for index, column in enumerate(table.headers)}
    field_of = kind.reader()
    columns = [
        Column(one, table, places[column], mapping, column)
        for name, column in mapping.columns.items()
        if (one := field_of(name)) is not None and column in places and column not in table.twice
    ]
    for column in columns:
        reading.issues += column.detect()
        reading.formats[column.field.name] = column.format
    constants, unread, issues = _constants(mapping, field_of, table.file_name)
    reading.issues += issues
    unread |= unknown_fields(mapping, kind, table.headers)
    unread |= {name for name, column in mapping.columns.items() if column in table.twice}
    cells = _Cells(columns, constants, unread, kind, table.file_name)
    reading.rows = [cells.read(row, reading.issues) for row in table.rows]
    return reading


class _Cells:
    """Reads rows of one table."""

    def __init__(
        self,
        columns: Sequence[Column],
        constants: Mapping[str, Value],
        unread: frozenset[str],
        kind: Kind,
        file_name: str,
    ) -> None:
        self._columns, self._constants, self._unread = columns, constants, unread
        self._file = file_name
        headers = {column.field.name: column.header for column in columns}
        self._required = [
            (one.name, headers.get(one.name, one.name))
            for one in kind.fields
            if one.required and one.name not in unread
        ]

    def read(self, row: TableRow, issues: list[Issue]) -> MappedRow:
        """The row with its values; what is wrong with its cells is added to `issues`."""
        values: dict[str, Value] = dict(self._constants)
        unread = set(self._unread)
        for column in self._columns:
            found = column.read(row)
            if isinstance(found, Issue):
                issues.append(found)
                unread.add(column.field.name)
            elif isinstance(found, Unclear):
                unread.add(column.field.name)
            elif found not in (None, ""):
                values[column.field.name] = found
            issues += column.notes(row)
        for name, header in self._required:
            if name not in values and name not in unread:
                issues.append(_missing(name, header, row.number, self._file))
                unread.add(name)
        place = Place(file=self._file, line=row.number)
        return MappedRow(row.number, values, place, frozenset(unread))


def _constants(
    mapping: FileMapping, field_of: Callable[[str], Field | None], file_name: str
) -> tuple[dict[str, Value], frozenset[str], list[Issue]]:
    """The values that are the same in all rows, and which of them cannot be read.

    Dates in ISO, numbers with a point.
    """
    values: dict[str, Value] = {}
    issues: list[Issue] = []
    for name, text in mapping.constants.items():
        one = field_of(name)
        if one is None:
            continue
        found = _constant(one, text, Place(file_name, name))
        if isinstance(found, Issue):
            issues.append(found)
        else:
            values[name] = found
    return values, frozenset(issue.place.path for issue in issues), issues


def _constant(one: Field, text: str, place: Place) -> Value | Issue:
    match one.type:
        case FieldType.DATE:
            found = read_date(text, DateOrder.ISO)
            return bad_date(text, DateOrder.ISO, place) if found is None else found
        case FieldType.NUMBER:
            try:
                return read_number(text, decimal_comma=False, place=place)
            except Invalid as invalid:
                return invalid.issues[0].at(place)
        case FieldType.TEXT if is_formula(text):
            return formula_issue(text, place)
        case FieldType.TEXT:
            cleaned = clean_text(text, place, one.longest)
            if isinstance(cleaned, Issue):
                return cleaned
            return known_value(one, folded(cleaned), cleaned, place)


def _missing(name: str, header: str, number: int, file_name: str) -> Issue:
    return error(
        "missing_value",
        N_("The value of {field} is missing."),
        N_("Fill the cell; every row needs it."),
        Place(file_name, header, number),
        field=name,
    )
