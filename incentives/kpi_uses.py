"""Which pay plans read a KPI."""

from collections.abc import Iterable

from django.urls import reverse
from django.utils.translation import gettext as _

from common.labels import label
from incentives.gathering.inputs import kpis_read
from incentives.models import PlanVersion
from kernel.issues import Invalid
from kpis.uses import Names, Use, tells_uses
from people import access
from people.access import Area, Viewer


@tells_uses
def of_plans(viewer: Viewer, of: Names) -> Iterable[Use]:
    """The newest published version of each plan, for those who may change plans. A pay period that
    was approved keeps the formulas that it was paid by."""
    if not access.can_configure(viewer, Area.PLANS):
        return
    rows = PlanVersion.objects.filter(state=PlanVersion.State.PUBLISHED).select_related("plan")
    for version in rows.order_by("plan_id", "-valid_from", "-number").distinct("plan_id"):
        for key in sorted(_read(version) & of.kpis):
            name = label(version.plan.name_fr, version.plan.name_en)
            yield Use(_("Pay plan"), name, key, reverse("incentives:plan", args=[version.plan.key]))


def _read(version: PlanVersion) -> frozenset[str]:
    try:
        return kpis_read(version.terms())
    except Invalid:
        return frozenset()  # a plan that no calculation is defined for pays nothing
