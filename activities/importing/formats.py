"""What the dates and the numbers of a column look like, found out from all of its cells.

A column whose cells mean two things ("03/04/2026", "1,234") is refused with a question, never
guessed; a cell that does not fit the format of its column is reported with its row.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum
from fractions import Fraction

from activities.importing.tables import Cell, shown
from kernel.issues import N_, Invalid, Issue, Place, error
from kernel.numbers import fraction_of, parse_number


class DateOrder(StrEnum):
    """In which order a date is written."""

    ISO = "iso"
    DMY = "dmy"
    MDY = "mdy"


LOOKS = {DateOrder.ISO: "2026-11-20", DateOrder.DMY: "20/11/2026", DateOrder.MDY: "11/20/2026"}

_TIME = r"(?:[T ](?P<hour>\d{1,2})[:h](?P<minute>\d{2})(?::(?P<second>\d{2})(?:\.\d{1,6})?)?)?"
_ISO = re.compile(
    rf"(?P<a>\d{{4}})-(?P<b>\d{{1,2}})-(?P<c>\d{{1,2}}){_TIME}(?P<zone>Z|[+-]\d{{2}}:?\d{{2}})?"
)
_PARTS = re.compile(
    rf"(?P<a>\d{{1,2}})(?P<gap>[/. -])(?P<b>\d{{1,2}})(?P=gap)(?P<c>\d{{4}})(?:,(?=[T ]))?{_TIME}"
    r"(?(hour)(?:\s?(?P<half>[ap])\.?m\.?)?)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class ColumnFormat:
    """How the cells of a column are read; None where the column has nothing to tell."""

    date_order: DateOrder | None = None
    decimal_comma: bool | None = None


def read_date(cell: Cell, order: DateOrder | None) -> date | datetime | None:
    """The date (or moment, when an hour is written) of a cell, or None when it is not one."""
    if isinstance(cell, datetime):
        return cell.date() if cell.time() == time.min and cell.tzinfo is None else cell
    if isinstance(cell, date):
        return cell
    if not isinstance(cell, str) or order is None:
        return None
    match = (_ISO if order is DateOrder.ISO else _PARTS).fullmatch(cell.strip())
    return None if match is None else _built(match, order)


def _built(match: re.Match[str], order: DateOrder) -> date | datetime | None:
    a, b, c = (int(match[name]) for name in "abc")
    year, month, day = {
        DateOrder.ISO: (a, b, c),
        DateOrder.DMY: (c, b, a),
        DateOrder.MDY: (c, a, b),
    }[order]
    try:
        if match["hour"] is None:
            return date(year, month, day)
        if order is DateOrder.ISO:
            text = f"{year:04}-{month:02}-{day:02}T{int(match['hour']):02}:{match['minute']}:"
            return datetime.fromisoformat(f"{text}{match['second'] or '00'}{match['zone'] or ''}")
        clock = time(_hour(match), int(match["minute"]), int(match["second"] or 0))
        return datetime.combine(date(year, month, day), clock)
    except ValueError:
        return None


def _hour(match: re.Match[str]) -> int:
    """From 0 to 23; written "12:10 AM", it is ten past midnight."""
    hour, half = int(match["hour"]), match["half"]
    if half is None:
        return hour
    if not 1 <= hour <= 12:
        raise ValueError(hour)
    return hour % 12 + (12 if half in "pP" else 0)


def detect_dates(cells: Iterable[tuple[int, Cell]], place: Place) -> DateOrder | Issue | None:
    """The order in which this column's dates are written.

    None when no cell is a written date; an issue when day and month cannot be told apart.
    """
    texts = [(number, cell) for number, cell in cells if isinstance(cell, str)]
    fitting = {
        order: sum(read_date(cell, order) is not None for _, cell in texts) for order in DateOrder
    }
    best = max(fitting, key=lambda order: fitting[order])
    if not fitting[best]:
        return None
    dotted = any("." in cell for _, cell in texts if isinstance(cell, str))
    if best is DateOrder.ISO or fitting[DateOrder.DMY] != fitting[DateOrder.MDY]:
        return best
    if dotted:
        return DateOrder.DMY  # nobody writes the month first with dots
    return _which_comes_first(texts, place)


def _which_comes_first(texts: Sequence[tuple[int, Cell]], place: Place) -> DateOrder | Issue:
    for number, cell in texts:
        both = read_date(cell, DateOrder.DMY), read_date(cell, DateOrder.MDY)
        if None not in both and both[0] != both[1]:
            return error(
                "ambiguous_dates",
                N_('Day and month cannot be told apart in "{found}".'),
                N_("State the date format: dmy for {dmy}, mdy for {mdy}."),
                Place(place.file, place.path, number),
                found=shown(cell),
                dmy=LOOKS[DateOrder.DMY],
                mdy=LOOKS[DateOrder.MDY],
            )
    return DateOrder.DMY  # every date reads the same both ways


def read_number(cell: Cell, *, decimal_comma: bool | None, place: Place) -> Fraction:
    """The exact number in a cell; `Invalid` when it is none, or not in the column's format."""
    if isinstance(cell, str):
        return parse_number(cell, decimal_comma=decimal_comma, place=place)
    if isinstance(cell, date):
        raise Invalid(
            error(
                "date_for_number",
                N_('"{found}" is a date, not a number.'),
                N_("Format the cells of this column as numbers."),
                place,
                found=shown(cell),
            )
        )
    return fraction_of(cell)


@dataclass(frozen=True, slots=True)
class Mark:
    """A column's decimal mark, and the first cell that shows it."""

    is_comma: bool
    row: int
    text: str


def detect_decimals(cells: Iterable[tuple[int, Cell]], place: Place) -> Mark | Issue | None:
    """The mark that most of this column's numbers have; None when no cell tells.

    An issue when every telling cell could mean two numbers.
    """
    commas: list[tuple[int, str]] = []
    points: list[tuple[int, str]] = []
    unclear: list[tuple[int, str]] = []
    for number, cell in cells:
        if not isinstance(cell, str):
            continue
        comma, point = _parsed(cell, comma=True), _parsed(cell, comma=False)
        if comma == point:
            continue  # the same either way, or no number at all
        where = points if comma is None else commas if point is None else unclear
        where.append((number, cell))
    if not commas and not points:
        return _unclear(unclear[0], place) if unclear else None
    # of as many of each, the first one counts
    most = max(commas, points, key=lambda found: (len(found), -found[0][0] if found else 0))
    return Mark(most is commas, *most[0])


def _parsed(text: str, *, comma: bool) -> Fraction | None:
    try:
        return parse_number(text, decimal_comma=comma)
    except Invalid:
        return None


def other_mark(row: int, text: str, mark: Mark, place: Place) -> Issue | None:
    """An issue when the cell is a number with the mark that its column has not."""
    if _parsed(text, comma=not mark.is_comma) is None:
        return None
    here, there = (row, text), (mark.row, mark.text)
    comma, point = (there, here) if mark.is_comma else (here, there)
    return error(
        "mixed_decimal_marks",
        N_('Row {comma_row} has a decimal comma ("{comma}"), row {point_row} a point ("{point}").'),
        N_("Write all numbers of the column in the same way."),
        place,
        comma_row=comma[0],
        comma=comma[1],
        point_row=point[0],
        point=point[1],
    )


def _unclear(found: tuple[int, str], place: Place) -> Issue:
    return error(
        "ambiguous_numbers",
        N_('"{found}" may mean two different numbers.'),
        N_("State the decimal mark of the column: comma or point."),
        Place(place.file, place.path, found[0]),
        found=found[1],
    )
