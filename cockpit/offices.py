"""First pages of HR (the pay periods as checklists) and of the administrator (what is missing)."""

from collections.abc import Sequence
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cockpit import context, counting
from common.formats import minor_text, moment_text, number_text
from incentives import queries, services
from incentives.choices import PeriodState
from incentives.claims.adjustments import adjusted
from incentives.gathering.payees import field_of
from incentives.periods import pages as presenters
from people import queries as people
from people.access import Viewer

Cells = dict[str, Any]
MOST_OPEN = 3
"""Periods with a whole checklist; older unfinished ones wait in the list under them."""
MOST_DONE = 12
UNDER_REVIEW = (PeriodState.OPEN, PeriodState.CALCULATED)
"""States in which somebody can still mend what a period is made of."""


# --- HR --------------------------------------------------------------------------------------


def pay_page() -> Cells:
    """The unfinished periods, oldest first, and a list of all."""
    rows = presenters.period_rows(queries.periods(MOST_DONE), open_to_reader=True)
    return {
        "open": [_open(one) for one in queries.unfinished_periods(MOST_OPEN)],
        "rows": rows,
        "today": people.today(),
    }


def _open(period: queries.PayPeriod) -> Cells:
    field = field_of(period)
    last = services.last_run(period)
    statements = queries.statements_of(last) if last else []
    odd = sum(bool(row.anomalies) for row in statements)
    unpaid, bare = (
        queries.unpaid(field),
        queries.without_objective(field, queries.versions_in(field)),
    )
    counts = presenters.check_counts(len(field.payees), len(unpaid), len(bare), odd)
    exports = list(period.exports.order_by("id"))
    notes = presenters.check_notes(len(field.payees), last, exports)
    currency = statements[0].currency if statements else ""
    added = adjusted([period.pk]).get(period.pk, 0)
    return {
        "name": presenters.named(period),
        "url": reverse("incentives:period", args=[period.pk]),
        "state": period.state,
        "is_over": period.ends_on <= people.today(),
        "checks": presenters.checklist(period, last, counts, notes),
        "total": minor_text(sum(row.total_minor for row in statements) + added, currency)
        if statements
        else "",
        "points": _points(unpaid, bare, odd) if period.state in UNDER_REVIEW else [],
    }


def _points(unpaid: Sequence[str], bare: Sequence[str], odd: int) -> list[Cells]:
    """What somebody must look at before the period can go on, with names."""
    found: list[Cells] = []
    if unpaid:
        text = ngettext(
            "%(n)s person has a place and no plan", "%(n)s people have a place and no plan",
            len(unpaid),
        ) % {"n": len(unpaid)}  # fmt: skip
        found.append({"text": text, "names": _names(unpaid), "tone": "warn"})
    if bare:
        text = ngettext(
            "%(n)s payee lacks an objective that the plan reads",
            "%(n)s payees lack an objective that the plan reads",
            len(bare),
        ) % {"n": len(bare)}
        found.append({"text": text, "names": _names(bare), "tone": "bad"})
    if odd:
        text = ngettext(
            "%(n)s statement to look at", "%(n)s statements to look at", odd
        ) % {"n": odd}  # fmt: skip
        found.append({"text": text, "names": "", "tone": "warn"})
    return found


def _names(names: Sequence[str], most: int = 4) -> str:
    more = len(names) - most
    shown = ", ".join(names[:most])
    return shown if more <= 0 else _("%(names)s and %(n)s more") % {"names": shown, "n": more}


# --- administrator ---------------------------------------------------------------------------


def setup_page(viewer: Viewer) -> Cells:
    """What is set up, what comes in, who can sign in."""
    state = counting.state_of(viewer.day)
    return {
        "company": people.company(),
        "steps": _steps(state),
        "figures": _figures(state),
        "sources": [
            {
                "source": row.source,
                "records": number_text(row.records),
                "last": moment_text(row.last_at),
            }
            for row in state.sources
        ],
    }


def _steps(state: counting.State) -> list[Cells]:
    """From an empty database to the first paid month; the first open one is the next to do."""
    wanted = (
        (_("Company"), state.is_set_up, "people:company", ""),
        (_("People and teams"), state.people > 0, "people:list", _people_note(state)),
        (_("Sign-ins"), state.sign_ins > 1, "people:sign_ins", number_text(state.sign_ins)),
        (_("Activities"), bool(state.sources), "activities:imports", _records_note(state)),
        (_("KPIs"), state.kpis > 0, "kpis:dictionary", number_text(state.kpis)),
        (_("Objectives"), state.objectives > 0, "kpis:objectives", number_text(state.objectives)),
        (_("Plans"), state.plans > 0, "incentives:plans", number_text(state.plans)),
        (_("Challenges"), state.challenges > 0, "challenges:list", number_text(state.challenges)),
    )
    first = next((at for at, one in enumerate(wanted) if not one[1]), None)
    return [
        {
            "label": title,
            "state": "done" if done else "open" if at == first else "later",
            "url": context.address_of(name) or "",
            "note": note if done else "",
        }
        for at, (title, done, name, note) in enumerate(wanted)
    ]


def _people_note(state: counting.State) -> str:
    return _("%(people)s in %(teams)s teams") % {
        "people": number_text(state.people),
        "teams": number_text(state.teams),
    }


def _records_note(state: counting.State) -> str:
    return number_text(sum(row.records for row in state.sources))


def _figures(state: counting.State) -> list[Cells]:
    return [
        {"label": _("People today"), "value": number_text(state.people),
         "note": _("%(n)s teams") % {"n": state.teams}, "url": reverse("people:list")},
        {"label": _("Records this week"), "value": number_text(state.this_week),
         "note": _("last: %(at)s") % {"at": moment_text(state.last_at)},
         "url": reverse("activities:imports")},
        {"label": _("Imports"), "value": number_text(state.imports),
         "note": _("%(n)s waiting") % {"n": state.uploads_waiting},
         "url": reverse("activities:imports")},
        {"label": _("API keys"), "value": number_text(state.api_keys),
         "note": _("in use"), "url": reverse("activities:keys")},
    ]  # fmt: skip
