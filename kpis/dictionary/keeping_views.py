"""Other names for a KPI or a metric of one's own, and its last day."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from common.forms import saved
from common.issues import text_of
from kernel.issues import Invalid
from kpis import queries
from kpis.dictionary.forms import NamesForm, NotesForm
from kpis.dictionary.formula_views import changes_kpis
from kpis.models import Kpi, Metric
from kpis.queries.catalogue import retired
from kpis.services.own import OWN, NewNames
from kpis.services.retiring import (
    rename_kpi,
    rename_metric,
    restore_kpi,
    restore_metric,
    retire_kpi,
    retire_metric,
)
from people import access
from people.models import User


@changes_kpis
def kpi_own(request: HttpRequest, kpi_key: str) -> HttpResponse:
    """Rename a KPI of one's own, or retire it."""
    known = queries.catalogue(access.viewer_in(request).day).kpis
    access.require(kpi_key in known and kpi_key.startswith(OWN))
    info = known[kpi_key]
    initial = {"name_fr": info.name_fr, "name_en": info.name_en,
               "note_fr": info.note_fr, "note_en": info.note_en}  # fmt: skip
    form = NotesForm(request.POST or None, initial=initial)
    back = reverse("kpis:kpi", args=[kpi_key])
    retire = reverse("kpis:kpi_retire", args=[kpi_key])
    return _page(request, form, rename_kpi, info.key, info.name, back, retire)


@changes_kpis
def metric_own(request: HttpRequest, metric_key: str) -> HttpResponse:
    """Rename a metric of one's own, or retire it."""
    known = queries.catalogue(access.viewer_in(request).day).metrics
    access.require(metric_key in known and metric_key.startswith(OWN))
    info = known[metric_key]
    initial = {"name_fr": info.name_fr, "name_en": info.name_en}
    form = NamesForm(request.POST or None, initial=initial)
    back = reverse("kpis:metric", args=[metric_key])
    retire = reverse("kpis:metric_retire", args=[metric_key])
    return _page(request, form, rename_metric, info.key, info.name, back, retire)


def _page(
    request: HttpRequest, form: forms.Form, rename: Callable[..., Any], key: str, name: str,
    back: str, retire: str,
) -> HttpResponse:  # fmt: skip
    def work() -> Any:
        return rename(actor=_actor(request), key=key, names=NewNames(**form.cleaned_data))

    if form.is_bound and saved(form, work) is not None:
        return redirect(back)
    context = {"form": form, "name": name, "back": back, "retire": retire}
    return render(request, "kpis/own.html", context)


@changes_kpis
@require_POST
def kpi_retire(request: HttpRequest, kpi_key: str) -> HttpResponse:
    """Let there be no such KPI from today on, or (`back`) bring it back."""
    access.require(Kpi.objects.filter(key=kpi_key, key__startswith=OWN).exists())
    change = restore_kpi if request.POST.get("back") else retire_kpi
    return _changed(request, change, kpi_key, reverse("kpis:kpi_own", args=[kpi_key]))


@changes_kpis
@require_POST
def metric_retire(request: HttpRequest, metric_key: str) -> HttpResponse:
    """Let there be no such metric from today on, or (`back`) bring it back."""
    access.require(Metric.objects.filter(key=metric_key, key__startswith=OWN).exists())
    change = restore_metric if request.POST.get("back") else retire_metric
    return _changed(request, change, metric_key, reverse("kpis:metric_own", args=[metric_key]))


def _changed(request: HttpRequest, change: Callable[..., Any], key: str, own: str) -> HttpResponse:
    try:
        change(actor=_actor(request), key=key)
    except Invalid as invalid:
        for issue in invalid.issues:
            messages.error(request, text_of(issue))
        is_gone = any(row.key == key for row in retired(access.viewer_in(request).day))
        return redirect("kpis:dictionary" if is_gone else own)
    messages.success(request, _("Done. What ended before keeps its figures."))
    return redirect("kpis:dictionary")


def _actor(request: HttpRequest) -> User:
    actor = request.user
    access.require(isinstance(actor, User))
    assert isinstance(actor, User)  # noqa: S101 - required just above
    return actor
