"""Properties of the engine, for random plans and deals, against independent arithmetic."""

from fractions import Fraction
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from incentives.calc import calculate, parse_inputs
from tests.incentives.calc.building import deals, paid, plan_of

CENTS = st.integers(0, 10_000_000)
SIGNED = st.integers(-10_000_000, 10_000_000)


def euros(cents: int) -> str:
    return f"{'-' if cents < 0 else ''}{abs(cents) // 100}.{abs(cents) % 100:02}"


@st.composite
def tiers(draw: st.DrawFn) -> list[tuple[int, int]]:
    """(limit in euros, rate in basis points), from 0 upwards."""
    limits = sorted(draw(st.sets(st.integers(1, 90_000), max_size=4)))
    return [(limit, draw(st.integers(0, 3_000))) for limit in [0, *limits]]


def tier_step(kind: str, found: list[tuple[int, int]]) -> dict[str, Any]:
    rows = [{"from": str(limit), "rate": f"{points}e-4"} for limit, points in found]
    return {"step": kind, "base": "revenue", "tiers": rows}


def rounded(value: Fraction) -> Fraction:
    """Half-up to the cent, symmetric: independent of the kernel."""
    cents = abs(value) * 100
    whole = (2 * cents + 1).__floor__() // 2
    return Fraction(-whole if value < 0 else whole, 100)


def marginal_oracle(found: list[tuple[int, int]], cents: int) -> Fraction:
    """Adds up to the base by walking the limits downwards; negative at the first rate."""
    left, total = Fraction(cents, 100), Fraction(0)
    for limit, points in reversed(found):
        if left > limit:
            total += (left - limit) * Fraction(points, 10_000)
            left = Fraction(limit)
    return total + min(left, Fraction(0)) * Fraction(found[0][1], 10_000)


@given(tiers(), SIGNED)
def test_marginal_tiers_equal_an_independent_oracle(
    found: list[tuple[int, int]], cents: int
) -> None:
    plan = plan_of(tier_step("marginal_tiers", found))
    assert paid(plan, euros(cents)) == rounded(marginal_oracle(found, cents))


@given(tiers(), SIGNED)
def test_retroactive_tiers_equal_an_independent_oracle(
    found: list[tuple[int, int]], cents: int
) -> None:
    plan = plan_of(tier_step("retroactive_tiers", found))
    reached = [points for limit, points in found if cents >= limit * 100] or [found[0][1]]
    expected = rounded(Fraction(cents, 100) * Fraction(reached[-1], 10_000))
    assert paid(plan, euros(cents)) == expected


@given(tiers(), st.data(), st.integers(-1, 1), st.sampled_from(["higher", "lower"]))
def test_the_side_of_a_limit_decides_exactly_at_the_limit(
    found: list[tuple[int, int]], data: st.DataObject, cents_off: int, side: str
) -> None:
    limit, _ = data.draw(st.sampled_from(found))
    base = limit * 100 + cents_off
    plan = plan_of({**tier_step("retroactive_tiers", found), "on_limit": side})
    passed = [n for n, (at, _) in enumerate(found) if base - at * 100 >= (side == "lower")]
    rate = Fraction(found[passed[-1] if passed else 0][1], 10_000)
    assert paid(plan, euros(base)) == rounded(rate * Fraction(base, 100))


@given(tiers(), CENTS, CENTS)
def test_marginal_pay_never_falls_and_stays_below_the_top_rate(
    found: list[tuple[int, int]], first: int, more: int
) -> None:
    plan = plan_of(tier_step("marginal_tiers", found))
    low, high = paid(plan, euros(first)), paid(plan, euros(first), euros(more))
    top = Fraction(max(points for _, points in found), 10_000)
    assert low <= high <= rounded(top * Fraction(first + more, 100))


@given(tiers(), CENTS, st.integers(1, 50))
def test_scaling_deals_and_limits_scales_the_exact_amount(
    found: list[tuple[int, int]], cents: int, factor: int
) -> None:
    wide = [(limit * factor, points) for limit, points in found]
    exact = marginal_oracle(found, cents) * factor
    many = plan_of(tier_step("marginal_tiers", wide))
    assert paid(many, euros(cents * factor)) == rounded(exact)


@given(st.lists(SIGNED, max_size=8), st.integers(0, 500_000))
def test_a_cap_holds_and_the_excess_explains_the_rest(amounts: list[int], cap: int) -> None:
    plan = plan_of(
        {"step": "flat_rate", "base": "revenue", "rate": "10 %"},
        {"step": "cap", "at": euros(cap)},
    )
    body = {"period": "2026-Q1", "payees": [{"id": "ana", "credits": deals(*map(euros, amounts))}]}
    result = calculate(plan, parse_inputs(body, currency="EUR")).of("ana")
    assert result.total.amount <= Fraction(cap, 100)
    exact = Fraction(sum(amounts), 1000)
    assert result.lines[0].exact + sum((e.amount for e in result.excess), Fraction(0)) == exact


@given(
    st.lists(SIGNED, max_size=8), st.integers(0, 500_000), st.sampled_from(["floor", "guarantee"])
)
def test_a_floor_holds_and_raises_to_no_more_than_itself(
    amounts: list[int], least: int, step: str
) -> None:
    flat = {"step": "flat_rate", "base": "revenue", "rate": "10 %"}
    found = paid(plan_of(flat, {"step": step, "at": euros(least)}), *map(euros, amounts))
    assert found == max(rounded(Fraction(sum(amounts), 1000)), Fraction(least, 100))


@given(st.lists(SIGNED, max_size=8), st.integers(0, 8))
def test_slices_of_the_period_keep_the_total_of_a_flat_rate(amounts: list[int], cut: int) -> None:
    plan = plan_of(
        {"step": "flat_rate", "base": "revenue", "rate": "7 %"}, rounding={"places": "2"}
    )
    lines = []
    for part in (amounts, amounts[:cut], amounts[cut:]):
        body = {"period": "2026-Q1", "payees": [{"id": "a", "credits": deals(*map(euros, part))}]}
        lines.append(calculate(plan, parse_inputs(body, currency="EUR")).of("a").lines[0].exact)
    assert lines[0] == lines[1] + lines[2]


@given(st.lists(CENTS, max_size=8), CENTS)
def test_slices_of_the_year_to_date_keep_the_total_of_marginal_tiers(
    amounts: list[int], limit: int
) -> None:
    rows = [{"from": "0", "rate": "3 %"}, {"from": euros(limit + 1), "rate": "8 %"}]
    step = {"step": "marginal_tiers", "base": "revenue", "start": "before", "tiers": rows}
    measures = {"revenue": {"sum": "amount"}, "before": {"given": "before"}}
    plan = plan_of(step, measures=measures)
    before, total = 0, Fraction(0)
    for amount in amounts:
        figures = {"revenue": euros(amount), "before": euros(before)}
        body = {"period": "2026-Q1", "payees": [{"id": "a", "measures": figures}]}
        total += calculate(plan, parse_inputs(body, currency="EUR")).of("a").lines[0].exact
        before += amount
    assert total == marginal_oracle_two(Fraction(limit + 1, 100), Fraction(before, 100))


def marginal_oracle_two(limit: Fraction, base: Fraction) -> Fraction:
    return min(base, limit) * Fraction(3, 100) + max(base - limit, Fraction(0)) * Fraction(8, 100)


EVERYTHING = plan_of(
    {"step": "threshold", "measure": "revenue", "at": "1000"},
    {"step": "accelerator", "base": "revenue", "rate": "5 %", "mode": "by_deal",
     "bands": [{"from": "0", "multiple": "1"}, {"from": "20000", "multiple": "1.5"}]},
    {"step": "cap", "at": "900", "scope": "deal"},
    {"step": "spiff", "events": "revenue", "amount": "10", "first": "2", "across": "plan"},
    steps=[{"step": "draw", "draw": "100"}],
)  # fmt: skip


@given(st.data(), st.lists(st.lists(SIGNED, max_size=5), min_size=1, max_size=4))
def test_the_order_of_payees_and_credits_does_not_change_a_byte(
    data: st.DataObject, people: list[list[int]]
) -> None:
    payees: list[dict[str, Any]] = [
        {"id": f"p{n}", "credits": deals(*map(euros, amounts))} for n, amounts in enumerate(people)
    ]
    if data.draw(st.booleans()):  # all at one moment: then the id decides
        for payee in payees:
            payee["credits"] = [{**c, "closed_at": "2026-01-01"} for c in payee["credits"]]
    mixed = [
        {**payee, "credits": data.draw(st.permutations(payee["credits"]))}
        for payee in data.draw(st.permutations(payees))
    ]
    first, second = (
        calculate(EVERYTHING, parse_inputs({"period": "2026-Q1", "payees": p}, currency="EUR"))
        for p in (payees, mixed)
    )
    assert first.to_bytes() == second.to_bytes()
    assert all(
        sum(line.amount.minor for line in payee.lines) == payee.total.minor
        for payee in first.payees
    )


@given(st.lists(st.integers(0, 50), min_size=1, max_size=7), CENTS)
def test_a_pool_is_shared_out_to_the_last_cent(weights: list[int], cents: int) -> None:
    measures = {"pool": {"given": "pool"}, "weight": {"given": "weight"}}
    step = {"step": "team_pool", "pool": "pool", "weight": "weight"}
    plan = plan_of(step, measures=measures)
    payees = [{"id": f"p{n}", "measures": {"weight": str(w)}} for n, w in enumerate(weights)]
    body = {"period": "2026-Q1", "measures": {"pool": euros(cents)}, "payees": payees}
    result = calculate(plan, parse_inputs(body, currency="EUR"))
    shared = sum(payee.total.minor for payee in result.payees)
    assert shared == (cents if any(weights) else 0)


@given(st.integers(-10_000, 10_000))
def test_rounding_of_a_payment_line_is_symmetric(tenths: int) -> None:
    plan = plan_of({"step": "fixed_amount", "amount": "pay"})
    up = paid(plan, measures={"pay": f"{tenths}e-3"})
    down = paid(plan, measures={"pay": f"{-tenths}e-3"})
    assert up == -down == rounded(Fraction(tenths, 1000))
