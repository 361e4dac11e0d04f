"""The largest cost of the prizes against the budget."""

import pytest

from challenges.calc.budgets import budget_issues, largest_cost
from kernel.issues import Invalid
from tests.challenges.calc.builders import rules_of

MOST = "format: most\nscore: {metric: revenue}\n"
BUDGET = "budget: {amount: 1000, currency: EUR}\n"


def prizes(*lines: str) -> str:
    return MOST + "prizes:\n" + "".join(f"  - {{{line}}}\n" for line in lines)


FIRST = "for: rank, rank: 1, kind: money, amount: 500, currency: EUR"
GIFT = "for: winners, kind: gift, label: Watch, cost: 90.50, cost_currency: EUR"


def test_money_and_what_gifts_cost_are_added_at_their_worst() -> None:
    # three level at rank 1 take 500 each; each may be a winner and get the watch
    rules = rules_of(prizes(FIRST, GIFT, "for: all, kind: points, amount: 10"))
    assert largest_cost(rules, 3) == {"EUR": 3 * 50000 + 3 * 9050}


@pytest.mark.parametrize(("entrants", "codes"), [(2, []), (3, ["over_budget"])])
def test_exactly_on_the_budget_fits(entrants: int, codes: list[str]) -> None:
    rules = rules_of(prizes(FIRST) + BUDGET)
    found = budget_issues(rules, entrants)

    assert [one.code for one in found] == codes
    assert [one.text() for one in found] == [
        "With 3 entrants the prizes can cost 1500.00 EUR, but the budget is 1000.00 EUR."
    ] * len(codes)


def test_pooled_ties_cost_the_list() -> None:
    pooled = prizes(FIRST) + "ties: {rule: pool}\n" + BUDGET
    assert budget_issues(rules_of(pooled), 30) == []


def test_without_a_limit_no_budget_is_enough() -> None:
    unit = "for: unit, every: 100, kind: money, amount: 1, currency: EUR"
    found = budget_issues(rules_of(prizes(unit) + BUDGET), 1)
    assert [one.text() for one in found] == [
        "These prizes have no limit, but the budget is 1000.00 EUR."
    ]


@pytest.mark.parametrize(
    ("at_most", "cost"), [(", at_most: 1000", 5000), (", at_most: 10000", 5000), ("", None)]
)
def test_a_pot_of_points_costs_what_the_whole_of_it_costs(at_most: str, cost: int | None) -> None:
    pot = "for: pot, kind: points, of_total: 5 %, split: [60 %, 40 %], cost: 50, cost_currency: EUR"
    text = prizes(pot + at_most).replace("format: most", "format: ranking_with_pot")
    rules = rules_of(text + "budget: {amount: 20, currency: EUR}\n")
    assert largest_cost(rules, 3) == {"EUR": cost}
    assert [one.code for one in budget_issues(rules, 3)] == ["over_budget"]


def test_another_currency_is_not_covered() -> None:
    dollars = "for: rank, rank: 1, kind: money, amount: 5, currency: USD"
    found = budget_issues(rules_of(prizes(dollars) + BUDGET), 1)
    assert [(one.code, one.level.value) for one in found] == [("budget_currency", "error")]


def test_the_rules_may_only_warn_or_say_nothing() -> None:
    warns = BUDGET.replace("EUR}", "EUR, over: warn}")
    levels = [
        [one.level.value for one in budget_issues(rules_of(prizes(FIRST) + text), 3)]
        for text in (warns, "")
    ]
    assert levels == [["warning"], []]


def test_a_budget_finer_than_the_currency_is_refused() -> None:
    with pytest.raises(Invalid):
        rules_of(MOST + "budget: {amount: 10.001, currency: EUR}\n")
