"""Pages about whether a challenge is fair: the rehearsal before, the panel while it runs."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from challenges import queries, services, visibility
from challenges.boards import presenters
from challenges.boards.views import words_of
from challenges.calc import Rules
from challenges.duels.titles import rules_for
from challenges.fairness import rehearsing
from challenges.fairness import words as fair_words
from challenges.fairness.keeping import issue_of
from challenges.fairness.rehearsing import LOOK_BACK
from challenges.models import RehearsalRun
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
    """The rules replayed on the last months of the log, with a verdict. A worker replays them: a
    POST asks for it, the page shows how far it is."""
    challenge = changed_challenge(request, challenge_id)
    sent = request.POST or request.GET
    form = MonthsForm(sent if "months" in sent else {"months": str(LOOK_BACK)})
    months = form.cleaned_data["months"] if form.is_valid() else LOOK_BACK
    if request.method == "POST":
        actor = access.actor_in(request)
        services.ask_for_rehearsal(actor=actor, challenge=challenge, months=months)
        return redirect(f"{request.path}?months={months}")
    viewer = access.viewer_in(request)
    rules = rules_for(viewer, challenge, queries.rules_now(challenge))
    context = {
        "challenge_id": challenge.pk,
        "name": rules.name(presenters.language()),
        "form": form,
        "title": _("Rehearsal"),
        "coming": challenge.state in queries.COMING,
        "draft": challenge.state == "draft",
        **_told(services.rehearsal_run(challenge, months, timezone.now()), rules),
    }
    return render(request, "challenges/rehearsal.html", context)


def _told(run: RehearsalRun | None, rules: Rules) -> dict[str, Any]:
    if run is None:
        return {"asked": False}
    if run.finished_at is None:
        services.ask_for_rehearsal(actor=run.asked_by, challenge=run.challenge, months=run.months)
        percent = 100 * len(run.plays) // run.total if run.total else 0
        done = {"done": len(run.plays), "of": run.total or 0, "percent": percent}
        return {"asked": True, "waiting": True, **done}
    if run.issues:
        return {"asked": True, "issues": [text_of(issue_of(one)) for one in run.issues]}
    found, words = rehearsing.rehearsal_of(run), words_of(rules)
    return {
        "asked": True,
        "findings": fair_words.findings(found),
        "plays": fair_words.play_rows(found, words),
        "regulars": fair_words.regular_rows(found),
    }


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
    words = words_of(queries.rules_now(challenge), challenge)
    facts = fair_words.fairness_facts(now, queries.entrant_names(challenge), words)
    return render(request, "challenges/fairness.html", {"facts": facts})
