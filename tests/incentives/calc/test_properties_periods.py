"""Properties over several periods and several payees, for random plans, against plain sums."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal, Inexact
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incentives.calc import Chain, calculate, calculate_periods, parse_document, parse_inputs
from incentives.calc.facts import Inputs, Payee
from incentives.calc.plans import PlacedStep, Plan
from incentives.calc.presence import COUNTED, present
from incentives.calc.state import Outcome, State
from incentives.calc.telling import told
from kernel.calendars import WorkCalendar
from kernel.periods import Period
from tests.incentives.calc.building import deals, plan_of, result_of
from tests.incentives.calc.test_properties import (
    CENTS,
    SIGNED,
    euros,
    marginal_oracle,
    rounded,
    tier_step,
    tiers,
)

REVENUE: dict[str, Any] = {"revenue": {"sum": "amount"}}
FLAT = {"step": "flat_rate", "base": "revenue", "rate": "10 %"}


def months_of(plan: Plan, amounts: list[int], **payee: Any) -> Chain:
    """A chain of months of 2026 with these revenues in cents."""
    rows = [
        {
            "period": f"2026-{n:02}",
            "payees": [{"id": "ana", "measures": {"revenue": euros(amount)}, **payee}],
        }
        for n, amount in enumerate(amounts, start=1)
    ]
    inputs = parse_document({"periods": rows}, currency="EUR")
    assert isinstance(inputs, tuple)
    return calculate_periods(plan, inputs)


def exact_of(chain: Chain) -> list[Fraction]:
    return [result.of("ana").lines[0].exact for _, result in chain.periods]


MONTHS = st.lists(SIGNED, min_size=1, max_size=8)


@given(tiers(), MONTHS)
def test_months_of_tiers_on_the_year_to_date_make_the_tiers_of_the_year(
    found: list[tuple[int, int]], amounts: list[int]
) -> None:
    measures = {**REVENUE, "before": {"to_date": "revenue", "before": True}}
    plan = plan_of({**tier_step("marginal_tiers", found), "start": "before"}, measures=measures)
    assert sum(exact_of(months_of(plan, amounts))) == marginal_oracle(found, sum(amounts))


@given(tiers(), MONTHS, st.sampled_from(["allow", "carry"]))
def test_true_ups_and_what_they_still_owe_make_what_the_year_has_earned(
    found: list[tuple[int, int]], amounts: list[int], negative: str
) -> None:
    measures = {**REVENUE, "year": {"to_date": "revenue"}}
    step = {**tier_step("retroactive_tiers", found), "base": "year"}
    plan = plan_of(step, {"step": "true_up", "negative": negative}, measures=measures)
    chain = months_of(plan, amounts)
    last = chain.periods[-1][1].of("ana")
    owed = (last.carried or {}).get("true_up", Fraction(0))
    total = sum(amounts)
    reached = [points for limit, points in found if total >= limit * 100] or [found[0][1]]
    assert sum(exact_of(chain)) + owed == Fraction(total, 100) * Fraction(reached[-1], 10_000)
    assert negative == "allow" or min(exact_of(chain)) >= 0


@given(st.lists(CENTS, min_size=1, max_size=8), CENTS)
def test_a_cap_of_the_year_is_never_passed_and_never_left_unused(
    amounts: list[int], cap: int
) -> None:
    plan = plan_of(FLAT, {"step": "cap", "at": euros(cap), "scope": "year"})
    exact = exact_of(months_of(plan, amounts))
    assert sum(exact) == min(Fraction(sum(amounts), 1000), Fraction(cap, 100))
    assert min(exact) >= 0


@given(st.lists(CENTS, min_size=1, max_size=8), CENTS)
def test_a_carried_excess_is_paid_or_still_waits(amounts: list[int], cap: int) -> None:
    plan = plan_of(FLAT, {"step": "cap", "at": euros(cap), "excess": "carried"})
    chain = months_of(plan, amounts)
    waits = (chain.periods[-1][1].of("ana").carried or {})["excess"]
    assert sum(exact_of(chain)) + waits == Fraction(sum(amounts), 1000)
    assert max(exact_of(chain)) <= Fraction(cap, 100)


@given(MONTHS, CENTS)
def test_a_draw_pays_at_least_itself_and_its_debt_is_what_was_paid_too_much(
    amounts: list[int], draw: int
) -> None:
    plan = plan_of(FLAT, {"step": "draw", "draw": euros(draw)})
    chain = months_of(plan, amounts)
    debt = Fraction(0)
    for exact, amount in zip(exact_of(chain), amounts, strict=True):
        gross = Fraction(amount, 1000)
        assert exact == max(Fraction(draw, 100), gross + debt)
        debt = min(debt + gross - exact, Fraction(0))
    assert (chain.periods[-1][1].of("ana").carried or {})["draw"] == debt


@given(st.lists(st.integers(1, 40), min_size=1, max_size=6), SIGNED)
def test_the_parts_of_a_split_deal_make_what_the_deal_has_earned(
    weights: list[int], amount: int
) -> None:
    measures = {"whole": {"sum": "amount", "share": False}}
    step = {"step": "flat_rate", "base": "whole", "rate": "7 %", "by": "deal"}
    plan = plan_of(step, {"step": "money_split"}, measures=measures)
    shares = [f"{weight}/{sum(weights)}" for weight in weights]
    payees = [
        {"id": f"p{n}", "credits": [{"id": "D", "amount": euros(amount), "share": share}]}
        for n, share in enumerate(shares)
    ]
    body = {"period": "2026-01", "payees": payees}
    result = calculate(plan, parse_inputs(body, currency="EUR"))
    assert sum(one.total.amount for one in result.payees) == rounded(Fraction(amount * 7, 10_000))
    assert result.issues == ()


@given(
    st.lists(st.integers(0, 1_000_000), min_size=1, max_size=6),
    st.lists(st.integers(1, 30_000), min_size=1, max_size=3),
)
def test_a_deal_cut_at_the_limit_pays_what_the_slices_pay(
    amounts: list[int], limits: list[int]
) -> None:
    rising = sorted({0, *limits})
    bands = [{"from": str(at), "multiple": f"1.{n}"} for n, at in enumerate(rising)]
    base = {"step": "accelerator", "base": "revenue", "rate": "5 %", "bands": bands}
    by_deal = plan_of({**base, "mode": "by_deal", "crossing": "split"})
    by_slice = plan_of({**base, "mode": "marginal"})
    credits = deals(*map(euros, amounts))
    pay = [result_of(plan, credits=credits).lines[0].exact for plan in (by_deal, by_slice)]
    assert pay[0] == pay[1]


@given(
    st.lists(st.tuples(st.integers(0, 200), st.integers(0, 300)), min_size=2, max_size=5),
    st.integers(0, 25_000),
)
def test_a_payout_curve_equals_weights_of_its_neighbours(
    corners: list[tuple[int, int]], level: int
) -> None:
    points = sorted(dict(corners).items())
    if len(points) < 2:
        return
    step = {"step": "payout_curve", "value": "pay", "pay": "1000",
            "points": [{"at": f"{at} %", "pays": f"{pays} %"} for at, pays in points]}  # fmt: skip
    found = result_of(plan_of(step), measures={"pay": f"{level}e-4"}).lines[0].exact
    at = Fraction(level, 100)
    below = [point for point in points if point[0] <= at]
    above = [point for point in points if point[0] > at]
    if not below:
        assert found == 0
    elif not above:
        assert found == points[-1][1] * 10
    else:
        (x, left), (y, right) = below[-1], above[0]
        assert found * (y - x) == 10 * (left * (y - at) + right * (at - x))


@given(st.integers(-500, 20_000), st.integers(1, 3_000), st.none() | st.integers(1, 9))
def test_bonus_steps_are_counted_one_by_one(level: int, size: int, most: int | None) -> None:
    step: dict[str, Any] = {
        "step": "bonus_steps", "value": "pay", "step_size": f"{size}e-4", "amount": "75",
    }  # fmt: skip
    if most is not None:
        step["most"] = str(most)
    found = result_of(plan_of(step), measures={"pay": f"{level}e-4"}).total.amount
    count = 0
    while 10_000 + (count + 1) * size <= level and (most is None or count < most):
        count += 1
    assert found == 75 * count


DAYS = st.integers(0, 420).map(lambda n: date(2025, 12, 1) + timedelta(days=n))


@given(
    st.lists(DAYS, min_size=3, max_size=3, unique=True),
    st.none() | DAYS,
    st.none() | DAYS,
    st.sampled_from(COUNTED),
)
def test_presence_of_two_parts_of_a_period_makes_that_of_the_whole(
    days: list[date], start: date | None, end: date | None, counted: str
) -> None:
    first, cut, last = sorted(days)
    payee = Payee(id="ana", present_from=start, present_to=end)
    calendar = WorkCalendar("FR")

    def of(period: Period) -> tuple[Fraction, Fraction, Fraction]:
        return present(payee, Inputs(period, (payee,), calendar=calendar), counted, ())

    parts = [of(Period(first, cut)), of(Period(cut, last))]
    assert tuple(a + b for a, b in zip(*parts, strict=True)) == of(Period(first, last))


@given(st.lists(SIGNED, max_size=5), st.lists(SIGNED, max_size=5))
def test_what_was_paid_and_an_adjustment_make_what_should_have_been_paid(
    before: list[int], after: list[int]
) -> None:
    plan = plan_of(FLAT, {"step": "cap", "at": "5000"})
    old, new = (
        result_of(plan, credits=deals(*map(euros, amounts))).total for amounts in (before, after)
    )
    adjustment = {
        "id": "A", "amount": (new - old).text(), "reason": "late news", "approved_by": "hr",
    }  # fmt: skip
    credits = deals(*map(euros, before))
    found = result_of(plan, credits=credits, adjustments=[adjustment])
    assert found.total == new
    assert found.lines[0].amount == old
    assert sum(posting.amount.minor for posting in found.ledger) == 0


@given(
    st.integers(1, 10**9), st.integers(1, 10**6),
    st.sampled_from(["deal", "payment", "average", "plan"]),
)  # fmt: skip
def test_a_foreign_deal_is_worth_its_amount_times_one_rate(
    amount: int, rate: int, rate_of: str
) -> None:
    conversion = {"rate_of": rate_of}
    plan = plan_of({**FLAT, "rate": "1"}, conversion=conversion)
    kind = "plan" if rate_of == "plan" else "daily"
    stated = {"currency": "USD", "on": "2026-01-01", "rate": f"{rate}e-4", "kind": kind}
    credit = {"id": "D", "closed_at": "2026-02-01", "currency": "USD", "amount_minor": str(amount)}
    body = {"period": "2026-Q1", "rates": [stated], "payees": [{"id": "a", "credits": [credit]}]}
    found = calculate(plan, parse_inputs(body, currency="EUR")).of("a")
    assert found.lines[0].exact == Fraction(amount * rate, 1_000_000)
    body["rates"] = [{**stated, "currency": "GBP"}]
    lacking = calculate(plan, parse_inputs(body, currency="EUR")).of("a")
    assert (lacking.total.minor, lacking.issues[0].code) == (0, "calculation.no_rate")


@dataclass(frozen=True, slots=True)
class Careless:
    """A step that divides decimals: the context of the calculation must not let it."""

    divisor: int

    def apply(self, state: State) -> Outcome:
        amount = Fraction(Decimal(1) / Decimal(self.divisor))
        return state.earned(amount), told("careless", "{value}", amount)


def test_a_step_that_would_lose_a_digit_is_stopped() -> None:
    plan = plan_of(FLAT)
    inputs = parse_inputs({"period": "2026-01", "payees": [{"id": "a"}]}, currency="EUR")

    def with_step(divisor: int) -> Plan:
        placed = PlacedStep("careless", "components[0].steps[0]", Careless(divisor))
        return replace(plan, components=(replace(plan.components[0], steps=(placed,)),))

    assert calculate(with_step(8), inputs).of("a").lines[0].exact == Fraction(1, 8)
    with pytest.raises(Inexact):
        calculate(with_step(3), inputs)
