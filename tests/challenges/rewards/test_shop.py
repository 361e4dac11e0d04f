"""Asking for a reward: points, pieces and money are held, and given once."""

import pytest

from challenges.models import PointsMove, RequestStep, Reward, RewardBudget, RewardRequest
from challenges.rewards.checking import check_points
from challenges.rewards.envelopes import envelope, quarter_of
from challenges.rewards.services import (
    Offer,
    ask_for,
    decide_request,
    keep_reward,
    post_all,
    set_budget,
)
from common.models import AuditEntry
from kernel.issues import Invalid
from people.models import Assignment, Person, Role
from people.queries import today
from tests.challenges.games import rescore
from tests.challenges.rewards.purses import SIGNED, SOON, ended, purse, sign, together
from tests.kpis.crew import Crew, at, cancel, make_crew, record

LATER = at("2026-04-09 09:00")
BUDGET = 10_000


def offer(points: int = 300, **more: object) -> Reward:
    """A book for 30 euros."""
    wanted = Offer(
        name_fr="Livre", name_en="Book", icon="book", points=points,
        **{"cost_minor": 3_000, **more},  # type: ignore[arg-type]  # the fields of Offer
    )  # fmt: skip
    return keep_reward(actor=None, offer=wanted)


def open_shop(crew: Crew) -> None:
    """Hugo has 500 points, Léa 200; North may spend 100 euros in the quarter."""
    sign(ended())
    post_all(at=SOON)
    set_budget(actor=None, team=crew.north, day=today(SOON), amount_minor=BUDGET)


def ask(person: Person, reward: Reward) -> RewardRequest:
    return ask_for(actor=None, person=person, reward_id=reward.pk, at=LATER)


def decide(request: RewardRequest, state: str, reason: str = "") -> RewardRequest:
    return decide_request(
        actor=None, request_id=request.pk, to_state=state, reason=reason, at=LATER
    )


def refusal(crew: Crew, person: Person, reward: Reward) -> str:
    """Why it is refused; nothing is written then."""
    held = purse(person)
    with pytest.raises(Invalid) as refused:
        ask(person, reward)
    assert purse(person) == held
    return ", ".join(issue.code for issue in refused.value.issues)


def left(reward: Reward) -> int | None:
    return Reward.objects.get(pk=reward.pk).left


def committed(crew: Crew) -> int:
    return envelope(crew.north.pk, quarter_of(today(LATER)).start).committed_minor


# --- one request --------------------------------------------------------------------------------


def test_asked_approved_delivered(crew: Crew) -> None:
    open_shop(crew)
    reward = offer(left=2)
    request = ask(crew.hugo, reward)
    asked = (purse(crew.hugo), left(reward), committed(crew))
    decide(request, "approved")
    approved = purse(crew.hugo)
    decide(request, "delivered")

    assert asked == ({"earned": 200, "reserved": 300}, 1, 3_000)
    assert approved == {"earned": 200, "reserved": 300}
    assert purse(crew.hugo) == {"earned": 200, "spent": 300}
    assert (left(reward), committed(crew)) == (1, 3_000)
    assert list(RequestStep.objects.order_by("id").values_list("number", "to_state")) == [
        (1, "asked"), (2, "approved"), (3, "delivered"),
    ]  # fmt: skip
    assert check_points(LATER).ok
    told = AuditEntry.objects.filter(action__startswith="reward.").order_by("id")
    assert list(told.values_list("action", flat=True)) == [
        "reward.budget", "reward.create", "reward.ask", "reward.approved", "reward.delivered",
    ]  # fmt: skip


@pytest.mark.parametrize("before", [(), ("approved",)])
def test_refused_gives_points_piece_and_money_back(crew: Crew, before: tuple[str, ...]) -> None:
    open_shop(crew)
    reward = offer(left=1)
    request = ask(crew.hugo, reward)
    for state in before:
        decide(request, state)
    with pytest.raises(Invalid) as refused:
        decide(request, "refused", " ")
    decide(request, "refused", "Not this quarter")

    assert refused.value.issues[0].code == "challenges.no_reason"
    assert (purse(crew.hugo), left(reward), committed(crew)) == ({"earned": 500}, 1, 0)
    assert check_points(LATER).ok


def test_withdrawn_gives_it_back_until_it_is_approved(crew: Crew) -> None:
    open_shop(crew)
    first, second = ask(crew.hugo, offer(points=100)), ask(crew.hugo, offer(points=100))
    decide(first, "withdrawn")
    decide(second, "approved")
    with pytest.raises(Invalid) as refused:
        decide(second, "withdrawn")

    assert refused.value.issues[0].code == "rewards.not_now"
    assert purse(crew.hugo) == {"earned": 400, "reserved": 100}


@pytest.mark.parametrize(
    ("path", "then"),
    [
        (["withdrawn"], "approved"),
        (["refused"], "delivered"),
        (["approved", "delivered"], "refused"),
        ([], "delivered"),
        (["approved"], "approved"),
    ],
)
def test_what_is_over_cannot_be_changed(crew: Crew, path: list[str], then: str) -> None:
    open_shop(crew)
    request = ask(crew.hugo, offer())
    for state in path:
        decide(request, state, "A reason")
    held = purse(crew.hugo)
    with pytest.raises(Invalid):
        decide(request, then, "A reason")

    assert purse(crew.hugo) == held
    assert RequestStep.objects.count() == len(path) + 1


# --- refusals -------------------------------------------------------------------------------------


def test_points_that_are_not_available_buy_nothing(crew: Crew) -> None:
    open_shop(crew)

    assert refusal(crew, crew.lea, offer(points=201, cost_minor=0)) == "rewards.too_few_points"
    assert ask(crew.lea, offer(points=200, cost_minor=0)).points == 200


def test_points_that_lapsed_buy_nothing(crew: Crew) -> None:
    open_shop(crew)
    late = at("2028-04-09 09:00")
    assert late > SIGNED
    with pytest.raises(Invalid) as refused:
        ask_for(actor=None, person=crew.hugo, reward_id=offer(cost_minor=0).pk, at=late)

    assert refused.value.issues[0].code == "rewards.too_few_points"


def test_the_envelope_of_the_team_refuses_what_it_cannot_pay(crew: Crew) -> None:
    open_shop(crew)
    dear = offer(points=100, cost_minor=BUDGET - 2_999)

    assert ask(crew.hugo, offer(points=100)).cost_minor == 3_000
    assert refusal(crew, crew.hugo, dear) == "rewards.over_budget"
    assert ask(crew.hugo, offer(points=100, cost_minor=BUDGET - 3_000)).pk


def test_without_an_envelope_only_what_costs_no_money_can_be_had(crew: Crew) -> None:
    open_shop(crew)

    # Léa is in South now, which has no budget
    assert refusal(crew, crew.lea, offer(points=100, cost_minor=1)) == "rewards.over_budget"
    assert ask(crew.lea, offer(points=100, cost_minor=0)).team == crew.south


def test_a_budget_cannot_be_less_than_what_is_promised(crew: Crew) -> None:
    open_shop(crew)
    request = ask(crew.hugo, offer())
    day = today(LATER)
    with pytest.raises(Invalid):
        set_budget(actor=None, team=crew.north, day=day, amount_minor=2_999)
    set_budget(actor=None, team=crew.north, day=day, amount_minor=3_000)
    decide(request, "refused", "No")
    set_budget(actor=None, team=crew.north, day=day, amount_minor=0)

    assert RewardBudget.objects.get().amount_minor == 0


def test_a_reward_of_a_team_is_for_its_people(crew: Crew) -> None:
    open_shop(crew)
    of_north = offer(points=100, cost_minor=0, team_ids=(crew.north.pk,))
    of_west = offer(points=100, cost_minor=0, team_ids=(crew.west.pk,))

    assert refusal(crew, crew.lea, of_north) == "rewards.not_offered"
    assert [ask(crew.hugo, of_north).state, ask(crew.lea, of_west).state] == ["asked", "asked"]


def test_nothing_is_given_of_what_is_retired_or_gone(crew: Crew) -> None:
    open_shop(crew)

    assert refusal(crew, crew.hugo, offer(retired=True)) == "rewards.not_offered"
    assert refusal(crew, crew.hugo, offer(left=0)) == "rewards.none_left"


def test_who_is_in_no_team_cannot_ask(crew: Crew) -> None:
    open_shop(crew)
    Assignment.objects.filter(person=crew.hugo).update(valid_to=today(SOON))

    assert refusal(crew, crew.hugo, offer()) == "rewards.no_team"


# --- afterwards -----------------------------------------------------------------------------------


def test_an_amendment_takes_unspent_points_and_leaves_a_debt_that_a_return_pays(
    crew: Crew,
) -> None:
    challenge = sign(ended())
    post_all(at=SOON)
    request = ask(crew.hugo, offer(cost_minor=0))
    record(cancel("d2"), recorded_at=at("2026-04-20 08:00"))
    rescore(challenge, at("2026-04-20 09:00"))
    post_all(at=at("2026-04-20 09:01"))
    owed = purse(crew.hugo)
    decide_request(
        actor=None, request_id=request.pk, to_state="refused", reason="No more",
        at=at("2026-04-21 09:00"),
    )  # fmt: skip

    assert owed == {"reserved": 300, "reversed": 500, "debt": -300}
    assert purse(crew.hugo) == {"reversed": 500}
    assert check_points(at("2026-04-21 09:00")).ok


def test_a_request_keeps_its_price(crew: Crew) -> None:
    open_shop(crew)
    reward = offer()
    request = ask(crew.hugo, reward)
    dearer = Offer("Livre", "Book", "book", points=450, cost_minor=9_000)
    keep_reward(actor=None, offer=dearer, reward=reward)
    decide(request, "withdrawn")

    assert (request.points, request.cost_minor) == (300, 3_000)
    assert purse(crew.hugo) == {"earned": 500}


# --- at once --------------------------------------------------------------------------------------


def asked(person: Person, reward: Reward) -> str:
    """The state of the request, or why there is none."""
    try:
        return ask(person, reward).state
    except Invalid as refused:
        return refused.issues[0].code


@pytest.mark.django_db(transaction=True)
def test_of_two_who_ask_for_the_last_piece_one_gets_it() -> None:
    crew = make_crew()
    ae = Role.objects.get(key="ae")
    Assignment.objects.filter(person=crew.lea, valid_to=None).update(team=crew.north, role=ae)
    open_shop(crew)
    reward = offer(points=100, left=1)

    found = together(lambda: asked(crew.hugo, reward), lambda: asked(crew.lea, reward))

    assert sorted(found) == ["asked", "rewards.none_left"]
    assert left(reward) == 0
    assert RewardRequest.objects.count() == 1
    assert PointsMove.objects.filter(to_account="reserved").count() == 1
    assert check_points(LATER).ok


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("rewards", [1, 2], ids=["of one reward", "of two rewards"])
def test_points_are_spent_once_by_two_requests_at_once(rewards: int) -> None:
    crew = make_crew()
    open_shop(crew)
    wanted = [offer() for _ in range(rewards)]

    found = together(lambda: asked(crew.hugo, wanted[0]), lambda: asked(crew.hugo, wanted[-1]))

    assert sorted(found) == ["asked", "rewards.too_few_points"]
    assert purse(crew.hugo) == {"earned": 200, "reserved": 300}
    assert check_points(LATER).ok


@pytest.mark.django_db(transaction=True)
def test_the_envelope_of_a_team_pays_once_for_two_who_ask_at_once() -> None:
    crew = make_crew()
    Assignment.objects.filter(person=crew.lea, valid_to=None).update(team=crew.north)
    open_shop(crew)
    book, trip = (offer(points=100, cost_minor=BUDGET - 1) for _ in range(2))

    found = together(lambda: asked(crew.hugo, book), lambda: asked(crew.lea, trip))

    assert sorted(found) == ["asked", "rewards.over_budget"]
    assert committed(crew) == BUDGET - 1
    assert sorted([purse(crew.hugo), purse(crew.lea)], key=len) in (
        [{"earned": 500}, {"earned": 100, "reserved": 100}],
        [{"earned": 200}, {"earned": 400, "reserved": 100}],
    )


@pytest.mark.django_db(transaction=True)
def test_a_request_is_refused_and_approved_at_once_and_one_holds() -> None:
    crew = make_crew()
    open_shop(crew)
    request = ask(crew.hugo, offer(left=1))

    def decided(state: str) -> str:
        try:
            return decide(request, state, "A reason").state
        except Invalid as refused:
            return refused.issues[0].code

    found = together(lambda: decided("withdrawn"), lambda: decided("withdrawn"))

    assert sorted(found) == ["rewards.not_now", "withdrawn"]
    assert purse(crew.hugo) == {"earned": 500}
    assert Reward.objects.get().left == 1
