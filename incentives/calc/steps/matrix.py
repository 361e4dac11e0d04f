"""Matrix: two values pick a cell."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from operator import ge, gt

from incentives.calc.fields import Amount, Block, Choice, Field, Flag, ListOf, Number
from incentives.calc.mechanic import Mechanic
from incentives.calc.quantities import Quantity, constant
from incentives.calc.reader import Reader
from incentives.calc.state import PAYS_NOTHING, Outcome, State, values_of, without_value
from incentives.calc.telling import told
from kernel.documents import joined
from kernel.issues import N_


@dataclass(frozen=True, slots=True)
class Axis:
    """A value and the lower limits of its bands, rising."""

    value: Quantity
    limits: tuple[Fraction, ...]

    def band(self, value: Fraction, on_limit: str) -> int | None:
        """The number of the band that holds the value; None below the first limit, or on it."""
        reaches = ge if on_limit == "higher" else gt
        reached = [n for n, limit in enumerate(self.limits) if reaches(value, limit)]
        return reached[-1] if reached else None

    def between(self, value: Fraction) -> tuple[int, Fraction] | None:
        """The limit at or below the value and how far it is to the next, 0 to 1."""
        if value < self.limits[0]:
            return None
        for number, (low, high) in enumerate(pairwise(self.limits)):
            if value < high:
                return number, (value - low) / (high - low)
        return len(self.limits) - 1, Fraction(0)


@dataclass(frozen=True, slots=True)
class Matrix:
    """``pay`` x the cell; 0 when a value lies below the first limit of its axis."""

    rows: Axis
    columns: Axis
    cells: tuple[tuple[Fraction, ...], ...]
    pay: Quantity
    interpolated: bool
    on_limit: str
    below: str

    def apply(self, state: State) -> Outcome:
        read = [
            state.read(self.rows.value, "rows"),
            state.read(self.columns.value, "columns"),
            state.read(self.pay, "pay"),
        ]
        numbers = values_of(read)
        if numbers is None:
            return without_value(state, "matrix", read, PAYS_NOTHING)
        row, column, pay = numbers
        cell = self._smooth(row, column) if self.interpolated else self._cell(row, column)
        trace = told(
            "matrix",
            N_("{row} and {column} give {cell}; × {pay} = {value}"),
            cell * pay,
            children=[reading.trace for reading in read],
            row=row,
            column=column,
            cell=cell,
            pay=pay,
        )
        return state.earned(cell * pay), trace

    def _cell(self, row: Fraction, column: Fraction) -> Fraction:
        i, j = self.rows.band(row, self.on_limit), self.columns.band(column, self.on_limit)
        if self.below == "hold":
            i, j = i or 0, j or 0
        return Fraction(0) if i is None or j is None else self.cells[i][j]

    def _smooth(self, row: Fraction, column: Fraction) -> Fraction:
        """Straight lines between the cells, which then stand at the limits themselves."""
        if self.below == "hold":
            row, column = max(row, self.rows.limits[0]), max(column, self.columns.limits[0])
        down, right = self.rows.between(row), self.columns.between(column)
        if down is None or right is None:
            return Fraction(0)
        (i, s), (j, t) = down, right
        upper = _along(self.cells[i], j, t)
        lower = _along(self.cells[i + 1], j, t) if s else upper
        return upper + s * (lower - upper)


def _along(cells: Sequence[Fraction], at: int, part: Fraction) -> Fraction:
    return cells[at] + part * (cells[at + 1] - cells[at]) if part else cells[at]


def _check(reader: Reader, step: Matrix, path: str) -> None:
    for word, axis in (("rows", step.rows), ("columns", step.columns)):
        if any(second <= first for first, second in pairwise(axis.limits)):
            reader.error(
                joined(joined(path, word), "limits"),
                "plan.limits_order",
                N_("The limits are not in rising order."),
                N_("Write each limit above the one before."),
            )
    shape = [len(row) for row in step.cells]
    if shape != [len(step.columns.limits)] * len(step.rows.limits):
        reader.error(
            joined(path, "cells"),
            "plan.matrix_shape",
            N_("The cells do not fit: {rows} rows of {columns} cells are needed."),
            N_("Write one row per row limit, with one cell per column limit."),
            rows=len(step.rows.limits),
            columns=len(step.columns.limits),
        )


_AXIS = Block(
    (
        Field("value", Amount(), "what is looked up"),
        Field("limits", ListOf(Number()), "the lower limits of the bands, rising"),
    ),
    Axis,
)
MECHANIC = Mechanic(
    key="matrix",
    make=Matrix,
    fields=(
        Field("rows", _AXIS, "the value that picks the row"),
        Field("columns", _AXIS, "the value that picks the column"),
        Field("cells", ListOf(ListOf(Number(Fraction(0)))), "one list per row"),
        Field("pay", Amount(), "what the cell is multiplied by", constant(1)),
        Field("interpolated", Flag(), "straight lines between the cells", False),
        Field("on_limit", Choice(("higher", "lower")), "a value exactly on a limit", "higher"),
        Field("below", Choice(("zero", "hold")), "below a first limit: 0, or that limit", "zero"),
    ),
    kind="earns",
    summary=N_("two values pick a cell"),
    title=N_("Matrix"),
    sentence=N_("{pay} times a cell of a table with two entries."),
    check=_check,
)
