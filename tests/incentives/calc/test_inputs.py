"""Inputs: what is read, what is refused, and what a calculation does with gaps."""

from fractions import Fraction
from typing import Any

import pytest

from incentives.calc import calculate, parse_inputs
from kernel.documents import load_text
from kernel.issues import Invalid
from tests.incentives.calc.building import deals, paid, plan_of, result_of

FLAT: dict[str, Any] = {"step": "flat_rate", "base": "revenue", "rate": "5 %"}


def refused(payee: dict[str, Any], **top: Any) -> list[str]:
    body = {"period": "2026-Q1", "payees": [{"id": "ana", **payee}], **top}
    with pytest.raises(Invalid) as caught:
        parse_inputs(body, currency="EUR")
    return [issue.code for issue in caught.value.issues]


def credit(**parts: Any) -> dict[str, Any]:
    return {"credits": [{"id": "d1", "amount": "100", **parts}]}


@pytest.mark.parametrize(
    ("payee", "codes"),
    [
        (credit(currency="USD"), ["inputs.other_currency"]),
        (credit(amount_minor="10"), ["inputs.two_amounts"]),
        (credit(amount="1,234"), ["number.ambiguous"]),
        (credit(amount="x", share="y"), ["number.not_a_number", "number.not_a_number"]),
        (credit(closed_at="2026-13-01"), ["plan.wrong_type"]),
        (credit(colour="red"), ["inputs.unknown_key"]),
        ({"credits": deals(1)[:1] * 2}, ["inputs.doubled_id"]),
        ({"manager": "ana"}, ["inputs.manager_circle"]),
        ({"objectives": ["a"]}, ["plan.wrong_type"]),
    ],
)
def test_bad_inputs_are_refused_with_their_reason(payee: dict[str, Any], codes: list[str]) -> None:
    assert sorted(refused(payee)) == sorted(codes)


def test_the_same_inputs_without_the_mistake_are_read() -> None:
    body = credit(currency="EUR", closed_at="2026-01-01T10:00:00+01:00", share="0.5")
    found = parse_inputs({"period": "2026-Q1", "payees": [{"id": "ana", **body}]}, currency="EUR")
    assert found.payees[0].credits[0].amount == 100
    assert found.payees[0].credits[0].share == Fraction(1, 2)


def test_a_payee_that_stands_twice_is_refused() -> None:
    body = {"period": "2026-Q1", "payees": [{"id": "ana"}, {"id": "ana"}]}
    with pytest.raises(Invalid) as caught:
        parse_inputs(body, currency="EUR")
    assert [issue.code for issue in caught.value.issues] == ["inputs.doubled_id"]


def test_cents_and_main_units_are_the_same_amount() -> None:
    cents = {"id": "d1", "amount_minor": "12345"}
    assert (
        result_of(plan_of(FLAT), credits=[cents]).total
        == result_of(plan_of(FLAT), credits=deals("123.45")).total
    )


def test_a_missing_objective_pays_nothing_and_says_what_is_missing() -> None:
    rate = {"step": "quota_rate", "base": "revenue", "pay": "1000", "quota": "quota"}
    result = result_of(plan_of(rate, FLAT), credits=deals(100))
    assert result.total.amount == 5
    (issue,) = result.issues
    assert issue.code == "calculation.no_value"
    assert dict(issue.params) == {"payee": "ana", "step": "quota_rate", "missing": "quota"}


def test_a_default_stands_in_and_is_told_in_the_trace() -> None:
    measures = {"revenue": {"sum": "amount"}, "bonus": {"given": "bonus", "default": "7"}}
    plan = plan_of({"step": "fixed_amount", "amount": "bonus"}, measures=measures)
    result = result_of(plan)
    assert result.total.amount == 7
    assert result.issues == ()
    assert [step.value for step in result.trace.walk() if step.code == "default"] == ["7"]


def test_credits_without_the_attribute_are_skipped_with_a_warning() -> None:
    measures = {"margin": {"sum": "margin"}}
    plan = plan_of({**FLAT, "base": "margin"}, measures=measures)
    first = {"id": "d1", "attributes": {"margin": "200"}}
    result = result_of(plan, credits=[first, {"id": "d2"}])
    assert result.total.amount == 10
    assert [issue.code for issue in result.issues] == ["inputs.attribute_missing"]


def test_conditions_choose_credits_at_just_under_and_just_over_their_limit() -> None:
    where = [{"attribute": "amount", "at_least": "100"}, {"attribute": "kind", "is_not": "gift"}]
    plan = plan_of(FLAT, measures={"revenue": {"sum": "amount", "where": where}})
    found = [
        {"id": "d1", "amount": "99.99"},
        {"id": "d2", "amount": "100"},
        {"id": "d3", "amount": "200", "attributes": {"kind": "gift"}},
    ]
    result = result_of(plan, credits=found)
    assert result.total.amount == 5
    assert [step.sources for step in result.trace.walk() if step.code == "sum"] == [("d2",)]


def test_the_trace_names_every_credit_and_rounding() -> None:
    trace = result_of(plan_of(FLAT), credits=deals("10.10", "0.07")).trace
    assert [(step.code, step.value, step.sources) for step in trace.walk()] == [
        ("payee", "0.51", ()),
        ("component", "0.51", ()),
        ("flat_rate", "0.5085", ()),
        ("read", "10.17", ()),
        ("sum", "10.17", ("d1", "d2")),
        ("parameter", "0.05", ()),
        ("rounding", "0.51", ()),
    ]


def test_a_parameter_is_the_one_of_the_first_day_of_the_period() -> None:
    values = [{"from": "2026-01-01", "value": "5 %"}, {"from": "2026-01-02", "value": "9 %"}]
    plan = plan_of({**FLAT, "rate": "rate"}, parameters={"rate": {"values": values}})
    assert paid(plan, 100) == 5
    early = {"period": "2025-Q4", "payees": [{"id": "ana", "credits": deals(100)}]}
    before = calculate(plan, parse_inputs(early, currency="EUR")).of("ana")
    assert before.total.amount == 0
    assert [issue.code for issue in before.issues] == ["calculation.no_value"]


def test_a_team_counts_direct_reports_or_everybody_below() -> None:
    for depth, expected in (("direct", 10), ("all", 30)):
        team = {"team": "revenue", "depth": depth}
        plan = plan_of(
            {**FLAT, "base": "team", "rate": "10 %"},
            measures={"revenue": {"sum": "amount"}, "team": team},
        )
        payees = [
            {"id": "head"},
            {"id": "lead", "manager": "head", "credits": deals(100)},
            {"id": "rep", "manager": "lead", "credits": deals(200)},
        ]
        body = {"period": "2026-Q1", "payees": payees}
        result = calculate(plan, parse_inputs(body, currency="EUR"))
        assert result.of("head").total.amount == expected


def test_a_stock_across_the_plan_goes_to_the_first_to_close() -> None:
    spiff = {"step": "spiff", "events": "revenue", "amount": "100", "first": "3", "across": "plan"}
    payees = [{"id": "ana", "credits": deals(1, 1, 1)}, {"id": "ben", "credits": deals(1, 1)}]
    body = {"period": "2026-Q1", "payees": payees}
    result = calculate(plan_of(spiff), parse_inputs(body, currency="EUR"))
    # d1 of both, then d2: the same moment and id, so the smaller payee id.
    assert [payee.total.amount for payee in result.payees] == [200, 100]


def test_a_pool_gives_the_odd_cent_to_the_smaller_id() -> None:
    plan = plan_of({"step": "team_pool", "pool": "100"})
    payees = [{"id": key} for key in ("c", "a", "b")]
    result = calculate(plan, parse_inputs({"period": "2026", "payees": payees}, currency="EUR"))
    assert [payee.total.minor for payee in result.payees] == [3334, 3333, 3333]


def test_weights_and_plan_steps_make_lines_that_add_up() -> None:
    half = {"steps": [{"step": "fixed_amount", "amount": "1000.01"}], "weight": "50 %"}
    plan = plan_of(
        components=[{"key": "a", **half}, {"key": "b", **half}],
        steps=[{"step": "cap", "at": "900", "excess": "carried"}],
    )
    result = result_of(plan)
    assert [(line.component, line.amount.minor) for line in result.lines] == [
        ("a", 50001),
        ("b", 50001),
        ("plan", -10002),
    ]
    assert result.total.minor == 90000
    assert [(kept.path, kept.amount, kept.fate) for kept in result.excess] == [
        ("steps[0]", Fraction("100.02"), "carried")
    ]


def test_plan_steps_may_work_on_the_exact_sum() -> None:
    half = {"steps": [{"step": "fixed_amount", "amount": "0.005"}]}
    components = [{"key": "a", **half}, {"key": "b", **half}]
    steps = [{"step": "multiplier", "by": ["1"]}]
    by_line = result_of(plan_of(components=components, steps=steps))
    by_total = result_of(plan_of(components=components, steps=steps, rounding={"at": "total"}))
    assert (by_line.total.minor, by_total.total.minor) == (2, 1)
    assert [line.amount.minor for line in by_total.lines] == [1, 1, -1]


def test_a_component_for_other_roles_gives_no_line() -> None:
    plan = plan_of(components=[{"key": "a", "roles": ["rep"], "steps": [FLAT]}])
    assert result_of(plan, role="manager", credits=deals(100)).lines == ()
    assert result_of(plan, role="rep", credits=deals(100)).total.amount == 5


def test_yen_have_no_cents() -> None:
    plan = plan_of(FLAT, currency="JPY")
    assert result_of(plan, credits=deals(110)).as_json()["total"] == "6"


def nested(depth: int) -> Any:
    found: Any = "1"
    for _ in range(depth):
        found = [found]
    return found


def test_very_deep_documents_are_refused_and_do_not_exhaust_the_stack() -> None:
    codes = []
    for text in ("[" * 900 + "]" * 900, "{}" + " " * 100_000):
        with pytest.raises(Invalid) as caught:
            parse_inputs(text, currency="EUR")
        codes.append(caught.value.issues[0].code)
    with pytest.raises(Invalid) as caught:
        parse_inputs({"period": nested(5_000)}, currency="EUR")
    codes.append(caught.value.issues[0].code)
    assert codes == ["document.too_deep", "plan.wrong_type", "document.too_deep"]


def test_long_json_is_read_exactly_and_its_doubled_keys_are_refused() -> None:
    body = '{"period": "2026-Q1", "payees": [{"id": "ana", "measures": {"pay": 0.1%s}}]}'
    room = " " * 100_000
    found = parse_inputs(body % room, currency="EUR")
    assert found.payees[0].measures == {"pay": Fraction(1, 10)}
    with pytest.raises(Invalid) as caught:
        parse_inputs(body % (room + ', "pay": 2'), currency="EUR")
    assert [issue.code for issue in caught.value.issues] == ["document.doubled_key"]


def test_words_and_numbers_of_yaml_stay_what_was_written() -> None:
    text = 'a: true\nb: "true"\nc: no\nd: null\ne: 0.10\nf: "0.10"\ng: 2026-01-01\n'
    assert load_text(text).value == {
        "a": True, "b": "true", "c": "no", "d": None, "e": "0.10", "f": "0.10", "g": "2026-01-01",
    }  # fmt: skip


def test_a_carried_excess_is_paid_when_there_is_room() -> None:
    plan = plan_of(
        {"step": "flat_rate", "base": "revenue", "rate": "10 %"},
        {"step": "cap", "at": "100", "excess": "carried"},
    )
    first = result_of(plan, credits=deals(1300))
    assert (first.total.minor, first.carried) == (10000, {"excess": Fraction(30)})
    second = result_of(plan, credits=deals(800), carried={"excess": "30"})
    assert (second.total.minor, second.carried) == (10000, {"excess": Fraction(10)})
    third = result_of(plan, carried={"excess": "10"})
    assert (third.total.minor, third.carried) == (1000, {"excess": Fraction(0)})


def test_moments_without_zone_are_read_as_they_stand_but_not_beside_zoned_ones() -> None:
    bare = [
        {"id": "late", "closed_at": "2026-01-05T18:00:00", "amount": "1"},
        {"id": "early", "closed_at": "2026-01-05T09:30", "amount": "1"},
        {"id": "first", "closed_at": "2026-01-05", "amount": "1"},
    ]
    read = parse_inputs(
        {"period": "2026-Q1", "payees": [{"id": "ana", "credits": bare}]}, currency="EUR"
    )
    assert [credit.id for credit in read.payees[0].credits] == ["first", "early", "late"]
    mixed = [*bare, {"id": "zoned", "closed_at": "2026-01-05T09:00:00+01:00", "amount": "1"}]
    with pytest.raises(Invalid) as caught:
        parse_inputs(
            {"period": "2026-Q1", "payees": [{"id": "ana", "credits": mixed}]}, currency="EUR"
        )
    assert [issue.place.path for issue in caught.value.issues] == [
        "payees[0].credits[0].closed_at",
        "payees[0].credits[1].closed_at",
    ]


def test_json_may_escape_signs_that_yaml_cannot_and_keeps_its_numbers_as_text() -> None:
    ana_text = '{"id": "ana", "name": "\\ud83d\\ude00", "kpis": {"k": 0.1}}'
    text = f'{{"period": "2026-Q1", "payees": [{ana_text}]}}'
    (ana,) = parse_inputs(text, currency="EUR").payees
    assert (ana.name, ana.kpis) == ("\U0001f600", {"k": Fraction(1, 10)})


def test_an_optional_key_may_say_null_and_a_required_one_may_not() -> None:
    tiers = [{"from": 0, "to": 100, "rate": "5 %"}, {"from": 100, "to": None, "rate": "10 %"}]
    open_end = {"step": "marginal_tiers", "base": "revenue", "tiers": tiers}
    assert result_of(plan_of(open_end), credits=deals(200)).total.amount == 15
    with pytest.raises(Invalid) as caught:
        plan_of({"step": "flat_rate", "base": "revenue", "rate": None})
    assert caught.value.issues[0].place.path == "components[0].steps[0].rate"
