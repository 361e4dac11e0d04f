"""The guided page: who, what counts, window, prizes, beside the rules in words."""

import re
import secrets
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import override

from challenges import services
from challenges.calc import parse_rules
from challenges.calc.formats import FORMATS
from challenges.gathering import documents
from challenges.models import Challenge
from challenges.services.versions import document_of
from challenges.studio import written_views
from challenges.studio.audience import audiences, changed_challenge, team_keys
from challenges.studio.cards import cards
from challenges.studio.changing import (
    CHANGEABLE,
    amends,
    change,
    changed,
    initial_of,
    title_of,
    to_rehearsal,
)
from challenges.studio.forms import AmendForm, AudienceForm, DraftForm
from challenges.studio.sheets import STEPS
from challenges.studio.starting import Start, document_to_start, starts
from challenges.studio.trying import Sheet
from common.numbers import whole
from people import access
from people.access import Area
from people.queries import company, today


@access.configures(Area.CHALLENGES)
def formats(request: HttpRequest) -> HttpResponse:
    """Each way of competing with what counts in it, in a sentence."""
    titled = [
        (_(one.title), parse_rules(starting_document(one, seed="example"))) for one in starts()
    ]
    return render(request, "challenges/formats.html", {"cards": cards(titled)})


def starting_document(start: Start, *, seed: str) -> str:
    """The rules of a format that hold as they stand, with its name in both languages."""
    titles = []
    for one in ("en", "fr"):
        with override(one):
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
    """A draft of any format."""
    access.require(format_key in FORMATS)
    start = next(one for one in starts() if one.key == format_key)
    if request.GET.get("as") == "document":
        text = starting_document(start, seed=secrets.token_hex(8))
        return written_views.new(request, text, title=_(start.title), key=format_key)
    pressed = request.POST.get("do", "")
    sheet = _new_sheet(request, start, judged=not pressed)
    if request.method == "POST" and not sheet.with_rows(pressed):
        made = _create(request, sheet)
        if made is not None:
            return to_rehearsal(request, made)
    more = {"title": _("New challenge"), "format": _(start.title), "format_key": start.key}
    return _page(request, sheet, **more)


def _new_sheet(request: HttpRequest, start: Start, *, judged: bool) -> Sheet:
    """Without a name: that is the manager's to give."""
    base = documents.read(starting_document(start, seed=secrets.token_hex(8)))
    del base["name"]
    offered = [key for key, _name in audiences(request)["teams"]]
    initial = {"teams": offered if len(offered) == 1 else []}
    return Sheet.of(request, base, AudienceForm, initial, format_key=start.key, judged=judged)


def _create(request: HttpRequest, sheet: Sheet) -> Challenge | None:
    keyed = {**sheet.document, "key": slugify(sheet.name)[:60] or sheet.document["key"]}
    return sheet.saved(
        lambda data: services.create_challenge(
            actor=access.actor_in(request),
            document=keyed,
            team_keys=data["teams"],
            role_keys=data["roles"],
        )
    )


@access.configures(Area.CHALLENGES)
def change_rules(request: HttpRequest, challenge_id: int) -> HttpResponse:
    """Before the start anything may change; afterwards only with a reason, seen by all."""
    challenge = changed_challenge(request, challenge_id)
    access.require(challenge.state in CHANGEABLE)
    if request.GET.get("as") == "document":
        return written_views.change_written(request, challenge)
    pressed = request.POST.get("do", "")
    sheet = _sheet_of(request, challenge, judged=not pressed)
    if request.method == "POST" and not sheet.with_rows(pressed):
        done = sheet.saved(lambda data: change(request, challenge, data, sheet.document))
        if done is not None:
            return changed(request, challenge)
    more = {"title": title_of(challenge), "challenge_id": challenge.pk}
    return _page(request, sheet, **more)


def _sheet_of(request: HttpRequest, challenge: Challenge, *, judged: bool) -> Sheet:
    base = document_of(challenge)
    kind = AmendForm if amends(challenge) else DraftForm
    sheet = Sheet.of(
        request, base, kind, initial_of(challenge), format_key=str(base["format"]), judged=judged
    )
    sheet.playing = team_keys(challenge) if amends(challenge) else None
    sheet.challenge = challenge
    return sheet


@access.configures(Area.CHALLENGES)
def preview(request: HttpRequest) -> HttpResponse:
    """What the fields say, in plain words, or what is wrong; nothing is stored. `?challenge=` names
    the one that would be changed, `?format=` the way of competing of a new one."""
    if request.method != "POST":
        return HttpResponse(status=405, headers={"Allow": "POST"})
    changed_id = whole(request.GET.get("challenge"))
    if changed_id is not None:
        sheet = _sheet_of(request, changed_challenge(request, changed_id), judged=True)
    else:
        key = request.GET.get("format", "")
        access.require(key in FORMATS)
        sheet = _new_sheet(request, next(one for one in starts() if one.key == key), judged=True)
    holds = sheet.check()
    context = {"sentences": sheet.sentences if holds else [], "complaints": sheet.complaints()}
    return render(request, "challenges/preview.html", context)


def _page(request: HttpRequest, sheet: Sheet, **more: Any) -> HttpResponse:
    context = {**sheet.context(), **more}
    context["more_open"] = context["more_open"] or _is_in_fold(request)
    answer = render(request, "challenges/sheet.html", context)
    if request.method == "POST":
        answer["HX-Trigger-After-Settle"] = "sheet-drawn"  # the words beside it are asked for anew
    return answer


def _is_in_fold(request: HttpRequest) -> bool:
    """Whether the control that asked for the page anew stands in the fold: it stays open."""
    pressed = request.POST.get("do", "").partition(":")[2]
    name = pressed or request.headers.get("HX-Trigger-Name", "")
    return re.split(r"[.\[]", name)[0] in STEPS["more"]
