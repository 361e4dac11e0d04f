"""Addresses of payroll files and their templates: HR only; the direction takes sums."""

from collections.abc import Mapping

from incentives import services
from incentives.models import Export, PayPeriod, PayrollTemplate
from incentives.payroll import shipped_documents
from people.models import User
from tests.rights import only
from tests.rights.incentives import paid
from tests.world import World

Kwargs = Mapping[str, object]


def handed_over(world: World) -> Kwargs:
    """March locked and exported, once for the test."""
    paid(world)
    if not Export.objects.exists():
        march = PayPeriod.objects.get(starts_on="2026-03-01")
        hugo = User.objects.get(email="hugo@velo.example")
        services.lock_period(actor=hugo, period_id=march.pk)
        services.export_period(actor=hugo, period_id=march.pk, template="neutral-csv")
    return {"export_id": Export.objects.get().pk}


def own(world: World) -> Kwargs:
    if not PayrollTemplate.objects.exists():
        text = shipped_documents()["silae"].replace("key: silae", "key: own")
        services.save_template(actor=None, document=text)
    return {"key": "own"}


PAGES = {
    "incentives:export_file": only("hr", kwargs=handed_over),
    "incentives:payroll": only("hr"),
    "incentives:payroll_template_new": only("hr"),
    "incentives:payroll_template": only("hr", kwargs=own),
    "incentives:payroll_template_edit": only("hr", kwargs=own),
    "incentives:totals": only("hr", "executive"),
    "incentives:team_report": only("manager"),
}
