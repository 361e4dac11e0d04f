"""What the pages of reviews show, as plain values."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from typing import Any

from django.urls import resolve, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import override

from cockpit.reviews.figures import ahead_of, figures_of, later_of
from cockpit.reviews.listing import names_of
from cockpit.reviews.words import address_of, title_of
from common.formats import day_text, moment_text
from common.labels import label
from kernel.numbers import round_to
from kernel.periods import Window
from kpis.alerts.presenters import action_rows, alert_rows, teller_of
from kpis.alerts.queries import leads
from kpis.alerts.words import title as alert_title
from kpis.calc.reviews import Ritual, period_at
from kpis.forecast.presenters import chart_cells
from kpis.forecast.queries import Group, outcomes_of, run_of
from kpis.forecast.showing import card_of
from kpis.queries import catalogue
from kpis.reviews import queries
from kpis.reviews.queries import Sitting
from people import access
from people import queries as people
from people.access import Viewer

MOST_ALERTS = 6
LANGUAGES = {"fr": "Français", "en": "English"}
PRIVATE = ("alerts", "actions", "before")
"""Parts about single people, for who leads them."""
Cells = dict[str, Any]


def assembled(viewer: Viewer, sitting: Sitting) -> Cells:
    """The review as it stands now."""
    found: Cells = {
        **figures_of(viewer, sitting),
        "forecast": card_of(viewer, Group(team_id=sitting.team_id)),
        "outcome": _outcome(sitting),
        "ahead": ahead_of(viewer, sitting),
    }
    if queries.may_hold(viewer, sitting.team_id):
        found |= _people_of(viewer, sitting) | {"before": _before(viewer, sitting)}
    return found


def kept_in_each_language(viewer: Viewer, sitting: Sitting) -> Cells:
    """The review as it stands now, once in each language, as plain JSON."""
    found: Cells = {}
    for language in LANGUAGES:
        with override(language):
            found[language] = plain(assembled(viewer, sitting))
    return found


def plain(value: Any) -> Any:
    """Numbers for drawing with two decimals, everything else as JSON has it."""
    match value:
        case Mapping():
            return {str(key): plain(one) for key, one in value.items()}
        case list() | tuple():
            return [plain(one) for one in value]
        case Fraction() | Decimal():
            return str(round_to(Fraction(value), 2))
        case Promise():
            return str(value)
        case Enum():
            return value.value
        case _:
            return value


def shown(viewer: Viewer, sitting: Sitting, language: str) -> Cells:
    """The parts of the page: of a review that was held as it was kept then, with later corrections
    beside; else as they stand now. Parts about single people only for who leads them now."""
    review = queries.review_of(sitting)
    if review is None or review.kept is None:
        return assembled(viewer, sitting)
    kept: Cells = dict(review.kept.get(language) or next(iter(review.kept.values())))
    kept["figures"] = later_of(kept["figures"], sitting, viewer.day)
    kept["is_corrected"] = any(row["later"] for row in kept["figures"])
    kept |= _of_whom_is_seen(viewer, sitting, kept)
    if not queries.may_hold(viewer, sitting.team_id):
        return {name: part for name, part in kept.items() if name not in PRIVATE}
    return kept | _still_open(viewer, kept)


def _of_whom_is_seen(viewer: Viewer, sitting: Sitting, kept: Cells) -> Cells:
    """What was kept of single people's figures, of those whom the viewer may see in these days."""
    scope = access.figures_scope(viewer, sitting.period)
    found: Cells = {"weakest": [row for row in kept["weakest"] if _person_of(row) in scope]}
    if ahead := kept.get("ahead"):
        # who was kept by name alone is counted
        pairs = zip(ahead["without"], ahead.get("whose", ()), strict=False)
        names = [name for name, person_id in pairs if person_id in scope]
        hidden = len(ahead["without"]) - len(names)
        found["ahead"] = {**ahead, "without": names, "more": ahead["more"] + hidden}
    return found


def _person_of(row: Cells) -> int:
    """Whose objective it was; older pages kept the address of the person only."""
    return int(row["person"] if "person" in row else resolve(row["url"]).kwargs["person_id"])


def _still_open(viewer: Viewer, kept: Cells) -> Cells:
    """What was kept about people, without those whom the viewer does not lead (any more). Nothing
    is closed on a page of the past."""
    alerts, actions, before = kept.get("alerts"), kept.get("actions", []), kept.get("before")
    ids = [row["id"] for row in alerts["rows"]] if alerts else []
    open_to = queries.readable_alerts(viewer, [*ids, *(row["alert"] for row in actions)])
    found: Cells = {"actions": [{**row, "close": ""} for row in actions if row["alert"] in open_to]}
    if alerts:
        rows = [row for row in alerts["rows"] if row["id"] in open_to]
        found["alerts"] = {**alerts, "rows": rows}
    if before:
        rows = [row for row in before["rows"] if not _is_me(viewer, row.get("whose"))]
        found["before"] = {**before, "rows": [{**row, "close": ""} for row in rows]}
    return found


def _people_of(viewer: Viewer, sitting: Sitting) -> Cells:
    """Alerts and actions about the people of the team; of the company nobody leads them all."""
    if sitting.team_id is None:
        return {}
    company = people.company()
    window = Window.of(sitting.period, company.tz)
    both = [*people.people_on(sitting.period, sitting.team_id),
            *people.people_on(viewer.day, sitting.team_id)]  # fmt: skip
    ids = {one.person_id for one in both}
    teller = teller_of(catalogue(viewer.day))
    waiting = queries.alerts_to_decide(viewer, ids)
    counts = queries.alert_counts(viewer, ids, window.start, window.end)
    actions = queries.actions_about(viewer, ids, window.start)
    return {
        "alerts": {
            "rows": alert_rows(waiting[:MOST_ALERTS], teller),
            "more": max(0, len(waiting) - MOST_ALERTS),
            "began": counts.began,
            "ended": counts.ended,
        },
        "actions": action_rows(actions, teller, viewer.day),
    }


def _before(viewer: Viewer, sitting: Sitting) -> Cells | None:
    """What the review before decided, and what became of it."""
    review = queries.review_before(sitting)
    if review is None:
        return None
    earlier = queries.sitting_of(review)
    return {
        "title": title_of(earlier),
        "url": address_of(earlier),
        "rows": decision_rows(queries.decisions_of(review), viewer),
    }


def _outcome(sitting: Sitting) -> Cells | None:
    """What was forecast of these days week by week, beside what they became."""
    if sitting.ritual is Ritual.WEEKLY:
        return None
    first_month = people.company().fiscal_year_start_month
    run = run_of(period_at(sitting.ritual, sitting.period.end, first_month))
    if run is None:
        return None
    start = sitting.period.start.isoformat()
    rows = [
        one for one in outcomes_of(run.id, Group(team_id=sitting.team_id)) if one["from"] == start
    ]
    chart = chart_cells(rows, run.currency)
    return chart and {"became": chart["became"], "weeks": chart["weeks"]}


def decision_rows(decisions: Sequence[Any], viewer: Viewer) -> list[Cells]:
    """Decisions with what came of them. Who only has to do one reads neither whom it is about nor
    the alert, and does not close it; nobody reads what answers an alert about oneself."""
    return [
        _decision(one, viewer) for one in decisions
        if one.owner_id == viewer.person_id or not queries.answers_alert_of(one, viewer)
    ]  # fmt: skip


def _is_me(viewer: Viewer, person_id: int | None) -> bool:
    return person_id is not None and person_id == viewer.person_id


def _decision(one: Any, viewer: Viewer) -> Cells:
    action = one.action
    closed_at = action.closed_at if action else one.closed_at
    found = {
        "note": one.note,
        "kind": one.get_kind_display(),
        "owner": one.owner.name,
        "due": day_text(one.due_on),
        "by": one.by.name,
        "at": moment_text(one.at),
        "is_late": closed_at is None and one.due_on < viewer.day,
        "closed": moment_text(closed_at) if closed_at else "",
        "outcome": action.outcome if action else one.outcome,
    }
    if not queries.may_close(viewer, one):
        return found
    about = [one.person.name] if one.person else []
    about += [label(one.kpi.name_fr, one.kpi.name_en)] if one.kpi else []
    return {
        **found,
        "about": ", ".join(about),
        "whose": action.alert.person_id if action else None,
        "alert": _alert_address(viewer, action),
        "close": "" if closed_at else reverse("cockpit:review_decision", args=[one.pk]),
    }


def _alert_address(viewer: Viewer, action: Any) -> str:
    """The page of the alert, which is for who leads the person now."""
    if action is None or not leads(viewer, action.alert):
        return ""
    return reverse("kpis:alert", args=[action.alert_id])


def decided_for(viewer: Viewer) -> list[Cells]:
    """What reviews decided that the viewer has to do. One query, and for who holds such a review
    and answered an alert there, those of the people led."""
    return decision_rows(queries.open_decisions([], owner_id=viewer.person_id), viewer)


def head_of(sitting: Sitting, review: Any) -> Cells:
    """The title, whose review it is, who held it, and its addresses."""
    held = ""
    if review is not None and review.held_by is not None:
        words = {"at": moment_text(review.held_at), "name": review.held_by.name}
        held = _("Held %(at)s by %(name)s") % words
    return {
        "title": title_of(sitting),
        "name": names_of([sitting.team_id])[sitting.team_id],
        "held": held,
        "hold": address_of(sitting, "review_hold"),
        "pdfs": [
            {"label": name, "language": key, "url": address_of(sitting, "review_pdf", key)}
            for key, name in LANGUAGES.items()
        ],
    }


def choices_of(viewer: Viewer, sitting: Sitting) -> dict[str, list[tuple[str, str]]]:
    """What a decision can say: who does it, which alert it answers, about whom and which figure.

    For the company who does it leads a team."""
    rows = people.people_on(viewer.day, sitting.team_id)
    names = {str(one.person_id): one.name for one in rows
             if sitting.team_id is not None or one.leads}  # fmt: skip
    by_name = sorted(names.items(), key=lambda pair: (pair[1], pair[0]))
    waiting = queries.alerts_to_decide(viewer, {one.person_id for one in rows})
    known = catalogue(viewer.day)
    return {
        "kind": queries.kind_choices(),
        "owner": by_name,
        "alert": [(str(one.pk), f"{one.person.name}, {alert_title(one)}") for one in waiting],
        "person": by_name,
        "kpi": [(info.key, info.name) for info in known.kpis.values()],
    }
