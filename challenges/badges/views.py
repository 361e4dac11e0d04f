"""Pages about badges: mine, somebody's, all of them, and giving one."""

from collections import Counter
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from challenges.badges import presenters, rights, services
from challenges.badges.forms import GiveForm
from challenges.badges.jersey_presenters import history_of, my_jerseys
from challenges.badges.presenters import latest_rules
from challenges.badges.queries import is_taken_back, with_state
from challenges.badges.visibility import can_see_badges, shown_name
from challenges.calc.badges.rules import Given, parse_badge
from challenges.models import Badge, BadgeAward
from common.forms import saved
from people import access
from people.access import Viewer
from people.models import Person


@access.needs("rep")
def mine(request: HttpRequest) -> HttpResponse:
    """My badges, the way to the next ones, my run of days and my level."""
    viewer = access.viewer_in(request)
    person = get_object_or_404(Person, pk=viewer.person_id or 0)
    context = {
        **presenters.person_page(person, viewer, _now(), own=True),
        "worn": my_jerseys(viewer),
        "may_give": bool(rights.receivers(viewer)),
    }
    return render(request, "challenges/badges/mine.html", context)


def _now() -> datetime:
    return timezone.now()


@access.needs("anyone")
def person(request: HttpRequest, person_id: int) -> HttpResponse:
    """Somebody's badges as the viewer may see them."""
    viewer = access.viewer_in(request)
    if person_id == viewer.person_id:
        return redirect("challenges:badges")
    found = get_object_or_404(Person.objects.select_related("challenge_face"), pk=person_id)
    access.require(can_see_badges(viewer, found))
    context = {
        **presenters.person_page(found, viewer, _now(), own=False),
        "name": shown_name(viewer, found)[0],
        "worn": {"now": [], "before": history_of(found.pk)},
        "may_give": found.pk in rights.receivers(viewer),
    }
    return render(request, "challenges/badges/person.html", context)


@access.needs("anyone")
def gallery(request: HttpRequest) -> HttpResponse:
    """All badges that the viewer could meet, with their rules in words."""
    viewer = access.viewer_in(request)
    changeable, is_met = rights.may_make_any(viewer), rights.may_meet(viewer)
    rules = [
        one
        for one in latest_rules(retired=changeable)
        if is_met(one.badge) and (not one.badge.retired or rights.may_change(viewer, one.badge))
    ]
    own = with_state(BadgeAward.objects.filter(person_id=viewer.person_id or 0))
    times = Counter(row.badge_id for row in own if not is_taken_back(row))
    may = {one.badge_id for one in rules if changeable and rights.may_change(viewer, one.badge)}
    context = {"badges": presenters.gallery(rules, times, may), "may_make": changeable,
               "is_person": viewer.is_rep}  # fmt: skip
    return render(request, "challenges/badges/gallery.html", context)


@access.page(rights.may_give)
def give(request: HttpRequest) -> HttpResponse:
    """Give a badge to a colleague, or to somebody whom the viewer leads."""
    viewer, actor = access.viewer_in(request), access.actor_in(request)
    receivers = rights.receivers(viewer)
    form = GiveForm(
        request.POST or None,
        initial={"person": request.GET.get("to", "")},
        people=_people(viewer, receivers),
        badges=_given_badges(viewer, receivers),
    )
    if request.method == "POST":

        def work() -> BadgeAward:
            person = Person.objects.get(pk=int(form.cleaned_data["person"]))
            return services.give_badge(
                actor=actor,
                badge=Badge.objects.get(key=form.cleaned_data["badge"]),
                person=person,
                sentence=form.cleaned_data["sentence"],
                is_manager=rights.leads(viewer, person.pk),
            )

        award = saved(form, work)
        if award is not None:
            name = shown_name(viewer, award.person)[0]
            said = {"badge": presenters.name_of(award.badge), "person": name}
            messages.success(request, _("%(person)s has “%(badge)s” now.") % said)
            if can_see_badges(viewer, award.person):
                return redirect("challenges:badge_person", award.person_id)
            return redirect("challenges:badge_gallery")  # who hides is thanked all the same
    given = presenters.given_rows(viewer)
    context = {"form": form, "nobody": not receivers, "given": given}
    return render(request, "challenges/badges/give.html", context)


def _people(viewer: Viewer, receivers: frozenset[int]) -> list[tuple[str, Any]]:
    people = Person.objects.select_related("challenge_face").filter(pk__in=receivers)
    named = [(str(one.pk), shown_name(viewer, one)[0]) for one in people]
    return sorted(named, key=lambda pair: (pair[1], pair[0]))


def _given_badges(viewer: Viewer, receivers: frozenset[int]) -> list[tuple[str, Any]]:
    """Badges that are given; those of managers only for who leads somebody, those of a team only
    for who may give something to somebody there."""
    found = []
    for one in latest_rules():
        rule = parse_badge(one.document)
        if not isinstance(rule, Given) or (rule.by_managers and not viewer.is_manager):
            continue
        if rights.is_for_any(one.badge, receivers, viewer.day):
            found.append((one.badge.key, presenters.name_of(one.badge)))
    return found
