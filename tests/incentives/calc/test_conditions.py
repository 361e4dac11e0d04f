"""Which credits a measure takes: by date, by word, by amount; and conditions that make no sense."""

from typing import Any

import pytest

from kernel.issues import Invalid
from tests.incentives.calc.building import plan_of
from tests.incentives.calc.practising import F, paid


def counted(where: str, credits: str, period: str = "2026-02") -> Any:
    """How many credits pass the conditions."""
    plan = f"""
    measures: {{taken: {{count: credits, where: {where}}}}}
    line: [{{step: fixed_amount, amount: taken}}]
    """
    (found,) = paid(plan, f"{{period: {period}, payees: [{{id: ana, credits: {credits}}}]}}")
    return found


def test_words_and_flags_are_compared_as_they_are_written() -> None:
    credits = "[{id: a, attributes: {new: true}}, {id: b, attributes: {new: no}}, {id: c}]"
    assert counted("[{attribute: new, is: true}]", credits) == 1
    assert counted("[{attribute: new, is_not: true}]", credits) == 2
    assert counted("[{attribute: new, is: no}]", credits) == 1


@pytest.mark.parametrize(
    ("test", "days"),
    [
        ("at_least: 2026-02-10", [10, 11]),
        ("above: 2026-02-10", [11]),
        ("at_most: 2026-02-10", [9, 10]),
        ("below: 2026-02-10", [9]),
        ("is: 2026-02-10", [10]),
    ],
)
def test_the_day_of_closing_is_tested_on_either_side(test: str, days: list[int]) -> None:
    for day in (9, 10, 11):
        credits = f"[{{id: a, closed_at: 2026-02-{day:02}}}]"
        assert counted(f"[{{attribute: closed_on, {test}}}]", credits) == (day in days)
    assert counted(f"[{{attribute: closed_on, {test}}}]", "[{id: a}]") == 0


def test_a_date_at_the_end_of_the_calendar_counts_as_its_last_day() -> None:
    credits = '[{id: a, attributes: {ends: "9999-12-31T23:59:59Z"}}]'
    period = "2026-02, timezone: Europe/Paris"
    assert counted("[{attribute: ends, at_least: 9999-12-31}]", credits, period) == 1
    assert counted("[{attribute: ends, below: 9999-12-31}]", credits, period) == 0


def test_a_credit_without_a_day_is_not_the_day_that_is_left_out() -> None:
    where = "[{attribute: closed_on, is_not: 2026-02-10}]"
    credits = "[{id: a}, {id: b, closed_at: 2026-02-10}, {id: c, closed_at: 2026-02-11}]"
    assert counted(where, credits) == 2


def test_a_stock_over_three_months_counts_only_the_deals_of_the_campaign() -> None:
    plan = """
    measures:
      large:
        count: credits
        where: [{attribute: amount, at_least: 5000}, {attribute: closed_on, at_least: 2026-02-01}]
      before: {to_date: large, since: ever, before: true}
    line: [{step: spiff, events: large, amount: 100, first: 3, already: before}]
    """
    months = "\n".join(
        f"- {{period: 2026-0{month}, payees: [{{id: ana, credits: ["
        + ", ".join(
            f"{{id: {month}{n}, closed_at: 2026-0{month}-1{n}, amount: 6000}}" for n in range(count)
        )
        + "]}]}"
        for month, count in ((1, 3), (2, 2), (3, 2))
    )
    assert paid(plan, f"periods:\n{months}") == [F(0), F(200), F(100)]


@pytest.mark.parametrize(
    ("condition", "code", "path"),
    [
        ({"attribute": "closed_on", "at_least": "5"}, "plan.wrong_type", "at_least"),
        ({"attribute": "closed_on", "is": "spring"}, "plan.wrong_type", "is"),
        ({"attribute": "signed_on", "below": "2026-02-30"}, "plan.wrong_type", "below"),
        ({"attribute": "amount", "above": "2026-02-01"}, "plan.wrong_type", "above"),
        ({"is": "hardware"}, "plan.amount_is_no_text", "is"),
    ],
)
def test_a_condition_that_could_never_hold_is_refused(
    condition: dict[str, str], code: str, path: str
) -> None:
    measures = {"taken": {"count": "credits", "where": [condition]}}
    with pytest.raises(Invalid) as caught:
        plan_of({"step": "fixed_amount", "amount": "taken"}, measures=measures)
    (issue,) = caught.value.issues
    assert (issue.code, issue.place.path) == (code, f"measures.taken.where[0].{path}")
    assert issue.remedy
