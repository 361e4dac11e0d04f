"""The queue of records under review, for those who may change the challenge."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from challenges import queries, services
from challenges.boards import presenters
from challenges.boards.views import words_of
from challenges.calc.integrity import Flagged
from challenges.duels.titles import rules_for
from challenges.models import Challenge, Decision
from challenges.services.reviewing import waiting
from challenges.studio.audience import changed_challenge
from challenges.words import Words, record_text
from common.formats import in_unit_text, moment_text
from common.forms import saved
from people import access
from people.access import Area


class DecisionForm(forms.Form):
    """Accept or reject one record, with a reason."""

    record = forms.CharField(max_length=260)
    accepted = forms.TypedChoiceField(
        choices=[("yes", ""), ("no", "")], coerce=lambda value: value == "yes"
    )
    reason = forms.CharField(max_length=300)


@access.configures(Area.CHALLENGES)
def review(request: HttpRequest, challenge_id: int) -> HttpResponse:
    """What waits for a decision, and what was decided."""
    challenge = changed_challenge(request, challenge_id)
    form = DecisionForm(request.POST or None)
    if request.method == "POST":
        actor = access.actor_in(request)
        done = saved(
            form,
            lambda: services.decide_record(actor=actor, challenge=challenge, **form.cleaned_data),
        )
        if done is not None:
            messages.success(request, _("Decided; the board is scored anew."))
            return redirect("challenges:review", challenge.pk)
    viewer, result = access.viewer_in(request), queries.explained(challenge)
    words, names = words_of(result.rules, challenge), dict(queries.person_names(challenge))
    context = {
        "challenge_id": challenge.pk,
        "name": rules_for(viewer, challenge, result.rules).name(presenters.language()),
        "rows": [_row(one, names, words) for one in waiting(result)],
        "form": form,
        "open": challenge.state in queries.RUNNING,
        "decisions": _decisions(challenge),
    }
    return render(request, "challenges/review.html", context)


def _row(one: Flagged, names: dict[str, str], words: Words) -> dict[str, Any]:
    record = one.record
    what = (record.account or record.deal or "", record_text(record.id))
    return {
        "id": record.id,
        "who": names.get(record.person, record.person),
        "what": " · ".join(part for part in what if part),
        "at": moment_text(record.occurred_at),
        "value": in_unit_text(record.value, words.metric_unit),
        "reasons": [words.sentence(note.template, dict(note.params)) for note in one.reasons],
    }


def _decisions(challenge: Challenge) -> list[dict[str, str]]:
    rows = Decision.objects.filter(challenge=challenge).select_related("by__person")
    said = {True: _("accepted"), False: _("rejected")}
    return [
        {
            "at": moment_text(row.at),
            "title": f"{record_text(row.record)} · {said[row.accepted]}",
            "text": row.reason,
            "who": row.by.name if row.by else "",
        }
        for row in rows.order_by("-id")
    ]
