"""Exact evaluation of a tree."""

from collections.abc import Mapping
from fractions import Fraction

from kernel.expressions.tree import (
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
    operands,
)
from kernel.issues import N_, Invalid, Place, error
from kernel.numbers import fraction_of, round_to

# No figure of a company has 1,200 digits; only a hostile formula does.
MAX_BITS = 4_096

Value = Fraction | bool | None
Values = Mapping[str, Fraction | None]


def evaluate(expression: Expression, values: Values) -> Fraction | None:
    """The exact value, or None when it has none.

    A name whose value is None or absent is missing, and a missing part makes the whole missing
    (not zero); so does a division by zero. `coalesce` takes the first argument that is there;
    "false and missing" is false, "true or missing" is true. A float among `values` raises
    `TypeError`; a result beyond 4,096 bits raises `Invalid`.
    """
    return _number(_evaluate(expression, values))


def _evaluate(expression: Expression, values: Values) -> Value:
    return _apply(expression, [_evaluate(part, values) for part in operands(expression)], values)


def _apply(expression: Expression, parts: list[Value], values: Values) -> Value:
    match expression:
        case Number(value):
            return value
        case Name(name):
            return _looked_up(name, values)
        case Logic(operator):
            return _logic(operator, parts)
        case Call(Function.COALESCE):
            return next((part for part in parts if part is not None), None)
        case Call(Function.IF):
            return None if parts[0] is None else parts[1] if parts[0] else parts[2]
        case Not():
            return None if parts[0] is None else not parts[0]
    if any(part is None for part in parts):
        return None
    return _strict(expression, [_number(part) or Fraction(0) for part in parts])


def _strict(expression: Expression, numbers: list[Fraction]) -> Value:
    """The rules in which nothing may be missing, and nothing is."""
    match expression:
        case Negate():
            return -numbers[0]
        case Binary(operator, _, _, place):
            return _bounded(_arithmetic(operator, *numbers), place)
        case Compare(operator):
            return _comparison(operator, *numbers)
        case Call(function, _, place):
            return _bounded(_function(function, numbers), place)
        case _:
            raise AssertionError(f"no rule for {expression!r}")


def _looked_up(name: str, values: Values) -> Fraction | None:
    value = values.get(name)
    return None if value is None else fraction_of(value)


def _number(value: Value) -> Fraction | None:
    if isinstance(value, bool):
        raise AssertionError("a condition stands where a number is expected")
    return value


def _logic(operator: Logical, parts: list[Value]) -> bool | None:
    """Kleene's three values: what is certain does not wait for what is missing."""
    decisive = operator is Logical.OR
    if decisive in parts:
        return decisive
    return None if None in parts else not decisive


def _arithmetic(operator: Arithmetic, left: Fraction, right: Fraction) -> Fraction | None:
    match operator:
        case Arithmetic.ADD:
            return left + right
        case Arithmetic.SUBTRACT:
            return left - right
        case Arithmetic.MULTIPLY:
            return left * right
        case Arithmetic.DIVIDE:
            return None if right == 0 else left / right


def _comparison(operator: Comparison, left: Fraction, right: Fraction) -> bool:
    match operator:
        case Comparison.LESS:
            return left < right
        case Comparison.AT_MOST:
            return left <= right
        case Comparison.MORE:
            return left > right
        case Comparison.AT_LEAST:
            return left >= right
        case Comparison.EQUAL:
            return left == right
        case Comparison.DIFFERENT:
            return left != right


def _function(function: Function, numbers: list[Fraction]) -> Fraction:
    match function:
        case Function.MIN:
            return min(numbers)
        case Function.MAX:
            return max(numbers)
        case Function.SUM:
            return sum(numbers, Fraction(0))
        case Function.ABS:
            return abs(numbers[0])
        case Function.ROUND:
            return Fraction(round_to(numbers[0], int(numbers[1]) if len(numbers) > 1 else 0))
        case Function.IF | Function.COALESCE:
            raise AssertionError(f"{function} takes missing values")


def _bounded(value: Fraction | None, place: Place) -> Fraction | None:
    if (
        value is not None
        and max(value.numerator.bit_length(), value.denominator.bit_length()) > MAX_BITS
    ):
        raise Invalid(
            error(
                "expression.too_large",
                N_("The result of the formula is too large or too fine to be meant."),
                N_("Check the multiplications and divisions of the formula."),
                place,
            )
        )
    return value
