"""How I am seen by the other entrants: a page for oneself."""

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from challenges import services
from challenges.models import Face
from common.forms import saved
from people import access
from people.models import Person


class FaceForm(forms.Form):
    """A nickname, no public rank, no duels, not in the feed, not on walls."""

    nickname = forms.CharField(
        label=gettext_lazy("Nickname"), max_length=40, required=False,
        help_text=gettext_lazy("The other entrants read it; your manager reads your name."),
    )  # fmt: skip
    hidden = forms.BooleanField(
        label=gettext_lazy("Do not show my rank to the other entrants"), required=False,
        help_text=gettext_lazy("You still play, and win, like everybody."),
    )  # fmt: skip
    off_duels = forms.BooleanField(
        label=gettext_lazy("No duels"), required=False,
        help_text=gettext_lazy("Nobody can propose one to you."),
    )  # fmt: skip
    off_feed = forms.BooleanField(
        label=gettext_lazy("Not in the feed"), required=False,
        help_text=gettext_lazy("The others read nothing about you there, and cannot praise you."),
    )  # fmt: skip
    off_screens = forms.BooleanField(
        label=gettext_lazy("Not on the screens on walls"), required=False,
        help_text=gettext_lazy("Televisions show neither your rank nor your name."),
    )  # fmt: skip


@access.needs("anyone")
def face(request: HttpRequest) -> HttpResponse:
    """Only for who is a person of the company."""
    viewer = access.viewer_in(request)
    if viewer.person_id is None:
        raise Http404
    person = Person.objects.get(pk=viewer.person_id)
    known = Face.objects.filter(person=person).first() or Face(person=person)
    initial = {name: getattr(known, name) for name in FaceForm.base_fields}
    form = FaceForm(request.POST or None, initial=initial)
    if request.method == "POST":
        actor = access.actor_in(request)
        done = saved(
            form, lambda: services.set_face(actor=actor, person=person, **form.cleaned_data)
        )
        if done is not None:
            messages.success(request, _("Saved."))
            return redirect("challenges:list")
    return render(request, "challenges/face.html", {"form": form})
