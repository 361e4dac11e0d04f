"""A formula as it is written: what it gives on real data, then the day from which it holds."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from common.forms import saved
from common.issues import localized_all
from kernel.issues import Invalid, Issue
from kpis import queries, services
from kpis.choices import Cadence, Unit
from kpis.dictionary import presenters
from kpis.dictionary.drafts import DRAFT, Draft, periods_of
from kpis.dictionary.drafts import preview as previewed
from kpis.dictionary.forms import FormulaForm, bands_in, bands_issues, limits
from kpis.dictionary.views import everybody
from kpis.dictionary.words import formula_words
from kpis.queries import Catalogue
from people import access
from people import queries as people
from people.access import Area

changes_kpis = access.configures(Area.KPIS)


@changes_kpis
def formula(request: HttpRequest, kpi_key: str) -> HttpResponse:
    """Change a formula from a day on; what is wrong stands beside the field."""
    viewer = access.viewer_in(request)
    known = queries.catalogue(viewer.day)
    access.require(kpi_key in known.kpis)
    info = known.kpis[kpi_key]
    start = {"formula": info.formula, "valid_from": viewer.day, **limits(info.bands)}
    form = FormulaForm(request.POST or None, initial=start)
    done = saved(form, lambda: _change(request, kpi_key, form)) if form.is_bound else None
    if done is not None:
        return redirect("kpis:kpi", kpi_key=kpi_key)
    labels = presenters.labels_of(known)
    context = {
        "info": info,
        "form": form,
        "names": presenters.name_rows(known, presenters.type_labels()),
        "events": presenters.version_events(queries.versions_of(kpi_key), labels),
        "preview_url": reverse("kpis:preview") + f"?kpi={kpi_key}",
        "back": presenters.kpi_address(kpi_key),
    }
    return render(request, "kpis/formula.html", context)


def _change(request: HttpRequest, kpi_key: str, form: FormulaForm) -> object:
    valid_from: date = form.cleaned_data["valid_from"]
    return services.change_formula(
        actor=access.actor_in(request),
        kpi_key=kpi_key,
        formula=form.cleaned_data["formula"],
        valid_from=valid_from,
        reason=form.cleaned_data["reason"],
        bands=form.bands(),
    )


@changes_kpis
@require_POST
def preview(request: HttpRequest) -> HttpResponse:
    """What the formula in the form gives, beside the one in force; or all that is wrong with it."""
    viewer, data = access.viewer_in(request), request.POST
    known = queries.catalogue(viewer.day)
    key = request.GET.get("kpi", "")
    text = data.get("formula", "").strip()
    issues = bands_issues(bands_in(data))
    if not text:
        return show_preview(request, None, issues)
    try:
        expression = services.read_formula(key or DRAFT, text, known)
    except Invalid as invalid:
        return show_preview(request, None, [*invalid.issues, *issues])
    unit, cadence = _choices(data, known, key)
    draft = Draft(expression, key if key in known.kpis else "")
    table = table_of(request, draft, unit=unit, cadence=cadence)
    words = formula_words(expression, presenters.labels_of(known))
    return show_preview(request, table, issues, words)


def _choices(data: Mapping[str, str], known: Catalogue, key: str) -> tuple[str, str]:
    """The unit and the cadence: those of the KPI, or those chosen for a new one."""
    if key in known.kpis:
        return known.kpis[key].unit, known.kpis[key].cadence
    unit, cadence = data.get("unit", ""), data.get("cadence", "")
    return (
        unit if unit in Unit.values else Unit.COUNT.value,
        cadence if cadence in Cadence.values else Cadence.MONTHLY.value,
    )


def table_of(request: HttpRequest, draft: Draft, *, unit: str, cadence: str) -> dict[str, Any]:
    """The draft for everybody whose figures are open, some teams and some people."""
    viewer = access.viewer_in(request)
    scope = access.figures_scope(viewer)
    found = previewed(draft, periods_of(cadence, viewer.day), scope)
    shown = people.company().currency if unit == Unit.MONEY else unit
    return presenters.preview_table(found, shown, everybody(scope))


def show_preview(
    request: HttpRequest,
    table: dict[str, Any] | None,
    issues: list[Issue],
    words: str = "",
) -> HttpResponse:
    """The part of the page below the form."""
    context = {"table": table, "issues": localized_all(issues), "words": words}
    return render(request, "kpis/preview.html", context)
