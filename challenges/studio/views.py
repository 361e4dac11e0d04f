"""The verbs of a challenge: asked for, with a reason where others must know it, then done."""

from collections.abc import Callable
from dataclasses import dataclass

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from challenges import queries, services
from challenges.calc.arrivals import counted_metrics, told_feed
from challenges.fairness.rehearsing import audience_of
from challenges.fairness.words import said
from challenges.gathering.feeds import feed_in_log
from challenges.models import Challenge
from challenges.studio.audience import changed_challenge
from challenges.studio.forms import ConfirmForm, ExtendForm, ReasonForm
from common.forms import saved
from people import access
from people.access import Area


@dataclass(frozen=True, slots=True)
class Verb:
    """Something that can be done to a challenge: how it is asked for and which service does it."""

    title: str | Promise
    lead: str | Promise
    form: type[forms.Form]
    work: Callable[..., Challenge]


VERBS: dict[str, Verb] = {
    "launch": Verb(
        gettext_lazy("Launch"),
        gettext_lazy("Everybody in the teams sees it, and it starts by itself."),
        ConfirmForm, services.launch,
    ),
    "pause": Verb(
        gettext_lazy("Pause"),
        gettext_lazy("What happens in the pause does not count; the end moves by its length."),
        ReasonForm, services.pause,
    ),
    "resume": Verb(
        gettext_lazy("Resume"),
        gettext_lazy("From now on everything counts again; the end moves by the pause."),
        ConfirmForm, services.resume,
    ),
    "extend": Verb(
        gettext_lazy("Extend"), gettext_lazy("A later end, for everybody."),
        ExtendForm, services.extend_challenge,
    ),
    "close": Verb(
        gettext_lazy("Close now"),
        gettext_lazy("It ends at this moment. The result stays provisional until the cut-off."),
        ReasonForm, services.close_challenge,
    ),
    "official": Verb(
        gettext_lazy("Make official"),
        gettext_lazy("The board is recomputed a last time; then the result is signed by you."),
        ConfirmForm, services.make_official,
    ),
    "reveal": Verb(
        gettext_lazy("Reveal"),
        gettext_lazy("From now on everybody sees the final board."),
        ConfirmForm, services.reveal,
    ),
    "cancel": Verb(
        gettext_lazy("Cancel the challenge"),
        gettext_lazy("There is no result and no prize. This cannot be undone."),
        ReasonForm, services.cancel_challenge,
    ),
}  # fmt: skip


@access.configures(Area.CHALLENGES)
def act(request: HttpRequest, challenge_id: int, verb: str) -> HttpResponse:
    """Ask, with a reason where others must know it; then do it."""
    challenge = changed_challenge(request, challenge_id)
    if verb not in VERBS:
        raise Http404
    chosen = VERBS[verb]
    form = chosen.form(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        actor = access.actor_in(request)
        done = saved(
            form, lambda: chosen.work(actor=actor, challenge=challenge, **form.cleaned_data)
        )
        if done is not None:
            messages.success(request, _("Done."))
            return redirect("challenges:page", challenge.pk)
    context = {
        "form": form,
        "title": chosen.title,
        "lead": chosen.lead,
        "danger": verb in ("cancel", "close"),
        "challenge_id": challenge.pk,
        "feed": _feed(challenge) if verb == "launch" else "",
    }
    return render(request, "challenges/act.html", context)


def _feed(challenge: Challenge) -> str:
    """How fast the records arrive that a launch asks for; empty where it asks for none."""
    rules = queries.rules_now(challenge)
    if not counted_metrics(rules):
        return ""
    feed = feed_in_log(rules, audience_of(challenge), timezone.now(), challenge.definitions)
    told = told_feed(rules, feed)
    return said(told) if told else ""
