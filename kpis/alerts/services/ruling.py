"""Writers of rules: add, change, switch on and off."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog
from celery import current_app
from django.db import transaction
from django.utils.crypto import get_random_string
from kombu.exceptions import OperationalError

from common import audit
from kernel.issues import N_, Invalid, Issue, Place, error
from kpis.alerts.queries import read_sheet
from kpis.models import AlertRule
from people.models import User

log = structlog.get_logger(__name__)

SHIPPED = Path(__file__).resolve().parents[2] / "data" / "alerts.yaml"
"""The rules that every new database has."""


@dataclass(frozen=True, slots=True)
class RuleInput:
    """A rule as a form or a program states it; `document` as docs/algorithms/alerts.md says."""

    name_fr: str
    name_en: str
    document: Mapping[str, Any]
    team_id: int | None = None


@transaction.atomic
def add_rule(*, actor: User | None, rule: RuleInput) -> AlertRule:
    """A new rule, active and looked at at once. `Invalid` with everything that is wrong in it."""
    document = _checked(rule)
    made = AlertRule.objects.create(
        key=f"own-{get_random_string(12).lower()}",
        name_fr=rule.name_fr.strip(),
        name_en=rule.name_en.strip(),
        document=document,
        team_id=rule.team_id,
        created_by=actor,
    )
    audit.record(actor=actor, action="alert_rule.add", subject=made, after=_words(made))
    transaction.on_commit(_look, robust=True)
    return made


@transaction.atomic
def change_rule(*, actor: User, rule_id: int, rule: RuleInput) -> AlertRule:
    """Another content; alerts whose cause it no longer sees end at the check that follows. The team
    and the kind stay. `Invalid` as for a new one."""
    held = AlertRule.objects.select_for_update().get(pk=rule_id)
    before = _words(held)
    document = _checked(rule)
    if document["kind"] != held.document["kind"]:
        raise Invalid(_other_kind())
    held.name_fr, held.name_en = rule.name_fr.strip(), rule.name_en.strip()
    held.document = document
    held.save(update_fields=["name_fr", "name_en", "document"])
    audit.record(
        actor=actor, action="alert_rule.change", subject=held, before=before, after=_words(held)
    )
    transaction.on_commit(_look, robust=True)
    return held


@transaction.atomic
def switch_rule(*, actor: User, rule_id: int, is_active: bool) -> AlertRule:
    """On or off; the alerts of a rule that is off end at the check that follows."""
    held = AlertRule.objects.select_for_update().get(pk=rule_id)
    if held.is_active != is_active:
        held.is_active = is_active
        held.save(update_fields=["is_active"])
        action = "alert_rule.on" if is_active else "alert_rule.off"
        audit.record(actor=actor, action=action, subject=held)
        transaction.on_commit(_look, robust=True)
    return held


def _look() -> None:
    """Somebody who writes a rule waits to see what it says."""
    try:
        current_app.send_task("kpis.check_alerts")
    except OperationalError as problem:
        # the schedule looks at everybody in a quarter of an hour at the latest
        log.warning("check_not_sent", problem=str(problem))


def _checked(rule: RuleInput) -> dict[str, Any]:
    named = {"name_fr": rule.name_fr, "name_en": rule.name_en}
    issues = [_no_name(field) for field, text in named.items() if not text.strip()]
    try:
        document = read_sheet(rule.document).as_document()
    except Invalid as invalid:
        raise Invalid([*issues, *invalid.issues]) from None
    if issues:
        raise Invalid(issues)
    return document


def _words(rule: AlertRule) -> dict[str, object]:
    return {
        "name_fr": rule.name_fr,
        "name_en": rule.name_en,
        "document": rule.document,
        "team": rule.team_id,
    }


def _no_name(field: str) -> Issue:
    return error(
        "alerts.no_name",
        N_("The rule has no name in this language."),
        N_("Write a few words that say what has happened when it holds."),
        Place(path=field),
    )


def _other_kind() -> Issue:
    return error(
        "alerts.other_kind",
        N_("The kind of a rule does not change."),
        N_("Switch this one off and add another."),
        Place(path="kind"),
    )
