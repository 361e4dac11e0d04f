"""A quantity of a plan: a number as written, or a formula over the plan's named values."""

import re
from dataclasses import dataclass
from fractions import Fraction

from kernel.expressions import Expression, names, parse
from kernel.issues import Place
from kernel.numbers import as_text, parse_rate

_NUMBER_LIKE = re.compile(r"[+\-−]?\s*[\d.,][\d.,\s\u00a0\u202f'’]*(?:[eE][+-]?\d+)?\s*%?")
_MACHINE = re.compile(r"[+-]?\d+\.\d+\s*%?")
# the exact text of a value that no decimal ends: a weight of 1/3, a part of a year's objective
_FRACTION = re.compile(r"(-?[0-9]{1,100})/([1-9][0-9]{0,99})")
NOWHERE = Place()
NAME = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Quantity:
    """Either an exact ``number`` or an ``expression`` over named values."""

    text: str
    number: Fraction | None = None
    expression: Expression | None = None

    @property
    def names(self) -> frozenset[str]:
        """The measures and parameters that the quantity reads."""
        return frozenset() if self.expression is None else names(self.expression)

    @property
    def only_name(self) -> str | None:
        """The name, when the quantity is nothing but one name."""
        return self.text if self.text in self.names else None


def exact_number(text: str, where: Place = NOWHERE) -> Fraction:
    """``0.05``, ``5 %``, ``1 234,56`` as an exact fraction; Invalid when it is not one number.

    A document is written for machines first: a lone point is always the decimal mark ("1.125").
    A comma is one only where it cannot mean anything else: "1 234,56" yes, "1,234" refused.
    """
    clean = text.strip()
    comma = False if _MACHINE.fullmatch(clean) else None
    return parse_rate(clean, decimal_comma=comma, place=where)


def number_or_fraction(text: str, where: Place = NOWHERE) -> Fraction:
    """A number as `exact_number` reads it, or one that no decimal ends: ``1/3``."""
    parts = _FRACTION.fullmatch(text.strip())
    return Fraction(int(parts[1]), int(parts[2])) if parts else exact_number(text, where)


def constant(value: Fraction | int) -> Quantity:
    """A quantity that is a fixed number."""
    return Quantity(as_text(Fraction(value)), Fraction(value))


def parse_quantity(text: str, where: Place = NOWHERE) -> Quantity:
    """Read a number, or else a formula; Invalid with every issue at ``where``."""
    clean = text.strip()
    if not clean or _NUMBER_LIKE.fullmatch(clean):
        return Quantity(clean, exact_number(clean, where))
    return Quantity(clean, None, parse(clean, where))
