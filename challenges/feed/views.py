"""Pages of the feed: reading it, praising, reacting, celebrating."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from challenges.feed import presenters, queries, services
from challenges.models import FeedEvent, Praise, ReactionKind
from common.forms import saved
from kernel.issues import Invalid
from kpis.queries.catalogue import catalogue
from people import access
from people.access import Viewer
from people.models import Person

SHORT = 5


class PraiseForm(forms.Form):
    """To whom, about what, in which words."""

    person = forms.TypedChoiceField(label=gettext_lazy("To"), coerce=int)
    about = forms.CharField(
        label=gettext_lazy("What for"), max_length=80,
        help_text=gettext_lazy("A deal, a piece of advice, a hand at the right moment."),
    )  # fmt: skip
    text = forms.CharField(
        label=gettext_lazy("Words"), max_length=280, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy(
            "At most 280 characters. They, their team and who leads it read them."
        ),
    )  # fmt: skip


class HideForm(forms.Form):
    """Why; its writer reads it."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"), max_length=300,
        help_text=gettext_lazy("Its writer reads it."),
    )  # fmt: skip


@access.needs("anyone")
def feed(request: HttpRequest) -> HttpResponse:
    """What happened, newest first; `?before=` is the place where a page begins."""
    viewer = access.viewer_in(request)
    asked = request.GET.get("before", "")
    page = queries.feed_page(viewer, queries.read_place(asked))
    older = f"{reverse('challenges:feed')}?before={page.older}" if page.older else ""
    context = {
        **_list_of(page, viewer),
        "older_url": older.replace("+", "%2B"),
        "is_first": not asked,
        "here": request.get_full_path(),
        "may_praise": viewer.person_id is not None,
        "hidden": presenters.hidden_rows(queries.hidden_from(viewer)) if not asked else [],
    }
    return render(request, "challenges/feed/feed.html", context)


def _list_of(page: queries.Page, viewer: Viewer) -> dict[str, Any]:
    return {"feed_rows": presenters.rows_of(page, viewer, catalogue(viewer.day))}


@access.needs("anyone")
def short(request: HttpRequest) -> HttpResponse:
    """The live fragment: the newest entries."""
    return render(request, "challenges/feed/short.html", short_of(access.viewer_in(request)))


def short_of(viewer: Viewer) -> dict[str, Any]:
    """What the fragment shows, also on other pages."""
    return _list_of(queries.feed_page(viewer, size=SHORT), viewer)


@access.needs("rep")
def praise(request: HttpRequest) -> HttpResponse:
    """Words to a colleague."""
    viewer = access.viewer_in(request)
    form = PraiseForm(request.POST or None, initial={"person": request.GET.get("to", "")})
    found = queries.colleagues(viewer.person_id or 0, viewer)
    form.fields["person"].choices = presenters.praise_choices(found)  # type: ignore[attr-defined]  # a choice field
    if request.method == "POST":
        done = saved(form, lambda: _write(request, viewer, form.cleaned_data))
        if done is not None:
            messages.success(request, _("Your words are in the feed."))
            return redirect("challenges:feed")
    return render(request, "challenges/feed/praise.html", {"form": form, "colleagues": len(found)})


def _write(request: HttpRequest, viewer: Viewer, data: dict[str, Any]) -> Praise:
    known = Person.objects.in_bulk([viewer.person_id, data["person"]])
    return services.write_praise(
        actor=access.actor_in(request),
        writer=known[viewer.person_id or 0],
        person=known[data["person"]],
        about=data["about"],
        text=data["text"],
    )


@access.needs("rep")
def withdraw(request: HttpRequest, praise_id: int) -> HttpResponse:
    """Only for its writer."""
    viewer = access.viewer_in(request)
    access.require(Praise.objects.filter(pk=praise_id, writer_id=viewer.person_id).exists())
    if request.method != "POST":
        return HttpResponse(status=405, headers={"Allow": "POST"})
    services.withdraw_praise(actor=access.actor_in(request), praise_id=praise_id)
    messages.success(request, _("Withdrawn."))
    return redirect("challenges:feed")


@access.needs("manager", "admin")
def hide(request: HttpRequest, praise_id: int) -> HttpResponse:
    """Only for who leads one of the two, and administrators: asks for the reason."""
    viewer = access.viewer_in(request)
    found = Praise.objects.filter(pk=praise_id).select_related("writer", "person").first()
    if found is None or not queries.may_hide(viewer, found):
        raise Http404
    form = HideForm(request.POST or None)
    if request.method == "POST":
        actor = access.actor_in(request)
        done = saved(
            form,
            lambda: services.hide_praise(
                actor=actor, praise_id=praise_id, reason=form.cleaned_data["reason"]
            ),
        )
        if done is not None:
            messages.success(request, _("Hidden."))
            return redirect("challenges:feed")
    return render(request, "challenges/feed/hide.html", {"form": form, "text": found.text})


@access.needs("rep")
def react(request: HttpRequest, event_id: int, kind: str) -> HttpResponse:
    """Set or remove one's own reaction; 404 for an entry that the viewer cannot read."""
    viewer = access.viewer_in(request)
    event = _readable(viewer, event_id, kind)
    if request.method != "POST":
        return HttpResponse(status=405, headers={"Allow": "POST"})
    try:
        services.react(
            actor=access.actor_in(request),
            viewer=viewer,
            person=Person.objects.get(pk=viewer.person_id or 0),
            event_id=event_id,
            kind=kind,
            wanted=request.POST.get("wanted") == "1",
        )
    except Invalid:
        raise Http404 from None
    if not getattr(request, "htmx", False):
        return redirect("challenges:feed")
    page = queries.Page((event,), None, *queries.reactions_of([event], viewer))
    row = {"id": event.pk, "reactions": presenters.reaction_cells(event, page, viewer)}
    return render(request, "challenges/feed/reactions.html", {"row": row})


def _readable(viewer: Viewer, event_id: int, kind: str) -> FeedEvent:
    event = queries.visible_events(viewer).filter(pk=event_id).first()
    if event is None or kind not in ReactionKind.values or event.person_id == viewer.person_id:
        raise Http404
    return event


@access.needs("anyone")
def celebrate(request: HttpRequest) -> HttpResponse:
    """What is to be celebrated, once per entry and viewer: asking for it notes it as seen."""
    if request.method != "POST":
        return HttpResponse(status=405, headers={"Allow": "POST"})
    viewer = access.viewer_in(request)
    found = queries.to_celebrate(viewer, timezone.now())
    ids = services.note_celebrated(event_ids=[one.pk for one in found], user_id=viewer.user_id or 0)
    shown = [one for one in found if one.pk in ids]
    rows = presenters.celebration_rows(shown, viewer, catalogue(viewer.day)) if shown else []
    said = render_to_string("challenges/feed/celebration.html", {"rows": rows}, request)
    # nothing at all where nothing is celebrated: an empty place takes none
    return HttpResponse(said.strip())
