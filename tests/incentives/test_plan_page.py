"""A plan in words and as a curve: both come from the typed steps that the engine runs."""

from fractions import Fraction
from pathlib import Path

import pytest
from django.utils import translation

from common import live
from incentives.calc import parse_plan
from incentives.calc.steps import MECHANICS
from incentives.plans.curves import drawing, payout_curve
from incentives.plans.pages import EXAMPLE
from incentives.plans.wording import SENTENCES, plan_words
from incentives.services.planning import read_document
from people import access
from tests.incentives.conftest import PLAN, Pay

PLANS = Path(__file__).parent / "plans"
HEAD = PLAN.partition("measures:")[0]


def plan_of(steps: str, measures: str = "  revenue: {sum: amount, unit: money}") -> str:
    return f"{HEAD}measures:\n{measures}\ncomponents:\n- key: pay\n  steps:\n{steps}"


def test_every_mechanic_has_its_sentence() -> None:
    assert set(SENTENCES) == set(MECHANICS)


@pytest.mark.parametrize(
    ("step", "words"),
    [
        ("{step: flat_rate, base: revenue, rate: 5 %}", "5% of revenue."),
        ("{step: cap, at: 2500}", "At most €2,500."),
        ("{step: gate, value: revenue, at_least: 90}", "Paid only when revenue is at least €90."),
        ("{step: threshold, measure: revenue, at: 1000}", "revenue counts only from €1,000 on."),
        ("{step: fixed_amount, amount: 300}", "€300."),
        ("{step: round, places: 0}", "Rounded to 0 decimals, half up."),
    ],
)
def test_a_step_in_words(step: str, words: str) -> None:
    earns = "  - {step: flat_rate, base: revenue, rate: 1 %}"
    steps = f"{earns}\n  - {step}\n{earns}"
    with translation.override("en"):
        (part,) = plan_words(parse_plan(plan_of(steps)))
    assert part["steps"][1]["text"] == words


def test_bands_are_told_in_the_unit_of_what_they_count() -> None:
    plan = parse_plan((PLANS / "tiered_whole_amount.yaml").read_text(encoding="utf-8"))
    with translation.override("en"):
        (part,) = plan_words(plan)
    (step,) = part["steps"]
    assert step["items"] == [
        "from US$0 to US$50,000: 3%",
        "from US$50,000 to US$100,000: 5%",
        "from US$100,000 on: 8%",
    ]


def test_the_curve_jumps_exactly_at_a_retroactive_limit() -> None:
    curve = payout_curve(
        parse_plan((PLANS / "tiered_whole_amount.yaml").read_text(encoding="utf-8"))
    )
    assert curve is not None
    pays = dict(curve.points)
    assert list(curve.limits) == [Fraction(50000), Fraction(100000)]
    assert pays[Fraction("49999.99")] == Fraction("1500")
    assert pays[Fraction(50000)] == 2500
    assert pays[Fraction("99999.99")] == 5000
    assert pays[Fraction(100000)] == 8000
    drawn = drawing(curve)
    assert [one["x"] for one in drawn["limits"]] == ["213.3", "426.7"]


def test_limits_that_are_shares_of_an_objective_stand_at_their_amount() -> None:
    measures = """\
  revenue: {sum: amount, unit: money}
  quota: {objective: revenue}
  attainment: {formula: revenue / quota, unit: ratio}"""
    steps = """\
  - step: step_curve
    value: attainment
    pay: 1000
    bands: [{from: 0, pays: 0}, {from: 80 %, pays: 50 %}, {from: 100 %, pays: 1}]"""
    curve = payout_curve(parse_plan(plan_of(steps, measures)))
    assert curve is not None
    assert list(curve.limits) == [Fraction(80_000), Fraction(100_000)]
    assert curve.assumed
    pays = dict(curve.points)
    assert pays[Fraction(80_000)] == 500
    assert pays[Fraction(100_000)] == 1000


def test_a_plan_that_reads_no_records_has_no_curve() -> None:
    steps = "  - {step: fixed_amount, amount: bonus}"
    assert payout_curve(parse_plan(plan_of(steps, "  bonus: {given: bonus}"))) is None


def test_the_plan_that_a_new_one_begins_with_comes_true() -> None:
    assert read_document(EXAMPLE).key == "my_plan"


def test_only_who_runs_the_pay_hears_of_a_period(pay: Pay) -> None:
    topic = f"period:{pay.march.pk}"
    heard = {
        who: live.may_listen(access.viewer_of(pay.world.users[who]), topic)
        for who in ("hana", "ada", "eve", "marc", "léa")
    }
    assert heard == {"hana": True, "ada": False, "eve": False, "marc": False, "léa": False}
