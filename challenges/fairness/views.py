"""Pages about whether a challenge is fair: the rehearsal before, the panel while it runs."""

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from challenges import queries, visibility
from challenges.boards import presenters
from challenges.boards.views import words_of
from challenges.fairness import rehearsing
from challenges.fairness import words as fair_words
from challenges.studio.audience import changed_challenge
from common.issues import text_of
from kernel.issues import Invalid
from people import access
from people.access import Area


class MonthsForm(forms.Form):
    """How far back."""

    months = forms.TypedChoiceField(
        label=gettext_lazy("Look back"),
        coerce=int,
        choices=[(3, gettext_lazy("3 months")), (6, gettext_lazy("6 months")),
                 (12, gettext_lazy("12 months"))],
    )  # fmt: skip


@access.configures(Area.CHALLENGES)
def rehearsal(request: HttpRequest, challenge_id: int) -> HttpResponse:
    """The rules replayed on the last months of the log, with a verdict."""
    challenge = changed_challenge(request, challenge_id)
    form = MonthsForm(request.GET if "months" in request.GET else {"months": "6"})
    months = form.cleaned_data["months"] if form.is_valid() else 6
    rules = queries.rules_now(challenge)
    context = {
        "challenge_id": challenge.pk,
        "name": rules.name(presenters.language()),
        "form": form,
        "title": _("Rehearsal"),
    }
    try:
        done = rehearsing.rehearse_challenge(challenge, months=months, as_of=timezone.now())
    except Invalid as invalid:
        context["issues"] = [text_of(one) for one in invalid.issues]
        return render(request, "challenges/rehearsal.html", context)
    words = words_of(rules)
    context |= {
        "findings": fair_words.findings(done.rehearsal),
        "plays": fair_words.play_rows(done.rehearsal, words),
        "regulars": fair_words.regular_rows(done.rehearsal),
    }
    return render(request, "challenges/rehearsal.html", context)


@access.configures(Area.CHALLENGES)
def fairness(request: HttpRequest, challenge_id: int) -> HttpResponse:
    """The panel of a running challenge: a fragment, computed once for each version of the board.

    It knows the winners of now: for who plays there is none while the board stands still.
    """
    challenge = changed_challenge(request, challenge_id)
    access.require(challenge.state in queries.RUNNING)
    access.require(not visibility.sees_frozen(access.viewer_in(request), challenge))
    try:
        now = queries.cached_by_version(
            challenge, "fairness", lambda: rehearsing.fairness_of(challenge)
        )
    except Invalid:  # a metric is no longer what it was: the board stands, this cannot be told
        return HttpResponse("")
    words = words_of(queries.rules_now(challenge))
    facts = fair_words.fairness_facts(now, queries.entrant_names(challenge), words)
    return render(request, "challenges/fairness.html", {"facts": facts})
