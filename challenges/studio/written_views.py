"""The rules as a document, for who would rather write than click."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from challenges import services
from challenges.gathering.inputs import latest_rules
from challenges.models import Challenge
from challenges.studio.audience import audiences
from challenges.studio.changing import (
    amends,
    change,
    changed,
    initial_of,
    title_of,
    to_rehearsal,
)
from challenges.studio.forms import AmendDocumentForm, DraftDocumentForm, NewDocumentForm
from common.forms import saved
from people import access


def new(request: HttpRequest, text: str, *, title: str, key: str) -> HttpResponse:
    """A draft, from a document that holds already."""
    form = NewDocumentForm(request.POST or None, initial={"document": text})
    form.offer(**audiences(request))
    if request.method == "POST":
        made = saved(form, lambda: _created(request, form.cleaned_data))
        if made is not None:
            return to_rehearsal(request, made)
    context = {"form": form, "title": _("New challenge"), "format": title, "format_key": key}
    return render(request, "challenges/new_document.html", context)


def _created(request: HttpRequest, data: dict[str, Any]) -> Challenge:
    return services.create_challenge(
        actor=access.actor_in(request),
        document=data["document"],
        team_keys=data["teams"],
        role_keys=data["roles"],
    )


def change_written(request: HttpRequest, challenge: Challenge) -> HttpResponse:
    """The rules that hold, as they were written."""
    form = _form(request, challenge)
    if request.method == "POST":
        done = saved(
            form,
            lambda: change(request, challenge, form.cleaned_data, form.cleaned_data["document"]),
        )
        if done is not None:
            return changed(request, challenge)
    context = {"form": form, "title": title_of(challenge), "challenge_id": challenge.pk}
    return render(request, "challenges/document.html", context)


def _form(request: HttpRequest, challenge: Challenge) -> forms.Form:
    initial = {**initial_of(challenge), "document": latest_rules(challenge).document}
    if amends(challenge):
        return AmendDocumentForm(request.POST or None, initial=initial)
    form = DraftDocumentForm(request.POST or None, initial=initial)
    return form.offer(**audiences(request))
