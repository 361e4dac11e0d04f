"""Screens on walls: the pages of who leads the team."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from challenges import rights
from challenges.models import Screen
from challenges.screens import presenters, queries, services
from challenges.screens.forms import NewScreenForm, ScreenForm
from common.forms import saved
from people import access
from people.access import Area, Viewer
from people.models import Team
from people.queries import team_tree


@access.configures(Area.CHALLENGES)
def screens(request: HttpRequest) -> HttpResponse:
    """The screens of the viewer's teams; the link of a new one is shown once."""
    viewer = access.viewer_in(request)
    form = NewScreenForm(request.POST or None, teams=_teams(viewer))
    made = saved(form, lambda: _make(request, form)) if request.method == "POST" else None
    if made is not None:
        form = NewScreenForm(teams=_teams(viewer))
    link = request.build_absolute_uri(f"{reverse('challenges:tv')}#{made.secret}") if made else ""
    rows = presenters.screen_rows(list(queries.screens_for(viewer)))
    response = render(
        request, "challenges/screens/list.html", {"form": form, "rows": rows, "link": link}
    )
    response["Cache-Control"] = "no-store"
    return response


def _make(request: HttpRequest, form: NewScreenForm) -> services.NewScreen:
    return services.make_screen(
        actor=access.actor_in(request),
        name=form.cleaned_data["name"],
        team=Team.objects.get(pk=form.cleaned_data["team"]),
    )


def _teams(viewer: Viewer) -> list[tuple[str, str]]:
    return [
        (str(team.id), " / ".join(team.path))
        for team in team_tree()
        if rights.may_play_with(viewer, [team.id])
    ]


@access.configures(Area.CHALLENGES)
def change(request: HttpRequest, screen_id: int) -> HttpResponse:
    """Its name and what turns on it."""
    screen = _screen(request, screen_id)
    found = queries.choosable(screen.team_id)
    chosen = [str(one.pk) for one in screen.challenges.all()]
    form = ScreenForm(
        request.POST or None,
        initial={"name": screen.name, "challenges": chosen},
        choices=presenters.choices(found),
    )
    if request.method == "POST":
        actor = access.actor_in(request)
        done = saved(
            form,
            lambda: services.change_screen(
                actor=actor, screen_id=screen.pk,
                name=form.cleaned_data["name"], challenge_ids=form.chosen(),
            ),
        )  # fmt: skip
        if done is not None:
            messages.success(request, _("Saved."))
            return redirect("challenges:screens")
    context = {"form": form, "name": screen.name, "team": screen.team.name}
    return render(request, "challenges/screens/change.html", context)


@access.configures(Area.CHALLENGES)
def withdraw(request: HttpRequest, screen_id: int) -> HttpResponse:
    """Close the screen: what shows it goes dark at once."""
    screen = _screen(request, screen_id)
    if request.method != "POST":
        return HttpResponse(status=405, headers={"Allow": "POST"})
    services.withdraw_screen(actor=access.actor_in(request), screen_id=screen.pk)
    messages.success(request, _("The link opens nothing any more."))
    return redirect("challenges:screens")


def _screen(request: HttpRequest, screen_id: int) -> Screen:
    """An open screen, when the viewer may change it; otherwise 404."""
    rows = queries.screens_for(access.viewer_in(request)).filter(withdrawn_at__isnull=True)
    return get_object_or_404(rows, pk=screen_id)
