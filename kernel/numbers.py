"""Exact numbers: strict reading of what people type, named rounding, canonical text.

Nothing here is ever a float, and a float that is passed in raises `TypeError`: a number that has
been through binary floating point has already lost what the user wrote.
"""

import re
from collections.abc import Iterable
from decimal import (
    Context,
    Decimal,
    DivisionByZero,
    FloatOperation,
    Inexact,
    InvalidOperation,
    Overflow,
)
from enum import StrEnum
from fractions import Fraction
from functools import lru_cache

from kernel.issues import N_, NOWHERE, Invalid, Issue, Place, error

# Work under `decimal.localcontext(EXACT)`: a result that does not fit exactly raises.
EXACT = Context(
    prec=100, traps=[Inexact, InvalidOperation, DivisionByZero, Overflow, FloatOperation]
)

# Wide enough for any amount on earth, small enough that a hostile "1e999999999" costs nothing.
LONGEST_TEXT = 120
LARGEST_EXPONENT = 100

_SPACES = dict.fromkeys("\u00a0\u2007\u2009\u202f\t", " ")
_TYPOGRAPHY = str.maketrans(_SPACES | {"\u2212": "-", "\u2019": "'"})
_SHAPE = re.compile(r"(?P<sign>[+-]?)(?P<body>[0-9 .,']+)(?:[eE](?P<exponent>[+-]?[0-9]+))?")


def _body(mark: str, group: str) -> re.Pattern[str]:
    """Digits in one style. A grouped number starts with 1-9 and its groups are all alike."""
    grouped = rf"[1-9][0-9]{{0,2}}(?:(?P<gap>[ '{group}])[0-9]{{3}}(?:(?P=gap)[0-9]{{3}})*)"
    return re.compile(rf"(?P<whole>{grouped}|[0-9]*)(?:[{mark}](?P<part>[0-9]+))?")


_POINT, _COMMA = _body(".", ","), _body(",", ".")


class Rounding(StrEnum):
    """Named rounding modes, all symmetric: rounding -x gives minus the rounding of x."""

    HALF_UP = "half_up"
    HALF_EVEN = "half_even"
    DOWN = "down"
    UP = "up"


def refuse_float(*values: object) -> None:
    """Raise `TypeError` when one of `values` is a float (or a bool, which is no number here)."""
    for value in values:
        if isinstance(value, float | bool):
            raise TypeError(f"{type(value).__name__} is not an exact number: {value!r}")


def fraction_of(value: Fraction | Decimal | int) -> Fraction:
    """The exact value. Raises `TypeError` for a float, `Invalid` for NaN and huge exponents."""
    refuse_float(value)
    if isinstance(value, Decimal):
        return _from_decimal(value, NOWHERE)
    if not isinstance(value, Fraction | int):
        raise TypeError(f"not a number: {value!r}")
    return value if isinstance(value, Fraction) else Fraction(value)


def parse_number(
    text: str | int | Decimal, *, decimal_comma: bool | None = None, place: Place = NOWHERE
) -> Fraction:
    """The exact value of what somebody wrote, or `Invalid` saying why it is not one.

    Thousands may be grouped by spaces (also no-break and narrow), apostrophes, or the mark that
    is not the decimal one. `decimal_comma` True or False says which mark separates decimals;
    None accepts both but refuses a text that means two things ("1,234", "1.234").
    """
    refuse_float(text)
    if isinstance(text, str):
        return _from_text(text, decimal_comma, place)
    if isinstance(text, Decimal):
        return _from_decimal(text, place)
    return Fraction(text)


def parse_rate(
    text: str | int | Decimal, *, decimal_comma: bool | None = None, place: Place = NOWHERE
) -> Fraction:
    """Like `parse_number`, and "5 %" or "5%" is 5/100."""
    if isinstance(text, str) and text.rstrip().endswith("%"):
        number = text.rstrip().removesuffix("%")
        return parse_number(number, decimal_comma=decimal_comma, place=place) / 100
    return parse_number(text, decimal_comma=decimal_comma, place=place)


def refuse_ambiguous(text: str, place: Place = NOWHERE) -> None:
    """Raise `Invalid` for a text like "1,234", that half of its readers take for 1.234.

    For documents whose decimal mark is the point, where a comma could only group thousands.
    """
    if "," in text:
        parse_rate(text, place=place)


def _from_decimal(value: Decimal, place: Place) -> Fraction:
    if not value.is_finite():
        raise Invalid(_not_a_number(str(value), place))
    if abs(value.adjusted()) > LARGEST_EXPONENT or len(value.as_tuple().digits) > LONGEST_TEXT:
        raise Invalid(_too_large(place))
    return Fraction(value)


def _from_text(text: str, decimal_comma: bool | None, place: Place) -> Fraction:
    clean = text.translate(_TYPOGRAPHY).strip()
    if not clean:
        raise Invalid(_empty(place))
    if len(clean) > LONGEST_TEXT:
        raise Invalid(_too_large(place))
    shape = _SHAPE.fullmatch(clean)
    if shape is None:
        raise Invalid(_not_a_number(clean, place))
    size = _read_body(shape["body"], decimal_comma, clean, place)
    value = size * _power(shape["exponent"], place)
    return -value if shape["sign"] == "-" else value


def _read_body(body: str, decimal_comma: bool | None, text: str, place: Place) -> Fraction:
    point, comma = _reading(_POINT, body), _reading(_COMMA, body)
    match decimal_comma:
        case True:
            wanted, other = comma, point
        case False:
            wanted, other = point, comma
        case None if point is not None and comma is not None and point != comma:
            raise Invalid(_ambiguous(text, point, comma, place))
        case None:
            wanted, other = (point if point is not None else comma), None
    if wanted is not None:
        return wanted
    if other is not None:
        raise Invalid(_wrong_mark(text, place, comma=bool(decimal_comma)))
    raise Invalid(_marks(text, place) if {".", ","} <= set(body) else _not_a_number(text, place))


def _reading(style: re.Pattern[str], body: str) -> Fraction | None:
    match = style.fullmatch(body)
    if match is None:
        return None
    whole = re.sub(r"[^0-9]", "", match["whole"])
    part = match["part"] or ""
    if not whole + part:
        return None
    return Fraction(int(whole + part), 10 ** len(part))


def _power(exponent: str | None, place: Place) -> Fraction:
    if exponent is None:
        return Fraction(1)
    if len(exponent) > 5 or abs(int(exponent)) > LARGEST_EXPONENT:
        raise Invalid(_too_large(place))
    return Fraction(10) ** int(exponent)


def _empty(place: Place) -> Issue:
    return error(
        "number.empty", N_("A number is missing here."), N_("Write a number, for example 12.5."),
        place,
    )  # fmt: skip


def _not_a_number(text: str, place: Place) -> Issue:
    return error(
        "number.not_a_number",
        N_('"{text}" is not a number.'),
        N_("Write digits with one decimal mark, for example 1234.56, without a unit."),
        place,
        text=text,
    )


def _marks(text: str, place: Place) -> Issue:
    return error(
        "number.mixed_marks",
        N_('"{text}" mixes decimal comma and decimal point in an impossible order.'),
        N_("Use one mark for the decimals and at most one other for the thousands."),
        place,
        text=text,
    )


def _wrong_mark(text: str, place: Place, *, comma: bool) -> Issue:
    message = (
        N_('"{text}" is written with a decimal point, but a decimal comma is expected here.')
        if comma
        else N_('"{text}" is written with a decimal comma, but a decimal point is expected here.')
    )
    remedy = N_("Correct the number, or change the number format that you stated.")
    return error("number.wrong_mark", message, remedy, place, text=text)


def _ambiguous(text: str, point: Fraction, comma: Fraction, place: Place) -> Issue:
    low, high = sorted((point, comma))
    return error(
        "number.ambiguous",
        N_('"{text}" can mean {low} or {high}.'),
        N_("State the decimal mark, or write the number without thousands separators."),
        place,
        text=text,
        low=as_text(low),
        high=as_text(high),
    )


def _too_large(place: Place) -> Issue:
    return error(
        "number.too_large",
        N_("The number is too large, too small or too long to be meant."),
        N_("Write a number of at most {digits} digits and an exponent of at most {exponent}."),
        place,
        digits=LONGEST_TEXT,
        exponent=LARGEST_EXPONENT,
    )


def as_text(value: Fraction | int) -> str:
    """Canonical text: "12.5" when the decimals end, otherwise "1/3". No exponent, no "-0"."""
    exact = value if type(value) is Fraction else fraction_of(value)
    top, bottom = exact.numerator, exact.denominator
    if bottom == 1:
        return str(top)
    places = _decimal_places(bottom)
    if places is None:
        return f"{top}/{bottom}"
    digits = str(abs(top) * (10**places // bottom)).rjust(places + 1, "0")
    return f"{'-' if top < 0 else ''}{digits[:-places]}.{digits[-places:]}"


_CANONICAL = re.compile(r"(-?[0-9]+)(?:\.([0-9]+)|/([0-9]+))?")


def from_text(text: str) -> Fraction:
    """The inverse of `as_text`, for values that the product itself has stored."""
    match = _CANONICAL.fullmatch(text)
    if match is None:
        raise ValueError(f"not a canonical number: {text[:40]!r}")
    whole, part, bottom = match.groups()
    if part is not None:
        return Fraction(int(whole + part), 10 ** len(part))
    return Fraction(int(whole)) if bottom is None else Fraction(int(whole), int(bottom))


@lru_cache(maxsize=4_096)
def _decimal_places(denominator: int) -> int | None:
    """Decimals needed by 1/denominator, or None when they never end (a factor besides 2, 5)."""
    counts = []
    for prime in (2, 5):
        count = 0
        while denominator % prime == 0:
            denominator //= prime
            count += 1
        counts.append(count)
    return max(counts) if denominator == 1 else None


def exact_sum(values: Iterable[Fraction]) -> Fraction:
    """The sum. Adds whole numbers per denominator: amounts in cents have few of those."""
    tops: dict[int, int] = {}
    for value in values:
        bottom = value.denominator
        tops[bottom] = tops.get(bottom, 0) + value.numerator
    parts = [Fraction(top, bottom) for bottom, top in tops.items()]
    return parts[0] if len(parts) == 1 else sum(parts, Fraction(0))


def round_integer(value: Fraction, mode: Rounding = Rounding.HALF_UP) -> int:
    """The integer that `mode` gives; symmetric for negative values."""
    refuse_float(value)
    whole, rest = divmod(abs(value.numerator), value.denominator)
    half = 2 * rest - value.denominator
    match mode:
        case Rounding.HALF_UP:
            up = half >= 0
        case Rounding.HALF_EVEN:
            up = half > 0 or (half == 0 and whole % 2 == 1)
        case Rounding.DOWN:
            up = False
        case Rounding.UP:
            up = rest > 0
    size = whole + up
    return -size if value < 0 else size


def round_to(
    value: Fraction | int | Decimal, places: int, mode: Rounding = Rounding.HALF_UP
) -> Decimal:
    """`value` to `places` decimals (negative: to tens, hundreds). Never gives a negative zero.

    This and `Money.rounded` are the only places where anything is rounded.
    """
    if not isinstance(places, int) or isinstance(places, bool):
        raise TypeError("places must be a whole number")
    size = round_integer(fraction_of(value) * Fraction(10) ** places, mode)
    if places < 0:
        return Decimal(size * 10**-places)
    digits = tuple(int(digit) for digit in str(abs(size)))
    return Decimal((1 if size < 0 else 0, digits, -places))
