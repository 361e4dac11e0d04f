"""What the inputs say of people, rates and calendars: read as meant, or refused with place."""

from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from incentives.calc import calculate, parse_document, parse_inputs
from incentives.calc.facts import Absence, Award, Inputs, Payee, Review
from kernel.issues import Invalid, Issue
from kernel.timelines import Dated
from tests.incentives.calc.building import plan_of

FLAT = {"step": "flat_rate", "base": "revenue", "rate": "10 %"}


def body(**payee: Any) -> dict[str, Any]:
    return {"period": "2026-Q1", "payees": [{"id": "ana", **payee}]}


def read(**payee: Any) -> Payee:
    return parse_inputs(body(**payee), currency="EUR").payees[0]


def refused(document: dict[str, Any]) -> list[tuple[str, str]]:
    with pytest.raises(Invalid) as caught:
        parse_inputs(document, currency="EUR")
    return [(issue.code, issue.place.path) for issue in caught.value.issues]


def refusals_of_plan(*steps: dict[str, Any], **top: Any) -> list[tuple[str, str]]:
    with pytest.raises(Invalid) as caught:
        plan_of(*steps, **top)
    return [(issue.code, issue.place.path) for issue in caught.value.issues]


def test_a_payee_is_read_with_everything_that_is_known() -> None:
    found = read(
        hired_on="2025-09-01",
        absences=[
            {"kind": "sick", "from": "2026-02-01", "to": "2026-02-03", "part": "50 %"},
            {"kind": "leave", "from": "2026-01-05", "to": "2026-01-06"},
        ],
        working_time=[{"from": "2026-02-01", "share": "80 %"}, {"to": "2026-02-01", "share": "1"}],
        managers=[{"manager": "eva", "to": "2026-02-01"}, {"from": "2026-02-01", "manager": None}],
        reviews={"crm": {"score": "4", "evaluator": "eva", "on": "2026-03-30"}},
        awards=[{"id": "A", "challenge": "spring", "rank": "2", "official": True}],
    )
    feb = date(2026, 2, 1)
    assert found == Payee(
        id="ana",
        hired_on=date(2025, 9, 1),
        absences=(
            Absence("leave", date(2026, 1, 5), date(2026, 1, 6)),
            Absence("sick", feb, date(2026, 2, 3), Fraction(1, 2)),
        ),
        working_time=(Dated(None, feb, Fraction(1)), Dated(feb, None, Fraction(4, 5))),
        managers=(Dated(None, feb, "eva"), Dated(feb, None, None)),
        reviews={"crm": Review(Fraction(4), "", "eva", date(2026, 3, 30))},
        awards=(Award("A", "spring", True, 2, None),),
    )
    assert found.manager_on(date(2026, 1, 31)) == "eva"
    assert found.manager_on(feb) is None


@pytest.mark.parametrize(
    ("payee", "code", "path"),
    [
        ({"absences": [{"kind": "sick", "from": "2026-01-02", "to": "2026-01-02"}]},
         "inputs.days_empty", "payees[0].absences[0].to"),
        ({"absences": [{"kind": "sick", "from": "2026-01-02"}]},
         "plan.missing_key", "payees[0].absences[0]"),
        ({"absences": [{"kind": "sick", "from": "2026-01-02", "to": "2026-01-03", "part": "2"}]},
         "inputs.above_one", "payees[0].absences[0].part"),
        ({"working_time": "110 %"}, "inputs.above_one", "payees[0].working_time"),
        ({"working_time": [{"from": "2026-01-01"}]},
         "plan.missing_key", "payees[0].working_time[0]"),
        ({"managers": [{"manager": "a", "to": "2026-02-02"},
                       {"manager": "b", "from": "2026-02-01"}]},
         "inputs.managers_overlap", "payees[0].managers"),
        ({"awards": [{"id": "A", "challenge": "x"}]}, "plan.missing_key", "payees[0].awards[0]"),
        ({"awards": [{"id": "A", "challenge": "x", "official": "perhaps"}]},
         "plan.wrong_type", "payees[0].awards[0].official"),
        ({"awards": [{"id": "A", "challenge": "x", "official": "true"}] * 2},
         "inputs.doubled_id", "payees[0].awards[1].id"),
        ({"reviews": {"crm": {"mark": "4"}}}, "inputs.unknown_key", "payees[0].reviews.crm.mark"),
        ({"hired_on": "1 May"}, "plan.wrong_type", "payees[0].hired_on"),
        ({"credits": [{"id": "D", "amount": "1", "currency": "USD"}]},
         "inputs.other_currency", "payees[0].credits[0].currency"),
    ],
)  # fmt: skip
def test_a_mistake_about_a_person_is_told_with_its_place(
    payee: dict[str, Any], code: str, path: str
) -> None:
    assert refused(body(**payee)) == [(code, path)]


RATE = {"currency": "USD", "on": "2026-01-01", "rate": "0.9"}


@pytest.mark.parametrize(
    ("more", "code", "path"),
    [
        ({"rates": [RATE, RATE]}, "inputs.doubled_id", "rates[1]"),
        ({"rates": [{**RATE, "rate": "0"}]}, "plan.out_of_range", "rates[0].rate"),
        ({"rates": [{**RATE, "currency": "XXY"}]}, "money.unknown_currency", "rates[0].currency"),
        ({"rates": [{**RATE, "kind": "spot"}]}, "plan.unknown_choice", "rates[0].kind"),
        ({"rates": [{"currency": "USD"}]}, "plan.missing_key", "rates[0]"),
        ({"calendar": {"weekdays": ["monday"]}}, "plan.unknown_choice", "calendar.weekdays[0]"),
        ({"calendar": {"country": "XX"}}, "calendar.unknown_country", "calendar"),
        ({"paid_on": "soon"}, "plan.wrong_type", "paid_on"),
    ],
)
def test_a_mistake_about_the_surroundings_is_told_with_its_place(
    more: dict[str, Any], code: str, path: str
) -> None:
    found = refused({**body(), **more})
    assert (code, path) in found
    assert {place for _, place in found} == {path}


def test_periods_share_rates_and_a_calendar() -> None:
    found = parse_document(
        {
            "rates": [RATE],
            "calendar": {"closed": ["2026-01-02"]},
            "periods": [
                {"period": "2026-01", "payees": []},
                {"period": "2026-02", "payees": [], "rates": [{**RATE, "on": "2026-02-01"}]},
            ],
        },
        currency="EUR",
    )
    assert isinstance(found, tuple)
    assert [len(inputs.rates) for inputs in found] == [1, 2]
    assert all(date(2026, 1, 2) in inputs.calendar.closed for inputs in found)


def shares(*parts: str, double: bool = False) -> list[Issue]:
    payees = [
        {"id": f"p{n}", "credits": [{"id": "D", "amount": "100", "share": part}]}
        for n, part in enumerate(parts)
    ]
    if double:
        payees[-1]["credits"][0]["double_credit"] = True  # type: ignore[index]  # plain data of a test
    inputs: Inputs = parse_inputs({"period": "2026-01", "payees": payees}, currency="EUR")
    return list(calculate(plan_of(FLAT), inputs).issues)


def test_shares_of_a_deal_that_do_not_make_the_whole_are_told_unless_declared() -> None:
    assert shares("60 %", "40 %") == []
    assert shares("60 %") == []
    assert shares("1", "1", double=True) == []
    for parts, total in ((("1", "1"), "200"), (("60 %", "30 %"), "90")):
        (issue,) = shares(*parts)
        assert issue.code == "inputs.shares_sum"
        assert dict(issue.params) == {"credit": "D", "total": total}


def test_what_a_plan_cannot_mean_is_refused() -> None:
    by_deal = {**FLAT, "by": "deal"}
    cap = {"step": "cap", "at": "1", "scope": "deal", "excess": "carried"}
    steps = "components[0].steps"
    assert refusals_of_plan(by_deal, cap) == [("plan.excess_by_deal", f"{steps}[1].excess")]
    year = {"step": "cap", "at": "1", "scope": "year"}
    assert refusals_of_plan(FLAT, year, steps=[year]) == [("plan.doubled_balance", "steps[0]")]
    gate = {"step": "gate", "value": "win_rate", "at_least": "1", "else_rate": "1 %"}
    assert refusals_of_plan(FLAT, gate) == [("plan.rate_without_base", f"{steps}[1].else_rate")]
    top = {"conversion": {"rate_of": "plan", "rates": {"XXY": "1"}}}
    assert refusals_of_plan(FLAT, **top) == [("money.unknown_currency", "conversion.rates.XXY")]
    table = {"absences": {"sick": {"objectives": True}}}
    assert refusals_of_plan(FLAT, **table) == [("plan.unknown_key", "absences.sick.objectives")]


def test_a_step_that_falls_at_each_limit_is_warned_about() -> None:
    tiers = [{"from": "0", "rate": "1 %"}, {"from": "10", "rate": "2 %"}]
    plan = plan_of({"step": "top_tier_excess", "base": "revenue", "tiers": tiers})
    assert "plan.not_monotone" in [issue.code for issue in plan.notes]


def test_a_plan_can_read_the_calendar_and_the_seniority() -> None:
    words = ("month", "month_of_quarter", "quarter", "year", "seniority_months")
    measures = {word: {"calendar": word} for word in words}
    plan = plan_of(*({"step": "fixed_amount", "amount": word} for word in words), measures=measures)

    def figures(period: str, **payee: Any) -> list[str]:
        inputs = parse_inputs({"period": period, "payees": [{"id": "a", **payee}]}, currency="EUR")
        children = calculate(plan, inputs).of("a").trace.children[0].children
        return [child.value for child in children[:5]]

    assert figures("2026-08", hired_on="2025-03-15") == ["8", "2", "3", "2026", "17"]
    assert figures("2026-Q4", hired_on="2026-12-01") == ["12", "3", "4", "2026", "1"]
    assert figures("2026-01") == ["1", "1", "1", "2026", ""]


def test_foreign_money_is_not_compared_with_a_limit_of_the_plans_currency() -> None:
    measures = {
        "large": {"count": "credits", "where": [{"attribute": "amount", "at_least": "1000"}]},
        "margin": {"sum": "margin", "unit": "money"},
        "units": {"sum": "units"},
    }
    plan = plan_of(
        {"step": "fixed_amount", "amount": "10000 * large + margin + 1000 * units"},
        measures=measures,
    )
    credits = [
        {"id": key, "amount": amount, "currency": "USD", "closed_at": "2026-01-02",
         "attributes": {"margin": "100", "units": "3"}}
        for key, amount in (("A", "1100"), ("B", "1200"))
    ]  # fmt: skip
    document = {**body(credits=credits), "rates": [RATE]}
    found = calculate(plan, parse_inputs(document, currency="EUR")).of("ana")
    assert found.total.amount == 10000 * 1 + 2 * 90 + 6000
