"""Alerts, rules and actions as they are read; whose alerts somebody may see."""

from collections.abc import Collection
from datetime import date

import structlog
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Window

from common.memo import once_per_request
from kernel.issues import Invalid
from kpis.alerts.gathering import RuleRow
from kpis.calc.alerts.rules import Kind, RuleSheet, parse_rule
from kpis.models import (
    Alert,
    AlertAction,
    AlertMute,
    AlertRule,
    AlertWishes,
    Delivery,
    Kpi,
    Webhook,
)
from people import access
from people import queries as people
from people.access import Viewer

log = structlog.get_logger(__name__)


# --- rules -----------------------------------------------------------------------------------


def read_sheet(document: object) -> RuleSheet:
    """The rule of a document, against the KPIs and roles that exist; `Invalid` with all issues."""
    return parse_rule(
        document, kpis=_kpis_of_now(), roles=frozenset(one.key for one in people.roles())
    )


def _kpis_of_now() -> frozenset[str]:
    """The keys of those that are not retired."""
    return frozenset(Kpi.objects.filter(retired_on=None).values_list("key", flat=True))


def rules_in_force() -> list[RuleRow]:
    """The active rules by id. A rule whose role or KPI has gone since is left out, and logged."""
    kpis = _kpis_of_now()
    roles = frozenset(one.key for one in people.roles())
    found = []
    for row in AlertRule.objects.filter(is_active=True).order_by("id"):
        try:
            sheet = parse_rule(row.document, kpis=kpis, roles=roles)
        except Invalid as invalid:
            log.warning("alert_rule_unreadable", rule=row.key, problem=str(invalid))
            continue
        teams = None if row.team_id is None else people.team_ids_below([row.team_id])
        found.append(RuleRow(row.pk, sheet, teams))
    return found


def rules_open_to(viewer: Viewer) -> list[AlertRule]:
    """The rules that concern a viewer: all for an administrator, for a manager those of the company
    and of the teams that he or she leads. One query."""
    rows = AlertRule.objects.select_related("team").order_by("team__name", "id")
    if viewer.is_admin:
        return list(rows)
    return list(rows.filter(Q(team=None) | Q(team_id__in=viewer.led_team_ids)))


def may_rule(viewer: Viewer) -> bool:
    """Whether the viewer has rules of alerts to look after."""
    return viewer.is_admin or bool(viewer.led_team_ids)


def may_change(viewer: Viewer, rule: AlertRule) -> bool:
    """An administrator every rule, a manager those of led teams."""
    return viewer.is_admin or (rule.team_id is not None and rule.team_id in viewer.led_team_ids)


# --- whose alerts ----------------------------------------------------------------------------

PRIVATE = Q(rule__document__kind=Kind.DEMOTIVATION.value)
"""Signs of demotivation: for who leads the person, and for nobody else."""


def alerts_of_led(viewer: Viewer) -> QuerySet[Alert]:
    """The alerts about people whom the viewer leads, never about the viewer. Of offices nobody:
    an alert is for who can talk with the person."""
    led = access.led_people(viewer) - {viewer.person_id or 0}
    return Alert.objects.filter(person_id__in=led)


def alerts_of_self(viewer: Viewer) -> QuerySet[Alert]:
    """The alerts about the viewer that the viewer may read."""
    return Alert.objects.filter(person_id=viewer.person_id or 0).exclude(PRIVATE)


def alert_for(viewer: Viewer, alert_id: int) -> Alert | None:
    """One alert, when the viewer may read it."""
    either = alerts_of_led(viewer).filter(pk=alert_id) | alerts_of_self(viewer).filter(pk=alert_id)
    return either.select_related("rule", "person").first()


def leads(viewer: Viewer, alert: Alert) -> bool:
    """Whether the viewer leads the person of an alert, and so may act on it."""
    return alert.person_id != viewer.person_id and alert.person_id in access.led_people(viewer)


def shown(rows: QuerySet[Alert], condition: Q) -> QuerySet[Alert]:
    """Alerts with rule and person, grave ones first, then the newest."""
    found = rows.filter(condition).select_related("rule", "person")
    return found.order_by("-is_grave", "-began_at", "-id")


OPEN = Q(ended_at=None)
_IN_HAND = Exists(AlertAction.objects.filter(alert=OuterRef("pk"), closed_at=None))
WAITING = Q(ended_at=None) & Q(~_IN_HAND)
"""Open, and no action is in hand: none was chosen, or what was done did not end the cause."""
ENDED = Q(ended_at__isnull=False)


@once_per_request
def alerts_waiting(viewer: Viewer) -> int:
    """How many alerts wait for the viewer: open, without an action, not muted. One
    query beside who is led."""
    if not viewer.is_manager:
        return 0
    return (
        alerts_of_led(viewer).filter(WAITING).exclude(muted_for(viewer.user_id, viewer.day)).count()
    )


def waiting_for(viewer: Viewer) -> list[int]:
    """The ids of the alerts that wait for the viewer, the oldest first."""
    rows = alerts_of_led(viewer).filter(WAITING).order_by("began_at", "id")
    return list(rows.values_list("pk", flat=True))


def waiting_in(
    viewer: Viewer, team_ids: Collection[int], day: date, most: int
) -> tuple[list[Alert], int]:
    """The first alerts that wait for the viewer about people of these teams, and below, on a day;
    and how many there are. At most five queries."""
    below = people.team_ids_below(team_ids)
    ids = [one.person_id for one in people.people_on(day, below)]
    rows = alerts_of_led(viewer).filter(person_id__in=ids).exclude(muted_for(viewer.user_id, day))
    found = list(shown(rows, WAITING).annotate(count=Window(Count("pk")))[:most])
    return list(found), found[0].count if found else 0


def muted_for(user_id: int | None, day: date) -> Q:
    """The condition on alerts of which a user wants to hear nothing. No query of its own."""
    held = AlertMute.objects.filter(user_id=user_id or 0, until_on__gt=day)
    of_rule = Q(rule=None) | Q(rule=OuterRef("rule"))
    of_person = Q(person=None) | Q(person=OuterRef("person"))
    return Q(Exists(held.filter(of_rule, of_person)))


# --- actions ---------------------------------------------------------------------------------


def open_actions(viewer: Viewer) -> QuerySet[AlertAction]:
    """The open actions about people whom the viewer leads, the next due first."""
    rows = AlertAction.objects.filter(closed_at=None, alert__in=alerts_of_led(viewer))
    return rows.select_related("alert__rule", "alert__person", "by__person").order_by(
        "due_on", "id"
    )


def actions_of(alert: Alert) -> list[AlertAction]:
    """What was done about an alert, newest first. One query."""
    rows = AlertAction.objects.filter(alert=alert).select_related("by__person", "closed_by__person")
    return list(rows.order_by("-at", "-id"))


# --- who hears -------------------------------------------------------------------------------


def wishes_of(user_id: int) -> AlertWishes:
    """How a user wants to hear; what holds without a row when there is none. One query."""
    return AlertWishes.objects.filter(user_id=user_id).first() or AlertWishes(user_id=user_id)


def mutes_of(user_id: int, day: date) -> list[AlertMute]:
    """What a user has muted, as far as it still holds. One query."""
    rows = AlertMute.objects.filter(user_id=user_id, until_on__gt=day)
    return list(rows.select_related("rule", "person").order_by("until_on", "id"))


def webhooks() -> list[Webhook]:
    """The webhooks in use, by name. One query."""
    rows = Webhook.objects.filter(removed_at=None).select_related("team")
    return list(rows.order_by("name", "id"))


def webhook_log() -> QuerySet[Delivery]:
    """The messages to webhooks, the newest first."""
    rows = Delivery.objects.exclude(webhook=None).select_related("webhook")
    return rows.order_by("-changed_at", "-id")
