"""The small company of `tests.kpis.crew` with one rule, looked at on a Tuesday in March 2026."""

from collections import Counter
from datetime import datetime
from typing import Any

import yaml

from kpis.alerts.services import Changes, RuleInput, add_rule, check_alerts
from kpis.alerts.services.ruling import SHIPPED
from kpis.models import Alert, AlertRule
from kpis.services import recompute_touched
from tests.kpis.crew import at, event, record

NOW = at("2026-03-24 12:00")


def rule(kind: str, *, team_id: int | None = None, **more: Any) -> AlertRule:
    """This rule, and no other."""
    AlertRule.objects.update(is_active=False)
    wanted = RuleInput("Règle", "Rule", {"kind": kind, **more}, team_id)
    return add_rule(actor=None, rule=wanted)


def shipped() -> None:
    """The rules of a new database, also after a test that emptied the tables."""
    for row in yaml.safe_load(SHIPPED.read_text(encoding="utf-8")):
        AlertRule.objects.get_or_create(
            key=row["key"],
            defaults={"name_fr": row["fr"], "name_en": row["en"], "document": row["rule"]},
        )


def calls(name: str, when: str, who: str = "P1", times: int = 1, kind: str = "call") -> None:
    """So many records of a moment."""
    record(*(event(f"{name}-{number}", when, who, kind=kind) for number in range(times)))


def check(now: datetime = NOW) -> Changes:
    """Figures first, then the alerts, as the worker does."""
    recompute_touched()
    return check_alerts(now=now)


def open_alerts() -> Counter[tuple[str, str]]:
    """Open alerts by person and subject."""
    rows = Alert.objects.filter(ended_at=None).values_list("person__first_name", "subject")
    return Counter((str(name), str(subject)) for name, subject in rows)
