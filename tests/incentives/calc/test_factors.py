"""Quantity and rate of a line: there when the line is their product, and only then."""

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incentives.calc.factors import factors_of
from kernel.numbers import parse_number, round_to
from tests.incentives.calc.building import deals, plan_of, result_of

FLAT = {"step": "flat_rate", "base": "revenue", "rate": "5 %"}
SPIFF = {"step": "spiff", "events": "revenue", "amount": 30, "first": 2}
CAP = {"step": "cap", "at": 10}


def factors(*steps: Any, amounts: tuple[Any, ...] = (100, 50, 7)) -> dict[str, dict[str, str]]:
    return factors_of(result_of(plan_of(*steps), credits=deals(*amounts)).trace)


def test_a_flat_rate_is_a_base_times_a_rate() -> None:
    assert factors(FLAT) == {"commission": {"quantity": "157", "rate": "0.05"}}


def test_a_spiff_is_a_number_of_events_times_an_amount() -> None:
    assert factors(SPIFF) == {"commission": {"quantity": "2", "rate": "30"}}


@pytest.mark.parametrize("steps", [(FLAT, CAP), (FLAT, SPIFF), (CAP,)])
def test_a_line_that_more_than_one_step_makes_has_none(steps: tuple[Any, ...]) -> None:
    assert factors(*steps) == {}


def test_a_weighted_line_has_none() -> None:
    components = [{"key": "one", "weight": 1, "steps": [FLAT]}]
    result = result_of(plan_of(components=components), credits=deals(100))
    assert factors_of(result.trace) == {}


def test_a_factor_that_does_not_end_has_no_decimal_text() -> None:
    third = {**FLAT, "rate": "1 / coalesce(revenue, 1)"}
    assert factors(third, amounts=(3,)) == {}


@given(st.lists(st.integers(1, 10**7), min_size=1, max_size=5), st.integers(0, 9999))
def test_quantity_times_rate_rounds_to_the_amount(cents: list[int], points: int) -> None:
    flat = {**FLAT, "rate": f"0.{points:04}"}
    amounts = [f"{one // 100}.{one % 100:02}" for one in cents]
    result = result_of(plan_of(flat), credits=deals(*amounts))
    found = factors_of(result.trace)["commission"]
    product = parse_number(found["quantity"]) * parse_number(found["rate"])
    assert Fraction(round_to(product, 2)) == result.lines[0].amount.amount
