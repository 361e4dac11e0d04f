"""The three commission rules and the override of the reference data, to the cent."""

import csv
import json
from collections import defaultdict
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from incentives.calc import Plan, calculate, check_examples, parse_inputs, parse_plan

PLANS = Path(__file__).parent.parent / "plans"
RULES = ("flat_5pct", "tiered_marginal", "tiered_whole_amount")


def plan_named(name: str) -> Plan:
    return parse_plan((PLANS / f"{name}.yaml").read_text(encoding="utf-8"), file=f"{name}.yaml")


@pytest.fixture(scope="module")
def deals_won(shared: Path) -> dict[str, list[dict[str, str]]]:
    """The credits of each quarter, by agent: every won deal of the pipeline."""
    found: dict[str, list[dict[str, str]]] = defaultdict(list)
    path = shared / "data" / "maven_crm_sales" / "sales_pipeline.csv"
    with path.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            if row["deal_stage"] == "Won":
                year, month, _ = row["close_date"].split("-")
                found[f"{year}-Q{(int(month) + 2) // 3}"].append(row)
    return found


@pytest.fixture(scope="module")
def managers(shared: Path) -> dict[str, str]:
    """The manager of each agent."""
    path = shared / "data" / "maven_crm_sales" / "sales_teams.csv"
    with path.open(encoding="utf-8", newline="") as lines:
        return {row["sales_agent"]: row["manager"] for row in csv.DictReader(lines)}


@pytest.fixture(scope="module")
def scenarios(shared: Path) -> dict[str, Any]:
    text = (shared / "data" / "maven_crm_sales" / "reference.json").read_text(encoding="utf-8")
    found = json.loads(text, parse_float=Decimal)["commission_scenarios_made_up_parameters"]
    assert isinstance(found, dict)
    return found


def inputs_of(quarter: str, rows: list[dict[str, str]], managers: dict[str, str]) -> dict[str, Any]:
    credits: dict[str, list[dict[str, str]]] = {agent: [] for agent in managers}
    for row in rows:
        credits[row["sales_agent"]].append(
            {
                "id": row["opportunity_id"],
                "closed_at": row["close_date"],
                "amount": row["close_value"],
                "currency": "USD",
            }
        )
    agents = [
        {"id": agent, "role": "agent", "manager": manager, "credits": credits[agent]}
        for agent, manager in managers.items()
    ]
    leaders = [{"id": manager, "role": "manager"} for manager in sorted(set(managers.values()))]
    return {"period": quarter, "payees": agents + leaders}


@pytest.mark.parametrize("rule", RULES)
def test_each_rule_gives_every_amount_of_the_reference(
    rule: str,
    deals_won: dict[str, list[dict[str, str]]],
    managers: dict[str, str],
    scenarios: dict[str, Any],
) -> None:
    plan = plan_named(rule)
    found: dict[tuple[str, str], Fraction] = {}
    for quarter, rows in deals_won.items():
        inputs = parse_inputs(inputs_of(quarter, rows, managers), currency="USD")
        for payee in calculate(plan, inputs).payees:
            if payee.id in managers and payee.total.minor:
                found[payee.id, quarter] = payee.total.amount
    expected = {
        (row["sales_agent"], row["quarter"]): Fraction(row[rule])
        for row in scenarios["per_agent_quarter"]
    }
    assert len(expected) > 100
    assert found == {key: amount for key, amount in expected.items() if amount}


def test_the_override_gives_every_manager_one_percent_of_the_team(
    deals_won: dict[str, list[dict[str, str]]],
    managers: dict[str, str],
    scenarios: dict[str, Any],
) -> None:
    plan = plan_named("manager_override_1pct")
    found: dict[tuple[str, str], Fraction] = {}
    for quarter, rows in deals_won.items():
        inputs = parse_inputs(inputs_of(quarter, rows, managers), currency="USD")
        for payee in calculate(plan, inputs).payees:
            if payee.lines:
                found[payee.id, quarter] = payee.total.amount
    assert found == {
        (row["manager"], row["quarter"]): Fraction(row["override_1pct"])
        for row in scenarios["manager_override_1pct_of_team_revenue"]
    }


@pytest.mark.parametrize("name", [*RULES, "manager_override_1pct"])
def test_the_examples_inside_each_plan_come_true(name: str) -> None:
    plan = plan_named(name)
    assert plan.examples
    assert check_examples(plan) == []
