"""What was paid and the corrections of it always add up to what is due, in whatever order."""

import re
from datetime import date

import pytest
from django.db import connection
from django.db.models import Sum
from django.test.utils import CaptureQueriesContext

from activities.models import Account
from incentives import services
from incentives.models import LedgerLine, PayPeriod, Run
from kernel.issues import Invalid
from people.models import Company
from tests.incentives.conftest import PLAN, Pay, won


def month(pay: Pay, number: int) -> PayPeriod:
    return services.open_period(actor=pay.hana, kind="month", day=date(2026, number, 1))


def refusal(refused: pytest.ExceptionInfo[Invalid]) -> list[str]:
    return [issue.code for issue in refused.value.issues]


def paid(pay: Pay, name: str) -> int:
    lines = LedgerLine.objects.filter(person=pay.world.people[name])
    return int(lines.aggregate(total=Sum("amount_minor"))["total"] or 0)


def corrections(run: Run) -> list[tuple[str, int]]:
    rows = run.statements.exclude(corrects=None).order_by("person__number", "corrects_id")
    return list(rows.values_list("person__number", "total_minor"))


def recalculated(pay: Pay, period: PayPeriod) -> Run:
    services.reopen_period(actor=pay.hana, period_id=period.pk, reason="the month before moved")
    return pay.run(period)


def test_a_correction_that_two_runs_hold_is_paid_once(pay: Pay) -> None:
    pay.run()
    pay.lock()
    won("léa", "1000", date(2026, 3, 30), "D9")
    april, may = month(pay, 4), month(pay, 5)
    assert corrections(pay.run(april)) == [("léa", 10000)]
    assert corrections(pay.run(may)) == [("léa", 10000)]
    pay.lock(april)
    pay.approve(may)
    with pytest.raises(Invalid) as refused:
        services.lock_period(actor=pay.hugo, period_id=may.pk)
    assert refusal(refused) == ["period.before_moved"]
    may.refresh_from_db()
    assert may.state == "approved"
    assert corrections(recalculated(pay, may)) == []
    pay.lock(may)
    assert paid(pay, "léa") == 70000 + 10000


def test_a_period_is_locked_after_the_one_before_it(pay: Pay) -> None:
    april = month(pay, 4)
    pay.run()
    pay.run(april)
    pay.approve(april)
    with pytest.raises(Invalid) as refused:
        services.lock_period(actor=pay.hugo, period_id=april.pk)
    assert refusal(refused) == ["period.before_not_locked"]
    pay.lock()
    services.lock_period(actor=pay.hugo, period_id=april.pk)
    april.refresh_from_db()
    assert april.state == "locked"


def test_a_period_before_that_was_never_calculated_is_no_obstacle(pay: Pay) -> None:
    month(pay, 2)
    pay.run()
    pay.lock()
    pay.march.refresh_from_db()
    assert pay.march.state == "locked"


def test_a_debt_that_came_after_the_run_is_not_forgotten(pay: Pay) -> None:
    Company.objects.update(country="BE")  # a draw that takes back is not for France
    drawn = PLAN.partition("examples:")[0] + "      - {step: draw, draw: 1000, balance: debt}\n"
    draft = services.save_plan(actor=pay.hana, document=drawn, valid_from=date(2026, 3, 1))
    services.publish_plan(actor=pay.hana, version_id=draft.pk, reason="agreed")
    april = month(pay, 4)
    won("léa", "20000", date(2026, 4, 10), "A1")
    pay.run()
    early = pay.run(april)
    assert pay.statement(early, "léa").total_minor == 150000
    pay.lock()
    pay.approve(april)
    with pytest.raises(Invalid) as refused:
        services.lock_period(actor=pay.hugo, period_id=april.pk)
    assert refusal(refused) == ["period.before_moved"]
    # 300 of the draw of March are owed
    assert pay.statement(recalculated(pay, april), "léa").total_minor == 120000


@pytest.mark.parametrize("stage", ["won", "lost", "cancelled"])
def test_paid_and_corrections_make_what_is_due(pay: Pay, stage: str) -> None:
    pay.run()
    pay.lock()
    # D2 of Léa becomes Omar's, and smaller; or it was never won; or it is cancelled
    won("omar" if stage == "won" else "léa", "2000", date(2026, 3, 25), "D2", stage=stage)
    april = month(pay, 4)
    pay.run(april)
    pay.lock(april)
    due = {"won": (45000, 15001)}.get(stage, (45000, 5001))
    assert (paid(pay, "léa"), paid(pay, "omar")) == due


def test_a_deal_that_moves_to_another_month_is_paid_there(pay: Pay) -> None:
    pay.run()
    pay.lock()
    won("léa", "3000", date(2026, 4, 2), "D2")
    april = month(pay, 4)
    pay.run(april)
    pay.lock(april)
    assert paid(pay, "léa") == 45000 + 15000


def test_a_run_reads_of_locked_periods_only_whom_a_record_has_touched(pay: Pay) -> None:
    pay.run()
    pay.lock()
    april = month(pay, 4)
    assert _read_again(pay, april) == []
    won("omar", "100", date(2026, 3, 2), "D11")
    assert _read_again(pay, april) == [[pay.world.people["omar"].pk]]


def _read_again(pay: Pay, period: PayPeriod) -> list[list[int]]:
    """For each look at the credits of March during a run of another period: whose they were."""
    with CaptureQueriesContext(connection) as queries:
        pay.run(period)
    march = [one["sql"] for one in queries if "'2026-02-28 23:00" in one["sql"]]
    found = [re.search(r"c\.person_id = ANY\('{([0-9,]+)}'", sql) for sql in march]
    assert len(march) > 0, "the run asks at least for news of March"
    return [[int(one) for one in match[1].split(",")] for match in found if match]


def test_a_customer_who_is_renamed_takes_no_pay_back(pay: Pay) -> None:
    where = "revenue: {sum: amount, where: [{attribute: account, is: Altaïr}]"
    document = PLAN.replace("revenue: {sum: amount", where)
    draft = services.save_plan(actor=pay.hana, document=document, valid_from=date(2026, 3, 1))
    services.publish_plan(actor=pay.hana, version_id=draft.pk, reason="agreed")
    assert pay.statement(pay.run(), "léa").total_minor == 70000
    pay.lock()
    Account.objects.update(name="Altaïr SA")
    assert corrections(pay.run(month(pay, 4))) == []


def test_a_record_that_changes_a_kpi_is_news_for_the_plan_that_reads_it(pay: Pay) -> None:
    document = PLAN.partition("examples:")[0].replace("{sum: amount,", "{kpi: closing_rate,")
    draft = services.save_plan(actor=pay.hana, document=document, valid_from=date(2026, 3, 1))
    services.publish_plan(actor=pay.hana, version_id=draft.pk, reason="agreed")
    # 5 % of 100
    assert pay.statement(pay.run(), "omar").total_minor == 500
    pay.lock()
    won("omar", "100", date(2026, 3, 2), "D11", stage="lost")
    assert corrections(pay.run(month(pay, 4))) == [("omar", -250)]


def test_what_the_team_did_is_news_for_the_plan_of_the_manager(pay: Pay) -> None:
    measures = "{sum: amount}\n  team: {everyone: revenue}\n  x: {sum: amount,"
    document = PLAN.partition("examples:")[0].replace("{sum: amount,", measures)
    document = document.replace("base: revenue", "base: team").replace("key: seller", "key: lead")
    draft = services.save_plan(actor=pay.hana, document=document, valid_from=date(2026, 3, 1))
    services.publish_plan(actor=pay.hana, version_id=draft.pk, reason="agreed")
    marc = pay.world.people["marc"].pk
    services.assign_plan(
        actor=pay.hana, plan_key="lead", valid_from=date(2026, 3, 1), person_id=marc
    )
    pay.run()
    pay.lock()
    won("omar", "100", date(2026, 3, 2), "D11")
    assert corrections(pay.run(month(pay, 4))) == [("marc", 1000), ("omar", 500)]
