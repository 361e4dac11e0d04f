"""Which challenges and badges count what a KPI is made of, and which badges judge by the KPI."""

from collections.abc import Iterable, Iterator
from datetime import date
from itertools import groupby, pairwise

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from challenges import rights
from challenges.badges import rights as badge_rights
from challenges.calc.badges.periods import period_of
from challenges.calc.badges.rules import Figure, Given, Rule, metric_of, parse_badge
from challenges.calc.names import name_in
from challenges.duels.titles import NEUTRAL, unnamed
from challenges.models import BadgeRule, ChallengeState
from common.labels import label
from kernel.periods import Period
from kpis.uses import Names, Use, tells_uses
from people.access import Viewer

MOST = 20


@tells_uses
def of_challenges(viewer: Viewer, of: Names) -> Iterable[Use]:
    """The newest that the viewer may see. From its launch on one keeps the metrics that it has."""
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
        url = reverse("challenges:page", args=[one.pk])
        yield Use(_("Challenge"), name, key, url, is_over=one.state != ChallengeState.DRAFT)


@tells_uses
def of_badges(viewer: Viewer, of: Names) -> Iterable[Use]:
    """The badges that can be earned by it, of those that the viewer may meet. One query."""
    rows = BadgeRule.objects.filter(badge__retired=False).select_related("badge")
    may_meet = badge_rights.may_meet(viewer)
    for badge, versions in groupby(rows.order_by("badge_id", "number"), key=lambda one: one.badge):
        judged_from = badge.closed_to or viewer.day
        read = {_read(one) for one in _judging(list(versions), judged_from)}
        for key in sorted(one for one in read if one in of.kpis | of.metrics):
            if may_meet(badge):
                name = label(badge.name_fr, badge.name_en)
                yield Use(_("Badge"), name, key, reverse("challenges:badge_gallery"))


def _judging(versions: list[BadgeRule], day: date) -> Iterator[Rule]:
    """The newest rule of a badge, and those that judge a period from that of a day on."""
    for version, later in pairwise(versions):
        rule = parse_badge(version.document)
        if not isinstance(rule, Given) and _begins_after(later, period_of(rule.per, day)):
            yield rule
    yield parse_badge(versions[-1].document)


def _begins_after(version: BadgeRule, period: Period) -> bool:
    """Whether the rule before it still holds for the period."""
    return version.valid_from is None or version.valid_from > period.start


def _read(rule: Rule) -> str:
    return rule.kpi if isinstance(rule, Figure) else metric_of(rule) or ""
