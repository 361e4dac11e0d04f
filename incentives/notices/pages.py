"""Notices and receipts as plain values for pages."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from common.formats import minor_text, moment_text, span_text
from common.labels import label
from incentives.models import Notice, PayPeriod
from incentives.notices.queries import (
    CHANGED,
    CLOSED,
    MISSING,
    READ,
    UNREAD,
    NoticeCounts,
    NoticeRow,
    notice_counts,
)
from incentives.periods.pages import named
from incentives.plans.pages import plan_name
from people import queries as people

Cells = dict[str, Any]
STATES: dict[str, tuple[str | Promise, str, str]] = {
    MISSING: (gettext_lazy("nothing published"), "bad", "circle-alert"),
    CHANGED: (gettext_lazy("changed since"), "bad", "file-pen-line"),
    UNREAD: (gettext_lazy("not read yet"), "warn", "eye"),
    READ: (gettext_lazy("read"), "good", "check"),
}
LANGUAGES = {"fr": "Français", "en": "English"}


def exposure_text(counts: NoticeCounts) -> str:
    """The sum that may be due, by currency; empty when everybody was told in time."""
    return " + ".join(
        minor_text(minor, currency, whole=True) for currency, minor in counts.exposures.items()
    )


def period_page(period: PayPeriod, rows: Sequence[NoticeRow], show: str) -> Cells:
    """All payees of a period with what they were told, for HR."""
    counts = notice_counts(rows)
    due = len([row for row in rows if row.is_due])
    return {
        "period_id": period.pk,
        "name": named(period),
        "state": period.state,
        "starts_on": period.starts_on,
        "rows": [_row_for_hr(row) for row in rows if _fits(row, show)],
        "tabs": _tabs(rows, show),
        "due": due,
        "unread": len(counts.unread),
        "late": len([row for row in rows if row.is_late]),
        "exposure": exposure_text(counts),
        "unlimited": counts.unlimited,
        "may_publish": bool(due) and period.state not in CLOSED,
        "has_begun": period.starts_on <= people.today(),
        "payees": len(rows),
    }


def _fits(row: NoticeRow, show: str) -> bool:
    match show:
        case "due":
            return row.is_due
        case "unread":
            return row.state == UNREAD
        case "late":
            return row.is_late
    return True


def _tabs(rows: Sequence[NoticeRow], show: str) -> list[Cells]:
    names = {
        "": _("All payees"),
        "due": _("To publish"),
        "unread": _("Not read yet"),
        "late": _("Late"),
    }
    return [
        {
            "label": name,
            "url": f"?show={key}" if key else "?",
            "active": key == show,
            "count": sum(_fits(row, key) for row in rows),
        }
        for key, name in names.items()
    ]


def _row_for_hr(row: NoticeRow) -> Cells:
    found = row.exposure
    amount = minor_text(found.amount.minor, found.amount.currency, whole=True) if found else ""
    if not row.is_late:
        note = ""
    elif found is None:
        note = _("no limit in the plan")
    else:
        note = _("at most") if found.is_most else _("objective reached; the plan has no limit")
    return {
        **_state(row),
        "plan": label(row.plan.name["fr"], row.plan.name["en"]),
        "exposure": amount,
        "exposure_note": note,
        "url": reverse("incentives:notice", args=[row.told.id]) if row.told else "",
    }


def _state(row: NoticeRow) -> Cells:
    """What is told of a payee to whoever may not see amounts."""
    words, tone, icon = STATES[row.state]
    told = row.told
    read_at = told.read_at if told and row.state == READ else None
    return {
        "name": row.payee.name,
        "state": str(words),
        "tone": tone,
        "icon": icon,
        "published": moment_text(told.published_at) if told else "",
        "is_late": row.is_late,
        "read": moment_text(read_at) if read_at else "",
        "language": LANGUAGES.get(told.language, "") if told and read_at else "",
        "is_read_late": bool(read_at) and row.is_read_late,
    }


def team_page(period: PayPeriod, rows: Iterable[NoticeRow], shown: Collection[int]) -> Cells:
    """Who of a manager's people was told and has read; never an amount."""
    mine = [_state(row) for row in rows if row.payee.person_id in shown]
    return {
        "name": named(period),
        "starts_on": period.starts_on,
        "rows": mine,
        "open": sum(row["tone"] != "good" for row in mine),
    }


# --- the payee's own ----------------------------------------------------------------------------


def my_page(notices: Sequence[Notice]) -> Cells:
    """One's notices: what is to be read, then the others, newest first."""
    rows = [_own_row(one, notices) for one in notices]
    return {
        "waiting": [row for row in rows if row["is_waiting"]],
        "rows": [row for row in rows if not row["is_waiting"]],
    }


def _own_row(notice: Notice, notices: Sequence[Notice]) -> Cells:
    replaced = any(
        one.pk > notice.pk
        and one.plan_version.plan_id == notice.plan_version.plan_id
        and (one.starts_on, one.ends_on) == (notice.starts_on, notice.ends_on)
        for one in notices
    )
    receipt = getattr(notice, "receipt", None)
    return {
        "url": reverse("incentives:notice", args=[notice.pk]),
        "days": span_text(notice.starts_on, notice.ends_on),
        "plan": plan_name(notice.plan_version.plan),
        "version": notice.plan_version.number,
        "published": moment_text(notice.published_at),
        "read": moment_text(receipt.at) if receipt else "",
        "is_replaced": replaced,
        "is_waiting": receipt is None and not replaced,
    }


def notice_page(notice: Notice, language: str, *, replaced: bool) -> Cells:
    """One notice in a language, with its receipt."""
    receipt = getattr(notice, "receipt", None)
    text = notice.text_fr if language == "fr" else notice.text_en
    title, blocks = letter_blocks(text)
    return {
        "notice_id": notice.pk,
        "title": title,
        "blocks": blocks,
        "text_language": language,
        "languages": [
            {"label": name, "url": f"?language={key}", "active": key == language}
            for key, name in LANGUAGES.items()
        ],
        "person": notice.person.name,
        "days": span_text(notice.starts_on, notice.ends_on),
        "published": moment_text(notice.published_at),
        "sha256": notice.sha256,
        "replaced": replaced,
        "receipt": receipt
        and {
            "at": moment_text(receipt.at),
            "language": LANGUAGES.get(receipt.language, receipt.language),
            "sha256": receipt.sha256,
        },
    }


def letter_blocks(text: str) -> tuple[str, list[Cells]]:
    """The title of a letter, and its paragraphs, headings and lists as a template shows them."""
    title, *lines = text.split("\n")
    blocks: list[Cells] = []
    for line in lines:
        if line.startswith("   - ") and blocks and blocks[-1]["kind"] == "list":
            blocks[-1]["items"][-1]["items"].append(line[5:])
        elif line.startswith("## "):
            blocks.append({"kind": "h3", "text": line[3:]})
        elif line.startswith("# "):
            blocks.append({"kind": "h2", "text": line[2:]})
        elif line.startswith("- ") or line.partition(". ")[0].isdecimal():
            _add_item(blocks, line)
        elif line:
            blocks.append({"kind": "p", "text": line})
    return title, blocks


def _add_item(blocks: list[Cells], line: str) -> None:
    ordered = not line.startswith("- ")
    text = line.partition(". ")[2] if ordered else line[2:]
    if not blocks or blocks[-1]["kind"] != "list" or blocks[-1]["ordered"] != ordered:
        blocks.append({"kind": "list", "ordered": ordered, "items": []})
    blocks[-1]["items"].append({"text": text, "items": []})


# --- beside the pay -----------------------------------------------------------------------------


def notice_points(counts: NoticeCounts, period: PayPeriod) -> list[Cells]:
    """What the checklist of a period says of its notices: state, text, what to do, who."""
    url = reverse("incentives:period_notices", args=[period.pk])
    found = []
    for state, names, text in (
        ("bad", counts.missing, _missing(len(counts.missing))),
        ("bad", counts.changed, _changed(len(counts.changed))),
        ("warn", counts.late, _late(len(counts.late))),
        ("warn", counts.unread, _unread(len(counts.unread))),
    ):
        if names:
            todo = _("Remind them: the date of the receipt is the proof.")
            if names is counts.missing or names is counts.changed:
                todo = _("Publish the notices.")
            elif names is counts.late:
                todo = _("Late for good; publish the next ones before the period starts.")
            found.append({"state": state, "text": text, "todo": todo, "url": url,
                          "names": list(names)})  # fmt: skip
    amount = exposure_text(counts)
    if amount:
        text = _("Up to %(amount)s may be due for rules and objectives not told in time")
        todo = _("French law: Code du travail L.1222-2, L.1222-3. An estimate, not legal advice.")
        found.append({"state": "warn", "text": text % {"amount": amount}, "todo": todo, "url": url,
                      "names": []})  # fmt: skip
    if not found and counts.payees:
        text = _("Every payee was told the rules and objectives in time and has read them")
        found.append({"state": "good", "text": text, "todo": "", "url": "", "names": []})
    return found


def _missing(n: int) -> str:
    return ngettext(
        "%(n)s payee was not told the rules and objectives",
        "%(n)s payees were not told the rules and objectives",
        n,
    ) % {"n": n}


def _changed(n: int) -> str:
    return ngettext(
        "%(n)s payee was not told what has changed since the notice",
        "%(n)s payees were not told what has changed since the notice",
        n,
    ) % {"n": n}


def _late(n: int) -> str:
    return ngettext(
        "%(n)s payee was told the rules and objectives after the period began",
        "%(n)s payees were told the rules and objectives after the period began",
        n,
    ) % {"n": n}


def _unread(n: int) -> str:
    return ngettext(
        "%(n)s payee has not confirmed reading the rules and objectives",
        "%(n)s payees have not confirmed reading the rules and objectives",
        n,
    ) % {"n": n}
