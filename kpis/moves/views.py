"""Why a figure moved: one page for a person, teams or the company, in the drawer or alone."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from common.formats import span_text
from common.numbers import whole
from kernel.periods import Period
from kpis.choices import BY_LABELS
from kpis.moves import presenters, queries
from kpis.moves.queries import Subject
from kpis.presenters import figure_text
from kpis.queries import Catalogue, catalogue
from kpis.windows import window_of
from people import access
from people import queries as people
from people.access import Viewer


@access.needs("anyone")
def move(request: HttpRequest, kpi_key: str) -> HttpResponse:
    """The change of a figure between two windows, by formula and by group."""
    viewer, settings = access.viewer_in(request), people.company()
    window = window_of(request.GET, viewer.day, settings.fiscal_year_start_month)
    subject = _subject(request, viewer, window.period)
    windows = queries.windows_of(window.period, viewer.day)
    # a running period is told by the formula that holds on its last day, as everywhere
    known = catalogue(window.period.last)
    access.require(kpi_key in known.kpis)
    against = "year" if request.GET.get("against") == "year" else "previous"
    before = windows.year_before if against == "year" else windows.previous
    previous, year = queries.moves_against(
        [kpi_key], subject, windows.now, (windows.previous, windows.year_before), known=known
    )
    both = {"previous": previous[kpi_key], "year": year[kpi_key]}
    context = {
        "base": "drawer.html" if getattr(request, "htmx", False) else "base.html",
        "title": span_text(windows.now.start, windows.now.end),
        "compared": span_text(before.start, before.end),
        "who": _name_of(subject),
        **_head(both[against], settings.currency),
        "comparisons": _comparisons(both, subject, windows, known, settings.currency),
        "parts": presenters.part_rows(
            both[against], known, subject, window.period, settings.currency
        ),
        "against_tabs": _against_tabs(kpi_key, subject, window.period, against),
        **_groups(request, known, subject, (windows.now, before, window.period), both[against]),
    }
    return render(request, "kpis/move.html", context)


def _subject(request: HttpRequest, viewer: Viewer, period: Period) -> Subject:
    """Whose figure the address asks for; 404 where the viewer may not see it."""
    asked, teams = request.GET.get("person", ""), request.GET.getlist("team")
    scope = access.figures_scope(viewer, period)
    if asked:
        person_id = whole(asked)
        access.require(access.can_see_person_figures(viewer, person_id, period))
        return Subject(person_id=person_id)
    if teams:
        ids = frozenset(one for text in teams if (one := whole(text)) is not None)
        known = {one.id for one in people.team_tree()}
        access.require(ids and ids <= (known if scope.everyone else viewer.led_team_ids))
        return Subject(team_ids=people.team_ids_below(ids))
    access.require(scope.everyone)
    return Subject()


def _name_of(subject: Subject) -> str:
    if subject.person_id is not None:
        return people.person_names([subject.person_id]).get(subject.person_id, "")
    if subject.team_ids is None:
        return people.company().name
    chosen = [one for one in people.team_tree() if one.id in subject.team_ids]
    return ", ".join(one.name for one in chosen if one.parent_id not in subject.team_ids)


def _head(found: queries.Move, currency: str) -> dict[str, Any]:
    return {
        "info": found.info,
        "value": figure_text(found.now.value, found.info, currency),
        "before": figure_text(found.before.value, found.info, currency),
        "change": presenters.change_of(found.change, found.info, currency),
        "tone": presenters.tone_of(found.change, found.info),
        "has_change": found.change is not None,
    }


def _comparisons(
    both: dict[str, queries.Move],
    subject: Subject,
    windows: queries.Windows,
    known: Catalogue,
    currency: str,
) -> list[dict[str, Any]]:
    others, info = None, both["previous"].info
    if subject.person_id is not None:
        found = queries.others_of(subject.person_id, [info.key], windows.now, known=known)
        others = found[info.key]
    return presenters.comparison_rows(info, windows, both, others, currency)


def _against_tabs(
    kpi_key: str, subject: Subject, period: Period, chosen: str
) -> list[dict[str, Any]]:
    labels = {"previous": _("Previous period"), "year": _("A year ago")}
    return [
        {
            "label": label,
            "url": presenters.move_address(kpi_key, subject, period, against=key),
            "active": key == chosen,
        }
        for key, label in labels.items()
    ]


def _groups(
    request: HttpRequest,
    known: Catalogue,
    subject: Subject,
    windows: tuple[Period, Period, Period],
    found: queries.Move,
) -> dict[str, Any]:
    """The groups of one dimension: people of teams, products of a person."""
    kpi_key = found.info.key
    choices = [one for one in queries.BY
               if subject.person_id is None or one not in queries.OF_PLACES]  # fmt: skip
    asked = request.GET.get("by", "")
    by = asked if asked in choices else choices[0] if subject.team_ids else _first(choices)
    now, before, period = windows
    split = queries.split(kpi_key, by, subject, now, before, found, known=known)
    against = "year" if request.GET.get("against") == "year" else "previous"
    tabs = [
        {
            "label": str(BY_LABELS[one]),
            "url": presenters.move_address(kpi_key, subject, period, against=against, by=one),
            "active": one == by,
        }
        for one in choices
    ]
    currency = people.company().currency
    return {
        "by_name": str(BY_LABELS[by]),
        "by_tabs": tabs,
        "groups": presenters.group_rows(split, found.info, currency) if split else [],
        "can_split": split is not None,
        "is_rate": queries.is_rate(known, kpi_key),
    }


def _first(choices: list[str]) -> str:
    """The company by teams, a person by products."""
    return "team" if "team" in choices else choices[0]
