"""Pages that make, amend and retire badges: the rule as fields, or as a document."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from challenges.badges import rights, services
from challenges.badges.forms import AmendForm, NewBadgeForm, WrittenAmendForm, WrittenBadgeForm
from challenges.badges.presenters import name_of
from challenges.badges.rule_sheet import START, RuleSheet, base_of
from challenges.badges.services import BadgeInput
from challenges.models import Badge, BadgeRule
from common.forms import saved
from people import access
from people.access import Viewer
from people.models import Team
from people.queries import team_tree

EVERYBODY = "everybody"


@access.page(rights.may_make_any)
def new(request: HttpRequest) -> HttpResponse:
    """A badge for everybody (administrators) or for a team that the viewer leads."""
    teams = _teams(access.viewer_in(request))
    if _as_document(request):
        written = WrittenBadgeForm(request.POST or None, teams=teams)
        if request.method == "POST" and saved(written, lambda: _made(request, written)) is not None:
            return redirect("challenges:badge_gallery")
        context = {"form": written, "title": _("New badge")}
        return render(request, "challenges/badges/form.html", context)
    form = NewBadgeForm(_judged(request), initial=_sent(request), teams=teams)
    sheet = RuleSheet.of(request, form, dict(START))
    if _pressed_save(request):
        made = sheet.saved(lambda: _made(request, form, sheet.document))
        if made is not None:
            return redirect("challenges:badge_gallery")
    context = {"title": _("New badge"), **sheet.context()}
    return render(request, "challenges/badges/sheet.html", context)


def _made(request: HttpRequest, form: forms.Form, rule: dict[str, Any] | None = None) -> Badge:
    said = form.cleaned_data
    team = None if said["team"] == EVERYBODY else Team.objects.get(pk=int(said["team"]))
    document = said["document"] if rule is None else rule
    given = BadgeInput(said["name_fr"], said["name_en"], document, said["art"], said["points"])
    made = services.create_badge(actor=access.actor_in(request), badge=given, team=team)
    messages.success(request, _("“%(badge)s” can be earned now.") % {"badge": name_of(made)})
    return made


def _teams(viewer: Viewer) -> list[tuple[str, Any]]:
    teams = [
        (str(one.id), " · ".join(one.path))
        for one in team_tree()
        if viewer.is_admin or one.id in viewer.led_team_ids
    ]
    return [(EVERYBODY, _("Everybody")), *teams] if viewer.is_admin else teams


@access.page(rights.may_make_any)
def change(request: HttpRequest, key: str) -> HttpResponse:
    """Another rule from the next period on."""
    badge = _changeable(request, key)
    last = BadgeRule.objects.filter(badge=badge).order_by("-number")[0]
    initial: dict[str, Any] = {"points": last.points}
    more = {"title": name_of(badge), "badge": badge}
    if _as_document(request):
        initial["document"] = _readable(last.document)
        written = WrittenAmendForm(request.POST or None, initial=initial)
        if request.method == "POST":
            done = saved(written, lambda: _amended(request, badge, written))
            if done is not None:
                return redirect("challenges:badge_gallery")
        return render(request, "challenges/badges/form.html", {"form": written, **more})
    form = AmendForm(_judged(request), initial={**initial, **_sent(request)})
    sheet = RuleSheet.of(request, form, base_of(last.document))
    if _pressed_save(request):
        done = sheet.saved(lambda: _amended(request, badge, form, sheet.document))
        if done is not None:
            return redirect("challenges:badge_gallery")
    return render(request, "challenges/badges/sheet.html", {**more, **sheet.context()})


def _amended(
    request: HttpRequest, badge: Badge, form: forms.Form, rule: dict[str, Any] | None = None
) -> BadgeRule:
    said = form.cleaned_data if rule is None else {**form.cleaned_data, "document": rule}
    done = services.amend_badge(actor=access.actor_in(request), badge=badge, **said)
    messages.success(request, _("Saved."))
    return done


def _as_document(request: HttpRequest) -> bool:
    return request.GET.get("as") == "document"


def _pressed_save(request: HttpRequest) -> bool:
    """Anything else only asks for the page anew, as the fields stand."""
    return request.method == "POST" and not request.POST.get("do")


def _judged(request: HttpRequest) -> Any:
    return request.POST if _pressed_save(request) else None


def _sent(request: HttpRequest) -> dict[str, Any]:
    return dict(request.POST.items()) if request.method == "POST" else {}


def _readable(document: str) -> str:
    """A rule that a program wrote, one key on each line; what somebody wrote stays as it is."""
    if not document.lstrip().startswith("{"):
        return document
    return services.readable(document)


@access.page(rights.may_make_any)
def retire(request: HttpRequest, key: str) -> HttpResponse:
    """Nobody earns it any more, or again."""
    badge = _changeable(request, key)
    if request.method != "POST":
        return HttpResponse(status=405, headers={"Allow": "POST"})
    services.retire_badge(
        actor=access.actor_in(request), badge=badge, retired="again" not in request.POST
    )
    messages.success(request, _("Saved."))
    return redirect("challenges:badge_gallery")


def _changeable(request: HttpRequest, key: str) -> Badge:
    badge = get_object_or_404(Badge, key=key)
    access.require(rights.may_change(access.viewer_in(request), badge))
    return badge
