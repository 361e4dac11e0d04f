"""Which challenges count what a KPI is made of."""

from collections.abc import Iterable

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from challenges import rights
from challenges.calc.names import name_in
from challenges.duels.titles import NEUTRAL, unnamed
from kpis.uses import Names, Use, tells_uses
from people.access import Viewer

MOST = 20


@tells_uses
def of_challenges(viewer: Viewer, of: Names) -> Iterable[Use]:
    """The newest that the viewer may see. A running one keeps the metrics that it began with."""
    if not of.metrics:
        return
    counted = Q()
    for metric in sorted(of.metrics):
        counted |= Q(metric_keys__contains=[metric])
    rows = rights.visible(viewer).filter(counted).order_by("-starts_at", "-pk")
    found = list(rows[:MOST])
    secret = unnamed(viewer, found)
    for one in found:
        key = min(set(one.metric_keys) & of.metrics)
        name = name_in(NEUTRAL, (get_language() or "en")[:2], "") if one.pk in secret else one.name
        yield Use(_("Challenge"), name, key, reverse("challenges:page", args=[one.pk]))
