"""Pages that make, amend and retire badges."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from challenges.badges import rights, services
from challenges.badges.forms import AmendForm, BadgeForm
from challenges.badges.presenters import name_of
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
    viewer, actor = access.viewer_in(request), access.actor_in(request)
    form = BadgeForm(request.POST or None, teams=_teams(viewer))
    if request.method == "POST":

        def work() -> Badge:
            said = form.cleaned_data
            team = None if said["team"] == EVERYBODY else Team.objects.get(pk=int(said["team"]))
            given = BadgeInput(
                said["name_fr"], said["name_en"], said["document"], said["art"], said["points"]
            )
            return services.create_badge(actor=actor, badge=given, team=team)

        made = saved(form, work)
        if made is not None:
            messages.success(
                request, _("“%(badge)s” can be earned now.") % {"badge": name_of(made)}
            )
            return redirect("challenges:badge_gallery")
    context = {"form": form, "title": _("New badge")}
    return render(request, "challenges/badges/form.html", context)


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
    badge, actor = _changeable(request, key), access.actor_in(request)
    last = BadgeRule.objects.filter(badge=badge).order_by("-number")[0]
    form = AmendForm(
        request.POST or None, initial={"document": _readable(last.document), "points": last.points}
    )
    if request.method == "POST":
        done = saved(
            form, lambda: services.amend_badge(actor=actor, badge=badge, **form.cleaned_data)
        )
        if done is not None:
            messages.success(request, _("Saved."))
            return redirect("challenges:badge_gallery")
    context = {"form": form, "title": name_of(badge), "badge": badge}
    return render(request, "challenges/badges/form.html", context)


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
