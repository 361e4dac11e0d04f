"""Where a running period may end, and what the next step is worth; all by the plan itself."""

from datetime import date
from fractions import Fraction
from typing import Any, cast

import pytest

from incentives import services
from incentives.calc import parse_plan
from incentives.statements.projection import Projection, next_steps, projections
from incentives.statements.rests import with_rest
from kernel.money import Money
from people import services as people
from people.models import Role
from tests.incentives.conftest import PLAN, Pay, won

TODAY = date(2026, 4, 15)


def euros(text: str) -> Money:
    return Money.of(text, "EUR")


@pytest.fixture
def april(pay: Pay) -> Pay:
    """Léa in the middle of April, with three months behind her.

    15 April is the 10th working day (Easter Monday is none). What came after the 10th working day
    of a past month: March 3,000 (the 9,000 of 3 March came before), February 5,000, January 1,000.
    """
    services.open_period(actor=pay.hana, kind="month", day=TODAY)
    won("léa", "8000", date(2026, 4, 10), "A1")
    won("léa", "5000", date(2026, 2, 20), "F1")
    won("léa", "7000", date(2026, 1, 15), "J1")
    won("léa", "1000", date(2026, 1, 16), "J2")
    return pay


def only_projection(person_id: int) -> Projection:
    (found,) = projections(person_id, TODAY)
    assert isinstance(found, Projection)
    return found


def test_the_rest_of_the_period_is_as_in_the_last_three(april: Pay) -> None:
    found = only_projection(april.world.people["léa"].pk)
    assert found.booked == euros("400")
    # 9,000 at 5 %; 10,000 at 5 % and 1,000 at 10 %; 10,000 at 5 % and 3,000 at 10 %
    assert found.outcomes == (euros("450"), euros("600"), euros("800"))
    assert (found.low, found.expected, found.high) == found.outcomes


@pytest.mark.parametrize(
    ("leaves_on", "outcomes"),
    [
        # of the rest only the 11th to the 13th working day are paid: the 1,000 of 16 January
        (date(2026, 4, 21), ("400", "400", "450")),
        (date(2026, 4, 16), ("400", "400", "400")),
        (date(2026, 4, 15), ()),
    ],
)
def test_of_who_leaves_only_the_days_that_the_plan_pays_count(
    april: Pay, leaves_on: date, outcomes: tuple[str, ...]
) -> None:
    léa = april.world.people["léa"]
    léa.assignments.update(valid_to=leaves_on)
    found = only_projection(léa.pk)
    assert found.booked == euros("400")
    assert found.outcomes == tuple(euros(one) for one in outcomes)
    assert found.rests.is_over is (not outcomes)


def test_the_next_step_says_what_is_missing_and_what_it_is_worth(april: Pay) -> None:
    found = only_projection(april.world.people["léa"].pk)
    (step,) = found.next_steps
    assert step.component == "commission"
    assert [step.limit, step.level, step.missing] == [Fraction(n) for n in (10000, 8000, 2000)]
    assert (step.currency, step.worth) == ("EUR", euros("100"))


def test_a_newcomer_has_no_range(april: Pay) -> None:
    nina = people.hire_person(
        actor=None, number="nina", first_name="Nina", last_name="Test", hired_on=date(2026, 4, 1)
    )
    people.assign(
        actor=None,
        person=nina,
        team=april.world.teams["North"],
        role=Role.objects.get(key="ae"),
        valid_from=date(2026, 4, 1),
    )
    won("nina", "100", date(2026, 4, 9), "N1")
    found = only_projection(nina.pk)
    assert found.booked == euros("5")
    assert (found.outcomes, found.low, found.expected, found.high) == ((), None, None, None)


def test_who_has_no_plan_or_no_running_period_has_no_projection(april: Pay) -> None:
    assert projections(april.world.people["rémi"].pk, TODAY) == []
    assert projections(april.world.people["léa"].pk, date(2026, 6, 1)) == []


def inputs(*amounts: str, objective: str = "") -> dict[str, object]:
    credits = [
        {"id": f"d{n}", "closed_at": "2026-04-10", "amount": amount, "attributes": {}}
        for n, amount in enumerate(amounts)
    ]
    payee = {"id": "7", "credits": credits}
    return {
        "period": "2026-04",
        "payees": [payee | ({"objectives": {"revenue": objective}} if objective else {})],
    }


def steps_of(steps: str, measures: str, body: dict[str, object]) -> list[tuple[object, ...]]:
    head = PLAN.partition("measures:")[0]
    text = f"{head}measures:\n{measures}\ncomponents:\n- key: pay\n  steps:\n{steps}"
    found = next_steps(parse_plan(text), body, 7)
    return [(one.mechanic, one.limit, one.missing, one.worth.amount) for one in found]


REVENUE = "  revenue: {sum: amount, unit: money}"
QUOTA = """\
  quota: {objective: revenue}
  attainment: {formula: revenue / quota, unit: ratio}"""


def test_a_retroactive_tier_is_worth_its_jump() -> None:
    tiers = "  - {step: retroactive_tiers, base: revenue, tiers: [{from: 0, rate: 3 %}, {from: 1000, rate: 5 %}]}"  # noqa: E501 - a step on one line reads better
    # 5 % of 1,000 instead of 3 % of 999
    assert steps_of(tiers, REVENUE, inputs("999")) == [
        ("retroactive_tiers", 1000, 1, Fraction("20.03"))
    ]
    assert steps_of(tiers, REVENUE, inputs("1000")) == []


def test_a_limit_on_a_ratio_is_told_in_money() -> None:
    steps = """\
  - {step: threshold, measure: revenue, at: 80 %, value: attainment}
  - {step: flat_rate, base: revenue, rate: 10 %}"""
    found = steps_of(steps, f"{REVENUE}\n{QUOTA}", inputs("500", objective="1000"))
    assert found == [("threshold", Fraction(4, 5), 300, 80)]


def test_a_step_over_a_count_is_told_in_records() -> None:
    steps = """\
  - step: step_curve
    value: meetings
    pay: 100
    bands: [{from: 0, pays: 0}, {from: 3, pays: 1}]"""
    measures = "  meetings: {count: credits, where: [{attribute: type, is: meeting_held}]}"
    assert steps_of(steps, measures, inputs()) == [("step_curve", 3, 3, 100)]


def test_a_limit_that_no_record_moves_is_left_out() -> None:
    steps = "  - {step: step_curve, value: quality, pay: 100, bands: [{from: 0, pays: 0}, {from: 1, pays: 1}]}"  # noqa: E501 - a step on one line reads better
    measures = f"  quality: {{kpi: quality, default: 0}}\n{REVENUE}"
    assert steps_of(steps, measures, inputs("5")) == []


def test_the_appended_records_keep_their_order_and_leave_the_inputs_alone() -> None:
    before = inputs("5")
    rest: dict[int, list[dict[str, object]]] = {
        7: [{"id": "x", "closed_at": "2026-03-31T23:30:00+02:00", "amount": "3"}]
    }
    after = with_rest(before, rest, 31)
    assert before == inputs("5")
    (payee,) = cast(list[dict[str, Any]], after["payees"])
    assert [one["id"] for one in payee["credits"]] == ["d0", "past:x"]
    assert payee["credits"][1]["closed_at"] == "2026-05-01T23:30:00+02:00"
