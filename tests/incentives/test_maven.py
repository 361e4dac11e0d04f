"""The reference commissions by the real path: import, plan, quarterly period, statements."""

import json
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from pytest_django.plugin import DjangoDbBlocker

from incentives import services
from incentives.models import PayPeriod
from tests.incentives.conftest import finished
from tests.kpis import maven

pytestmark = pytest.mark.django_db

PLANS = Path(__file__).parent / "plans"
RULES = ("flat_5pct", "tiered_marginal", "tiered_whole_amount")
START = date(2017, 1, 1)
QUARTERS = {f"2017-Q{n + 1}": date(2017, 3 * n + 1, 1) for n in range(4)}


@pytest.fixture(scope="module")
def scenarios(shared: Path) -> dict[str, Any]:
    text = (shared / "data/maven_crm_sales/reference.json").read_text(encoding="utf-8")
    data = json.loads(text, parse_float=Decimal)
    found: dict[str, Any] = data["commission_scenarios_made_up_parameters"]
    return found


@pytest.fixture(scope="module", autouse=True)
def company(
    shared: Path, django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[None]:
    with django_db_blocker.unblock(), transaction.atomic():
        maven.load(shared / "data/maven_crm_sales")
        yield
        transaction.set_rollback(True)


def cents(value: Decimal | int) -> int:
    exact = Decimal(value) * 100
    assert exact == int(exact)
    return int(exact)


def pay_by(rule: str, role: str) -> list[PayPeriod]:
    """Publish the rule for a role and calculate the four quarters."""
    text = (PLANS / f"{rule}.yaml").read_text(encoding="utf-8")
    draft = services.save_plan(actor=None, document=text, valid_from=START)
    services.publish_plan(actor=None, version_id=draft.pk)
    services.assign_plan(actor=None, plan_key=rule, role_key=role, valid_from=START)
    periods = []
    for day in QUARTERS.values():
        period = services.open_period(actor=None, kind="quarter", day=day)
        finished(services.start_run(actor=None, period_id=period.pk))
        periods.append(period)
    return periods


def totals(periods: list[PayPeriod]) -> dict[tuple[str, str], int]:
    return {
        (row.person.name, quarter): row.total_minor
        for quarter, period in zip(QUARTERS, periods, strict=True)
        for row in period.runs.get().statements.select_related("person")
    }


@pytest.mark.parametrize("rule", RULES)
def test_every_agent_and_quarter_to_the_cent(rule: str, scenarios: dict[str, Any]) -> None:
    found = totals(pay_by(rule, "ae"))
    expected = {
        (row["sales_agent"], row["quarter"]): cents(row[rule])
        for row in scenarios["per_agent_quarter"]
    }
    assert {key: found[key] for key in expected} == expected
    # who sold nothing in a quarter has a statement of 0
    assert {found[key] for key in found.keys() - expected.keys()} <= {0}


def test_every_manager_and_quarter_to_the_cent(scenarios: dict[str, Any]) -> None:
    found = totals(pay_by("manager_override_1pct", "manager"))
    expected = {
        (row["manager"], row["quarter"]): cents(row["override_1pct"])
        for row in scenarios["manager_override_1pct_of_team_revenue"]
    }
    assert found == expected
