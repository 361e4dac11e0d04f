"""Which pay plans read a KPI."""

from collections.abc import Iterable, Iterator
from datetime import date
from itertools import groupby, pairwise

from django.urls import reverse
from django.utils.translation import gettext as _

from common.labels import label
from incentives.gathering.inputs import kpis_read
from incentives.models import PlanVersion
from incentives.services.moving import period_of
from kernel.issues import Invalid
from kernel.periods import Period
from kpis.uses import Names, Use, tells_uses
from people import access
from people import queries as people
from people.access import Area, Viewer


@tells_uses
def of_plans(viewer: Viewer, of: Names) -> Iterable[Use]:
    """Each plan that pays by it now or later, for those who may change plans. A pay period that is
    over has the formulas of its last day, and one that was approved those that it was paid by."""
    if not access.can_configure(viewer, Area.PLANS):
        return
    rows = PlanVersion.objects.filter(state=PlanVersion.State.PUBLISHED).select_related("plan")
    first_month = people.company().fiscal_year_start_month
    ordered = rows.order_by("plan_id", "valid_from", "number")
    for plan, versions in groupby(ordered, key=lambda one: one.plan):
        paying = _paying(list(versions), viewer.day, first_month)
        read = frozenset[str]().union(*map(_read, paying))
        for key in sorted(read & of.kpis):
            name = label(plan.name_fr, plan.name_en)
            yield Use(_("Pay plan"), name, key, reverse("incentives:plan", args=[plan.key]))


def _paying(versions: list[PlanVersion], day: date, first_month: int) -> Iterator[PlanVersion]:
    """The newest of a plan's versions, and those that pay some of the period that runs on a day, or
    of a later one: it is paid by the formulas of its last day, also what an older version pays."""
    for version, later in pairwise(versions):
        if later.valid_from > _period(version, day, first_month).start:
            yield version
    yield versions[-1]


def _period(version: PlanVersion, day: date, first_month: int) -> Period:
    """The period that runs; of a version that pays by any kind the longest."""
    kind = "year" if version.period_kind == "any" else version.period_kind
    return period_of(kind, day, first_month)


def _read(version: PlanVersion) -> frozenset[str]:
    try:
        return kpis_read(version.terms())
    except Invalid:
        return frozenset()  # a plan that no calculation is defined for pays nothing
