"""Random formulas, and an oracle for their values: Python's own arithmetic on fractions."""

import operator
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

from kernel.expressions import (
    Arithmetic,
    Binary,
    Call,
    Compare,
    Comparison,
    Expression,
    Function,
    Logic,
    Logical,
    Name,
    Negate,
    Not,
    Number,
)

KEYS = ("a", "b", "c", "deals_won")
literals = st.decimals(0, 10_000, places=3).map(lambda value: Number(Fraction(value)))
leaves = literals | st.sampled_from(KEYS).map(Name)


@st.composite
def _conditions(draw: st.DrawFn, inner: st.SearchStrategy[Expression]) -> Expression:
    shape = draw(st.integers(0, 5))
    if shape == 0:
        return Not(draw(_conditions(inner)))
    if shape == 1:
        sign = draw(st.sampled_from(Logical))
        return Logic(sign, draw(_conditions(inner)), draw(_conditions(inner)))
    return Compare(draw(st.sampled_from(Comparison)), draw(inner), draw(inner))


@st.composite
def _bigger(draw: st.DrawFn, inner: st.SearchStrategy[Expression]) -> Expression:
    shape = draw(st.sampled_from(["binary", "binary", "negate", *Function]))
    match shape:
        case "binary":
            return Binary(draw(st.sampled_from(Arithmetic)), draw(inner), draw(inner))
        case "negate":
            return Negate(draw(inner))
        case Function.ABS:
            return Call(Function.ABS, (draw(inner),))
        case Function.ROUND:
            return Call(Function.ROUND, (draw(inner), Number(Fraction(draw(st.integers(0, 12))))))
        case Function.IF:
            return Call(Function.IF, (draw(_conditions(inner)), draw(inner), draw(inner)))
        case _:
            arguments = draw(st.lists(inner, min_size=1, max_size=3))
            return Call(Function(shape), tuple(arguments))


formulas = st.recursive(leaves, _bigger, max_leaves=10)
amounts = st.none() | st.fractions(-1000, 1000, max_denominator=50)
given_values = st.fixed_dictionaries(dict.fromkeys(KEYS, amounts))


class _Missing(Exception):  # noqa: N818 - how the oracle says "no value"
    pass


_PYTHON: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv,
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
    "=": operator.eq, "!=": operator.ne,
}  # fmt: skip


def _half_up(value: Fraction, places: int) -> Fraction:
    scaled = abs(value) * 10**places + Fraction(1, 2)
    size = Fraction(scaled.numerator // scaled.denominator, 10**places)
    return size if value >= 0 else -size


def _oracle(part: Expression, values: Mapping[str, Fraction | None]) -> Any:
    """The value by Python operators; whatever is missing or divided by zero is an exception."""

    def value(inner: Expression) -> Any:
        return _oracle(inner, values)

    match part:
        case Number(number):
            return number
        case Name(name):
            if values.get(name) is None:
                raise _Missing
            return values[name]
        case Negate(inner):
            return -value(inner)
        case Not(inner):
            return not value(inner)
        case Binary(sign, left, right) | Compare(sign, left, right):
            try:
                return _PYTHON[sign](value(left), value(right))
            except ZeroDivisionError:
                raise _Missing from None
        case Logic(sign, left, right):
            return _kleene(sign, [value_or_none(left, values), value_or_none(right, values)])
        case Call(Function.IF, (condition, then, other)):
            return value(then) if value(condition) else value(other)
        case Call(Function.COALESCE, arguments):
            for argument in arguments:
                if (found := value_or_none(argument, values)) is not None:
                    return found
            raise _Missing
        case Call(Function.ROUND, (inner, Number(places))):
            return _half_up(value(inner), int(places))
        case Call(function, arguments):
            several = [value(argument) for argument in arguments]
            by_name: dict[str, Callable[[list[Any]], Any]] = {
                "min": min, "max": max, "sum": sum, "abs": lambda one: abs(one[0]),
            }  # fmt: skip
            return by_name[function](several)


def _kleene(sign: Logical, parts: list[Any]) -> bool:
    possible = {
        (left and right) if sign is Logical.AND else (left or right)
        for left in ([True, False] if parts[0] is None else [parts[0]])
        for right in ([True, False] if parts[1] is None else [parts[1]])
    }
    if len(possible) > 1:
        raise _Missing
    return bool(possible.pop())


def value_or_none(part: Expression, values: Mapping[str, Fraction | None]) -> Any:
    try:
        return _oracle(part, values)
    except _Missing:
        return None
