"""What a plan pays at most, or at the objective, to a payee who was not told in time."""

from fractions import Fraction
from typing import Any

import pytest

from incentives.calc import Plan
from incentives.calc.exposure import Reach, reach_of
from tests.incentives.calc.building import plan_of

SOLD = {
    "revenue": {"sum": "amount", "unit": "money"},
    "meetings": {"count": "credits"},
    "calls_goal": {"objective": "calls", "unit": "count"},
    "goal": {"objective": "revenue_booked", "unit": "money"},
    "attainment": {"formula": "revenue / goal"},
    "churn": {"kpi": "churn"},
    "nps": {"kpi": "nps"},
    "pay": {"given": "pay", "unit": "money"},
}
GOALS = {"objectives": {"calls": "20", "revenue_booked": "30000"}}


def reached(*steps: dict[str, Any], **top: Any) -> Reach:
    plan: Plan = plan_of(*steps, measures=SOLD, **top)
    return reach_of(plan, GOALS)


def test_sales_have_the_objective_of_their_unit_whatever_comes_first() -> None:
    flat = {"step": "flat_rate", "base": "revenue", "rate": "2 %"}
    counted = {"step": "flat_rate", "base": "meetings", "rate": "10"}
    uses = {"step": "gate", "value": "attainment", "at_least": "1"}
    calls = {"step": "multiplier", "by": ["min(calls_goal, 1)"]}
    assert reached(flat, uses, calls) == Reach(Fraction(600), None, True)
    assert reached(counted, uses, calls).at_objective == 200


def test_a_cap_is_the_most_and_a_closed_gate_opens() -> None:
    flat = {"step": "flat_rate", "base": "revenue", "rate": "2 %"}
    gate = {"step": "gate", "value": "churn", "at_most": "5 %"}
    assert reached(flat, gate, {"step": "cap", "at": "1800"}) == Reach(
        Fraction(0), Fraction(1800), True
    )


@pytest.mark.parametrize(
    ("items", "most"),
    [
        ([("nps", "higher", "1.5")], 1500),
        ([("churn", "lower_mirror", "1.5")], 1500),
        ([("nps", "higher", "1.2"), ("churn", "lower_mirror", "2")], 1600),
        ([("nps", "higher", None)], None),
    ],
)
def test_results_count_at_their_best_whichever_way_is_better(
    items: list[tuple[str, str, str | None]], most: int | None
) -> None:
    card = {
        "step": "scorecard",
        "pay": "1000",
        "items": [
            {
                "key": key,
                "value": key,
                "weight": f"1/{len(items)}",
                "better": better,
                **({} if limit is None else {"most": limit}),
            }
            for key, better, limit in items
        ],
    }
    assert reached(card).most == most


def test_a_promise_is_no_result_and_a_review_is_a_full_one() -> None:
    curve = {
        "step": "payout_curve",
        "value": "attainment",
        "pay": "pay",
        "points": [{"at": "0", "pays": "0"}, {"at": "2", "pays": "3"}],
    }
    assert reached(curve) == Reach(Fraction(1500), Fraction(3000), True)
    goals = [{"key": "a", "target": "5", "weight": "50 %"}, {"key": "b", "weight": "50 %"}]
    judged = {"step": "mbo", "pay": "800", "items": goals, "demands": ["evidence", "evaluator"]}
    assert reached(judged) == Reach(Fraction(800), Fraction(800), False)


def test_what_waits_for_money_is_due_all_the_same() -> None:
    flat = {"step": "flat_rate", "base": "revenue", "rate": "2 %"}
    assert reached(flat, {"step": "holdback"}).at_objective == 600
