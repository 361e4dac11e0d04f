"""Pages of who keeps the shop: requests to decide, items, budgets."""

from datetime import date

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from challenges.models import RequestState, Reward, RewardRequest
from challenges.rewards import presenters, queries, rights, services
from challenges.rewards.envelopes import envelopes, quarter_of
from challenges.rewards.forms import BudgetForm, OfferForm, initial_of
from challenges.rewards.tabs import tabs
from common.formats import span_text
from common.forms import saved
from common.issues import text_of
from kernel.issues import Invalid
from people import access
from people.access import Area, Viewer
from people.models import Team
from people.queries import company, team_tree

VERBS = {
    "approve": (RequestState.APPROVED, gettext_lazy("Approved.")),
    "deliver": (RequestState.DELIVERED, gettext_lazy("Delivered.")),
    "refuse": (RequestState.REFUSED, gettext_lazy("Refused. The points are available again.")),
}


@access.configures(Area.CHALLENGES)
def requests(request: HttpRequest) -> HttpResponse:
    """What waits for me, what my teams may still spend, what is done."""
    viewer = access.viewer_in(request)
    context = {
        "tabs": tabs(viewer, "reward_requests"),
        "open": presenters.request_rows(queries.listed_requests(viewer, is_open=True)),
        "done": presenters.request_rows(queries.listed_requests(viewer, is_open=False)),
        **_budgets(viewer),
    }
    return render(request, "challenges/rewards/requests.html", context)


def _budgets(viewer: Viewer) -> dict[str, object]:
    """The envelopes of this quarter: of all teams for administrators, of led ones."""
    quarter = quarter_of(viewer.day)
    names = {
        team.id: team.name
        for team in team_tree()
        if viewer.is_admin or team.id in viewer.led_team_ids
    }
    found = envelopes(list(names), quarter.start)
    with_one = {pk: one for pk, one in found.items() if one.amount_minor or one.committed_minor}
    return {
        "quarter": span_text(quarter.start, quarter.end),
        "budgets": presenters.envelope_rows(with_one, names, company().currency),
    }


@access.configures(Area.CHALLENGES)
def decide(request: HttpRequest, request_id: int, verb: str) -> HttpResponse:
    """Approve, deliver or refuse a request of somebody whom I lead."""
    row = get_object_or_404(RewardRequest, pk=request_id)
    access.require(rights.may_decide(access.viewer_in(request), row))
    if verb not in VERBS:
        raise Http404
    if request.method != "POST":
        return HttpResponse(status=405, headers={"Allow": "POST"})
    state, said = VERBS[verb]
    try:
        services.decide_request(
            actor=access.actor_in(request), request_id=row.pk, to_state=state,
            reason=request.POST.get("reason", "")[:300],
        )  # fmt: skip
        messages.success(request, str(said))
    except Invalid as invalid:
        messages.error(request, " ".join(text_of(one) for one in invalid.issues))
    return redirect("challenges:reward_requests")


# --- items -------------------------------------------------------------------------------------


@access.configures(Area.CHALLENGES)
def items(request: HttpRequest) -> HttpResponse:
    """Everything that the shop has or had."""
    viewer = access.viewer_in(request)
    context = {
        "tabs": tabs(viewer, "reward_items"),
        "rows": presenters.kept_items(queries.all_rewards(), viewer),
    }
    return render(request, "challenges/rewards/items.html", context)


@access.configures(Area.CHALLENGES)
def item(request: HttpRequest, reward_id: int | None = None) -> HttpResponse:
    """A new reward, or one that the viewer keeps."""
    viewer = access.viewer_in(request)
    reward = get_object_or_404(Reward, pk=reward_id) if reward_id is not None else None
    if reward is not None:
        held = [team.pk for team in reward.teams.all()]
        access.require(rights.may_keep(viewer, held))
    form = OfferForm(
        request.POST or None,
        initial=initial_of(reward) if reward else {"icon": "gift"},
        teams=_team_choices(viewer),
        currency=company().currency,
        everybody=viewer.is_admin,
    )
    if request.method == "POST":
        actor = access.actor_in(request)
        done = saved(
            form,
            lambda: services.keep_reward(
                actor=actor, offer=form.offer(), reward=reward,
                left_shown=form.cleaned_data["left_shown"],
            ),
        )  # fmt: skip
        if done is not None:
            messages.success(request, _("Saved."))
            return redirect("challenges:reward_items")
    title = _("Change the reward") if reward else _("New reward")
    return render(request, "challenges/rewards/item.html", {"form": form, "title": title})


def _team_choices(viewer: Viewer) -> list[tuple[str, str]]:
    return [
        (str(team.id), " / ".join(team.path))
        for team in team_tree()
        if viewer.is_admin or team.id in viewer.led_team_ids
    ]


# --- budgets -----------------------------------------------------------------------------------


@access.needs("admin")
def budgets(request: HttpRequest) -> HttpResponse:
    """What the rewards of each team may cost in this quarter and the next."""
    viewer = access.viewer_in(request)
    quarter = quarter_of(viewer.day)
    following = quarter_of(quarter.end)
    form = BudgetForm(
        request.POST or None,
        teams=_team_choices(viewer),
        quarters=[
            (one.start.isoformat(), span_text(one.start, one.end)) for one in (quarter, following)
        ],
        currency=company().currency,
    )
    if request.method == "POST":
        actor = access.actor_in(request)
        done = saved(
            form,
            lambda: services.set_budget(
                actor=actor,
                team=Team.objects.get(pk=form.cleaned_data["team"]),
                day=date.fromisoformat(form.cleaned_data["quarter"]),
                amount_minor=form.cleaned_data["amount"],
            ),
        )
        if done is not None:
            messages.success(request, _("Saved."))
            return redirect("challenges:reward_budgets")
    context = {"tabs": tabs(viewer, "reward_budgets"), "form": form, **_budgets(viewer)}
    return render(request, "challenges/rewards/budgets.html", context)
