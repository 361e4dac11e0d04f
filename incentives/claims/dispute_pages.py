"""Disputes as plain values for their pages."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from common.formats import day_text, minor_text, moment_text
from common.labels import label
from incentives.choices import DisputeState
from incentives.claims.adjustment_pages import adjustment_rows
from incentives.claims.adjustments import adjustments_for
from incentives.claims.disputes import UNDECIDED, Counts, disputes_about, log_of
from incentives.models import Dispute, DisputeEntry, Statement
from incentives.periods.pages import named
from incentives.services.disputing import Party, parties_of, possible
from incentives.statements.explaining import component_names
from people.models import User

Cells = dict[str, Any]
TONES = {"accepted": "good", "rejected": "bad", "answered": "", "open": "", "withdrawn": ""}
ICONS = {"accepted": "check", "rejected": "x", "answered": "reply", "withdrawn": "undo-2"}


def line_name(statement: Statement, component: str) -> str:
    """The name of a payment line in the reader's language."""
    if component == "plan":
        return _("The whole plan")
    return component_names(statement.plan_version.terms()).get(component, component)


def due_words(dispute: Dispute, today: date) -> str:
    """What is said about the last day for an answer; empty when none is due."""
    if dispute.state != DisputeState.OPEN:
        return ""
    late = (today - dispute.answer_by_on).days
    if late > 0:
        return ngettext("%(n)s day late", "%(n)s days late", late) % {"n": late}
    return _("answer by %(day)s") % {"day": day_text(dispute.answer_by_on)}


def is_late(dispute: Dispute, today: date) -> bool:
    """Whether an answer is due and the last day for it is over."""
    return dispute.state == DisputeState.OPEN and dispute.answer_by_on < today


def dispute_rows(rows: Iterable[Dispute], today: date) -> list[Cells]:
    """Disputes for a list."""
    return [
        {
            "url": reverse("incentives:dispute", args=[row.pk]),
            "name": row.statement.person.name,
            "period": named(row.statement.run.period),
            "line": line_name(row.statement, row.component),
            "plan": _plan_name(row.statement),
            "state": row.state,
            "opened": day_text(row.opened_at),
            "due": due_words(row, today),
            "is_late": is_late(row, today),
        }
        for row in rows
    ]


def _plan_name(statement: Statement) -> str:
    plan = statement.plan_version.plan
    return label(plan.name_fr, plan.name_en)


def tabs(counts: Counts, show: str) -> list[Cells]:
    """The filters of the list, with how many there are."""
    words = (
        ("open", _("To answer"), counts.open),
        ("overdue", _("Late"), counts.overdue),
        ("answered", _("Answered"), counts.answered),
        ("all", _("All"), counts.all),
    )
    address = reverse("incentives:disputes")
    return [
        {"label": text, "url": f"{address}?show={key}", "active": key == show, "count": count}
        for key, text, count in words
    ]


def office_tabs(here: str, open_disputes: int | None = None) -> list[Cells]:
    """Disputes and adjustments are one desk: the way between the two lists."""
    disputes: Cells = {
        "label": _("Disputes"),
        "url": reverse("incentives:disputes"),
        "active": here == "disputes",
    }
    if open_disputes is not None:
        disputes["count"] = open_disputes
    adjustments = {
        "label": _("Adjustments"),
        "url": reverse("incentives:adjustments"),
        "active": here == "adjustments",
    }
    return [disputes, adjustments]


def dispute_page(dispute: Dispute, actor: User, today: date) -> Cells:
    """One dispute: what it is about, what was said, what the reader may do."""
    statement = dispute.statement
    parties = parties_of(actor, statement.person_id, dispute.opened_by_id)
    is_hr = Party.HR in parties
    return {
        "dispute_id": dispute.pk,
        "state": dispute.state,
        "name": statement.person.name,
        "line": line_name(statement, dispute.component),
        "period": named(statement.run.period),
        "due": due_words(dispute, today),
        "is_late": is_late(dispute, today),
        "facts": _facts(dispute),
        "statement_url": reverse("incentives:statement", args=[statement.pk]),
        "events": [_event(one) for one in log_of(dispute)],
        "actions": [_action(dispute.state, to) for to in possible(parties, dispute.state)],
        "is_hr": is_hr,
        "may_adjust": is_hr and dispute.state == DisputeState.ACCEPTED,
        "adjustments": adjustment_rows(
            adjustments_for(dispute, approved_only=not is_hr), linked=is_hr
        ),
    }


def _facts(dispute: Dispute) -> list[Cells]:
    statement = dispute.statement
    amounts = {line["component"]: line["amount_minor"] for line in statement.result["lines"]}
    return [
        {"label": _("Line"), "value": line_name(statement, dispute.component)},
        {
            "label": _("Amount"),
            "value": minor_text(amounts.get(dispute.component), statement.currency),
        },
        {"label": _("Plan"), "value": _plan_name(statement)},
        {"label": _("Period"), "value": named(statement.run.period)},
        {
            "label": _("Opened"),
            "value": moment_text(dispute.opened_at),
            "note": _("by %(name)s") % {"name": dispute.opened_by.name},
        },
    ]


def _event(entry: DisputeEntry) -> Cells:
    return {
        "at": moment_text(entry.at),
        "who": entry.by.name,
        "title": DisputeState(entry.to_state).label,
        "text": entry.text,
        "icon": ICONS.get(entry.to_state, "message-circle"),
        "tone": TONES.get(entry.to_state, ""),
    }


def _action(state: str, to: str) -> Cells:
    words: Mapping[str, tuple[str, str, str]] = {
        "answered": (_("Answer"), "primary", "reply"),
        "accepted": (_("Accept"), "plain", "check"),
        "rejected": (_("Reject"), "danger", "x"),
        "withdrawn": (_("Withdraw"), "quiet", "undo-2"),
        "open": (_("Reply"), "primary", "reply"),
    }
    text, variant, icon = words[to]
    if state == to:
        text, variant, icon = _("Add a remark"), "quiet", "message-circle"
    return {"to": to, "label": text, "variant": variant, "icon": icon}


SAID = {
    "open": gettext_lazy("It is said."),
    "answered": gettext_lazy("The answer is given."),
    "accepted": gettext_lazy("The dispute is accepted."),
    "rejected": gettext_lazy("The dispute is rejected."),
    "withdrawn": gettext_lazy("The dispute is withdrawn."),
}


def line_choices(statement: Statement) -> list[tuple[str, str]]:
    """The lines of a statement that can be disputed, with their amounts."""
    return [
        (
            line["component"],
            f"{line_name(statement, line['component'])} · "
            f"{minor_text(line['amount_minor'], statement.currency)}",
        )
        for line in statement.result["lines"]
    ]


def disputed_lines(statement: Statement, *, may_dispute: bool) -> dict[str, Cells]:
    """By line of a statement: its last dispute, and where to open one. One query."""
    last = {row.component: row for row in disputes_about(statement)}
    address = reverse("incentives:dispute_new", args=[statement.pk])
    found = {}
    for line in statement.result["lines"]:
        key = line["component"]
        dispute = last.get(key)
        undecided = dispute is not None and dispute.state in UNDECIDED
        found[key] = {
            "state": dispute.state if dispute else "",
            "url": reverse("incentives:dispute", args=[dispute.pk]) if dispute else "",
            "new_url": f"{address}?line={key}" if may_dispute and not undecided else "",
        }
    return found
