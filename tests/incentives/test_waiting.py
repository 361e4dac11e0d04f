"""What waits between periods, and plans that go over to another kind of period."""

from datetime import date

import pytest

from incentives import services
from incentives.gathering.balances import Left
from incentives.gathering.payees import field_of
from incentives.models import PayPeriod, PlanVersion
from incentives.periods.ledgers import carried_minor, is_unbalanced
from incentives.periods.waiting import Waiting, waiting_balances
from kernel.issues import Invalid
from people.models import Company, Person
from tests.incentives.conftest import PLAN, Pay
from tests.incentives.test_happenings import plan, run_and_lock
from tests.incentives.test_histories import month
from tests.incentives.test_pages import signed_in, text_of

BARE = PLAN.partition("examples:")[0]


def waiting(period: PayPeriod) -> tuple[Waiting, ...]:
    return waiting_balances(period, field_of(period))


def test_the_balance_of_a_leaver_stands_on_the_checklist(pay: Pay) -> None:
    plan(pay, "holdback")
    run_and_lock(pay, 3)
    april = month(pay, 4)
    assert waiting(april) == (), "both are paid by the plan, so nothing waits"
    Person.objects.filter(number="omar").update(left_on=date(2026, 4, 1))
    assert waiting(april) == (Waiting("Omar Test", 10001, 0, 0, "EUR"),)
    page = text_of(signed_in(pay.hana), "incentives:period", april.pk)
    assert "1 balance waits: no plan pays the person in this period" in page
    assert "Omar Test (held back: €100.01)" in page
    assert "Léa Test (held back" not in page


def test_what_plans_only_remember_is_due_to_nobody() -> None:
    memories = (
        ("award.7", "50"),
        ("true_up.earned.2026", "5.005"),
        ("true_up.earned", "-2"),
        ("excess.paid.2026-Q1", "900"),
        ("to_date.won.2026", "-12000"),
    )
    assert carried_minor(Left(carried=memories), "EUR") == []
    amounts = (("draw", "-100.25"), ("excess", "30"), ("true_up", "-1"))
    assert carried_minor(Left(carried=(*memories, *amounts)), "EUR") == [-10025, 3000, -100]
    assert not is_unbalanced({"carried": dict(memories)}, Left(), 0, "EUR")


def publish(pay: Pay, kind: str, day: date) -> PlanVersion:
    text = BARE.replace("period: month", f"period: {kind}").replace("5 %", "6 %")
    draft = services.save_plan(actor=pay.hana, document=text, valid_from=day)
    return services.publish_plan(actor=pay.hana, version_id=draft.pk, reason="t")


@pytest.mark.parametrize("day", [date(2026, 2, 1), date(2026, 3, 17)])
def test_a_plan_changes_its_kind_of_period_only_between_periods(pay: Pay, day: date) -> None:
    with pytest.raises(Invalid) as refused:
        publish(pay, "quarter", day)
    (issue,) = refused.value.issues
    assert (issue.code, issue.place.path) == ("plan.kind_in_period", "valid_from")
    assert dict(issue.params)["first_day"] == "2026-04-01"
    assert not PlanVersion.objects.filter(state="published", period_kind="quarter").exists()
    assert publish(pay, "quarter", date(2026, 4, 1)).state == "published"


def test_a_quarter_is_not_torn_by_a_plan_that_pays_months_from_its_middle_on(pay: Pay) -> None:
    publish(pay, "quarter", date(2026, 4, 1))
    with pytest.raises(Invalid) as refused:
        publish(pay, "month", date(2026, 5, 1))
    assert [one.code for one in refused.value.issues] == ["plan.kind_in_period"]
    assert publish(pay, "month", date(2026, 7, 1)).state == "published"


def test_the_same_kind_may_start_on_any_period_and_fiscal_quarters_count(pay: Pay) -> None:
    assert publish(pay, "month", date(2026, 2, 1)).state == "published"
    Company.objects.update(fiscal_year_start_month=2)
    assert publish(pay, "quarter", date(2026, 5, 1)).state == "published"
