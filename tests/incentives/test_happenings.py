"""Money, cancellations and milestones of deals on their way from the log into pay, once each."""

from datetime import UTC, date, datetime
from fractions import Fraction

import pytest

from activities.inputs import ActivityInput, CreditInput
from activities.models import ActivityType
from activities.services import record_activities
from incentives import services
from incentives.models import Run
from people.models import Company
from tests.incentives.conftest import Pay, won
from tests.incentives.test_histories import month, total
from tests.incentives.test_pay_inputs import HEAD

STEPS = {
    "holdback": "      - {step: holdback}\n",
    "clawback": "      - {step: clawback}\n",
    "schedule": (
        "      - step: payment_schedule\n        parts: [{share: 50 %}, {share: 50 %, at: demo}]\n"
    ),
    "none": "",
}


def plan(pay: Pay, kind: str) -> None:
    """10 % of each deal, then held, scheduled or taken back, where the law lets it."""
    Company.objects.update(country="BE")
    document = (
        f"{HEAD}measures:\n  revenue: {{sum: amount}}\ncomponents:\n  - key: commission\n"
        "    steps:\n      - {step: flat_rate, base: revenue, rate: 10 %, by: deal}\n" + STEPS[kind]
    )
    draft = services.save_plan(actor=pay.hana, document=document, valid_from=date(2026, 2, 1))
    services.publish_plan(actor=pay.hana, version_id=draft.pk)


def happened(
    kind: str, day: date, deal: str, amount: str | None = None, source: str = "crm"
) -> None:
    """An activity of a kind about a deal, credited to Omar: whose it is does not matter."""
    (result,) = record_activities(
        actor=None,
        source="crm",
        records=[
            ActivityInput(
                external_id=f"{kind}-{deal}-{day.isoformat()}",
                type=kind,
                occurred_at=datetime(day.year, day.month, day.day, 9, tzinfo=UTC),
                credits=(CreditInput("omar", Fraction(1)),),
                amount=None if amount is None else Fraction(amount),
                currency="" if amount is None else "EUR",
                deal=deal,
            )
        ],
    )
    assert not result.is_rejected, result.issues


def corrections(run: Run) -> list[int]:
    rows = run.statements.filter(person__number="léa").exclude(corrects=None)
    return list(rows.order_by("corrects_id").values_list("total_minor", flat=True))


def run_and_lock(pay: Pay, number: int) -> Run:
    run = pay.run(month(pay, number))
    pay.lock(month(pay, number))
    return run


def test_a_migrated_database_knows_payments(pay: Pay) -> None:
    kind = ActivityType.objects.get(key="payment_received")
    assert (kind.has_amount, kind.loggable) == (True, False)


def test_what_is_held_is_paid_when_the_money_comes(pay: Pay) -> None:
    plan(pay, "holdback")
    happened("payment_received", date(2026, 3, 25), "D2", "600")
    assert pay.statement(run_and_lock(pay, 3), "léa").total_minor == 6000
    happened("payment_received", date(2026, 4, 10), "D1", "4500")
    april = pay.statement(run_and_lock(pay, 4), "léa")
    assert april.total_minor == 45000
    assert april.inputs["events"] == [
        {"event": "collected", "credit": "crm:deal:D1:won", "on": "2026-04-10", "amount": "4500"}
    ]
    assert sorted(item["held"] for item in april.figures["open"]) == ["240.00", "450.00"]
    # money of April that becomes known in May is a correction of April, and is held no more
    happened("payment_received", date(2026, 4, 20), "D1", "4500")
    may = run_and_lock(pay, 5)
    assert corrections(may) == [45000]
    assert pay.statement(may, "léa").figures["open"][0]["held"] == "240.00"
    assert total(pay, "léa") == 6000 + 45000 + 45000


def test_a_run_that_follows_sees_money_that_came_since(pay: Pay) -> None:
    plan(pay, "holdback")
    assert pay.statement(pay.run(), "léa").total_minor == 0
    happened("payment_received", date(2026, 3, 25), "D2", "3000")
    assert pay.statement(pay.run(), "léa").total_minor == 30000


def test_a_milestone_makes_a_part_due(pay: Pay) -> None:
    plan(pay, "schedule")
    assert pay.statement(run_and_lock(pay, 3), "léa").total_minor == 60000
    happened("demo", date(2026, 4, 10), "D1")
    assert pay.statement(run_and_lock(pay, 4), "léa").total_minor == 45000


@pytest.mark.parametrize("kind", ["clawback", "none"])
def test_a_deal_cancelled_later_is_taken_back_once(pay: Pay, kind: str) -> None:
    plan(pay, kind)
    run_and_lock(pay, 3)
    assert total(pay, "léa") == 120000
    won("léa", "9000", date(2026, 4, 10), "D1", stage="cancelled")
    april = run_and_lock(pay, 4)
    by_rule = kind == "clawback"
    assert corrections(april) == ([] if by_rule else [-90000])
    assert pay.statement(april, "léa").total_minor == (-90000 if by_rule else 0)
    may = run_and_lock(pay, 5)
    assert (corrections(may), pay.statement(may, "léa").total_minor) == ([], 0)
    assert total(pay, "léa") == 30000


@pytest.mark.parametrize("kind", ["clawback", "holdback", "none"])
def test_a_deal_cancelled_in_its_own_month_was_never_paid(pay: Pay, kind: str) -> None:
    plan(pay, kind)
    run_and_lock(pay, 3)
    before = total(pay, "léa")
    won("léa", "9000", date(2026, 3, 30), "D1", stage="cancelled")
    april = run_and_lock(pay, 4)
    assert corrections(april) == ([0] if kind == "holdback" else [-90000])
    assert pay.statement(april, "léa").total_minor == 0
    assert total(pay, "léa") == before - (0 if kind == "holdback" else 90000)


def test_a_cancellation_that_becomes_known_late_is_a_correction_of_its_own_month(pay: Pay) -> None:
    plan(pay, "clawback")
    for number in (3, 4):
        run_and_lock(pay, number)
    won("léa", "9000", date(2026, 4, 10), "D1", stage="cancelled")
    may = run_and_lock(pay, 5)
    assert corrections(may) == [-90000]
    row = may.statements.get(person__number="léa", corrects__isnull=False)
    assert row.corrects is not None
    assert row.corrects.run.period_id == month(pay, 4).pk
    assert total(pay, "léa") == 30000


def test_a_deal_that_was_won_by_mistake_is_corrected_where_it_was_paid(pay: Pay) -> None:
    plan(pay, "clawback")
    run_and_lock(pay, 3)
    won("léa", "9000", date(2026, 4, 10), "D1", stage="lost")
    april = run_and_lock(pay, 4)
    assert (corrections(april), pay.statement(april, "léa").total_minor) == ([-90000], 0)


def test_a_plan_that_does_not_settle_reads_no_events(pay: Pay) -> None:
    happened("payment_received", date(2026, 3, 25), "D2", "3000")
    run = pay.run()
    assert "events" not in pay.statement(run, "léa").inputs
