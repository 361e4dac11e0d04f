"""The life of a request for a reward. Points, stock and money are held from the asking on."""

from datetime import datetime

from django.db import transaction

from challenges.calc.points import Account, Request, balances
from challenges.models import RequestState, RequestStep, Reward, RewardRequest
from challenges.rewards import rights
from challenges.rewards.envelopes import envelope, quarter_of
from challenges.rewards.queries import moves_of
from challenges.rewards.services.posting import lock_ledger, write_moves
from challenges.rewards.sources import Key, request_fact
from challenges.services.locking import database_clock
from challenges.services.moving import require_reason
from common import audit
from kernel.issues import N_, Invalid, Issue, error
from people.models import Person, User
from people.queries import people_on, today

S = RequestState
MOVES: dict[str, frozenset[str]] = {
    S.ASKED: frozenset({S.APPROVED, S.REFUSED, S.WITHDRAWN}),
    S.APPROVED: frozenset({S.DELIVERED, S.REFUSED}),
    S.DELIVERED: frozenset(),
    S.REFUSED: frozenset(),
    S.WITHDRAWN: frozenset(),
}
RETURNED = (S.REFUSED, S.WITHDRAWN)


@transaction.atomic
def ask_for(
    *, actor: User | None, person: Person, reward_id: int, at: datetime | None = None
) -> RewardRequest:
    """Reserve the points, one piece and the money. `Invalid` without enough of any of them, for a
    reward that is not for this person, and for somebody without a team today.

    Of two who ask for the last piece at once the second waits for the first, and is refused.
    """
    lock_ledger()
    moment = at or database_clock()
    reward = Reward.objects.select_for_update().get(pk=reward_id)
    places = people_on(today(moment))
    team_ids = [row.team_id for row in places if row.person_id == person.pk]
    if not team_ids:
        raise Invalid(_no_team())
    if reward.retired or not rights.may_ask(reward, team_ids):
        raise Invalid(_not_offered())
    if reward.left == 0:
        raise Invalid(_none_left())
    write_moves({}, {}, moment, people=[person.pk])  # what lapsed by now cannot be used
    available = balances(moves_of([person.pk])[person.pk])[Account.EARNED]
    if available < reward.points:
        raise Invalid(_too_few(available, reward.points))
    request = _made(reward, person, team_ids[0], moment)
    _step(request, S.ASKED, actor, moment)
    if reward.left is not None:
        reward.left -= 1
        reward.save(update_fields=["left"])
    _audit(request, "ask", actor, {})
    return request


def _made(reward: Reward, person: Person, team_id: int, at: datetime) -> RewardRequest:
    quarter = quarter_of(today(at))
    if reward.cost_minor > envelope(team_id, quarter.start).left_minor:
        raise Invalid(_over_budget())
    return RewardRequest.objects.create(
        reward=reward,
        person=person,
        team_id=team_id,
        quarter_on=quarter.start,
        points=reward.points,
        cost_minor=reward.cost_minor,
        currency=reward.currency,
        asked_at=at,
    )


@transaction.atomic
def decide_request(
    *,
    actor: User | None,
    request_id: int,
    to_state: str,
    reason: str = "",
    at: datetime | None = None,
) -> RewardRequest:
    """Approve, refuse (with a reason), deliver or withdraw. What is refused or withdrawn gives
    points, piece and money back. `Invalid` where the table of moves has no such move."""
    lock_ledger()
    moment = at or database_clock()
    request = RewardRequest.objects.select_for_update().get(pk=request_id)
    if to_state not in MOVES[request.state]:
        raise Invalid(_not_now(request))
    if to_state == S.REFUSED:
        require_reason(reason)
    before = _described(request)
    request.state = to_state
    request.save(update_fields=["state"])
    if to_state in RETURNED:
        _put_back(request.reward_id)
    _step(request, to_state, actor, moment, reason)
    _audit(request, str(to_state), actor, before, reason)
    return request


def _put_back(reward_id: int) -> None:
    reward = Reward.objects.select_for_update().get(pk=reward_id)
    if reward.left is not None:
        reward.left += 1
        reward.save(update_fields=["left"])


def _step(
    request: RewardRequest, state: str, actor: User | None, at: datetime, reason: str = ""
) -> None:
    number = RequestStep.objects.filter(request=request).count() + 1
    RequestStep.objects.create(
        request=request, number=number, to_state=state, by=actor, at=at, reason=reason.strip()
    )
    fact = request_fact(request, at)
    news: dict[Key, Request] = {(request.person_id, fact.source): fact}
    write_moves({}, news, at)


def _described(request: RewardRequest) -> dict[str, object]:
    return {"state": str(request.state), "points": request.points}


def _audit(
    request: RewardRequest,
    verb: str,
    actor: User | None,
    before: dict[str, object],
    reason: str = "",
) -> None:
    audit.record(
        actor=actor, action=f"reward.{verb}", subject=request, before=before,
        after=_described(request), reason=reason,
    )  # fmt: skip


# --- refusals ---------------------------------------------------------------------------------


def _no_team() -> Issue:
    return error(
        "rewards.no_team",
        N_("You are in no team today, so nobody could approve it."),
        N_("Ask your administrator for a place in a team."),
    )


def _not_offered() -> Issue:
    return error(
        "rewards.not_offered",
        N_("This reward is not offered to you."),
        N_("Choose another one."),
    )


def _none_left() -> Issue:
    return error(
        "rewards.none_left",
        N_("There is none left: somebody was faster."),
        N_("Choose another reward, or ask again when there are new ones."),
    )


def _too_few(available: int, points: int) -> Issue:
    return error(
        "rewards.too_few_points",
        N_("You have {available} points available; it takes {points}."),
        N_("Points that are provisional or reserved do not count."),
        available=available,
        points=points,
    )


def _over_budget() -> Issue:
    return error(
        "rewards.over_budget",
        N_("The reward budget of your team for this quarter cannot pay it any more."),
        N_("Ask again in the next quarter, or choose a reward that costs less."),
    )


def _not_now(request: RewardRequest) -> Issue:
    return error(
        "rewards.not_now",
        N_("The request is “{state}”; this cannot be done any more."),
        N_("Load the page again: somebody may have changed it."),
        state=str(request.state),
    )
