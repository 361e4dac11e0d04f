"""Money keeps its cents and its currency."""

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.issues import Invalid
from kernel.money import (
    CURRENCIES,
    CurrencyMismatch,
    Money,
    allocate,
    digits_of,
    total_of,
)
from kernel.numbers import Rounding

cents = st.integers(-(10**15), 10**15)
weights = st.lists(
    st.one_of(st.integers(0, 1000), st.fractions(0, 1000, max_denominator=1000)),
    min_size=1,
    max_size=30,
).filter(any)


def _euro(text: str) -> Money:
    return Money.of(text, "EUR")


def test_each_currency_has_its_digits() -> None:
    assert {code: digits_of(code) for code in ("EUR", "JPY", "KWD", "CLF", "XPF", "MGA")} == {
        "EUR": 2, "JPY": 0, "KWD": 3, "CLF": 4, "XPF": 0, "MGA": 2,
    }  # fmt: skip
    assert len(set(CURRENCIES)) == len(CURRENCIES) > 150


@pytest.mark.parametrize("code", ["eur", "EURO", "", "XXX", "ABC"])
def test_an_unknown_currency_is_refused(code: str) -> None:
    with pytest.raises(Invalid) as refused:
        Money(1, code)
    assert [issue.code for issue in refused.value.issues] == ["money.unknown_currency"]


def test_money_is_read_exactly_or_refused() -> None:
    assert _euro("1 234,56") == Money(123456, "EUR")
    assert Money.of(Decimal("-0.5"), "EUR") == Money(-50, "EUR")
    assert Money.of(12, "JPY") == Money(12, "JPY")
    assert Money.of(Fraction(1, 8), "KWD") == Money(125, "KWD")
    for value, currency in (("12.345", "USD"), (Fraction(1, 3), "EUR"), ("0.5", "JPY")):
        with pytest.raises(Invalid):
            Money.of(value, currency)


def test_money_shows_all_its_digits() -> None:
    shown = [str(Money(minor, code)) for minor, code in ((1250, "EUR"), (-5, "KWD"), (7, "JPY"))]

    assert shown == ["12.50 EUR", "-0.005 KWD", "7 JPY"]
    assert Money(-1, "EUR").as_json() == {"amount": "-0.01", "currency": "EUR"}


def test_two_currencies_never_meet() -> None:
    euro, yen = Money(1, "EUR"), Money(1, "JPY")
    for operation in (
        lambda: euro + yen,
        lambda: euro - yen,
        lambda: euro < yen,
        lambda: euro <= yen,
        lambda: euro > yen,
        lambda: euro >= yen,
        lambda: total_of([euro], "JPY"),
    ):
        with pytest.raises(CurrencyMismatch):
            operation()
    assert euro != yen


def test_money_is_not_a_number() -> None:
    with pytest.raises(TypeError):
        Money(1, "EUR") + 1  # type: ignore[operator]  # a wrong type on purpose
    for minor in (1.0, True, Fraction(1), Decimal(1)):
        with pytest.raises(TypeError):
            Money(minor, "EUR")  # type: ignore[arg-type]  # a wrong type on purpose
    with pytest.raises(TypeError):
        Money.of(0.1, "EUR")  # type: ignore[arg-type]  # a wrong type on purpose
    with pytest.raises(TypeError):
        Money.rounded(0.1, "EUR")  # type: ignore[arg-type]  # a wrong type on purpose


@given(cents, cents)
def test_sums_and_order_are_those_of_the_cents(left: int, right: int) -> None:
    first, second = Money(left, "EUR"), Money(right, "EUR")

    assert (first + second).minor == left + right
    assert (first - second).minor == left - right
    assert -first == Money(-left, "EUR")
    assert (first < second, first <= second) == (left < right, left <= right)
    assert (first > second, first >= second) == (left > right, left >= right)
    assert total_of([first, second, first], "EUR").minor == 2 * left + right


@given(cents, st.sampled_from(CURRENCIES))
def test_amount_and_text_read_back(minor: int, currency: str) -> None:
    money = Money(minor, currency)

    assert Money.of(money.amount, currency) == money
    assert Money.of(money.text(), currency, decimal_comma=False) == money
    assert Money.rounded(money.amount, currency) == money


@given(st.decimals(-(10**9), 10**9, places=5))
def test_rounding_to_the_cent_agrees_with_the_decimal_module(value: Decimal) -> None:
    expected = value.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)

    assert Money.rounded(value, "EUR").amount == Fraction(expected)
    assert Money.rounded(-value, "EUR") == -Money.rounded(value, "EUR")


def test_rounding_modes_have_names() -> None:
    value = Fraction("2.345")

    assert [str(Money.rounded(value, code)) for code in ("EUR", "JPY", "KWD")] == [
        "2.35 EUR", "2 JPY", "2.345 KWD",
    ]  # fmt: skip
    assert Money.rounded(value, "EUR", Rounding.HALF_EVEN) == Money(234, "EUR")


def _hamilton(total: int, shares: list[Fraction]) -> list[int]:
    """The definition, slowly: hand out the units that are left one at a time."""
    exact = [abs(total) * share / sum(shares) for share in shares]
    parts = [int(value) for value in exact]
    given_one: set[int] = set()
    while sum(parts) < abs(total):
        owed = [
            (exact[index] - int(exact[index]), -index)
            for index in range(len(shares))
            if index not in given_one
        ]
        winner = -max(owed)[1]
        parts[winner] += 1
        given_one.add(winner)
    return [part if total >= 0 else -part for part in parts]


@given(st.integers(-(10**6), 10**6), weights)
def test_allocation_is_the_definition_of_largest_remainder(
    total: int, shares: list[Fraction | int]
) -> None:
    assert allocate(total, shares) == _hamilton(total, [Fraction(share) for share in shares])


@given(st.integers(-(10**12), 10**12), weights)
def test_allocation_sums_exactly_stays_within_a_unit_and_is_symmetric(
    total: int, shares: list[Fraction | int]
) -> None:
    parts = allocate(total, shares)
    exact = [Fraction(total) * share / sum(shares) for share in shares]

    assert sum(parts) == total
    assert all(abs(part - value) < 1 for part, value in zip(parts, exact, strict=True))
    assert allocate(-total, shares) == [-part for part in parts]
    assert all(part == 0 for part, share in zip(parts, shares, strict=True) if share == 0)


@given(st.integers(0, 10**9), weights, st.integers(1, 1000))
def test_only_the_proportions_matter(total: int, shares: list[Fraction | int], factor: int) -> None:
    assert allocate(total, [share * factor for share in shares]) == allocate(total, shares)


@pytest.mark.parametrize("shares", [[], [0, 0], [1, -1], [Fraction(-1, 2)]])
def test_impossible_shares_are_refused(shares: list[Fraction | int]) -> None:
    with pytest.raises(Invalid):
        allocate(100, shares)


def test_float_shares_are_our_bug() -> None:
    with pytest.raises(TypeError):
        allocate(100, [0.5, 0.5])  # type: ignore[list-item]  # a wrong type on purpose


@given(cents, weights)
def test_money_splits_without_losing_a_cent(minor: int, shares: list[Fraction | int]) -> None:
    money = Money(minor, "EUR")

    assert total_of(money.split(shares), "EUR") == money
