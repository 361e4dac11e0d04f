"""Jumps, stretches where more pays less, idle limits: exact, each at its line with a remedy."""

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from incentives.calc import Plan, parse_inputs, parse_plan, review_plan
from incentives.calc.marking import marked
from incentives.calc.shapes import Line, shape_of
from incentives.calc.stretches import jumps_of, less_for_more
from kernel.documents import load_text
from kernel.issues import Issue
from tests.incentives.calc.building import plan_of, result_of
from tests.incentives.calc.test_algorithms import CASES
from tests.incentives.calc.test_algorithms import plan_of as plan_of_case

HEAD = """\
key: demo
name: Demo
currency: EUR
period: quarter
measures:
  revenue: {sum: amount, unit: money}
  quota: {objective: revenue}
  attainment: {formula: revenue / quota, unit: ratio}
  win_rate: {kpi: win_rate, unit: ratio}
components:
  - key: one
    steps:
"""
EXAMPLE = """\
examples:
  - given: {objectives: {revenue: 100000}, kpis: {win_rate: 30 %}, measures: {revenue: 90000}}
    expect: {total: 0}
"""
TIERS = {
    "step": "retroactive_tiers",
    "base": "revenue",
    "tiers": [{"from": "0", "rate": "3 %"}, {"from": "50000", "rate": "5 %"}],
}


def notes_of(steps: str, *, example: str = EXAMPLE, head: str = HEAD) -> dict[str, Issue]:
    """By code the notes of a plan with these lines as steps; the steps begin at line 13."""
    text = head + "".join(f"      {line}\n" for line in steps.splitlines()) + example
    issues = review_plan(parse_plan(text), load_text(text))
    assert all(issue.remedy for issue in issues)
    assert all(issue.place.line for issue in issues)
    return {issue.code: issue for issue in issues}


def test_a_plan_of_slices_has_no_note() -> None:
    assert notes_of("- {step: marginal_tiers, base: revenue, tiers: [{from: 0, rate: 3 %},"
                    " {from: 50000, rate: 5 %}]}") == {}  # fmt: skip


def test_a_jump_is_told_in_euros_at_the_limit_of_its_line() -> None:
    found = notes_of(
        "- step: retroactive_tiers\n"
        "  base: revenue\n"
        "  unit: quota\n"
        "  tiers:\n"
        "    - {from: 0, rate: 3 %}\n"
        "    - {from: 80 %, rate: 5 %}"
    )
    assert set(found) == {"plan.cliff"}
    note = found["plan.cliff"]
    assert (note.place.line, note.place.path) == (18, "components[0].steps[0].tiers[1].from")
    assert note.text() == (
        "one: at revenue 80000 the amount jumps from 2400 EUR to 4000 EUR"
        " (+1600 EUR; quota = 100000)."
    )


def test_a_gate_is_a_jump_over_its_own_figure() -> None:
    found = notes_of(
        "- {step: flat_rate, base: revenue, rate: 10 %}\n"
        "- {step: gate, value: win_rate, at_least: 20 %}"
    )
    assert found["plan.cliff"].text() == (
        "one: at win_rate 20 % the amount jumps from 0 EUR to 9000 EUR"
        " (+9000 EUR; revenue = 90000)."
    )
    assert found["plan.cliff"].place.line == 14


def test_more_sales_that_pay_less_are_told_from_where_to_where() -> None:
    found = notes_of(
        "- step: retroactive_tiers\n"
        "  base: revenue\n"
        "  tiers:\n"
        "    - {from: 0, rate: 9 %}\n"
        "    - {from: 100000, rate: 8 %}"
    )
    note = found["plan.pays_less"]
    assert note.text() == (
        "one: revenue from 100000 to 112500 pays less than 100000 does, up to 1000 EUR."
    )
    assert note.place.line == 17


def test_what_falls_for_ever_says_so() -> None:
    found = notes_of(
        "- {step: fixed_amount, amount: 'min(revenue, 1000) - max(revenue - 5000, 0) * 0.1'}"
    )
    assert found["plan.pays_less"].text() == "one: revenue above 5000 pays less than 5000 does."


def test_a_kpi_for_which_lower_is_better_is_no_stretch() -> None:
    found = notes_of("- {step: fixed_amount, amount: 'max(1000 - win_rate * 500, 0)'}")
    assert "plan.pays_less" not in found


@pytest.mark.parametrize(
    ("steps", "code", "line"),
    [
        (
            "- {step: flat_rate, base: revenue, rate: 10 %}\n"
            "- {step: gate, value: 'min(win_rate, 1)', at_least: 20}",
            "plan.gate_never_opens",
            14,
        ),
        (
            "- {step: flat_rate, base: revenue, rate: 10 %}\n"
            "- {step: gate, value: win_rate, at_least: 0}",
            "plan.gate_always_open",
            14,
        ),
        (
            "- step: step_curve\n"
            "  value: min(attainment, 1.2)\n"
            "  pay: 1000\n"
            "  bands:\n"
            "    - {from: 0, pays: 0}\n"
            "    - {from: 150 %, pays: 2}",
            "plan.unreachable",
            18,
        ),
        (
            "- step: marginal_tiers\n"
            "  base: revenue\n"
            "  tiers:\n"
            "    - {from: 0, rate: 5 %}\n"
            "    - {from: 300000, rate: 8 %}\n"
            "- {step: cap, at: 10000}",
            "plan.behind_the_cap",
            17,
        ),
        (
            "- {step: flat_rate, base: revenue, rate: 10 %}\n"
            "- {step: multiplier, by: [0]}\n"
            "- {step: cap, at: 10000}",
            "plan.after_zero",
            15,
        ),
    ],
)
def test_what_never_does_anything_is_told(steps: str, code: str, line: int) -> None:
    found = notes_of(steps)
    assert code in found
    assert found[code].place.line == line


def test_what_can_be_reached_is_not_told() -> None:
    found = notes_of(
        "- step: marginal_tiers\n"
        "  base: revenue\n"
        "  tiers:\n"
        "    - {from: 0, rate: 5 %}\n"
        "    - {from: 150000, rate: 8 %}\n"
        "- {step: cap, at: 10000}\n"
        "- {step: gate, value: win_rate, at_least: 20 %, else_multiple: 0.5}"
    )
    assert set(found) == {"plan.cliff"}  # the gate


def test_a_limit_that_two_figures_reach_together_is_reachable() -> None:
    head = HEAD.replace("  win_rate:", "  renewals: {sum: renewals}\n  win_rate:")
    steps = (
        "- step: marginal_tiers\n"
        "  base: min(revenue, renewals)\n"
        "  tiers:\n"
        "    - {from: 0, rate: 5 %}\n"
        "    - {from: 150000, rate: 8 %}"
    )
    assert notes_of(steps, head=head) == {}


def test_a_quota_of_zero_among_the_parameters_is_an_error() -> None:
    values = "[{from: 2026-01-01, value: 5}, {from: 2026-02-01, value: 0}]"
    quota = f"parameters:\n  goal: {{values: {values}}}\n"
    head = HEAD.replace("components:", quota + "components:")
    steps = "- {step: quota_rate, base: revenue, pay: 1000, quota: goal}"
    found = notes_of(steps, head=head)
    assert found["plan.zero_quota"].level == "error"
    assert found["plan.zero_quota"].place.path == "parameters.goal.values[1].value"
    assert "plan.zero_quota" not in notes_of(steps, head=head.replace("value: 0}", "value: 7}"))


def test_pay_that_a_rank_decides_is_told_and_a_shown_rank_is_not() -> None:
    head = HEAD.replace("  win_rate:", "  place: {given: sales_rank}\n  win_rate:")
    flat = "- {step: flat_rate, base: revenue, rate: 5 %}\n"
    deciding = flat + "- {step: multiplier, by: ['if(place <= 3, 1.2, 1)']}"
    assert notes_of(deciding, head=head)["plan.rank_decides"].place.path == "measures.place"
    assert "plan.rank_decides" not in notes_of(flat, head=head)


def test_without_examples_the_figures_are_assumed_and_told() -> None:
    found = notes_of(
        "- {step: retroactive_tiers, base: revenue, unit: quota, tiers: [{from: 0, rate: 1 %},"
        " {from: 1, rate: 2 %}]}",
        example="",
    )
    assert found["plan.cliff"].text() == (
        "one: at revenue 100000 the amount jumps from 1000 EUR to 2000 EUR"
        " (+1000 EUR; quota = 100000)."
    )


# --- the shape against the calculation itself -------------------------------------------------

RATES = st.integers(0, 12).map(lambda n: f"{n} %")
LIMITS = st.lists(st.integers(1, 40), min_size=1, max_size=3, unique=True).map(sorted)


@st.composite
def earning(draw: st.DrawFn) -> dict[str, Any]:
    limits = [0, *draw(LIMITS)]
    share = draw(st.booleans())
    unit = {"unit": "quota"} if share else {}
    step = draw(st.sampled_from(["marginal_tiers", "retroactive_tiers", "accelerator", "curve"]))
    froms = [str(Fraction(n, 20)) if share else str(n * 5000) for n in limits]
    froms = [f"{Fraction(one) * 100} %" if share else one for one in froms]
    if step == "curve":
        bands = [{"from": f"{n * 5} %", "pays": draw(RATES)} for n in limits]
        return {"step": "step_curve", "value": "attainment", "pay": "9000", "bands": bands}
    if step == "accelerator":
        bands = [{"from": one, "multiple": str(draw(st.integers(0, 3)))} for one in froms]
        mode = draw(st.sampled_from(["marginal", "retroactive"]))
        rate = {"rate": "5 %", "mode": mode}
        return {"step": step, "base": "revenue", "bands": bands, **rate, **unit}
    tiers = [{"from": one, "rate": draw(RATES)} for one in froms]
    return {"step": step, "base": "revenue", "tiers": tiers, **unit}


ADJUSTING: st.SearchStrategy[dict[str, Any]] = st.sampled_from(
    [
        {"step": "cap", "at": "4000"},
        {"step": "floor", "at": "500"},
        {"step": "gate", "value": "attainment", "at_least": "45 %", "else_multiple": "0.5"},
        {"step": "gate", "value": "revenue", "below": "120000"},
        {"step": "multiplier", "value": "attainment",
         "bands": [{"from": "0", "multiple": "0.8"}, {"from": "110 %", "multiple": "1.5"}]},
        {"step": "draw", "draw": "700"},
    ]
)  # fmt: skip


def shape_line(plan: Plan) -> Line:
    body = {"period": "2026-Q1", "payees": [{"id": "ana", "objectives": {"revenue": "100000"}}]}
    inputs = parse_inputs(body, currency="EUR")
    shape = shape_of(marked(plan), inputs, lambda x: {"revenue": x}, Fraction(100_000))
    assert shape.whole
    return shape.lines["commission"]


def drawn_at(line: Line, x: Fraction) -> set[Fraction]:
    """What the line says at x; at a jump everything it says there."""
    found = {amount for at, amount in line.knots if at == x}
    before = [knot for knot in line.knots if knot[0] < x]
    after = [knot for knot in line.knots if knot[0] > x]
    if not found and after:
        (a, low), (b, high) = before[-1], after[0]
        return {low + (high - low) * (x - a) / (b - a)}
    return found or {before[-1][1] + line.last_slope * (x - before[-1][0])}


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_the_shape_goes_through_every_calculated_amount(data: st.DataObject) -> None:
    more: list[dict[str, Any]] = data.draw(st.lists(ADJUSTING, max_size=3))
    steps: list[dict[str, Any]] = [data.draw(earning()), *more]
    balance = 0
    for step in steps:
        if step["step"] == "draw":
            balance += 1
    if balance > 1:
        steps = [step for step in steps if step["step"] != "draw"]
    plan = plan_of(*steps)
    line = shape_line(plan)
    assert not line.rough
    for x in [*range(0, 260_000, 12_500), 44_999, 45_001, 119_999]:
        paid = result_of(plan, objectives={"revenue": "100000"}, measures={"revenue": str(x)})
        assert paid.lines[0].exact in drawn_at(line, Fraction(x))


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_stretches_are_where_samples_fall_behind(data: st.DataObject) -> None:
    line = shape_line(plan_of(data.draw(earning())))
    stretches = less_for_more(line)
    amounts = [amount for _, amount in line.knots]
    if amounts == sorted(amounts, reverse=True):
        assert stretches == []  # what only falls is a deduction, and meant
        return
    best = Fraction(0)
    for x in range(0, 260_000, 2_500):
        amount = min(drawn_at(line, Fraction(x)))
        behind = amount < best
        inside = any(one.start <= x and (one.end is None or x <= one.end) for one in stretches)
        assert inside or not behind
        best = max(best, *drawn_at(line, Fraction(x)))
    if line.last_slope > 0:
        assert all(one.end is not None for one in stretches)


def test_a_staircase_without_end_is_looked_at_from_below() -> None:
    plan = plan_of({"step": "bonus_steps", "value": "revenue", "start": "1000",
                    "step_size": "500", "amount": "10"})  # fmt: skip
    body = {"period": "2026-Q1", "payees": [{"id": "ana"}]}
    shape = shape_of(
        marked(plan), parse_inputs(body, currency="EUR"), lambda x: {"revenue": x}, Fraction(9000)
    )
    assert not shape.whole
    jumps = jumps_of(shape.lines["commission"])
    assert jumps[:2] == [
        (Fraction(1500), Fraction(0), Fraction(10)),
        (Fraction(2000), Fraction(10), Fraction(20)),
    ]


def test_what_is_no_straight_line_is_drawn_through_exact_points() -> None:
    plan = plan_of({"step": "fixed_amount", "amount": "revenue * revenue / 1000"})
    line = shape_line(plan)
    assert line.rough
    assert all(amount == x * x / 1000 for x, amount in line.knots)
    assert less_for_more(line) == []


@pytest.mark.parametrize("mechanic", sorted({case.mechanic for case in CASES}))
def test_the_plans_of_the_algorithms_page_can_all_be_looked_at(mechanic: str) -> None:
    """Errors are for zero quotas only, and every note has a place in the document."""
    for case in CASES:
        if case.mechanic == mechanic:
            plan = parse_plan(plan_of_case(case))
            for issue in review_plan(plan):
                assert issue.level != "error"
                assert issue.place.path.split("[")[0].split(".")[0] in plan.document
