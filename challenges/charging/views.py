"""The page on which what a signed result leaves is charged to a later challenge."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from challenges import queries as boards
from challenges.boards.fragments import words_of
from challenges.boards.presenters import language
from challenges.charging import presenters, queries
from challenges.charging.forms import ChargeForm
from challenges.charging.services import charge_to
from challenges.duels.titles import rules_for
from challenges.models import Challenge
from challenges.studio.audience import changed_challenge
from common.forms import saved
from people import access
from people.access import Area


@access.configures(Area.CHALLENGES)
def charge(request: HttpRequest, challenge_id: int) -> HttpResponse:
    """Choose a challenge and say why; then it is written there, once."""
    challenge = changed_challenge(request, challenge_id)
    access.require(queries.leaves(challenge))
    viewer = access.viewer_in(request)
    left = queries.left_of(challenge)
    fits = presenters.fits_for(challenge, left, viewer, timezone.now())
    form = ChargeForm(request.POST or None, fits=presenters.choices(fits, left))
    if request.method == "POST":
        targets = {str(one.pk): one for one, _fits in fits}
        done = saved(form, lambda: _charge(request, challenge, form, targets))
        if done is not None:
            messages.success(request, _("It is charged."))
            return redirect("challenges:page", challenge.pk)
    rules = rules_for(viewer, challenge, boards.rules_now(challenge))
    context = {
        "form": form,
        "name": rules.name(language()),
        "challenge_id": challenge.pk,
        "rows": presenters.rows(left, viewer, words_of(rules, challenge)),
        "left": len(left),
        "fits": bool(fits),
        "went_to": presenters.went_to(queries.charged_from(challenge), viewer),
    }
    return render(request, "challenges/charge.html", context)


def _charge(
    request: HttpRequest, source: Challenge, form: ChargeForm, targets: dict[str, Challenge]
) -> Challenge:
    return charge_to(
        actor=access.actor_in(request),
        source=source,
        target=targets[form.cleaned_data["into"]],
        reason=form.cleaned_data["reason"],
    )
