"""The frozen tree of a formula and its canonical text."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction

from kernel.issues import NOWHERE, Place
from kernel.numbers import as_text

# Together they bound the depth of a tree, so that no walk over it can exhaust the stack.
MAX_DEPTH = 50
MAX_OPERATORS = 150


class Arithmetic(StrEnum):
    """Operators between numbers."""

    ADD = "+"
    SUBTRACT = "-"
    MULTIPLY = "*"
    DIVIDE = "/"


class Comparison(StrEnum):
    """Operators from numbers to a truth."""

    LESS = "<"
    AT_MOST = "<="
    MORE = ">"
    AT_LEAST = ">="
    EQUAL = "="
    DIFFERENT = "!="


class Logical(StrEnum):
    """Operators between truths."""

    AND = "and"
    OR = "or"


class Function(StrEnum):
    """All functions; there are no others."""

    MIN = "min"
    MAX = "max"
    SUM = "sum"
    ABS = "abs"
    ROUND = "round"
    IF = "if"
    COALESCE = "coalesce"


@dataclass(frozen=True, slots=True)
class Number:
    """A literal; "15 %" is 15/100."""

    value: Fraction
    place: Place = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Name:
    """A value that is looked up."""

    name: str
    place: Place = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Negate:
    """Minus the operand."""

    operand: "Expression"
    place: Place = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Binary:
    """Two numbers make a number."""

    operator: Arithmetic
    left: "Expression"
    right: "Expression"
    place: Place = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Compare:
    """Two numbers make a truth."""

    operator: Comparison
    left: "Expression"
    right: "Expression"
    place: Place = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Logic:
    """Two truths make a truth."""

    operator: Logical
    left: "Expression"
    right: "Expression"
    place: Place = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite truth."""

    operand: "Expression"
    place: Place = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Call:
    """A function of its arguments."""

    function: Function
    arguments: "tuple[Expression, ...]"
    place: Place = field(default=NOWHERE, compare=False, repr=False)


Expression = Number | Name | Negate | Binary | Compare | Logic | Not | Call


def operands(expression: Expression) -> tuple[Expression, ...]:
    """The parts directly below, in order."""
    match expression:
        case Number() | Name():
            return ()
        case Negate(operand) | Not(operand):
            return (operand,)
        case Binary(_, left, right) | Compare(_, left, right) | Logic(_, left, right):
            return (left, right)
        case Call(_, arguments):
            return arguments


def walk(expression: Expression) -> Iterator[Expression]:
    """This part and all below it, in the order in which they are written."""
    yield expression
    for operand in operands(expression):
        yield from walk(operand)


def is_truth(expression: Expression) -> bool:
    """Whether it is a condition rather than a number."""
    return isinstance(expression, Compare | Logic | Not)


def level(expression: Expression) -> int:
    """How tightly it binds: or 1, and 2, not 3, comparison 4, sum 5, product 6, minus 7."""
    match expression:
        case Logic(operator):
            return 1 if operator is Logical.OR else 2
        case Not():
            return 3
        case Compare():
            return 4
        case Binary(operator):
            return 5 if operator in (Arithmetic.ADD, Arithmetic.SUBTRACT) else 6
        case Negate():
            return 7
        case _:
            return 8


def text_of(expression: Expression) -> str:
    """Canonical text with the fewest brackets; parsing it gives the same tree back."""
    match expression:
        case Number(value):
            return as_text(value)
        case Name(name):
            return name
        case Negate(operand):
            return "-" + _bracketed(operand, 7)
        case Not(operand):
            return "not " + _bracketed(operand, 3)
        case Binary(operator, left, right) | Logic(operator, left, right):
            own = level(expression)
            return f"{_bracketed(left, own)} {operator} {_bracketed(right, own + 1)}"
        case Compare(operator, left, right):
            return f"{_bracketed(left, 5)} {operator} {_bracketed(right, 5)}"
        case Call(function, arguments):
            return f"{function}({', '.join(text_of(argument) for argument in arguments)})"


def _bracketed(expression: Expression, lowest: int) -> str:
    text = text_of(expression)
    return text if level(expression) >= lowest else f"({text})"
