"""Which challenges count what a KPI is made of."""

from collections.abc import Iterable

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from challenges import rights
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
    for challenge_id, name, keys in rows.values_list("pk", "name", "metric_keys")[:MOST]:
        key = min(set(keys) & of.metrics)
        yield Use(_("Challenge"), name, key, reverse("challenges:page", args=[challenge_id]))
