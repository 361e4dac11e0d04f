"""Pages of who has points: the wallet, the shop, own requests."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from challenges.models import RequestState, Reward, RewardRequest
from challenges.rewards import presenters, queries, rights, services
from challenges.rewards.envelopes import envelope, quarter_of
from challenges.rewards.tabs import tabs
from common.issues import text_of
from kernel.issues import Invalid
from people import access
from people.models import Person


@access.needs("rep")
def rewards(request: HttpRequest) -> HttpResponse:
    """My points with every line explained, what they buy, what I asked for."""
    viewer = access.viewer_in(request)
    if viewer.person_id is None:
        raise Http404
    wallet = queries.wallet(viewer.person_id)
    teams = sorted(viewer.own_team_ids)
    left = envelope(teams[0], quarter_of(viewer.day).start).left_minor if teams else 0
    lines, more = presenters.wallet_lines(wallet, viewer, everything=request.GET.get("all") == "1")
    context = {
        "tabs": tabs(viewer, "rewards"),
        "figures": presenters.figures(wallet),
        "lines": lines,
        "more": more,
        "items": presenters.shop_items(queries.offered(), wallet, teams, left),
        "requests": presenters.request_rows(queries.own_requests(viewer.person_id)),
        "in_team": bool(teams),
    }
    return render(request, "challenges/rewards/mine.html", context)


@access.needs("rep")
def ask(request: HttpRequest, reward_id: int) -> HttpResponse:
    """Ask for one piece; what is for other teams does not exist."""
    viewer = access.viewer_in(request)
    person = get_object_or_404(Person, pk=viewer.person_id)
    reward = get_object_or_404(Reward, pk=reward_id)
    access.require(rights.may_ask(reward, viewer.own_team_ids))
    if request.method != "POST":
        return HttpResponse(status=405, headers={"Allow": "POST"})
    try:
        services.ask_for(actor=access.actor_in(request), person=person, reward_id=reward_id)
        messages.success(request, _("Asked. Your points are reserved until it is decided."))
    except Invalid as invalid:
        messages.error(request, " ".join(text_of(one) for one in invalid.issues))
    return redirect("challenges:rewards")


@access.needs("rep")
def withdraw(request: HttpRequest, request_id: int) -> HttpResponse:
    """Take an own request back."""
    row = get_object_or_404(
        RewardRequest, pk=request_id, person_id=access.viewer_in(request).person_id
    )
    if request.method != "POST":
        return HttpResponse(status=405, headers={"Allow": "POST"})
    try:
        services.decide_request(
            actor=access.actor_in(request), request_id=row.pk, to_state=RequestState.WITHDRAWN
        )
        messages.success(request, _("Withdrawn. Your points are available again."))
    except Invalid as invalid:
        messages.error(request, " ".join(text_of(one) for one in invalid.issues))
    return redirect("challenges:rewards")
