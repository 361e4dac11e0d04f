"""Pages of the dictionary: the list, a KPI with its tree, a metric with its records."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from common.formats import MISSING, day_text, percent_text
from common.numbers import whole
from kpis import presenters as figures
from kpis import queries
from kpis.dictionary import presenters
from kpis.dictionary.queries import aim_of, depends_on, figures_in_tree, kpis_above
from kpis.dictionary.words import definition_words
from kpis.queries.catalogue import retired
from kpis.services.filling import filled_percent
from kpis.services.own import OWN
from kpis.windows import PageWindow, known_on_of, window_of
from people import access
from people import queries as people
from people.access import Area, Scope, Viewer
from people.models import Person

LONGEST_SEARCH = 100


@access.needs("anyone")
def dictionary(request: HttpRequest) -> HttpResponse:
    """What is measured, and how; the list alone for a search as one types."""
    viewer = access.viewer_in(request)
    known = queries.catalogue(viewer.day)
    find = request.GET.get("find", "").strip()[:LONGEST_SEARCH]
    context = {
        "find": find,
        "groups": presenters.dictionary_groups(known, find),
        "metrics": presenters.metric_rows(known, presenters.type_labels(), find),
        "may_change": access.can_configure(viewer, Area.KPIS),
        "retired": presenters.retired_rows(retired(viewer.day)) if not find else [],
        "is_empty": not known.kpis,
    }
    is_fragment = bool(getattr(request, "htmx", False))
    template = "kpis/dictionary_list.html" if is_fragment else "kpis/dictionary.html"
    return render(request, template, context)


@access.needs("anyone")
def kpi(request: HttpRequest, kpi_key: str) -> HttpResponse:
    """Objective, KPI, what it is made of, down to the metrics; and what depends on it."""
    viewer, company = access.viewer_in(request), people.company()
    window = window_of(request.GET, viewer.day, company.fiscal_year_start_month)
    known = queries.catalogue(window.period.last)
    access.require(kpi_key in known.kpis)
    info, scope = known.kpis[kpi_key], access.figures_scope(viewer, window.period)
    person = _person(request, viewer, window)
    whose = person.pk if person else None
    known_on = known_on_of(request.GET, viewer.day)
    past = {"known_on": known_on.isoformat()} if known_on else {}
    query = window.query() | ({"person": str(whose)} if person else {})
    values = figures_in_tree(known, kpi_key, window.period, whose, scope, known_on)
    tree = presenters.Tree(known, values, query | past, company.currency)
    steps = tree.of_kpi(kpi_key)
    figure = values.figures[kpi_key].value if values else None
    aim = aim_of(known, kpi_key, window.period, person.pk, figure) if person else None
    if aim is not None:
        attained = MISSING if aim.attained is None else percent_text(aim.attained * 100, 0)
        steps = presenters.with_objective(steps, aim.target, attained, info, company.currency)
    uses = depends_on(known, kpi_key, viewer)
    context = {
        "info": info,
        "facts": presenters.kpi_facts(info),
        "words": steps["rule"] if aim is None else steps["children"][0]["rule"],
        "steps": [steps],
        "title": figures.window_title(window),
        "whose": person.name if person else everybody(scope),
        "form": _choice_of_person(viewer, window, person, past),
        "explain": ""
        if person is None or known_on  # the records are those of now
        else figures.explain_address(kpi_key, person.pk, window.period),
        "past": {
            "day": past.get("known_on", ""),
            "words": day_text(known_on, "long") if known_on else "",
            "latest": (viewer.day - timedelta(days=1)).isoformat(),
            "hidden": query,
            "now": figures.address("kpis:kpi", query, kpi_key=kpi_key),
        },
        "events": presenters.version_events(queries.versions_of(kpi_key), tree.labels),
        "uses": presenters.use_rows(uses, kpi_key, tree.labels),
        "above": _links(known, kpis_above(known, kpi_key)),
        "may_change": access.can_configure(viewer, Area.KPIS),
        "is_own": kpi_key.startswith(OWN),
        **_moves("kpis:kpi", window, query | past, kpi_key=kpi_key),
    }
    return render(request, "kpis/kpi.html", context)


def everybody(scope: Scope) -> str:
    """Whose figures are added up where nobody is chosen."""
    return _("Company") if scope.everyone else _("Everybody whose figures are open to you")


def _person(request: HttpRequest, viewer: Viewer, window: PageWindow) -> Person | None:
    """Who was chosen; somebody with figures of their own and nobody below them, unasked."""
    asked = request.GET.get("person", "")
    wanted = whole(asked)
    if not asked and viewer.is_rep and not viewer.is_manager:
        wanted = viewer.person_id
    if wanted is None:
        return None
    access.require(access.can_see_person_figures(viewer, wanted, window.period))
    return get_object_or_404(Person, pk=wanted)


def _choice_of_person(
    viewer: Viewer, window: PageWindow, person: Person | None, past: Mapping[str, str] | None = None
) -> dict[str, Any] | None:
    """The form that chooses whose figures stand there; None where there is no choice."""
    open_to = access.visible_people(viewer, window.period)
    choices = [(one.pk, one.name) for one in open_to]
    if len(choices) < 2:
        return None
    hidden = window.query() | dict(past or {})
    return {"choices": choices, "chosen": person.pk if person else None, "hidden": hidden}


def _links(known: queries.Catalogue, keys: list[str]) -> list[dict[str, str]]:
    return [{"name": known.kpis[key].name, "url": presenters.kpi_address(key)} for key in keys]


def _moves(
    name: str, window: PageWindow, query: dict[str, str], **kwargs: object
) -> dict[str, str]:
    return {
        word: figures.address(name, query | window.moved(forward=forward).query(), **kwargs)
        for word, forward in (("before", False), ("after", True))
    }


@access.needs("anyone")
def metric(request: HttpRequest, metric_key: str) -> HttpResponse:
    """What a metric measures, which KPIs are made of it, the records open to the viewer."""
    viewer, company = access.viewer_in(request), people.company()
    window = window_of(request.GET, viewer.day, company.fiscal_year_start_month)
    known = queries.catalogue(window.period.last)
    access.require(metric_key in known.metrics)
    info, scope = known.metrics[metric_key], access.figures_scope(viewer, window.period)
    person = _person(request, viewer, window)
    whose = frozenset({person.pk}) if person else None if scope.everyone else scope.person_ids
    records, deals = queries.newest_records(metric_key, window.period, whose)
    query = window.query() | ({"person": str(person.pk)} if person else {})
    language = get_language() or "en"
    context = {
        "info": info,
        "words": definition_words(info.definition, presenters.type_labels()),
        "above": _links(known, kpis_above(known, metric_key)),
        "filled": None if info.in_cells else filled_percent(metric_key),
        "may_change": access.can_configure(viewer, Area.KPIS),
        "is_own": metric_key.startswith(OWN),
        "tables": figures.record_tables(
            records,
            known,
            company.currency,
            language,
            people.person_names({row.person_id for row in records}),
        ),
        "deals": figures.deal_rows(deals, company.currency),
        "title": figures.window_title(window),
        "whose": person.name if person else everybody(scope),
        "form": _choice_of_person(viewer, window, person),
        **_moves("kpis:metric", window, query, metric_key=metric_key),
    }
    return render(request, "kpis/metric.html", context)
