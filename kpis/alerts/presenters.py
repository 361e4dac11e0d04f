"""Alerts, actions, rules and messages as plain values for pages."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from activities.queries import log_about, log_of
from common.formats import day_text, moment_text
from common.labels import label
from kpis.alerts.addresses import host_of
from kpis.alerts.gathering import DEAL
from kpis.alerts.queries import OPEN, alerts_of_led, alerts_of_self, may_change, shown
from kpis.alerts.words import KINDS, Teller, problem_text, rule_name, title, window_of
from kpis.calc.alerts.rules import Kind
from kpis.models import Alert, AlertAction, AlertMute, AlertRule, Delivery, Webhook
from kpis.presenters import explain_address, record_rows
from kpis.queries.catalogue import Catalogue, catalogue, scorecards
from people import queries as people
from people.access import Viewer

Cells = dict[str, Any]
LAST_RECORDS = 8


def teller_of(known: Catalogue) -> Teller:
    """Who puts alerts into words, in the company's currency."""
    return Teller(known, people.company().currency)


def alert_rows(alerts: Sequence[Alert], teller: Teller, *, to_self: bool = False) -> list[Cells]:
    """A line per alert."""
    return [_alert(one, teller, to_self=to_self) for one in alerts]


def about_self(viewer: Viewer, most: int = 3) -> list[Cells]:
    """The open alerts about the viewer, in the words for oneself. One query, and where there are
    some those of the dictionary."""
    found = list(shown(alerts_of_self(viewer), OPEN)[:most])
    return alert_rows(found, teller_of(catalogue(viewer.day)), to_self=True) if found else []


def about_led(viewer: Viewer, person_id: int, most: int = 5) -> list[Cells]:
    """The open alerts about somebody whom the viewer leads; nothing for others."""
    found = list(shown(alerts_of_led(viewer).filter(person_id=person_id), OPEN)[:most])
    return alert_rows(found, teller_of(catalogue(viewer.day))) if found else []


def records_behind(one: Alert) -> list[Cells]:
    """The last records, where there is no figure of a KPI to explain: about the deal, or else those
    of the person."""
    if one.seen["kpi"]:
        return []
    if one.subject.startswith(DEAL):
        deal_id = int(one.subject.removeprefix(DEAL))
        return record_rows(log_about(deal_id, limit=LAST_RECORDS))
    return record_rows(log_of(one.person_id, limit=LAST_RECORDS))


def _records(one: Alert) -> str:
    """The page with the records behind, of a deal its own; empty where there is none."""
    if one.subject.startswith(DEAL):
        return reverse("activities:deal", args=[one.subject.removeprefix(DEAL)])
    if not one.seen["kpi"]:
        return ""
    return explain_address(one.seen["kpi"], one.person_id, window_of(one.seen))


def _alert(one: Alert, teller: Teller, *, to_self: bool) -> Cells:
    return {
        "id": one.pk,
        "name": one.person.name,
        "initials": one.person.initials,
        "title": title(one),
        "text": teller.sentence(one, to_self=to_self),
        "tone": "" if to_self else "bad" if one.is_grave else "warn",
        "since": moment_text(one.began_at),
        "ended": moment_text(one.ended_at) if one.ended_at else "",
        "url": reverse("kpis:alert", args=[one.pk]),
        "why": _records(one),
    }


def alert_page(one: Alert, teller: Teller, *, to_self: bool) -> Cells:
    """One alert with its facts."""
    row = _alert(one, teller, to_self=to_self)
    facts = [
        {"label": _("Began"), "value": row["since"]},
        {"label": _("Ended"), "value": row["ended"] or _("holds still")},
    ]
    if not to_self:
        facts.append({"label": _("Rule"), "value": rule_name(one.rule)})
    return {**row, "facts": facts, "is_open": one.ended_at is None, "to_self": to_self}


def action_rows(actions: Sequence[AlertAction], teller: Teller, day: date) -> list[Cells]:
    """Actions with what the figure did since."""
    return [_action(one, one.alert, teller, day) for one in actions]


def _action(one: AlertAction, alert: Alert, teller: Teller, day: date) -> Cells:
    return {
        "id": one.pk,
        "alert": alert.pk,
        "name": alert.person.name,
        "title": title(alert),
        "url": reverse("kpis:alert", args=[alert.pk]),
        "kind": one.get_kind_display(),
        "note": one.note,
        "by": one.by.name,
        "at": moment_text(one.at),
        "due": day_text(one.due_on),
        "is_late": one.closed_at is None and one.due_on < day,
        # a rule without a KPI has no figure to follow, only its cause
        "what": teller.kpi_name(one.before),
        "before": teller.value(alert, one.before),
        "latest": teller.value(alert, one.latest),
        "holds": one.latest["holds"],
        "outcome": one.outcome,
        "closed": moment_text(one.closed_at) if one.closed_at else "",
        "close": "" if one.closed_at else reverse("kpis:alert_action_close", args=[one.pk]),
    }


def rule_rows(rules: Sequence[AlertRule], viewer: Viewer) -> list[Cells]:
    """Rules with what the viewer may do to them."""
    return [
        {
            "id": one.pk,
            "name": rule_name(one),
            "kind": KINDS[Kind(one.document["kind"])],
            "team": "" if one.team is None else one.team.name,
            "is_active": one.is_active,
            "change": reverse("kpis:alert_rule", args=[one.pk]) if may_change(viewer, one) else "",
        }
        for one in rules
    ]


def kind_rows() -> list[Cells]:
    """The kinds to choose from for a new rule."""
    return [
        {"name": text, "url": reverse("kpis:alert_rule_new", args=[kind.value])}
        for kind, text in KINDS.items()
    ]


def mute_rows(mutes: Sequence[AlertMute]) -> list[Cells]:
    """What somebody has muted."""
    rows = []
    for one in mutes:
        parts = [rule_name(one.rule)] if one.rule else []
        parts += [one.person.name] if one.person else []
        rows.append({"id": one.pk, "what": ", ".join(parts), "until": day_text(one.until_on)})
    return rows


def mute_choices(alert: Alert) -> list[tuple[str, str]]:
    """What can be muted from an alert's page."""
    words = {"rule": rule_name(alert.rule), "name": alert.person.name}
    return [
        ("both", _("%(rule)s, of %(name)s") % words),
        ("rule", _("%(rule)s, of everybody") % words),
        ("person", _("All alerts about %(name)s") % words),
    ]


def hook_rows(hooks: Sequence[Webhook]) -> list[Cells]:
    """Webhooks; of their addresses only the host."""
    return [
        {
            "id": one.pk,
            "name": one.name,
            "form": one.get_form_display(),
            "host": host_of(one),
            "team": one.team.name if one.team else _("Everybody"),
        }
        for one in hooks
    ]


def log_rows(rows: Sequence[Delivery]) -> list[Cells]:
    """What became of the messages to webhooks."""
    return [
        {
            "webhook": one.webhook.name if one.webhook else "",
            "state": one.get_state_display(),
            "tone": {"sent": "good", "failed": "bad"}.get(one.state, ""),
            "tries": one.tries,
            "at": moment_text(one.changed_at),
            "problem": "" if one.state == Delivery.State.SENT else problem_text(one.problem),
        }
        for one in rows
    ]


def team_choices(viewer: Viewer) -> list[tuple[str, str]]:
    """Teams for a rule: an administrator may choose everybody."""
    every = [("", _("Everybody"))] if viewer.is_admin else []
    led = [
        (str(one.id), " / ".join(one.path))
        for one in people.team_tree()
        if viewer.is_admin or one.id in viewer.led_team_ids
    ]
    return [*every, *led]


def role_choices() -> list[tuple[str, str]]:
    """The roles that alerts are about: those that sell, which have a scorecard."""
    looked_at = scorecards()
    return [
        (one.key, label(one.name_fr, one.name_en))
        for one in people.roles()
        if not one.leads and one.key in looked_at
    ]
