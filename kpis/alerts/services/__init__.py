"""The only writers of alerts."""

from kpis.alerts.services.acting import choose_action, close_action
from kpis.alerts.services.checking import Changes, check_alerts, check_moved
from kpis.alerts.services.delivering import deliver_due
from kpis.alerts.services.ruling import RuleInput, add_rule, change_rule, switch_rule
from kpis.alerts.services.wishing import (
    HookInput,
    add_webhook,
    keep_wishes,
    mute,
    remove_webhook,
    seal_webhooks_again,
    unmute,
)

__all__ = [
    "Changes",
    "HookInput",
    "RuleInput",
    "add_rule",
    "add_webhook",
    "change_rule",
    "check_alerts",
    "check_moved",
    "choose_action",
    "close_action",
    "deliver_due",
    "keep_wishes",
    "mute",
    "remove_webhook",
    "seal_webhooks_again",
    "switch_rule",
    "unmute",
]
