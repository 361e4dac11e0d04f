"""Publishing under the French profile: what blocks is refused, warnings need a reason."""

from datetime import date
from fractions import Fraction

import pytest
import time_machine
from django.urls import reverse
from django.utils import translation

from common.models import AuditEntry
from incentives import services
from incentives.models import PlanVersion
from incentives.services.personnel import load_personnel
from kernel.issues import Invalid
from kpis.services import ObjectiveInput, set_objective
from people.models import Company
from tests.incentives.conftest import PLAN, Pay
from tests.incentives.test_pages import signed_in

APRIL = date(2026, 4, 1)
BLOCKED = PLAN.replace(
    "examples:",
    "      - {step: true_up, already: 0, negative: allow}\nexamples:",
)
WARNED = BLOCKED.replace("negative: allow", "negative: carry")


def draft_of(pay: Pay, document: str, start: date = APRIL) -> PlanVersion:
    return services.save_plan(actor=pay.hana, document=document, valid_from=start)


def refused(pay: Pay, draft: PlanVersion, reason: str = "") -> list[str]:
    before = AuditEntry.objects.count()
    with pytest.raises(Invalid) as caught:
        services.publish_plan(actor=pay.hana, version_id=draft.pk, reason=reason)
    draft.refresh_from_db()
    assert draft.state == PlanVersion.State.DRAFT
    assert AuditEntry.objects.count() == before
    return [one.code for one in caught.value.issues]


def test_what_blocks_is_refused_whatever_the_reason_with_all_that_is_wrong(pay: Pay) -> None:
    draft = draft_of(pay, BLOCKED, date(2026, 4, 15))
    found = refused(pay, draft, reason="we always did")
    assert found == ["profile.version_start", "profile.negative_pay"]


def test_warnings_are_published_with_a_reason_that_is_kept(pay: Pay) -> None:
    draft = draft_of(pay, WARNED)
    assert refused(pay, draft, " ") == ["profile.set_against_later_pay", "plan.unconfirmed"]
    services.publish_plan(actor=pay.hana, version_id=draft.pk, reason="agreed with the council")
    entry = AuditEntry.objects.get(action="plan.publish", subject_id=str(draft.pk))
    assert entry.reason == "agreed with the council"
    assert entry.after is not None
    assert entry.after["confirmed"] == ["profile.set_against_later_pay"]


def test_another_country_has_no_profile(pay: Pay) -> None:
    Company.objects.update(country="DE")
    draft = draft_of(pay, BLOCKED)
    services.publish_plan(actor=pay.hana, version_id=draft.pk)
    draft.refresh_from_db()
    assert draft.state == PlanVersion.State.PUBLISHED


def test_a_draft_with_a_quota_of_zero_is_not_saved(pay: Pay) -> None:
    text = PLAN.replace(
        "components:", "parameters: {goal: {values: [{from: 2026-01-01, value: 0}]}}\ncomponents:"
    ).replace("        tiers:", "        unit: goal\n        tiers:")
    with pytest.raises(Invalid) as caught:
        draft_of(pay, text)
    assert "plan.zero_quota" in [one.code for one in caught.value.issues]


# --- what the product knows besides the document ------------------------------------------------

WITH_OBJECTIVE = """\
key: seller
name: {fr: Commission des vendeurs, en: Commission of sellers}
currency: EUR
period: month
measures:
  revenue: {sum: amount, unit: money, name: {fr: Chiffre d'affaires, en: Revenue}}
  goal: {objective: revenue_booked, unit: money, name: {fr: Objectif, en: Goal}}
components:
  - key: commission
    name: {fr: Commission, en: Commission}
    steps:
      - {step: accelerator, base: revenue, rate: 5 %, unit: goal, bands: [{from: 0, multiple: 1}]}
"""
MARCH = date(2026, 3, 1)
PERSONNEL = "number;sex;salary;from\nléa;F;4500;2026-01-01\nomar;M;;2026-01-01\n"


def aim(target: int) -> None:
    for name in ("léa", "omar"):
        wanted = ObjectiveInput(
            "revenue_booked", Fraction(target), MARCH, date(2026, 4, 1), person=name
        )
        set_objective(actor=None, objective=wanted)


def findings(draft: PlanVersion, *, with_pay: bool = True) -> list[tuple[str, str]]:
    with translation.override("en"):
        found = services.profile_findings(draft, with_pay=with_pay)
    return [(one.rule.key, one.issue("en").text()) for one in found]


def test_rules_for_a_period_that_runs_are_told_late_with_what_may_be_due(pay: Pay) -> None:
    aim(10_000)
    with time_machine.travel("2026-03-10 09:00", tick=False):
        draft = draft_of(pay, WITH_OBJECTIVE, MARCH)
        # 5 % of the objective of 10,000; there is no most
        assert findings(draft) == [
            (
                "notice_late",
                f"{name} was given the objectives on 2026-03-10, after the period began"
                " (2026-03-01). Exposure: 500 EUR (each objective exactly reached; the plan has"
                " no maximum).",
            )
            for name in ("Léa Test", "Omar Test")
        ]
        assert refused(pay, draft) == [*["profile.notice_late"] * 2, "plan.unconfirmed"]
        services.publish_plan(actor=pay.hana, version_id=draft.pk, reason="better for everybody")
    entry = AuditEntry.objects.get(action="plan.publish", subject_id=str(draft.pk))
    assert (entry.after or {})["confirmed"] == ["profile.notice_late"]


FIRST = (
    WITH_OBJECTIVE.replace("key: seller", "key: hunters")
    .replace("Commission des vendeurs", "Prime des chasseurs")
    .replace("Commission of sellers", "Bonus of hunters")
)


def assigned(pay: Pay, key: str, *names: str) -> None:
    for name in names:
        person = pay.world.people[name].pk
        services.assign_plan(actor=pay.hana, plan_key=key, valid_from=MARCH, person_id=person)


def late_for(name: str, exposure: str) -> tuple[str, str]:
    return (
        "notice_late",
        f"{name} was given the objectives on 2026-03-10, after the period began (2026-03-01)."
        f" Exposure: {exposure} EUR (each objective exactly reached; the plan has no maximum).",
    )


def test_the_first_version_of_a_plan_tells_late_whom_it_is_assigned_to(pay: Pay) -> None:
    aim(10_000)
    with time_machine.travel("2026-03-10 09:00", tick=False):
        draft = draft_of(pay, FIRST, MARCH)
        assert findings(draft) == []  # nobody is to be paid by it
        assigned(pay, "hunters", "léa")
        # 5 % of her objective of 10,000; Omar stays with the sellers' plan of January
        assert findings(draft) == [late_for("Léa Test", "500")]
        assert refused(pay, draft) == ["profile.notice_late", "plan.unconfirmed"]
        services.publish_plan(actor=pay.hana, version_id=draft.pk, reason="they asked for it")
        # the second version, as long as both say something of March
        second = draft_of(pay, FIRST.replace("5 %", "6 %"), MARCH)
        assigned(pay, "hunters", "omar")
        assert findings(second) == [late_for("Léa Test", "600"), late_for("Omar Test", "600")]


def test_a_first_version_of_any_kind_of_period_tells_late_as_well(pay: Pay) -> None:
    aim(10_000)
    with time_machine.travel("2026-03-10 09:00", tick=False):
        draft = draft_of(pay, FIRST.replace("period: month", "period: any"), MARCH)
        assigned(pay, "hunters", "omar")
        assert findings(draft) == [late_for("Omar Test", "500")]


def test_the_first_version_of_a_plan_for_a_period_to_come_is_told_in_time(pay: Pay) -> None:
    aim(10_000)
    with time_machine.travel("2026-02-28 09:00", tick=False):
        draft = draft_of(pay, FIRST, MARCH)
        assigned(pay, "hunters", "léa", "omar")
        assert findings(draft) == []


def test_rules_for_a_period_to_come_are_told_in_time(pay: Pay) -> None:
    aim(10_000)
    with time_machine.travel("2026-02-28 09:00", tick=False):
        assert findings(draft_of(pay, WITH_OBJECTIVE, MARCH)) == []


def test_a_locked_period_is_paid_by_its_rules_and_nobody_is_late(pay: Pay) -> None:
    with time_machine.travel("2026-04-02 09:00", tick=False):
        assert [key for key, _ in findings(draft_of(pay, WITH_OBJECTIVE, MARCH))] == [
            "notice_late"
        ] * 2
        pay.run()
        pay.lock()
        assert findings(draft_of(pay, WITH_OBJECTIVE, MARCH)) == []


def test_the_share_of_fixed_pay_counts_who_is_known(pay: Pay) -> None:
    aim(10_000)
    load_personnel(actor=pay.hana, text=PERSONNEL)
    with time_machine.travel("2026-02-20 09:00", tick=False):
        draft = draft_of(pay, WITH_OBJECTIVE, MARCH)
        # Léa alone has a known salary: 4,500 / (4,500 + 5 % of 10,000) = 90 %
        assert findings(draft) == [
            ("fixed_share", "Account executive: 90 % fixed; 70 % to 80 % is usual in B2B.")
        ]
        load_personnel(actor=pay.hana, text=PERSONNEL.replace("4500", "1500"))
        # 1,500 / (1,500 + 500) = 75 %
        assert findings(draft) == []


def test_who_may_not_see_pay_learns_no_amount_and_no_share(pay: Pay) -> None:
    aim(10_000)
    load_personnel(actor=pay.hana, text=PERSONNEL)
    with time_machine.travel("2026-03-10 09:00", tick=False):
        draft = draft_of(pay, WITH_OBJECTIVE, MARCH)
        assert {key for key, _ in findings(draft)} == {"fixed_share", "notice_late"}
        told = findings(draft, with_pay=False)
        assert [key for key, _ in told] == ["notice_late"] * 2
        assert "EUR" not in "".join(text for _, text in told)
        with pytest.raises(Invalid) as caught:
            services.publish_plan(actor=pay.world.users["ada"], version_id=draft.pk)
        texts = " ".join(one.text() for one in caught.value.issues)
        assert "EUR" not in texts
        assert "fixed" not in texts
        address = reverse("incentives:plan_publish", args=[draft.pk])
        page = signed_in(pay.hana).get(address).content.decode()
        assert "2 people would be told these rules after their period began" in page
        assert "Exposure: €1,000." in page
        assert "90 % fixed" in page
        page = signed_in(pay.world.users["ada"]).get(address).content.decode()
        assert "2 people would be told these rules after their period began" in page
        assert "Exposure" not in page
        assert "90 % fixed" not in page
