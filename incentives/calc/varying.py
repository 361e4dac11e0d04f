"""Numbers that know how they change with one figure, and where a comparison would turn out else.

A plan calculated with such a figure tells its own shape: between two neighbouring turning points
the amount is the straight line that the slope says, exactly, whatever the mechanics are. Nothing
of this is ever paid; it is how a plan is looked at before it pays anybody.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from math import floor
from typing import Any, Self

NONE: frozenset[str] = frozenset()


@dataclass(slots=True)
class Watch:
    """What one calculation at ``at`` compared: (where it would turn, the limits compared with).

    ``curved`` when something was compared that is no straight line, so that its turning point is
    not known.
    """

    at: Fraction
    turns: list[tuple[Fraction, frozenset[str]]] = field(default_factory=list)
    curved: bool = False


class Varying(Fraction):
    """An exact number with its slope; a limit (slope 0) carries the path where it is written."""

    slope: Fraction
    marks: frozenset[str]
    watch: Watch | None
    curved: bool

    @classmethod
    def of(
        cls,
        value: Fraction,
        slope: Fraction,
        watch: Watch | None,
        *,
        marks: Iterable[str] = NONE,
        curved: bool = False,
    ) -> Self:
        """A number that changes by ``slope`` when the watched figure changes by 1."""
        made = cls(value.numerator, value.denominator)
        made.slope = slope
        made.marks = frozenset(marks)
        made.watch = watch
        made.curved = curved
        return made

    def __add__(self, other: Any) -> Any:
        return _joined(Fraction.__add__, self, other, lambda a, b: a.slope + b.slope)

    def __sub__(self, other: Any) -> Any:
        return _joined(Fraction.__sub__, self, other, lambda a, b: a.slope - b.slope)

    def __mul__(self, other: Any) -> Any:
        return _joined(Fraction.__mul__, self, other, _product)

    def __truediv__(self, other: Any) -> Any:
        return _joined(Fraction.__truediv__, self, other, _quotient)

    def __radd__(self, other: Any) -> Any:
        return NotImplemented if _foreign(other) else _part(other) + self

    def __rsub__(self, other: Any) -> Any:
        return NotImplemented if _foreign(other) else _part(other) - self

    def __rmul__(self, other: Any) -> Any:
        return NotImplemented if _foreign(other) else _part(other) * self

    def __rtruediv__(self, other: Any) -> Any:
        return NotImplemented if _foreign(other) else _part(other) / self

    def __neg__(self) -> Any:
        return _part(0) - self

    def __abs__(self) -> Any:
        return -self if self < 0 else self

    def __floor__(self) -> int:
        whole = floor(Fraction(self.numerator, self.denominator))
        _note(self, _part(whole))
        _note(self, _part(whole + 1))
        return whole

    def __lt__(self, other: Any) -> Any:
        return _compared(Fraction.__lt__, self, other)

    def __le__(self, other: Any) -> Any:
        return _compared(Fraction.__le__, self, other)

    def __gt__(self, other: Any) -> Any:
        return _compared(Fraction.__gt__, self, other)

    def __ge__(self, other: Any) -> Any:
        return _compared(Fraction.__ge__, self, other)

    def __eq__(self, other: object) -> Any:
        return _compared(Fraction.__eq__, self, other)

    def __ne__(self, other: object) -> Any:
        found = self == other
        return found if found is NotImplemented else not found

    def __bool__(self) -> bool:
        _note(self, _part(0))
        return self.numerator != 0

    __hash__ = Fraction.__hash__


def _foreign(value: object) -> bool:
    return not isinstance(value, Fraction | int)


def _part(value: Fraction | int) -> Varying:
    if isinstance(value, Varying):
        return value
    return Varying.of(Fraction(value), Fraction(0), None)


def _joined(operate: Any, first: Varying, second: Any, slope_of: Any) -> Any:
    if _foreign(second):
        return NotImplemented
    other = _part(second)
    value = operate(first, other)
    slope = slope_of(first, other)
    curved = first.curved or other.curved
    if slope_of is _product:
        curved = curved or bool(first.slope and other.slope)
    elif slope_of is _quotient:
        curved = curved or bool(other.slope)
    watch = first.watch or other.watch
    # only what stays the same is a limit: an amount is not marked by the limits inside it
    still = not slope and not curved
    marks = first.marks | other.marks if still else NONE
    if still and not marks:
        return value
    return Varying.of(value, slope, watch, marks=marks, curved=curved)


def _product(first: Varying, second: Varying) -> Fraction:
    a, b = _plain(first), _plain(second)
    return first.slope * b + second.slope * a


def _quotient(first: Varying, second: Varying) -> Fraction:
    a, b = _plain(first), _plain(second)
    return (first.slope * b - second.slope * a) / (b * b)


def _plain(value: Fraction) -> Fraction:
    return Fraction(value.numerator, value.denominator)


def _compared(compare: Any, first: Varying, second: Any) -> Any:
    if _foreign(second):
        return NotImplemented
    _note(first, _part(second))
    return compare(first, _plain(second))


def _note(first: Varying, second: Varying) -> None:
    """Remember where the two would be equal."""
    watch = first.watch or second.watch
    if watch is None:
        return
    if first.curved or second.curved:
        watch.curved = True
        return
    slope = first.slope - second.slope
    if slope:
        turn = watch.at - (_plain(first) - _plain(second)) / slope
        watch.turns.append((turn, first.marks | second.marks))
