"""A version replayed on the inputs of past periods, and compared with the one before."""

from datetime import date

from django.urls import reverse

from incentives import services
from incentives.models import PlanVersion
from incentives.plans.replaying import Replayed, periods_paid_by, replay
from tests.incentives.conftest import PLAN, Pay
from tests.incentives.test_pages import signed_in

RICHER = PLAN.replace("rate: 10 %", "rate: 12 %").replace("total: 700", "total: 740")


def draft_of(pay: Pay, document: str) -> PlanVersion:
    return services.save_plan(actor=pay.hana, document=document, valid_from=date(2026, 4, 1))


def test_a_draft_is_replayed_on_what_the_period_has_frozen(pay: Pay) -> None:
    pay.run()
    draft = draft_of(pay, RICHER)
    assert periods_paid_by(draft, 12) == [pay.march]
    found = replay(draft, pay.march)
    léa, omar = pay.world.people["léa"], pay.world.people["omar"]
    assert found.rows == (
        Replayed(léa.pk, léa.name, 70_000, 74_000),
        Replayed(omar.pk, omar.name, 5_001, 5_001),
    )
    assert (found.paid, found.would, found.more, found.less) == (75_001, 79_001, 1, 0)
    assert [row.name for row in found.biggest] == [léa.name]
    assert found.lacking == 0


def test_a_value_that_the_past_did_not_freeze_is_counted(pay: Pay) -> None:
    pay.run()
    gated = (
        RICHER.replace("components:", "  win_rate: {given: wins}\ncomponents:")
        .replace(
            "          - {from: 10000, rate: 12 %}\n",
            "          - {from: 10000, rate: 12 %}\n"
            "      - {step: gate, value: win_rate, at_least: 20 %}\n",
        )
        .replace("{revenue: 12000}", "{revenue: 12000, wins: 1}")
    )
    assert replay(draft_of(pay, gated), pay.march).lacking == 2


def test_hr_sees_the_cost_and_what_changes_in_words(pay: Pay) -> None:
    pay.run()
    draft = draft_of(pay, RICHER)
    hana = signed_in(pay.hana)
    page = hana.get(reverse("incentives:plan_cost", args=[draft.pk])).content.decode()
    row = reverse("incentives:plan_cost_period", args=[draft.pk, pay.march.pk])
    assert f'hx-get="{row}"' in page
    told = hana.get(row).content.decode()
    for shown in ("€750.01", "€790.01", "€40.00", "1 get more, 0 less", "Léa Test"):
        assert shown in told, shown
    changes = hana.get(reverse("incentives:plan_changes", args=[draft.pk])).content.decode()
    assert "<del>– from €10,000 on: 10%</del>" in changes
    assert "<ins>– from €10,000 on: 12%</ins>" in changes
    assert "{from: 10000, rate: 12 %}</ins>" in changes


def test_a_plan_that_has_paid_nothing_says_what_to_do(pay: Pay) -> None:
    draft = draft_of(pay, RICHER)
    page = signed_in(pay.hana).get(reverse("incentives:plan_cost", args=[draft.pk]))
    assert "No past period was paid by this plan" in page.content.decode()


def test_publishing_shows_the_legal_profile_first_and_keeps_the_reason(pay: Pay) -> None:
    draft = draft_of(pay, RICHER)
    address = reverse("incentives:plan_publish", args=[draft.pk])
    hana = signed_in(pay.hana)
    page = hana.get(address).content.decode()
    draft.refresh_from_db()
    assert draft.state == "draft"
    assert "It can never be changed afterwards." in page
    answer = hana.post(address, {"reason": "agreed with the works council"})
    assert answer.status_code == 302
    draft.refresh_from_db()
    assert draft.state == "published"
    assert hana.get(address).status_code == 404
