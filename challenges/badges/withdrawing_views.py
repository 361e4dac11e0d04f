"""Withdrawing a badge that was given."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from challenges.badges import presenters, rights, services
from challenges.badges.forms import WithdrawForm
from challenges.badges.queries import is_taken_back, with_state
from challenges.badges.visibility import shown_name
from challenges.models import BadgeAward
from common.forms import saved
from people import access
from people.access import Viewer


@access.needs("anyone")
def withdraw(request: HttpRequest, award_id: int) -> HttpResponse:
    """Ask for the reason, then withdraw; 404 for who neither gave the badge nor administrates."""
    viewer, actor = access.viewer_in(request), access.actor_in(request)
    award = _award(viewer, award_id)
    form = WithdrawForm(request.POST or None)
    if request.method == "POST":
        done = saved(
            form,
            lambda: services.withdraw_badge(
                actor=actor, award_id=award.pk, reason=form.cleaned_data["reason"]
            ),
        )
        if done is not None:
            messages.success(request, _("The badge is withdrawn."))
            given = rights.may_give(viewer)
            return redirect("challenges:badge_give" if given else "challenges:badge_gallery")
    context = {
        "form": form,
        "badge": presenters.name_of(award.badge),
        "person": shown_name(viewer, award.person)[0],
        "sentence": award.sentence,
        "back": "challenges:badge_give" if rights.may_give(viewer) else "challenges:badge_gallery",
    }
    return render(request, "challenges/badges/withdraw.html", context)


def _award(viewer: Viewer, award_id: int) -> BadgeAward:
    rows = with_state().select_related("badge", "person__challenge_face")
    award = rows.filter(pk=award_id).first()
    if award is None or is_taken_back(award) or not rights.may_withdraw(viewer, award):
        raise Http404
    return award
