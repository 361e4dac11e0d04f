"""Audit rows of pay as plain values: who, when, what, before and after.

An administrator reads who did what and when; amounts and what people wrote are left out for them,
because pay is not theirs to see.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy

from common.formats import minor_text, moment_text
from common.models import AuditEntry
from people import queries as people

Cells = dict[str, Any]
ACTIONS = {
    "period.open": gettext_lazy("Period opened"),
    "period.move": gettext_lazy("Period moved"),
    "run.start": gettext_lazy("Calculation started"),
    "run.finish": gettext_lazy("Calculation finished"),
    "run.fail": gettext_lazy("Calculation failed"),
    "review.sign": gettext_lazy("Figures signed by the manager"),
    "export.make": gettext_lazy("Payroll file made"),
    "dispute.open": gettext_lazy("Dispute opened"),
    "dispute.move": gettext_lazy("Dispute: something said"),
    "adjustment.propose": gettext_lazy("Adjustment proposed"),
    "adjustment.decide": gettext_lazy("Adjustment decided"),
    "adjustment.pay": gettext_lazy("Adjustment paid"),
    "adjustment.pass_on": gettext_lazy("Adjustment passed on to the next period"),
    "plan.save": gettext_lazy("Plan saved"),
    "plan.publish": gettext_lazy("Plan published"),
    "plan.assign": gettext_lazy("Plan assigned"),
}
WORDS = {
    "state": gettext_lazy("state"),
    "answer_by_on": gettext_lazy("answer by"),
    "amount_minor": gettext_lazy("amount"),
    "total_minor": gettext_lazy("total"),
    "component": gettext_lazy("line"),
    "label_fr": gettext_lazy("name in French"),
    "label_en": gettext_lazy("name in English"),
    "payees": gettext_lazy("payees"),
    "people": gettext_lazy("people"),
    "engine": gettext_lazy("engine"),
    "as_known_at": gettext_lazy("as known on"),
    "starts_on": gettext_lazy("first day"),
    "ends_on": gettext_lazy("day after the last"),
    "kind": gettext_lazy("kind"),
}
PAGES = {
    "incentives.payperiod": "period",
    "incentives.statement": "statement",
    "incentives.adjustment": "adjustment",
    "incentives.dispute": "dispute",
}
HIDDEN = "•••"


def history_rows(entries: Iterable[AuditEntry], *, with_pay: bool) -> list[Cells]:
    """Audit rows for a table; without `with_pay`, amounts and words about pay are left out."""
    currency = people.company().currency
    return [_row(one, currency, with_pay) for one in entries]


def _row(entry: AuditEntry, currency: str, with_pay: bool) -> Cells:
    kind = PAGES.get(entry.subject_kind, "")
    url = reverse("incentives:history", args=[kind, entry.subject_id]) if kind else ""
    return {
        "at": moment_text(entry.at),
        "who": entry.actor_name,
        "what": ACTIONS.get(entry.action, entry.action),
        "subject": f"{entry.subject_kind.partition('.')[2]} {entry.subject_id}",
        "url": url,
        "changes": _changes(entry.before or {}, entry.after or {}, currency, with_pay),
        "reason": entry.reason if with_pay or entry.action.startswith("run.") else "",
    }


def _changes(
    before: Mapping[str, Any], after: Mapping[str, Any], currency: str, with_pay: bool
) -> list[Cells]:
    keys = [key for key in {**before, **after} if not _is_quiet(key)]
    return [
        {
            "name": WORDS.get(key, key),
            "before": _value(key, before[key], currency, with_pay) if key in before else "",
            "after": _value(key, after[key], currency, with_pay) if key in after else "",
        }
        for key in keys
        if before.get(key) is not None or after.get(key) is not None
    ]


def _is_quiet(key: str) -> bool:
    """Numbers of rows say nothing to a reader; what was written stands in its own column."""
    return key == "id" or key.endswith("_id") or key in ("reason", "currency")


def _value(key: str, value: object, currency: str, with_pay: bool) -> str:
    if value is None:
        return "–"
    if key.endswith("_minor"):
        return minor_text(value, currency) if with_pay else HIDDEN
    if not with_pay and key.startswith("label"):
        return HIDDEN
    return str(value)
