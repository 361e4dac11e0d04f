"""Pay periods and statements as plain values for templates."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from common.formats import day_text, minor_text, moment_text
from common.labels import label
from incentives.choices import PeriodState
from incentives.models import Export, PayPeriod, Run
from incentives.queries import MyStatementRow, PeriodRow, StatementRow
from kernel.periods import Period

Cells = dict[str, Any]
SMALL_GROUP = 3
"""A sum over fewer people would tell what one of them gets."""

ANOMALIES = {
    "warning": gettext_lazy("value missing"),
    "negative": gettext_lazy("below zero"),
    "zero": gettext_lazy("nothing paid"),
    "high": gettext_lazy("far above the usual"),
    "low": gettext_lazy("far below the usual"),
    "new": gettext_lazy("paid for the first time"),
    "capped": gettext_lazy("capped"),
    "correction": gettext_lazy("correction"),
}
TONES = {"warning": "bad", "negative": "bad", "new": "", "capped": "", "correction": ""}


def period_name(kind: str, starts_on: date, ends_on: date) -> str:
    """ "March 2026", "1st quarter of 2026", a year, in the reader's language."""
    days = Period(starts_on, ends_on)
    if kind == "month":
        return day_text(starts_on, "month")
    if kind == "quarter" and (starts_on.month - 1) % 3 == 0:
        number = (starts_on.month - 1) // 3 + 1
        return _("Q%(number)s %(year)s") % {"number": number, "year": starts_on.year}
    if kind == "year" and starts_on.month == 1:
        return str(starts_on.year)
    return f"{day_text(days.start)} – {day_text(days.last)}"


def named(period: PayPeriod) -> str:
    """The name of a stored period."""
    return period_name(period.kind, period.starts_on, period.ends_on)


def period_rows(rows: Iterable[PeriodRow], *, open_to_reader: bool) -> list[Cells]:
    """The list of periods; without links, and without sums of small groups, for the direction."""
    return [
        {
            "name": period_name(row.kind, row.starts_on, row.ends_on),
            "url": reverse("incentives:period", args=[row.id]) if open_to_reader else "",
            "starts_on": row.starts_on,
            "ends_on": row.ends_on,
            "state": row.state,
            "run_number": row.run_number,
            "payees": row.payees,
            "total": _sum_text(row, open_to_reader),
            "total_minor": row.total_minor,
        }
        for row in rows
    ]


def _sum_text(row: PeriodRow, open_to_reader: bool) -> str:
    if not row.currency or (row.payees < SMALL_GROUP and not open_to_reader):
        return "–"
    return minor_text(row.total_minor, row.currency)


# --- one period --------------------------------------------------------------------------------

ORDER = [PeriodState(one) for one in PeriodState.values]


def checklist(
    period: PayPeriod, run: Run | None, counts: Mapping[str, int], notes: Mapping[str, str]
) -> list[Cells]:
    """The period from data to export: what is done, what is next, and how much is open in it."""
    at = ORDER.index(PeriodState(period.state))
    # somebody without a plan may rightly have none: it is shown, and blocks nothing
    ready = counts["payees"] > 0 and not counts["without_objective"]
    frozen = at >= ORDER.index(PeriodState.APPROVED)
    calculated = run is not None and at >= 1
    stages = [
        ("data", _("Data"), True),
        ("plans", _("People and plans"), ready or at >= 1),
        ("calculate", _("Calculate"), calculated),
        ("review", _("Review"), at >= ORDER.index(PeriodState.REVIEWED)),
        ("approve", _("Approve"), at >= ORDER.index(PeriodState.APPROVED)),
        ("lock", _("Lock"), at >= ORDER.index(PeriodState.LOCKED)),
        ("export", _("Export"), at >= ORDER.index(PeriodState.EXPORTED)),
    ]
    items: list[Cells] = []
    reached = False
    for key, words, done in stages:
        state = "done" if done and not reached else "later" if reached else "open"
        reached = reached or not done
        count = 0 if frozen or state == "later" else counts.get(key, 0)
        items.append({"label": words, "state": state, "note": notes.get(key, ""), "count": count})
    return items


def check_counts(
    payees: int, unpaid: int, without_objective: int, anomalies: int
) -> dict[str, int]:
    """The open points beside the stages of the checklist."""
    return {
        "payees": payees,
        "without_objective": without_objective,
        "plans": unpaid + without_objective,
        "review": anomalies,
    }


def check_notes(payees: int, run: Run | None, exports: Sequence[Export]) -> dict[str, str]:
    """The small line under each stage."""
    notes = {
        "plans": ngettext("%(n)s payee", "%(n)s payees", payees) % {"n": payees},
        "approve": _("by a second person"),
        "lock": _("for ever"),
    }
    if run is not None:
        known = {"at": moment_text(run.as_known_at), "number": run.number}
        notes["data"] = _("as known on %(at)s") % known
        notes["calculate"] = _("run %(number)s") % known
    if exports:
        notes["export"] = ngettext("%(n)s file", "%(n)s files", len(exports)) % {"n": len(exports)}
    return notes


def statement_rows(rows: Iterable[StatementRow]) -> list[Cells]:
    """The statements of a run."""
    return [
        {
            "url": reverse("incentives:statement", args=[row.id]),
            "number": row.number,
            "name": row.name,
            "plan": label(row.plan_fr, row.plan_en),
            "total": minor_text(row.total_minor, row.currency),
            "total_minor": row.total_minor,
            "before": minor_text(row.before_minor, row.currency),
            "before_minor": row.before_minor or 0,
            "change": _change(row.change_minor, row.currency),
            "change_minor": row.change_minor or 0,
            "anomalies": [
                {"label": ANOMALIES[code], "tone": TONES.get(code, "warn")}
                for code in row.anomalies
            ],
            "corrects": named(row.corrects) if row.corrects else "",
        }
        for row in rows
    ]


def _change(minor: int | None, currency: str) -> str:
    if minor is None:
        return "–"
    shown = minor_text(abs(minor), currency)
    return f"+{shown}" if minor > 0 else f"\u2212{shown}" if minor < 0 else shown


def kept(rows: Sequence[StatementRow], text: str, show: str) -> list[StatementRow]:
    """The rows that the filter above the table leaves: words of name, number or plan; a kind."""
    words = text.casefold().split()

    def fits(row: StatementRow) -> bool:
        searched = f"{row.name} {row.number} {row.plan_fr} {row.plan_en}".casefold()
        kind = not show or (show == "any" and row.anomalies) or show in row.anomalies
        return bool(kind) and all(word in searched for word in words)

    return [row for row in rows if fits(row)]


def move_events(period: PayPeriod) -> list[Cells]:
    """Who moved the period when and why, newest first."""
    moves = period.transitions.select_related("by__person").order_by("-id")
    return [
        {
            "at": moment_text(one.at),
            "title": PeriodState(one.to_state).label,
            "text": one.reason,
            "who": one.by.name if one.by else "",
            "icon": "undo-2" if one.to_state == PeriodState.OPEN else "check",
        }
        for one in moves
    ]


# --- one's own pay ------------------------------------------------------------------------------


def my_rows(rows: Iterable[MyStatementRow]) -> list[Cells]:
    """Statements for the list of one's own pay, or of the people one leads."""
    return [
        {
            "url": reverse("incentives:statement", args=[row.id]),
            "period": period_name(row.kind, row.starts_on, row.ends_on),
            "name": row.name,
            "plan": label(row.plan_fr, row.plan_en),
            "state": row.state,
            "total": minor_text(row.total_minor, row.currency),
            "total_minor": row.total_minor,
            "is_correction": row.is_correction,
        }
        for row in rows
    ]


def signed(minor: int, currency: str) -> str:
    """An amount with its sign: what a step is worth."""
    return _change(minor, currency)
