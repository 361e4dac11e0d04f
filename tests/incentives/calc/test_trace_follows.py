"""Whoever reads a trace can recompute it: every value follows from what stands below it."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incentives.calc import calculate, calculate_periods, parse_document, parse_inputs, parse_plan
from incentives.calc.plans import Plan
from kernel.documents import load_text
from kernel.trace import Step
from tests.incentives.calc.building import deals
from tests.incentives.calc.rechecking import recheck_payee
from tests.incentives.calc.test_algorithms import CASES, CHAINS, Case, inputs_of, plan_of
from tests.incentives.calc.test_properties import euros

FILES = sorted((Path(__file__).parent / "examples").glob("*.yaml"))
STEPS: list[dict[str, Any]] = [
    {"step": "threshold", "measure": "revenue", "at": "1000"},
    {"step": "windfall", "measure": "revenue", "limit": "30000"},
    {"step": "flat_rate", "base": "revenue", "rate": "3 %", "by": "deal"},
    {"step": "accelerator", "base": "revenue", "rate": "5 %", "mode": "by_deal",
     "crossing": "split", "bands": [{"from": "0", "multiple": "1"},
                                    {"from": "20000", "multiple": "1.5"}]},
    {"step": "deal_tiers", "base": "revenue", "mode": "marginal",
     "tiers": [{"from": "0", "rate": "1 %"}, {"from": "9999", "rate": "2 %"}]},
    {"step": "cap", "at": "900", "scope": "deal"},
    {"step": "floor", "at": "20", "scope": "deal"},
    {"step": "multiplier", "value": "win_rate", "bands": [{"from": "0", "multiple": "0.9"},
                                                           {"from": "0.3", "multiple": "1.1"}]},
    {"step": "gate", "value": "win_rate", "at_least": "10 %", "else_multiple": "1 / 3"},
    {"step": "payout_curve", "value": "revenue / quota", "pay": "pay",
     "points": [{"at": "0", "pays": "0"}, {"at": "1", "pays": "1"}]},
    {"step": "cap", "at": "4000", "excess": "carried"},
    {"step": "round", "places": "1", "mode": "half_even"},
]  # fmt: skip


def everything() -> Plan:
    return parse_plan(
        {
            "key": "all",
            "name": "All",
            "currency": "EUR",
            "period": "quarter",
            "measures": {
                "revenue": {"sum": "amount"},
                "quota": {"objective": "revenue"},
                "win_rate": {"kpi": "win_rate"},
                "pay": {"given": "pay", "default": "1000"},
            },
            "components": [{"key": "line", "steps": STEPS}],
            "steps": [{"step": "prorate_pay", "share": "2 / 3"}, {"step": "draw", "draw": "100"}],
        }
    )


PLAN = everything()


@given(
    st.lists(st.integers(-5_000_000, 5_000_000), max_size=6),
    st.none() | st.integers(0, 100),
    st.integers(1, 90_000),
)
def test_the_trace_of_a_plan_with_everything_follows(
    cents: list[int], rate: int | None, quota: int
) -> None:
    payee: dict[str, Any] = {
        "id": "ana",
        "credits": deals(*map(euros, cents)),
        "kpis": {"win_rate": None if rate is None else f"{rate} %"},
        "objectives": {"revenue": str(quota)},
    }
    inputs = parse_inputs({"period": "2026-Q1", "payees": [payee]}, currency="EUR")
    recheck_payee(calculate(PLAN, inputs).of("ana").trace)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_trace_of_a_worked_case_follows(case: Case) -> None:
    inputs = parse_inputs(inputs_of(case), currency="EUR")
    for payee in calculate(parse_plan(plan_of(case)), inputs).payees:
        recheck_payee(payee.trace)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_step_without_usable_figures_never_crashes(case: Case) -> None:
    plan, body = parse_plan(plan_of(case)), inputs_of(case)
    payee = body["payees"][0]
    for key in ("credits", "reviews", "awards", "hired_on"):
        payee.pop(key, None)
    for figure in (None, "0", "-1"):
        payee["measures"] = dict.fromkeys(payee["measures"], figure)
        found = calculate(plan, parse_inputs(body, currency="EUR")).of("ana")
        recheck_payee(found.trace)
        assert sum(posting.amount.minor for posting in found.ledger) == 0


@pytest.mark.parametrize("table", CHAINS, ids=lambda table: table[0].mechanic)
def test_the_trace_of_each_period_follows(table: list[Case]) -> None:
    rows = [inputs_of(case, f"2026-{n:02}") for n, case in enumerate(table, start=1)]
    inputs = parse_document({"periods": rows}, currency="EUR")
    assert isinstance(inputs, tuple)
    for _, result in calculate_periods(parse_plan(plan_of(table[0])), inputs).periods:
        recheck_payee(result.of("ana").trace)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_trace_of_a_published_example_follows(path: Path) -> None:
    document: Any = load_text(path.read_text(encoding="utf-8")).value
    plan = parse_plan(document["plan"])
    rows = document.get("periods") or [document["inputs"]]
    inputs = parse_document({"periods": rows}, currency=plan.currency)
    assert isinstance(inputs, tuple)
    for _, result in calculate_periods(plan, inputs).periods:
        for payee in result.payees:
            recheck_payee(payee.trace)


def test_a_trace_with_a_changed_figure_does_not_follow() -> None:
    inputs = parse_inputs(
        {"period": "2026-Q1", "payees": [{"id": "ana", "credits": deals(2500, 40000)}]},
        currency="EUR",
    )
    trace = calculate(PLAN, inputs).of("ana").trace
    found = 0
    for step in trace.walk():
        if step.code in ("flat_rate", "cap", "deal_tiers", "payee", "accelerator", "rounding"):
            other = _with_value(trace, step, str(Fraction(step.value) + 1))
            with pytest.raises(AssertionError):
                recheck_payee(other)
            found += 1
    assert found >= 6


def _with_value(trace: Step, target: Step, text: str) -> Step:
    children = tuple(_with_value(child, target, text) for child in trace.children)
    shown = text if trace is target else trace.value
    return Step(trace.code, trace.label, trace.params, shown, children, trace.sources)
