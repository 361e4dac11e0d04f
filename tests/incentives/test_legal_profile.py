"""Publishing under the French profile: what blocks is refused, warnings need a reason."""

from datetime import date

import pytest

from common.models import AuditEntry
from incentives import services
from incentives.models import PlanVersion
from kernel.issues import Invalid
from people.models import Company
from tests.incentives.conftest import PLAN, Pay

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
