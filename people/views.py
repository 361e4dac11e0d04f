"""Pages about people: read by administrators and HR, changed by administrators."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from common.forms import after, saved
from people import access, listing, presenters, queries, services
from people.access import Area
from people.forms import (
    AbsenceForm,
    HireForm,
    LastDayForm,
    NameForm,
    NewPlaceForm,
    PlaceForm,
    RightsForm,
    SignInForm,
    TeamForm,
)
from people.models import Assignment, Person, Role, Team, User

administers = access.configures(Area.PEOPLE)
reads = access.needs("admin", "hr")


@reads
def people_list(request: HttpRequest) -> HttpResponse:
    """Everybody, with their place today."""
    people = listing.listed_people(access.viewer_in(request).day)
    return render(
        request,
        "people/list.html",
        {
            "rows": presenters.people_rows(people, presenters.role_names()),
            "may_change": access.can_configure(access.viewer_in(request), Area.PEOPLE),
            "tabs": _tabs(request, "list"),
        },
    )


def _tabs(request: HttpRequest, active: str) -> list[dict[str, Any]]:
    names = {"list": _("People"), "teams": _("Teams")}
    if access.can_configure(access.viewer_in(request), Area.PEOPLE):
        names["sign_ins"] = _("Sign-ins")
    return [
        {"label": name, "url": reverse(f"people:{key}"), "active": key == active}
        for key, name in names.items()
    ]


@reads
def person_page(request: HttpRequest, person_id: int) -> HttpResponse:
    """One person: places since when, absences, sign-in."""
    person = get_object_or_404(Person, pk=person_id)
    viewer = access.viewer_in(request)
    places = listing.places_of(person_id)
    since = viewer.day - timedelta(days=730)
    return render(
        request,
        "people/person.html",
        {
            "person_id": person_id,
            "name": person.name,
            "initials": person.initials,
            "facts": presenters.person_facts(person),
            "events": presenters.place_events(places, presenters.role_names()),
            "open_place": next((one.assignment_id for one in places if one.valid_to is None), None),
            "absences": presenters.absence_rows(person_id, since),
            "sign_ins": [presenters.sign_in_row(row) for row in listing.sign_ins(person_id)],
            "has_left": person.left_on is not None,
            "may_change": access.can_configure(viewer, Area.PEOPLE),
        },
    )


def _form_page(
    request: HttpRequest,
    form: forms.Form,
    work: Callable[[dict[str, Any]], object],
    *,
    title: str,
    done: str,
    back: str,
    submit: str = "",
    lead: str = "",
) -> HttpResponse:
    """A form whose work is one service: again with what is wrong, or back with a word of success.

    An empty `back` goes to the page of the person that the service answers.
    """
    if request.method == "POST":
        result = saved(form, lambda: work(form.cleaned_data))
        if result is not None:
            messages.success(request, done)
            return redirect(back or reverse("people:person", args=[getattr(result, "pk", 0)]))
    context = {
        "form": form,
        "title": title,
        "lead": lead,
        "back": back or reverse("people:list"),
        "submit": submit or _("Save"),
    }
    return render(request, "people/form.html", context)


@administers
def hire(request: HttpRequest) -> HttpResponse:
    """A new person."""
    return _form_page(
        request,
        HireForm(request.POST or None),
        lambda data: services.hire_person(actor=access.actor_in(request), **data),
        title=_("New person"),
        done=_("The person is recorded. Now give them a place."),
        back="",
    )


@administers
def rename(request: HttpRequest, person_id: int) -> HttpResponse:
    """Correct a name or an address."""
    person = get_object_or_404(Person, pk=person_id)
    names = ("first_name", "last_name", "email", "establishment", "contract")
    known = {name: getattr(person, name) for name in names}
    return _form_page(
        request,
        NameForm(request.POST or None, initial=known),
        lambda data: services.rename_person(actor=access.actor_in(request), person=person, **data),
        title=person.name,
        done=_("The name is saved."),
        back=_page_of(person),
    )


def _page_of(person: Person) -> str:
    return reverse("people:person", args=[person.pk])


def _place(data: dict[str, Any]) -> dict[str, Any]:
    """Form values as a place: ids become rows."""
    manager = data["manager"]
    return {
        "team": get_object_or_404(Team, pk=data["team"]),
        "role": get_object_or_404(Role, pk=data["role"]),
        "manager": get_object_or_404(Person, pk=manager) if manager else None,
        "share": data["share"],
        "valid_from": data["valid_from"],
    }


@administers
def place_new(request: HttpRequest, person_id: int) -> HttpResponse:
    """A first place, or one after a gap."""
    person = get_object_or_404(Person, pk=person_id)
    return _form_page(
        request,
        NewPlaceForm(request.POST or None, person_id=person_id),
        lambda data: services.assign(
            actor=access.actor_in(request),
            person=person,
            valid_to=after(data["last_day_on"]),
            **_place(data),
        ),
        title=_("Place of %(name)s") % {"name": person.name},
        done=_("The place is saved."),
        back=_page_of(person),
    )


@administers
def place_change(request: HttpRequest, place_id: int) -> HttpResponse:
    """Another team, role, manager or share from a day on; what was before stays as it was."""
    place = get_object_or_404(Assignment.objects.select_related("person"), pk=place_id)
    known = {"team": place.team_id, "role": place.role_id, "manager": place.manager_id}
    initial = {**known, "share": place.share.normalize(), "valid_from": place.valid_from}
    return _form_page(
        request,
        PlaceForm(request.POST or None, person_id=place.person_id, initial=initial),
        lambda data: services.change_assignment(
            actor=access.actor_in(request), assignment=place, **_place(data)
        ),
        title=_("Change the place of %(name)s") % {"name": place.person.name},
        lead=_("The place until now ends the day before; figures of the past keep it."),
        done=_("The place is changed."),
        back=_page_of(place.person),
    )


@administers
def place_end(request: HttpRequest, place_id: int) -> HttpResponse:
    """End a place without another one."""
    place = get_object_or_404(Assignment.objects.select_related("person"), pk=place_id)
    return _form_page(
        request,
        LastDayForm(request.POST or None),
        lambda data: services.end_assignment(
            actor=access.actor_in(request),
            assignment=place,
            valid_to=data["last_day_on"] + timedelta(days=1),
        ),
        title=_("End the place of %(name)s") % {"name": place.person.name},
        done=_("The place is ended."),
        back=_page_of(place.person),
    )


@administers
def leave(request: HttpRequest, person_id: int) -> HttpResponse:
    """Somebody leaves the company."""
    person = get_object_or_404(Person, pk=person_id)
    return _form_page(
        request,
        LastDayForm(request.POST or None),
        lambda data: services.end_employment(actor=access.actor_in(request), person=person, **data),
        title=_("%(name)s leaves") % {"name": person.name},
        lead=_("The place ends with the last day. Figures and pay of the past stay."),
        done=_("The last day is recorded."),
        back=_page_of(person),
    )


@administers
def absence_new(request: HttpRequest, person_id: int) -> HttpResponse:
    """Days away."""
    person = get_object_or_404(Person, pk=person_id)
    return _form_page(
        request,
        AbsenceForm(request.POST or None),
        lambda data: services.record_absence(
            actor=access.actor_in(request),
            person=person,
            kind=data["kind"],
            valid_from=data["valid_from"],
            valid_to=data["last_day_on"] + timedelta(days=1),
        ),
        title=_("Absence of %(name)s") % {"name": person.name},
        done=_("The absence is recorded."),
        back=_page_of(person),
    )


@reads
def teams(request: HttpRequest) -> HttpResponse:
    """The tree of teams; an administrator adds to it."""
    viewer = access.viewer_in(request)
    may_change = access.can_configure(viewer, Area.PEOPLE)
    form = TeamForm(request.POST or None)
    if request.method == "POST":
        access.require(may_change)
        if saved(form, lambda: _new_team(request, form.cleaned_data)) is not None:
            messages.success(request, _("The team is created."))
            return redirect("people:teams")
    heads = listing.heads_by_team(viewer.day)
    context = {
        "rows": presenters.team_rows(queries.team_tree(), heads),
        "form": form if may_change else None,
        "tabs": _tabs(request, "teams"),
    }
    return render(request, "people/teams.html", context)


def _new_team(request: HttpRequest, data: dict[str, Any]) -> Team:
    parent = get_object_or_404(Team, pk=data["parent"]) if data["parent"] else None
    return services.create_team(actor=access.actor_in(request), name=data["name"], parent=parent)


@administers
def sign_ins(request: HttpRequest) -> HttpResponse:
    """All sign-ins with their rights."""
    rows = [presenters.sign_in_row(row) for row in listing.sign_ins()]
    context = {"rows": rows, "tabs": _tabs(request, "sign_ins"), "me": request.user.pk}
    return render(request, "people/sign_ins.html", context)


@administers
def sign_in_office(request: HttpRequest) -> HttpResponse:
    """A sign-in for an office without a person: HR, direction."""
    return _form_page(
        request,
        SignInForm(request.POST or None, initial={"language": queries.company().language}),
        lambda data: _invited(request, None, data),
        title=_("New sign-in"),
        lead=_("For an office without sales figures. Who sells is invited from their own page."),
        done=_("The invitation is on its way."),
        back=reverse("people:sign_ins"),
        submit=_("Invite"),
    )


@administers
def sign_in_new(request: HttpRequest, person_id: int) -> HttpResponse:
    """A sign-in for a person, with an invitation by mail."""
    person = get_object_or_404(Person, pk=person_id)
    initial = {"email": person.email, "language": queries.company().language}
    return _form_page(
        request,
        SignInForm(request.POST or None, initial=initial),
        lambda data: _invited(request, person, data),
        title=_("Sign-in of %(name)s") % {"name": person.name},
        done=_("The invitation is on its way."),
        back=_page_of(person),
        submit=_("Invite"),
    )


def _invited(request: HttpRequest, person: Person | None, data: dict[str, Any]) -> User:
    actor = access.actor_in(request)
    user = services.create_user(actor=actor, person=person, **data)
    services.invite(actor=actor, user=user)
    return user


@administers
@require_POST
def invite(request: HttpRequest, user_id: int) -> HttpResponse:
    """Send the link to set a password again."""
    user = get_object_or_404(User, pk=user_id, is_active=True)
    services.invite(actor=access.actor_in(request), user=user)
    messages.success(request, _("The invitation is on its way."))
    return redirect("people:sign_ins")


@administers
def rights(request: HttpRequest, user_id: int) -> HttpResponse:
    """Change the rights of office of a sign-in."""
    user = get_object_or_404(User, pk=user_id)
    return _form_page(
        request,
        RightsForm(request.POST or None, initial={"rights": user.rights}),
        lambda data: services.grant_rights(actor=access.actor_in(request), user=user, **data),
        title=_("Rights of %(name)s") % {"name": user.name},
        done=_("The rights are saved."),
        back=reverse("people:sign_ins"),
    )


@administers
@require_POST
def open_sign_in(request: HttpRequest, user_id: int) -> HttpResponse:
    """Close a sign-in, or open it again (`is_active`)."""
    user = get_object_or_404(User, pk=user_id)
    is_active = request.POST.get("is_active") == "1"
    access.require(is_active or user.pk != request.user.pk)
    services.set_active(actor=access.actor_in(request), user=user, is_active=is_active)
    messages.success(request, _("The sign-in is open.") if is_active else _("It is closed."))
    return redirect("people:sign_ins")
