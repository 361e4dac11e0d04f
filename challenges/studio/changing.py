"""What a change of rules is: of a draft, or an amendment with a reason that all read."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from challenges import services
from challenges.fairness.rehearsing import LOOK_BACK
from challenges.gathering.inputs import latest_rules
from challenges.models import Challenge
from challenges.studio.audience import team_keys
from people import access

BEFORE_START = ("draft", "scheduled")
CHANGEABLE = (*BEFORE_START, "live", "provisional")


def amends(challenge: Challenge) -> bool:
    """Whether a change is an amendment."""
    return challenge.state not in BEFORE_START


def title_of(challenge: Challenge) -> str:
    """What the change is called."""
    return _("Amend the rules") if amends(challenge) else _("Change the challenge")


def initial_of(challenge: Challenge) -> dict[str, Any]:
    """Who plays, and the version that a change starts from."""
    return {
        "teams": team_keys(challenge),
        "roles": challenge.role_keys,
        "based_on": latest_rules(challenge).number,
    }


def change(
    request: HttpRequest,
    challenge: Challenge,
    data: Mapping[str, Any],
    wanted: Mapping[str, object] | str,
) -> Challenge:
    """By the service that the state asks for; `data` is what the form beside the rules says."""
    actor = access.actor_in(request)
    if amends(challenge):
        return services.amend_challenge(
            actor=actor,
            challenge=challenge,
            document=wanted,
            reason=data["reason"],
            refresh_targets=data["refresh_targets"],
            based_on=data["based_on"],
        )
    return services.change_draft(
        actor=actor,
        challenge=challenge,
        document=wanted,
        team_keys=data["teams"],
        role_keys=data["roles"],
        based_on=data["based_on"],
    )


def changed(request: HttpRequest, challenge: Challenge) -> HttpResponse:
    """Back to the challenge, with a word."""
    messages.success(request, _("The rules are changed."))
    return redirect("challenges:page", challenge.pk)


def to_rehearsal(request: HttpRequest, challenge: Challenge) -> HttpResponse:
    """After a draft was made: its rehearsal begins at once."""
    services.ask_for_rehearsal(
        actor=access.actor_in(request), challenge=challenge, months=LOOK_BACK
    )
    messages.success(request, _("The draft is saved, and its rehearsal begins by itself."))
    return redirect("challenges:rehearsal", challenge.pk)
