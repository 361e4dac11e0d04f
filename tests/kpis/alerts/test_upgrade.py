"""An older database learns what the shipped rule of deals says of being late."""

from importlib import import_module
from typing import Any

import pytest
from django.apps import apps

from kpis.models import AlertRule
from tests.kpis.alerts.scenes import shipped

MIGRATION = import_module("kpis.migrations.0016_reminders")
BEFORE = {"kind": "deal", "days": "15"}


@pytest.mark.parametrize(
    ("key", "kept", "then"),
    [
        ("deal-at-risk", BEFORE, {**BEFORE, "late": "1"}),
        ("deal-at-risk", {**BEFORE, "days": "20"}, {**BEFORE, "days": "20"}),
        ("deal-at-risk", {**BEFORE, "late": "9"}, {**BEFORE, "late": "9"}),
        ("deal-at-risk", {**BEFORE, "roles": ["ae"]}, {**BEFORE, "roles": ["ae"]}),
        ("own-deals", BEFORE, BEFORE),
    ],
)
def test_only_a_rule_that_nobody_changed_says_it(
    db: None, key: str, kept: dict[str, Any], then: dict[str, Any]
) -> None:
    shipped()
    AlertRule.objects.get_or_create(key=key, defaults={"document": {}})
    AlertRule.objects.filter(key=key).update(document=kept)
    others = dict(AlertRule.objects.exclude(key=key).values_list("key", "document"))
    for _again in range(2):
        MIGRATION.say_late(apps, None)
        assert AlertRule.objects.get(key=key).document == then
    assert dict(AlertRule.objects.exclude(key=key).values_list("key", "document")) == others
