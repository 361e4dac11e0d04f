"""People who stand beside the payees: counted in sums, or in what is shared out, never paid."""

from typing import Any

import pytest

from incentives.calc import calculate, parse_inputs, parse_plan, pay_of
from kernel.issues import Invalid
from tests.incentives.calc.practising import totals

PLAN = """
key: pool
name: {fr: Réserve, en: Pool}
currency: EUR
period: month
measures:
  sales: {sum: amount, unit: money}
  wins: {count: credits}
  all: {everyone: sales, unit: money}
  team: {team: sales, unit: money}
  desk: {peers: sales, unit: money}
components:
  - key: pool
    steps: [{step: team_pool, pool: all * 0.01, weight: sales}]
  - key: first
    steps: [{step: spiff, events: wins, amount: 10, first: 2, across: plan}]
  - key: split
    steps: [{step: deal_tiers, base: sales, tiers: [{from: 0, rate: 1 %}]}, {step: money_split}]
  - key: lead
    steps: [{step: flat_rate, base: team, rate: 1 %}]
  - key: desk
    steps: [{step: flat_rate, base: desk, rate: 1 %}]
"""


def deal(key: str, day: int, amount: int, share: str = "1") -> dict[str, Any]:
    return {"id": key, "closed_at": f"2026-03-{day:02}", "amount": amount, "share": share}


ANA = {"id": "1", "manager": "m", "credits": [deal("b", 2, 1000), deal("s", 9, 100, "1/3")]}
BO = {"id": "2", "manager": "m", "credits": [deal("a", 1, 2000), deal("s", 9, 100, "2/3")]}


def lines(payees: list[dict[str, Any]], who: str) -> dict[str, int]:
    plan = parse_plan(PLAN)
    inputs = parse_inputs({"period": "2026-03", "payees": payees}, currency="EUR")
    own = pay_of(plan, inputs, who)
    paid = {one.id: one for one in calculate(plan, inputs).payees}
    assert paid[who] == own
    assert all(one.get("counts_in", "all") == "all" for one in payees if one["id"] in paid)
    return {line.component: line.amount.minor for line in own.lines}


def test_a_person_beside_the_payees_may_count_in_sums_only() -> None:
    both = lines([ANA, BO], "1")
    # 1 % of 3,100 shared 1,033.33 : 2,066.67; b and a are the first two wins
    assert both == {"pool": 1033, "first": 1000, "split": 1011, "lead": 0, "desk": 3100}
    other = {"id": "3", "manager": "1", "credits": [deal("0", 1, 500)], "counts_in": "sums"}
    assert lines([ANA, BO, other], "1") == {**both, "pool": 1200, "lead": 500}


def test_a_person_beside_the_payees_may_count_in_shares_only() -> None:
    told = {**BO, "counts_in": "shares"}
    summed = {**BO, "id": "2@all", "counts_in": "sums", "manager": None}
    assert lines([ANA, told, summed], "1") == lines([ANA, BO], "1")
    # without the sums, the pool is of the own deals alone
    alone = lines([ANA, told], "1")
    assert alone["pool"] == 344
    below = {**told, "manager": "1"}
    assert lines([ANA, below], "1")["lead"] == 0


def test_anything_else_is_refused_at_its_place() -> None:
    with pytest.raises(Invalid) as refused:
        parse_inputs(
            {"period": "2026-03", "payees": [{"id": "1", "counts_in": "nothing"}]}, currency="EUR"
        )
    assert [one.place.path for one in refused.value.issues] == ["payees[0].counts_in"]


def test_who_stands_beside_in_one_period_may_be_paid_in_the_next() -> None:
    plan = """
    measures: {all_sales: {everyone: revenue}}
    line: [{step: flat_rate, base: all_sales, rate: 10 %}]
    """
    ana, ben = "{id: ana, measures: {revenue: 5}}", "id: ben, measures: {revenue: 15}"
    inputs = f"""
    periods:
      - {{period: 2026-01, payees: [{ana}, {{{ben}, counts_in: sums}}]}}
      - {{period: 2026-02, payees: [{ana}, {{{ben}}}]}}
    """
    assert totals(plan, inputs) == [{"ana": 2}, {"ana": 2, "ben": 2}]
