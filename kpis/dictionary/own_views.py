"""A KPI and a metric of one's own: fields, a preview on real data, and it is there."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from activities.queries import activity_types
from common.forms import saved
from common.labels import label
from kernel.issues import Invalid, Place
from kpis import queries, services
from kpis.calc.definitions import KINDS, fields_of, parse_definition
from kpis.calc.metrics import is_money
from kpis.choices import Cadence, Unit
from kpis.dictionary import presenters
from kpis.dictionary.drafts import Draft
from kpis.dictionary.forms import KpiForm
from kpis.dictionary.formula_views import changes_kpis, show_preview, table_of
from kpis.dictionary.metric_forms import FIELD_OF, MetricForm, definition_in
from kpis.dictionary.words import definition_words
from kpis.models import Kpi, Metric
from kpis.queries.catalogue import vocabulary
from kpis.services.own import NewKpi, NewMetric
from people import access


@changes_kpis
def kpi_new(request: HttpRequest) -> HttpResponse:
    """Make a KPI; `metric` in the address proposes one that is just this metric."""
    known = queries.catalogue(access.viewer_in(request).day)
    form = KpiForm(request.POST or None, initial=_proposed(known, request.GET.get("metric", "")))
    made = saved(form, lambda: _create_kpi(request, form)) if form.is_bound else None
    if made is not None:
        messages.success(
            request, _("“%(name)s” is measured.") % {"name": label(made.name_fr, made.name_en)}
        )
        return redirect("kpis:kpi", kpi_key=made.key)
    context = {
        "form": form,
        "names": presenters.name_rows(known, presenters.type_labels()),
        "preview_url": reverse("kpis:preview"),
    }
    return render(request, "kpis/kpi_new.html", context)


def _proposed(known: queries.Catalogue, metric_key: str) -> dict[str, Any]:
    if metric_key not in known.metrics:
        return {}
    info = known.metrics[metric_key]
    unit = Unit.MONEY if is_money(info.definition) else Unit.COUNT
    return {
        "formula": info.key, "name_fr": info.name_fr, "name_en": info.name_en, "unit": unit.value
    }  # fmt: skip


def _create_kpi(request: HttpRequest, form: KpiForm) -> Kpi:
    data = form.cleaned_data
    chosen = ("name_fr", "name_en", "formula", "unit", "better", "cadence", "family", "timing",
              "note_fr", "note_en")  # fmt: skip
    wanted = NewKpi(**{name: data[name] for name in chosen}, bands=form.bands())
    return services.create_kpi(actor=access.actor_in(request), wanted=wanted)


@changes_kpis
def metric_new(request: HttpRequest) -> HttpResponse:
    """Make a metric; choosing a kind draws its fields."""
    data = request.POST if request.POST.get("do") == "save" else None
    form = _metric_form(request, data)
    made = saved(form, lambda: _create_metric(request, form)) if data is not None else None
    if made is not None:
        return redirect("kpis:metric", metric_key=made.key)
    return render(request, "kpis/metric_new.html", {"form": form})


def _metric_form(request: HttpRequest, data: Any) -> MetricForm:
    sent = request.POST or request.GET
    kind = sent.get("kind", "")
    initial: dict[str, Any] = {name: sent.get(name, "") for name in ("name_en", "name_fr")}
    initial |= {"types": sent.getlist("types")}
    return MetricForm(
        data,
        kind=kind if kind in KINDS else "count",
        types=activity_types(offered=True),
        initial=initial,
    )


def _create_metric(request: HttpRequest, form: MetricForm) -> Metric:
    data = form.cleaned_data
    wanted = NewMetric(data["name_fr"], data["name_en"], form.definition())
    try:
        return services.create_metric(actor=access.actor_in(request), wanted=wanted)
    except Invalid as invalid:
        raise Invalid(
            one.at(Place(path=_field_of(one.place.path, form))) for one in invalid.issues
        ) from None


def _field_of(path: str, form: MetricForm) -> str:
    """The field of the form that a place in the definition is about. A list that nothing was chosen
    of is missing in the definition as a whole."""
    field = FIELD_OF.get(path, path.split("[")[0])
    return field if field in form.fields else ""


@changes_kpis
@require_POST
def metric_preview(request: HttpRequest) -> HttpResponse:
    """What the metric in the form gives on real data, read from the log."""
    kind = request.POST.get("kind", "")
    access.require(kind in KINDS)
    document = definition_in(request.POST, fields_of(kind))
    try:
        definition = parse_definition(document, vocabulary())
    except Invalid as invalid:
        is_begun = any(document.get(name) for name in ("types", "won", "plus", "stages"))
        return show_preview(request, None, list(invalid.issues) if is_begun else [])
    unit = Unit.MONEY.value if is_money(definition) else Unit.COUNT.value
    table = table_of(request, Draft.of_metric(definition), unit=unit, cadence=Cadence.MONTHLY.value)
    words = definition_words(definition, presenters.type_labels())
    return show_preview(request, table, [], words)
