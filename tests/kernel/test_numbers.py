"""Reading, writing and rounding numbers exactly."""

import decimal
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.issues import Invalid, Issue, Place
from kernel.numbers import (
    EXACT,
    Rounding,
    as_text,
    exact_sum,
    fraction_of,
    from_text,
    parse_number,
    parse_rate,
    round_integer,
    round_to,
)

fractions = st.fractions(max_denominator=10**9)
decimals = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**18), max_value=10**18)
modes = st.sampled_from(Rounding)

# decimal's own rounding is the oracle: it shares no code with ours.
ORACLE = {
    Rounding.HALF_UP: decimal.ROUND_HALF_UP,
    Rounding.HALF_EVEN: decimal.ROUND_HALF_EVEN,
    Rounding.DOWN: decimal.ROUND_DOWN,
    Rounding.UP: decimal.ROUND_UP,
}


@given(st.integers(-(10**15), 10**15), st.integers(0, 9), st.integers(0, 6), modes)
def test_rounding_agrees_with_the_decimal_module(
    digits: int, scale: int, places: int, mode: Rounding
) -> None:
    value = Decimal(digits).scaleb(-scale)

    ours = round_to(value, places, mode)
    theirs = value.quantize(Decimal(1).scaleb(-places), rounding=ORACLE[mode])

    assert ours == theirs
    assert ours.as_tuple().exponent == -places


@given(st.integers(-(10**6), 10**6), st.integers(0, 6), modes)
def test_exact_halves_agree_with_the_decimal_module(odd: int, places: int, mode: Rounding) -> None:
    value = Decimal(2 * odd + 1) * 5 * Decimal(1).scaleb(-places - 1)

    expected = value.quantize(Decimal(1).scaleb(-places), rounding=ORACLE[mode])

    assert round_to(value, places, mode) == expected


@given(fractions, st.integers(-3, 6), modes)
def test_rounding_is_symmetric_and_close(value: Fraction, places: int, mode: Rounding) -> None:
    unit = Fraction(10) ** -places
    rounded = Fraction(round_to(value, places, mode))

    assert Fraction(round_to(-value, places, mode)) == -rounded
    assert (rounded / unit).denominator == 1
    nearest = mode in (Rounding.HALF_UP, Rounding.HALF_EVEN)
    assert abs(rounded - value) <= unit / 2 if nearest else abs(rounded - value) < unit


@given(fractions)
def test_up_goes_away_from_zero_and_down_towards_it(value: Fraction) -> None:
    up, down = round_integer(value, Rounding.UP), round_integer(value, Rounding.DOWN)

    assert abs(down) <= abs(value) <= abs(up)


def test_there_is_no_negative_zero() -> None:
    assert str(round_to(Fraction(-1, 1000), 2)) == "0.00"
    assert as_text(Fraction(0, -5)) == "0"


def test_rounding_to_hundreds() -> None:
    assert str(round_to(1250, -2)) == "1300"
    assert str(round_to(-1249, -2)) == "-1200"


@given(fractions)
def test_canonical_text_reads_back(value: Fraction) -> None:
    assert from_text(as_text(value)) == value


@given(decimals)
def test_canonical_text_of_a_decimal_is_its_plain_notation(value: Decimal) -> None:
    plain = format(value.normalize(decimal.Context(prec=200)), "f")

    assert as_text(Fraction(value)) == ("0" if value == 0 else plain)


@pytest.mark.parametrize("text", ["", "1e5", "1,5", "--1", "1/0x", " 1", "1.", "NaN", "١"])
def test_only_canonical_text_reads_back(text: str) -> None:
    with pytest.raises(ValueError, match="canonical"):
        from_text(text)


# (thousands, decimals) as they are written in France, Germany, Britain, Switzerland and by programs
STYLES = [
    *[(group, ",") for group in (" ", "\u202f", "\u00a0", ".", "")],
    *[(group, ".") for group in (" ", "'", "\u2019", ",", "")],
]


def _grouped(whole: int, group: str) -> str:
    """Thousands by Python's own formatting, then the separator exchanged."""
    return f"{whole:,}".replace(",", group)


@given(
    whole=st.integers(0, 10**15),
    part=st.text("0123456789", max_size=6),
    negative=st.booleans(),
    style=st.sampled_from(STYLES),
)
def test_every_way_of_writing_a_number_is_read(
    whole: int, part: str, negative: bool, style: tuple[str, str]
) -> None:
    group, mark = style
    sign = "-" if negative else ""
    text = sign + _grouped(whole, group) + (mark + part if part else "")

    value = parse_number(text, decimal_comma=mark == ",")

    assert value == Fraction(Decimal(f"{sign}{whole}.{part or 0}"))


@given(st.text("0123456789,. -", max_size=14))
def test_without_a_stated_mark_nothing_is_guessed(text: str) -> None:
    """With the mark unknown the value is the only one that either mark allows, or refused."""

    def read(decimal_comma: bool | None) -> Fraction | None:
        try:
            return parse_number(text, decimal_comma=decimal_comma)
        except Invalid:
            return None

    meanings = {value for value in (read(True), read(False)) if value is not None}
    assert read(None) == (meanings.pop() if len(meanings) == 1 else None)


@given(st.text(max_size=30))
def test_any_text_is_read_or_refused_with_a_remedy(text: str) -> None:
    issues: tuple[Issue, ...] = ()
    value: Fraction | None = None
    try:
        value = parse_number(text)
    except Invalid as invalid:
        issues = invalid.issues

    assert (value is None) == bool(issues)
    assert all(issue.text() and issue.remedy_text() for issue in issues)


def test_a_refusal_names_the_place_and_both_meanings() -> None:
    with pytest.raises(Invalid) as refused:
        parse_number("1,234", place=Place("deals.csv", "amount", 7))

    assert str(refused.value) == 'deals.csv:amount:7: "1,234" can mean 1.234 or 1234.'


@pytest.mark.parametrize("text", ["5 %", "5%", "5\u202f%", "0.05", ".05"])
def test_a_rate_may_be_a_percentage(text: str) -> None:
    assert parse_rate(text) == Fraction(1, 20)


@pytest.mark.parametrize("text", ["%", "5 % %", "5 %%", "% 5"])
def test_a_percent_sign_alone_is_no_rate(text: str) -> None:
    with pytest.raises(Invalid):
        parse_rate(text)


@pytest.mark.parametrize("value", [Decimal("NaN"), Decimal("Infinity"), Decimal("1e999999")])
def test_decimals_without_a_usable_value_are_refused(value: Decimal) -> None:
    with pytest.raises(Invalid):
        parse_number(value)
    with pytest.raises(Invalid):
        fraction_of(value)


@pytest.mark.parametrize("text", ["9" * 121, "1e101", "1e-101", "1e" + "9" * 50])
def test_numbers_that_nobody_means_are_refused_at_once(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        parse_number(text)
    assert [issue.code for issue in refused.value.issues] == ["number.too_large"]


@pytest.mark.parametrize("value", [0.1, 1.0, float("nan"), True])
def test_floats_and_truths_are_no_numbers(value: Any) -> None:
    for function in (parse_number, parse_rate, fraction_of, as_text, round_integer):
        with pytest.raises(TypeError):
            function(value)
    with pytest.raises(TypeError):
        round_to(value, 2)


def test_the_exact_context_refuses_to_lose_anything() -> None:
    with decimal.localcontext(EXACT):
        assert Decimal(1) / Decimal(8) == Decimal("0.125")
        with pytest.raises(decimal.Inexact):
            Decimal(1) / Decimal(3)
        with pytest.raises(decimal.DivisionByZero):
            Decimal(1) / Decimal(0)
        with pytest.raises(decimal.FloatOperation):
            Decimal(0.1)  # noqa: RUF032 - a float is the point


@given(st.lists(fractions, max_size=20))
def test_the_sum_by_denominators_is_the_sum(values: list[Fraction]) -> None:
    assert exact_sum(values) == sum(values, Fraction(0))
