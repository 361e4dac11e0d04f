"""What a rule that somebody has just written sets off."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from celery import current_app

from kpis.alerts.services import RuleInput, add_rule, change_rule, switch_rule
from kpis.models import AlertRule
from tests.kpis.crew import Crew


def test_whoever_writes_a_rule_sees_at_once_what_it_says(
    crew: Crew, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    sent: list[str] = []
    monkeypatch.setattr(current_app, "send_task", lambda name, **_more: sent.append(name))
    wanted = RuleInput("Règle", "Rule", {"kind": "silence", "days": "3"})

    def asked(work: Callable[[], object]) -> list[str]:
        sent.clear()
        with django_capture_on_commit_callbacks(execute=True):
            work()
        return list(sent)

    assert asked(lambda: add_rule(actor=crew.admin, rule=wanted)) == ["kpis.check_alerts"]
    pk = AlertRule.objects.get(key__startswith="own").pk
    longer = replace(wanted, document={"kind": "silence", "days": "5"})
    assert asked(lambda: change_rule(actor=crew.admin, rule_id=pk, rule=longer)) == [
        "kpis.check_alerts"
    ]

    def switch(is_active: bool) -> list[str]:
        return asked(lambda: switch_rule(actor=crew.admin, rule_id=pk, is_active=is_active))

    assert switch(False) == ["kpis.check_alerts"]
    assert switch(False) == []
    assert switch(True) == ["kpis.check_alerts"]
