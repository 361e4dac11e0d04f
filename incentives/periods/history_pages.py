"""Audit rows of pay as plain values: who, when, what, before and after.

An administrator reads who did what and when; amounts and what people wrote are left out for them,
because pay is not theirs to see.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy

from common.formats import day_text, minor_text, moment_text
from common.models import AuditEntry
from common.states import look_of
from incentives.models import PayPeriod
from incentives.periods.pages import named
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
    "period": gettext_lazy("period"),
    "period_id": gettext_lazy("period"),
    "sha256": "SHA-256",
}
PAGES = {
    "incentives.payperiod": "period",
    "incentives.statement": "statement",
    "incentives.adjustment": "adjustment",
    "incentives.dispute": "dispute",
}
SUBJECTS = {
    "payperiod": gettext_lazy("period"),
    "statement": gettext_lazy("statement"),
    "adjustment": gettext_lazy("adjustment"),
    "dispute": gettext_lazy("dispute"),
    "run": gettext_lazy("calculation"),
    "export": gettext_lazy("payroll file"),
    "teamreview": gettext_lazy("signature"),
    "planversion": gettext_lazy("version of a plan"),
    "planassignment": gettext_lazy("plan for somebody"),
}
KINDS = {page: SUBJECTS[kind.partition(".")[2]] for kind, page in PAGES.items()}
ICONS = {
    "period": "calendar-check",
    "run": "calculator",
    "review": "pen-line",
    "export": "file-check",
    "dispute": "message-circle",
    "adjustment": "scale",
    "plan": "file-sliders",
}
HIDDEN = "•••"
QUIET = frozenset(
    {"id", "reason", "currency", "run", "manager", "statement", "ledger_line", "proposed_at"}
)
"""Numbers of rows say nothing to a reader; what was written stands in its own line."""


def history_rows(entries: Sequence[AuditEntry], *, with_pay: bool) -> list[Cells]:
    """Audit rows for a list; without `with_pay`, amounts and words about pay are left out."""
    teller = _Teller(people.company().currency, with_pay, _periods_named(entries))
    return [teller.row(one) for one in entries]


def _periods_named(entries: Iterable[AuditEntry]) -> dict[int, str]:
    """The names of the periods that the rows speak of. One query."""
    found = {int(one.subject_id) for one in entries if one.subject_kind == "incentives.payperiod"}
    for one in entries:
        for values in (one.before or {}, one.after or {}):
            found |= {values[key] for key in ("period", "period_id") if values.get(key)}
    return {row.pk: named(row) for row in PayPeriod.objects.filter(pk__in=found)}


@dataclass(frozen=True, slots=True)
class _Teller:
    """Says audit rows to one reader."""

    currency: str
    with_pay: bool
    periods: Mapping[int, str]

    def row(self, entry: AuditEntry) -> Cells:
        kind = PAGES.get(entry.subject_kind, "")
        is_about_pay = entry.action.startswith(("dispute.", "adjustment.", "review."))
        return {
            "at": moment_text(entry.at),
            "who": entry.actor_name,
            "what": ACTIONS.get(entry.action, entry.action),
            "icon": ICONS.get(entry.action.partition(".")[0], "dot"),
            "subject": self._subject(entry),
            "url": reverse("incentives:history", args=[kind, entry.subject_id]) if kind else "",
            "changes": list(self._changes(entry.before or {}, entry.after or {})),
            "reason": "" if is_about_pay and not self.with_pay else entry.reason,
        }

    def _subject(self, entry: AuditEntry) -> str:
        kind = entry.subject_kind.partition(".")[2]
        if kind == "payperiod":
            return self.periods.get(int(entry.subject_id), "")
        return f"{SUBJECTS.get(kind, kind)} {entry.subject_id}"

    def _changes(self, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Cells]:
        for key in {**before, **after}:
            is_quiet = key in QUIET or (key.endswith("_id") and key != "period_id")
            if is_quiet or (before.get(key) is None and after.get(key) is None):
                continue
            yield {
                "name": WORDS.get(key, key),
                "before": self._value(key, before[key]) if key in before else "",
                "after": self._value(key, after[key]) if key in after else "",
            }

    def _value(self, key: str, value: Any) -> str:
        if value is None:
            return "–"
        if not self.with_pay and (key.endswith("_minor") or key.startswith("label")):
            return HIDDEN
        if key.endswith("_minor"):
            return minor_text(value, self.currency)
        if key in ("period", "period_id"):
            return self.periods.get(value, str(value))
        if key == "state":
            return str(look_of(str(value)).label)
        if key.endswith("_at"):
            return moment_text(datetime.fromisoformat(value))
        return day_text(date.fromisoformat(value)) if key.endswith("_on") else str(value)
