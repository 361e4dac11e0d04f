"""A plan with mistakes: all of them at once, each with its line and a remedy."""

from typing import Any

import pytest

from incentives.calc import check_examples, parse_plan
from kernel.issues import Invalid, Issue
from tests.incentives.calc.building import plan_of

FLAT: dict[str, Any] = {"step": "flat_rate", "base": "revenue", "rate": "5 %"}
TIERS: dict[str, Any] = {"step": "marginal_tiers", "base": "revenue"}


def refused(*steps: dict[str, Any], **top: Any) -> dict[str, Issue]:
    with pytest.raises(Invalid) as caught:
        plan_of(*steps, **top)
    assert all(issue.remedy for issue in caught.value.issues)
    return {issue.code: issue for issue in caught.value.issues}


def test_all_mistakes_are_told_at_once_with_line_and_remedy() -> None:
    text = """\
key: demo
name: Demo
currency: EURO
period: quarter
colour: blue
measures:
  revenue: {sum: amount}
components:
  - key: one
    steps:
      - step: marginal_tiers
        base: revenu
        tiers:
          - {from: 100, to: 2000, rate: 3 %}
          - {from: 1500, rate: -5 %}
      - step: flat
        rate: 2
  - key: one
    steps:
      - {step: cap, at: "1,234"}
      - {step: floor}
"""
    with pytest.raises(Invalid) as caught:
        parse_plan(text, file="demo.yaml")
    found = {(issue.code, issue.place.line) for issue in caught.value.issues}
    assert found == {
        ("money.unknown_currency", 3),
        ("plan.unknown_key", 5),
        ("expression.unknown_name", 12),
        ("plan.bands_start", 14),
        ("plan.bands_overlap", 14),
        ("plan.out_of_range", 15),
        ("plan.unknown_step", 16),
        ("plan.doubled_component", 18),
        ("number.ambiguous", 20),
        ("plan.missing_key", 21),
    }
    assert {issue.place.file for issue in caught.value.issues} == {"demo.yaml"}
    unknown = next(i for i in caught.value.issues if i.code == "plan.unknown_step")
    assert "flat_rate" in unknown.remedy_text()


@pytest.mark.parametrize(
    ("tiers", "code"),
    [
        ([{"from": "0", "to": "60", "rate": "1"}, {"from": "50", "rate": "2"}], "bands_overlap"),
        ([{"from": "0", "rate": "1"}, {"from": "0", "rate": "2"}], "bands_overlap"),
        ([{"from": "50", "rate": "1"}, {"from": "0", "rate": "2"}], "bands_overlap"),
        ([{"from": "0", "to": "40", "rate": "1"}, {"from": "50", "rate": "2"}], "bands_gap"),
        ([{"from": "10", "rate": "1"}], "bands_start"),
        ([{"from": "0", "to": "10", "rate": "1"}], "bands_end"),
        ([{"from": "0", "rate": "-1"}], "out_of_range"),
        ([{"from": "0", "to": "0", "rate": "1"}, {"from": "5", "rate": "1"}], "band_empty"),
        ([], "wrong_type"),
    ],
)
def test_tiers_that_do_not_fit_are_refused(tiers: list[Any], code: str) -> None:
    assert f"plan.{code}" in refused({**TIERS, "tiers": tiers})


def test_descending_rates_and_stated_upper_limits_are_fine() -> None:
    tiers = [{"from": "0", "to": "50", "rate": "5 %"}, {"from": "50", "rate": "2 %"}]
    assert plan_of({**TIERS, "tiers": tiers}).notes == ()


def weighed(*weights: str | None) -> list[dict[str, Any]]:
    return [
        {"key": f"c{n}", "steps": [FLAT], **({"weight": weight} if weight else {})}
        for n, weight in enumerate(weights)
    ]


def test_weights_add_up_to_one_or_are_absent() -> None:
    assert plan_of(components=weighed("40 %", "60 %")).components[0].weight is not None
    assert plan_of(components=weighed(None, None)).components[0].weight is None
    assert "plan.weights_sum" in refused(components=weighed("40 %", "59.9 %"))
    assert "plan.weights_missing" in refused(components=weighed("40 %", None))


@pytest.mark.parametrize("step", ["scorecard", "mbo"])
def test_the_items_of_a_step_have_each_their_own_key(step: str) -> None:
    def scored(*keys: str) -> dict[str, Any]:
        items = [{"key": key, "value": "attainment", "weight": "50 %"} for key in keys]
        return {"step": step, "pay": 1000, "items": items}

    assert plan_of(scored("a", "b")).components[0].steps
    issue = refused(scored("a", "a"))["document.doubled_key"]
    assert issue.place.path == "components[0].steps[0].items[1].key"
    assert "plan.out_of_range" in refused(components=weighed("0", "1"))


def test_a_zero_quota_in_the_plan_is_an_error() -> None:
    rate = {"step": "quota_rate", "base": "revenue", "pay": "pay"}
    assert "plan.out_of_range" in refused({**rate, "quota": "0"})
    assert plan_of({**rate, "quota": "1"})


def test_a_cap_below_a_floor_is_an_error_in_either_order() -> None:
    cap, floor = {"step": "cap", "at": "100"}, {"step": "floor", "at": "200"}
    assert "plan.cap_below_floor" in refused(FLAT, cap, floor)
    assert "plan.cap_below_floor" in refused(FLAT, floor, cap)
    assert plan_of(FLAT, {"step": "cap", "at": "200"}, floor)


def test_unknown_names_are_told_with_the_closest_one() -> None:
    issue = refused({**FLAT, "base": "revenu * 2"})["expression.unknown_name"]
    assert "revenue" in issue.remedy_text()
    assert issue.place.path == "components[0].steps[0].base"


def test_circles_of_measures_are_refused() -> None:
    measures = {"a": {"formula": "b + 1"}, "b": {"team": "a"}}
    with pytest.raises(Invalid) as caught:
        plan_of({**FLAT, "base": "a"}, measures=measures)
    assert len(caught.value.issues) == 1


def test_a_measure_needs_exactly_one_source() -> None:
    two = {"revenue": {"sum": "amount", "kpi": "revenue"}}
    assert "plan.one_source" in refused(FLAT, measures=two)
    assert "plan.one_source" in refused(FLAT, measures={"revenue": {}})


def test_names_are_not_used_twice_and_not_reserved() -> None:
    assert "plan.doubled_name" in refused(FLAT, parameters={"revenue": "5"})
    assert "plan.reserved_name" in refused(
        FLAT, measures={"revenue": {"sum": "amount"}, "if": {"kpi": "x"}}
    )
    assert "plan.doubled_component" in refused(components=[*weighed(None), *weighed(None)])


def test_steps_by_deal_need_the_deals() -> None:
    cap = {"step": "cap", "at": "100", "scope": "deal"}
    assert plan_of({**FLAT, "by": "deal"}, cap)
    assert "plan.not_by_deal" in refused(FLAT, cap)
    assert "plan.base_not_a_measure" in refused({**FLAT, "by": "deal", "base": "revenue * 2"})


def test_only_adjusting_steps_stand_at_the_plan() -> None:
    assert plan_of(FLAT, steps=[{"step": "cap", "at": "100"}])
    assert "plan.not_for_the_plan" in refused(FLAT, steps=[FLAT])


def test_dated_parameters_rise_and_have_one_form() -> None:
    rising = [{"from": "2026-01-01", "value": "1"}, {"from": "2026-02-01", "value": "2"}]
    assert plan_of(FLAT, parameters={"p": {"values": rising}})
    assert "plan.dates_order" in refused(FLAT, parameters={"p": {"values": rising[::-1]}})
    assert "plan.one_value" in refused(FLAT, parameters={"p": {"values": rising, "value": "1"}})


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("key: [a", "document.bracket", 1),
        ("key: a\nkey: b\n", "document.doubled_key", 2),
        ("a: &x [1]\nb: *x\n", "document.alias", 1),
    ],
)
def test_unreadable_documents_are_refused_with_their_line(text: str, code: str, line: int) -> None:
    with pytest.raises(Invalid) as caught:
        parse_plan(text)
    assert [issue.code for issue in caught.value.issues] == [code]
    assert caught.value.issues[0].place.line is not None
    assert caught.value.issues[0].place.line >= line


def test_a_binary_float_is_refused_and_its_text_is_not() -> None:
    assert plan_of({**FLAT, "rate": "0.05"})
    assert "document.not_exact" in refused({**FLAT, "rate": 0.05})


def test_an_example_that_fails_says_what_the_plan_gives() -> None:
    good = {"given": {"measures": {"revenue": "100"}}, "expect": {"total": "5"}}
    bad = {"given": {"measures": {"revenue": "100"}}, "expect": {"total": "6"}}
    empty = {"given": {"measures": {"revenue": "100"}}, "expect": {}}
    assert check_examples(plan_of(FLAT, examples=[good])) == []
    failures = check_examples(plan_of(FLAT, examples=[good, bad, empty]))
    assert [(i.code, i.place.path) for i in failures] == [
        ("plan.example_fails", "examples[1].expect.total"),
        ("plan.example_unreadable", "examples[2].expect"),
    ]
    assert "gives 5" in failures[0].text()


def test_two_steps_do_not_carry_one_balance() -> None:
    draw = {"step": "draw", "draw": "100"}
    assert plan_of(FLAT, draw, steps=[{**draw, "balance": "other"}])
    assert plan_of(FLAT, draw, steps=[{**draw, "recoverable": False}])
    assert "plan.doubled_balance" in refused(FLAT, draw, steps=[draw])


@pytest.mark.parametrize(
    "step",
    [
        {"step": "cap", "at": 5},
        {"step": "gate", "value": "win_rate", "at_least": "20 %"},
        {"step": "multiplier", "by": ["1.2"]},
        {"step": "prorate_pay", "share": "50 %"},
    ],
)
def test_a_step_that_would_hold_back_nothing_is_refused(step: dict[str, Any]) -> None:
    found = refused(step, FLAT)
    assert found["plan.adjusts_nothing"].place.path == "components[0].steps[0]"
    assert plan_of(FLAT, step).components[0].steps


def test_a_floor_may_stand_before_what_is_earned_on_top() -> None:
    assert plan_of({"step": "floor", "at": 100}, FLAT).components[0].steps


MANY_MISTAKES = """\
format: 2
key: Demo
name: {fr: Un}
currency: EURO
period: fortnight
measures:
  revenue: {sum: amount, where: [{is: x, at_least: 5, attribut: y}, {attribute: z}],
    kpi: k, unit: coins}
  margin: {formula: "revenu * ("}
  9x: {kpi: a}
  b: {team: c}
  c: {team: b, default: many}
parameters:
  rate: {value: 5, values: [{from: 2026-01-01, value: 1}], unit: coins}
  p: {values: [{from: 2026-02-01, value: 1}, {from: 2026-01-01, value: x}, {from: soon, value: 2}]}
  q: {values: []}
components:
  - key: one
    weight: 50 %
    colour: red
    steps:
      - {step: flat_rate, base: revenu, rate: x y, by: person}
      - {step: cap, at: -5, scope: nowhere}
      - {note: x}
  - key: two
    weight: 50 %
    steps:
      - step: matrix
        rows: {value: revenue, limits: [5, 1]}
        columns: {value: margin, limits: [0, 1]}
        cells: [[1], [2, -3]]
      - {step: gate}
      - 7
  - key: three
    steps: []
  - nothing
steps:
  - {step: flat_rate, base: revenue, rate: 5 %}
rounding: {mode: sometimes, places: 1.5, where: x}
examples:
  - {given: 5}
  - {name: x, given: {measures: {revenue: 1}}, expect: [1]}
  - 3
"""


def test_no_mistake_of_a_plan_hides_another() -> None:
    with pytest.raises(Invalid) as caught:
        parse_plan(MANY_MISTAKES)
    found = [(issue.code, issue.place.path, issue.place.line) for issue in caught.value.issues]
    assert found == [
        ("plan.unknown_choice", "format", 1),
        ("plan.wrong_type", "key", 2),
        ("plan.missing_key", "name", 3),
        ("money.unknown_currency", "currency", 4),
        ("plan.unknown_choice", "period", 5),
        ("plan.wrong_type", "measures.9x", 10),
        ("plan.unknown_key", "measures.revenue.where[0].attribut", 7),
        ("plan.one_test", "measures.revenue.where[0]", 7),
        ("plan.one_test", "measures.revenue.where[1]", 7),
        ("plan.unknown_choice", "measures.revenue.unit", 8),
        ("plan.one_source", "measures.revenue", 7),
        ("plan.torn_formula", "measures.margin.formula", 9),
        ("number.not_a_number", "measures.c.default", 12),
        ("plan.unknown_choice", "parameters.rate.unit", 14),
        ("plan.one_value", "parameters.rate", 14),
        ("number.not_a_number", "parameters.p.values[1].value", 15),
        ("plan.wrong_type", "parameters.p.values[2].from", 15),
        ("plan.dates_order", "parameters.p.values", 15),
        ("plan.wrong_type", "parameters.q.values", 16),
        ("plan.unknown_key", "components[0].colour", 20),
        ("expression.unexpected", "components[0].steps[0].rate", 22),
        ("plan.unknown_choice", "components[0].steps[0].by", 22),
        ("plan.out_of_range", "components[0].steps[1].at", 23),
        ("plan.unknown_choice", "components[0].steps[1].scope", 23),
        ("plan.wrong_type", "components[0].steps[2]", 24),
        ("plan.out_of_range", "components[1].steps[0].cells[1][1]", 31),
        ("plan.missing_key", "components[1].steps[1]", 32),
        ("plan.wrong_type", "components[1].steps[2]", 33),
        ("plan.wrong_type", "components[2].steps", 35),
        ("plan.wrong_type", "components[3]", 36),
        ("plan.unknown_key", "rounding.where", 39),
        ("plan.unknown_choice", "rounding.mode", 39),
        ("plan.out_of_range", "rounding.places", 39),
        ("plan.wrong_type", "examples[0].given", 41),
        ("plan.missing_key", "examples[0]", 41),
        ("plan.wrong_type", "examples[1].expect", 42),
        ("plan.wrong_type", "examples[2]", 43),
        ("expression.unknown_name", "components[0].steps[0].base", 22),
        ("expression.cycle", "measures.b", 11),
        ("plan.not_for_the_plan", "steps[0]", 38),
    ]


def test_what_could_not_be_read_makes_no_false_mistakes() -> None:
    """Half of the weights, or the first step that earns, are only unreadable, not missing."""
    components = [
        {
            "key": "a",
            "weight": "50 %",
            "steps": [{**FLAT, "rate": "x y"}, {"step": "cap", "at": 5}, FLAT],
        },
        {"key": "b", "weight": "50 %", "colour": "red", "steps": [FLAT]},
    ]
    assert list(refused(components=components)) == ["expression.unexpected", "plan.unknown_key"]
