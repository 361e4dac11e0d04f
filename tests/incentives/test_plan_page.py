"""A plan in words and as a curve: both come from the typed steps that the engine runs."""

from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pytest
from django.utils import translation

from common import live
from incentives.calc import parse_plan, review_plan
from incentives.calc.measures import CountOf, SumOf
from incentives.plans import curves
from incentives.plans.curves import drawing, payout_curve
from incentives.plans.known import reviewed
from incentives.plans.pages import EXAMPLE
from incentives.plans.wording import meanings, plan_words
from incentives.services.planning import read_document
from kernel.documents import load_text
from people import access
from tests.incentives.conftest import PLAN, Pay

PLANS = Path(__file__).parent / "plans"
ROOT = Path(__file__).parents[2]
EVERY_PLAN = sorted(
    [
        *PLANS.glob("*.yaml"),
        *ROOT.glob("cockpit/demo/plans/*.yaml"),
        *ROOT.glob("incentives/designer/starts/*.yaml"),
    ]
)
HEAD = PLAN.partition("measures:")[0]


MEASURES = "  revenue: {sum: amount, unit: money}\n  wins: {count: credits, unit: count}"


def plan_of(steps: str, measures: str = "  revenue: {sum: amount, unit: money}") -> str:
    return f"{HEAD}measures:\n{measures}\ncomponents:\n- key: pay\n  steps:\n{steps}"


@pytest.mark.parametrize("path", EVERY_PLAN, ids=lambda path: path.stem)
def test_notes_that_are_kept_stand_where_the_document_has_them_now(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    plan, document = parse_plan(text), load_text(text)
    moved = f"# another line\n\n{text}"
    assert reviewed(plan, document) == review_plan(plan, document)
    again = parse_plan(moved)
    assert again.hash == plan.hash
    assert reviewed(again, load_text(moved)) == review_plan(again, load_text(moved))


@pytest.mark.parametrize(
    ("step", "words"),
    [
        ("{step: flat_rate, base: revenue, rate: 5 %}", "5% of revenue."),
        ("{step: cap, at: 2500}", "At most €2,500."),
        ("{step: gate, value: revenue, at_least: 90}", "Paid only when revenue is at least €90."),
        ("{step: threshold, measure: revenue, at: 1000}", "revenue counts only from €1,000 on."),
        ("{step: flat_rate, base: wins, rate: 45}", "€45 for each of wins."),
        ("{step: flat_rate, base: wins, rate: 1 %}", "1% for each of wins."),
        ("{step: fixed_amount, amount: 300}", "€300."),
        ("{step: round, places: 0}", "Rounded to 0 decimals, half up."),
    ],
)
def test_a_step_in_words(step: str, words: str) -> None:
    earns = "  - {step: flat_rate, base: revenue, rate: 1 %}"
    steps = f"{earns}\n  - {step}\n{earns}"
    with translation.override("en"):
        (part,) = plan_words(parse_plan(plan_of(steps, MEASURES)))
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


def test_tiers_of_something_counted_pay_an_amount_for_each() -> None:
    tiers = "[{from: 0, to: 10, rate: 20}, {from: 10, rate: 30}]"
    steps = f"  - {{step: marginal_tiers, base: wins, tiers: {tiers}}}"
    with translation.override("en"):
        (part,) = plan_words(parse_plan(plan_of(steps, MEASURES)))
    assert part["steps"][0]["items"] == ["from 0 to 10: €20", "from 10 on: €30"]


def test_a_formula_is_told_with_the_names_of_its_figures() -> None:
    measures = (
        "  wins: {count: credits, unit: count, name: {fr: Affaires, en: Deals}}\n"
        "  half: {formula: 'min(wins, 10) / 2', unit: count}"
    )
    plan = parse_plan(plan_of("  - {step: flat_rate, base: half, rate: 45}", measures))
    with translation.override("en"):
        assert [one.source for one in meanings(plan)][1] == "min(Deals, 10) / 2"


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


@pytest.mark.parametrize("path", EVERY_PLAN, ids=lambda path: path.stem)
def test_the_curve_leaves_nothing_out_between_its_points(path: Path) -> None:
    """Each of many values between the points is paid what the drawn line says, to two cents."""
    plan = parse_plan(path.read_text(encoding="utf-8"))
    curve = payout_curve(plan)
    if curve is None:
        assert not any(isinstance(one.source, SumOf | CountOf) for one in plan.measures.values())
        return
    least = Fraction(1, 100) if curve.unit == "money" else Fraction(1)
    inputs = curves._inputs(plan, curves._given(plan)[0])
    drawn = curves._Drawn(plan, curve.measure, inputs)
    for (low, start), (high, end) in pairwise(curve.points):
        for part in (Fraction(1, 5), Fraction(1, 2), Fraction(9, 10)):
            value = int((low + (high - low) * part) / least) * least
            straight = start + (end - start) * (value - low) / (high - low)
            if low < value < high and len(curve.points) < curves.POINTS:
                assert abs(drawn.pay(value) - straight) <= Fraction(2, 100), value


def test_steps_that_no_limit_tells_are_followed_point_by_point() -> None:
    steps = (
        "  - {step: bonus_steps, value: revenue / 100000, step_size: 10 %, amount: 50, start: 0}"
    )
    plan = parse_plan(plan_of(steps))
    curve = payout_curve(plan)
    assert curve is not None
    assert len(curve.points) > curves.POINTS


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
