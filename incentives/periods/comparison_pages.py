"""Two runs beside each other, as plain values for templates."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from common.formats import day_text, minor_text
from incentives.periods.causes import Change
from incentives.periods.comparing import Difference, totals_by_cause
from incentives.periods.pages import signed
from incentives.statements.page import deal_label

Cells = dict[str, Any]
CAUSES = {
    "engine": gettext_lazy("engine"),
    "plan": pgettext_lazy("cause", "plan"),
    "organisation": gettext_lazy("organisation"),
    "data": gettext_lazy("data"),
    "several": gettext_lazy("several causes together"),
}
MEANING = {
    "engine": gettext_lazy("another version of the calculation"),
    "plan": gettext_lazy("another wording of the plan, or another plan"),
    "organisation": gettext_lazy("role, team, days paid, absences, objectives"),
    "data": gettext_lazy("records, KPIs, balances, and news of earlier periods"),
    "several": gettext_lazy("open the payee to see the shares"),
}
SHOWN = 200
"""How many changed records one page shows."""


def difference_rows(rows: Iterable[Difference], currency: str) -> list[Cells]:
    """Who gets something else than in another run, and by which cause how much."""
    return [
        {
            "name": row.name,
            "before": minor_text(row.before_minor, currency),
            "after": minor_text(row.after_minor, currency),
            "change": signed(row.change_minor, currency),
            "change_minor": row.change_minor,
            "causes": [_cause(key, minor, currency) for key, minor in _parts(row)],
            "is_correction": row.is_correction,
            "url": reverse("incentives:compare_records", args=[row.before_id, row.after_id])
            if row.before_id and row.after_id
            else "",
        }
        for row in rows
    ]


def _parts(row: Difference) -> Sequence[tuple[str, int]]:
    """The causes that move the amount; none where other steps lead to the same amount."""
    if row.shares is None:
        return (("several", row.change_minor),)
    return [(key, minor) for key, minor in row.shares if minor]


def _cause(key: str, minor: int, currency: str) -> Cells:
    return {"name": CAUSES[key], "meaning": MEANING[key], "amount": signed(minor, currency)}


def cause_rows(rows: Sequence[Difference], currency: str) -> list[Cells]:
    """The sums by cause over all payees, for the head of the page."""
    return [_cause(key, minor, currency) for key, minor in totals_by_cause(rows).items()]


def share_rows(shares: Iterable[tuple[str, int]], currency: str) -> list[Cells]:
    """The shares of one payee's difference."""
    return [_cause(key, minor, currency) for key, minor in shares]


def change_rows(found: Sequence[Change], names: Mapping[int, str], currency: str) -> list[Cells]:
    """The first records that changed, each with what it was and what it is."""
    return [_change_row(one, names, currency) for one in found[:SHOWN]]


def _change_row(change: Change, names: Mapping[int, str], currency: str) -> Cells:
    known = change.after or change.before or {}
    kind = _("changed")
    if change.before is None:
        kind = _("new")
    elif change.after is None:
        kind = _("gone")
    return {
        "kind": kind,
        "label": deal_label(known),
        "person": names.get(int(change.payee.partition("@")[0]), ""),
        "day": day_text(datetime.fromisoformat(known["closed_at"])),
        "before": _worth(change.before, currency),
        "after": _worth(change.after, currency),
    }


def _worth(credit: Mapping[str, Any] | None, currency: str) -> str:
    if credit is None or credit.get("amount_minor") is None:
        return "–"
    share = credit.get("share")
    text = minor_text(credit["amount_minor"], credit.get("currency", currency))
    return f"{text} × {share}" if share else text
