"""A review on paper: the same parts as on the page, as texts for Typst."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cockpit.reviews import pages
from kpis.reviews import queries
from kpis.reviews.queries import Sitting
from people import queries as people
from people.access import Viewer

Cells = dict[str, Any]
TEMPLATE = Path(__file__).parent / "review.typ"


def document_of(viewer: Viewer, sitting: Sitting, language: str) -> Cells:
    """The review as the viewer may read it, in the active language, which is `language`."""
    review = queries.review_of(sitting)
    head = pages.head_of(sitting, review)
    found = pages.shown(viewer, sitting, language)
    decisions: list[Cells] = []
    if queries.may_hold(viewer, sitting.team_id):
        rows = queries.decisions_of(review)
        decisions = pages.decision_rows(rows, viewer)
    parts = [
        _figures(found),
        _moves(found["moves"]),
        _weakest(found["weakest"]),
        _funnel(found["funnel"]),
        _forecast(found["forecast"], found["outcome"]),
        _ahead(found["ahead"]),
        _alerts(found.get("alerts")),
        _actions(found.get("actions", [])),
        _decisions(_("Decided last time"), (found.get("before") or {}).get("rows", [])),
        _decisions(_("Decisions"), decisions),
    ]
    return {
        "lang": language,
        "company": people.company().name,
        "name": head["name"],
        "title": head["title"],
        "note": head["held"] or _("Not held yet: the figures as they stand now."),
        "parts": [part for part in parts if part],
        "page": _("Page"),
    }


def _table(
    title: str, heads: Sequence[str], rows: Sequence[Sequence[str]], widths: Sequence[int] = ()
) -> Cells:
    """A table; `widths` in parts of the line, without them the first column is twice as wide."""
    if not rows:
        return {}
    return {
        "title": title,
        "heads": list(heads),
        "rows": [list(row) for row in rows],
        "widths": list(widths) or [2] + [1] * (len(heads) - 1),
    }


def _lines(title: str, lines: Sequence[str]) -> Cells:
    return {"title": title, "lines": [line for line in lines if line]} if lines else {}


def _figures(found: Mapping[str, Any]) -> Cells:
    heads = [_("KPI"), _("Value"), _("Objective"), _("Reached"), _("Movement"), _("Before")]
    names = ["label", "value", "target", "of", "delta", "before"]
    for flag, name, head in (
        ("is_corrected", "later", _("Corrected since")),
        ("has_running", "running", _("This week so far")),
    ):
        if found.get(flag):
            heads.append(head)
            names.append(name)
    rows = [[_cell(row, name) for name in names] for row in found["figures"]]
    return _table(_("Figures"), heads, rows, [5, 3, 3, 2, 3, 6, 3, 3][: len(heads)])


def _cell(row: Cells, name: str) -> str:
    """With whose figures are counted, where these are not those of all."""
    note = row.get("of_note") if name == "of" else ""
    return " · ".join(filter(None, (str(row[name]), note)))


def _moves(rows: Sequence[Cells]) -> Cells:
    return _lines(
        _("What moved most"),
        [" · ".join(filter(None, (f"{row['label']}: {row['delta']}", row["why"]))) for row in rows],
    )


def _weakest(rows: Sequence[Cells]) -> Cells:
    heads = [_("Name"), _("KPI"), _("Value"), _("Objective"), _("Reached")]
    names = ("name", "kpi", "value", "target", "of")
    return _table(_("Objectives at risk"), heads, [[row[name] for name in names] for row in rows])


def _funnel(steps: Sequence[Cells]) -> Cells:
    weak = _("Weakest step")
    return _table(
        _("From meeting to won deal"),
        [_("Step"), _("Value"), _("Passed on"), _("The three months before"), ""],
        [
            [step["label"], step["value"], step.get("rate", ""), step.get("past", ""),
             weak if step.get("is_weakest") else ""]
            for step in steps
        ],
    )  # fmt: skip


def _forecast(card: Mapping[str, Any], outcome: Mapping[str, Any] | None) -> Cells:
    lines = []
    if card.get("expected"):
        words = {name: card[name] for name in ("title", "low", "expected", "high", "booked")}
        lines.append(
            _("%(title)s: %(expected)s expected, %(low)s to %(high)s, %(booked)s booked so far")
            % words
        )
    if outcome:
        inside = sum(bool(week["is_inside"]) for week in outcome["weeks"])
        weeks = len(outcome["weeks"])
        text = ngettext(
            "It became %(became)s; of %(n)s forecast before, %(inside)s held it in its range.",
            "It became %(became)s; of %(n)s forecasts before, %(inside)s held it in their range.",
            weeks,
        )
        lines.append(text % {"became": outcome["became"], "n": weeks, "inside": inside})
    return _lines(_("Forecast"), lines)


def _ahead(ahead: Mapping[str, Any] | None) -> Cells:
    if not ahead:
        return {}
    text = ngettext(
        "%(agreed)s of %(n)s person has an objective.",
        "%(agreed)s of %(n)s people have an objective.",
        ahead["people"],
    )
    lines = [text % {"agreed": ahead["with"], "n": ahead["people"]}]
    if ahead["without"]:
        more = ngettext("and %(n)s more", "and %(n)s more", ahead["more"]) % {"n": ahead["more"]}
        named = ", ".join(ahead["without"])
        lines.append(" ".join([_("None yet:"), named, *([more] if ahead["more"] else [])]))
    return _lines(_("Objectives of the next quarter"), lines)


def _alerts(alerts: Mapping[str, Any] | None) -> Cells:
    if not alerts:
        return {}
    words = {"began": alerts["began"], "ended": alerts["ended"]}
    counts = _("In these days %(began)s began and %(ended)s ended.") % words
    rows = [f"{row['name']}, {row['title']}. {row['text']}" for row in alerts["rows"]]
    more = ngettext("%(n)s more alert", "%(n)s more alerts", alerts["more"]) % {"n": alerts["more"]}
    return _lines(_("Alerts to decide"), [*rows, more if alerts["more"] else "", counts])


def _actions(rows: Sequence[Cells]) -> Cells:
    return _table(
        _("Actions, and what became of them"),
        [_("Name"), _("Action"), _("By when"), _("What came of it")],
        [
            [row["name"], f"{row['kind']}: {row['note']}", row["due"], row["outcome"]]
            for row in rows
        ],
        [2, 5, 2, 4],
    )


def _decisions(title: str, rows: Sequence[Cells]) -> Cells:
    return _table(
        title,
        [_("Decision"), _("Who does it"), _("By when"), _("What came of it")],
        [
            [" · ".join(filter(None, (row["note"], row.get("about")))), row["owner"], row["due"],
             row["outcome"]]
            for row in rows
        ],
        [5, 2, 2, 4],
    )  # fmt: skip
