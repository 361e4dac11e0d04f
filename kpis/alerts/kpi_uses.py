"""Which rules of alerts look at a KPI."""

from collections.abc import Iterable

from django.urls import reverse
from django.utils.translation import gettext as _

from kpis.alerts.queries import may_change, may_rule, rules_open_to
from kpis.alerts.words import rule_name
from kpis.uses import Names, Use, tells_uses
from people.access import Viewer


@tells_uses
def of_rules(viewer: Viewer, of: Names) -> Iterable[Use]:
    """The rules in force that name it, for who has rules to look after. Those without a KPI of
    their own look at whatever is on the scorecards, which tell so themselves."""
    if not may_rule(viewer):
        return
    for rule in rules_open_to(viewer):
        key = rule.document.get("kpi", "")
        if rule.is_active and key in of.kpis:
            own = reverse("kpis:alert_rule", args=[rule.pk])
            url = own if may_change(viewer, rule) else reverse("kpis:alert_rules")
            yield Use(_("Rule of alerts"), rule_name(rule), key, url)
