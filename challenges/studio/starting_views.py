"""Every format to choose from, and a new challenge of one of them, written as a document."""

import secrets
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import override

from challenges import services
from challenges.boards.views import words_of
from challenges.calc import parse_rules
from challenges.calc.formats import FORMATS
from challenges.studio.forms import NewDocumentForm
from challenges.studio.starting import Start, document_to_start, starts
from challenges.studio.views import audiences
from common.forms import saved
from people import access
from people.access import Area
from people.queries import company, today


@access.configures(Area.CHALLENGES)
def formats(request: HttpRequest) -> HttpResponse:
    """Each format with what counts in it, in a sentence."""
    cards = [_card(one) for one in starts()]
    return render(request, "challenges/formats.html", {"cards": cards})


def _card(start: Start) -> dict[str, Any]:
    rules = parse_rules(_document(start, seed="example"))
    words = words_of(rules)
    told = rules.format.describe(rules.params)[0]
    return {
        "key": start.key,
        "title": _(start.title),
        "text": words.sentence(told.template, dict(told.params)),
    }


def _document(start: Start, *, seed: str) -> str:
    titles = []
    for language in ("en", "fr"):
        with override(language):
            titles.append(_(start.title))
    return document_to_start(
        start.key,
        titles=(titles[0], titles[1]),
        today=today(),
        timezone=company().timezone,
        currency=company().currency,
        seed=seed,
    )


@access.configures(Area.CHALLENGES)
def new_of(request: HttpRequest, format_key: str) -> HttpResponse:
    """A draft of any format, from a document that holds already."""
    access.require(format_key in FORMATS)
    start = next(one for one in starts() if one.key == format_key)
    form = NewDocumentForm(request.POST or None, initial=_initial(start))
    form.offer(**audiences(request))
    if request.method == "POST":
        made = saved(
            form,
            lambda: services.create_challenge(
                actor=access.actor_in(request),
                document=form.cleaned_data["document"],
                team_keys=form.cleaned_data["teams"],
                role_keys=form.cleaned_data["roles"],
            ),
        )
        if made is not None:
            messages.success(request, _("The draft is saved. Read its rules, then launch it."))
            return redirect("challenges:page", made.pk)
    context = {"form": form, "title": _("New challenge"), "format": _(start.title)}
    return render(request, "challenges/new_document.html", context)


def _initial(start: Start) -> dict[str, str]:
    return {"document": _document(start, seed=secrets.token_hex(8))}
