"""What people read and do on the pages of points and rewards."""

from datetime import date, timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from challenges.badges.services.awarding import tell_ledger
from challenges.models import (
    Badge,
    BadgeAward,
    BadgeRule,
    Reward,
    RewardBudget,
    RewardRequest,
)
from challenges.rewards.envelopes import quarter_of
from challenges.rewards.services import Offer, ask_for, keep_reward, post_all, set_budget
from challenges.rewards.tabs import tabs as tabs_of
from people.access import viewer_of
from people.models import Person, User
from people.queries import today
from tests.challenges.games import rescore
from tests.challenges.rewards.purses import SOON, ended, purse, sign
from tests.challenges.test_pages import client_of, read
from tests.kpis.crew import Crew, at, cancel, record

LATER = at("2026-04-09 09:00")


@pytest.fixture
def shop(crew: Crew) -> Reward:
    """Hugo has 500 points since a moment, Léa 200; a book costs 300 points and 30 euros."""
    give(crew.hugo, 500)
    give(crew.lea, 200)
    return book(crew, today())


def give(person: Person, points: int) -> None:
    """A badge of now: what pages write is of now, and points lapse."""
    badge = Badge.objects.filter(key="test").first()
    badge = badge or Badge.objects.create(key="test", name_fr="Essai", name_en="Test")
    rule = BadgeRule.objects.filter(badge=badge).first()
    rule = rule or BadgeRule.objects.create(badge=badge, number=1, document="")
    moment = timezone.now()
    award = BadgeAward.objects.create(
        badge=badge, rule=rule, person=person, points=points, earned_at=moment, awarded_at=moment,
        valid_from=today(), valid_to=today() + timedelta(days=1),
    )  # fmt: skip
    tell_ledger([award])
    post_all()


def book(crew: Crew, day: date) -> Reward:
    set_budget(actor=None, team=crew.north, day=day, amount_minor=10_000)
    return keep_reward(
        actor=None, offer=Offer("Livre", "Book", "book", points=300, cost_minor=3_000, left=2)
    )


def post(client: Client, name: str, *args: object, **data: str) -> int:
    return client.post(reverse(f"challenges:{name}", args=args), data).status_code


# --- my points ------------------------------------------------------------------------------------


@time_machine.travel(LATER, tick=False)
def test_every_line_of_the_wallet_says_why(crew: Crew) -> None:
    sign(ended())
    post_all(at=SOON)
    book(crew, today())
    page = read(client_of(crew.user_of(crew.hugo)), "rewards")

    assert "Available 500 500 points lapse on 8 Apr 2028" in page
    assert "March sprint Earned +500 500" in page
    assert "Book 300 points · 2 left Ask for it" in page


def test_who_has_too_few_points_reads_how_many_are_missing(crew: Crew, shop: Reward) -> None:
    page = read(client_of(crew.user_of(crew.lea)), "rewards")

    assert "100 points missing" in page
    assert "Ask for it" not in page


def test_without_anything_the_page_says_what_to_do(crew: Crew) -> None:
    page = read(client_of(crew.user_of(crew.noor)), "rewards")

    assert "No points yet" in page
    assert "The shop is empty" in page


def test_it_is_said_in_french(crew: Crew, shop: Reward) -> None:
    assert "Livre" in read(client_of(crew.user_of(crew.hugo), "fr"), "rewards")


@time_machine.travel(LATER, tick=False)
def test_a_correction_is_explained(crew: Crew) -> None:
    challenge = sign(ended())
    post_all(at=SOON)
    ask_for(actor=None, person=crew.hugo, reward_id=book(crew, today()).pk, at=LATER)
    record(cancel("d2"), recorded_at=LATER)
    rescore(challenge, at("2026-04-09 10:00"))
    post_all(at=at("2026-04-09 10:01"))
    page = read(client_of(crew.user_of(crew.hugo)), "rewards")

    assert "Owed 300 later points pay it first" in page
    assert "Taken back: what they were given for was corrected −500 0" in page
    assert "Owed: used before they were taken back +300" in page


def test_asking_and_withdrawing(crew: Crew, shop: Reward) -> None:
    client = client_of(crew.user_of(crew.hugo))

    assert post(client, "reward_ask", shop.pk) == 302
    page = read(client, "rewards")
    assert "Asked. Your points are reserved until it is decided." in page
    assert "What I asked for" in page
    request = RewardRequest.objects.get()
    assert post(client, "reward_withdraw", request.pk) == 302
    assert purse(crew.hugo) == {"earned": 500}
    assert post(client, "reward_withdraw", request.pk) == 302
    assert "this cannot be done any more" in read(client, "rewards")


def test_a_refused_question_says_why(crew: Crew, shop: Reward) -> None:
    client = client_of(crew.user_of(crew.lea))
    post(client, "reward_ask", shop.pk)

    assert "You have 200 points available; it takes 300." in read(client, "rewards")


def test_nobody_withdraws_for_another(crew: Crew, shop: Reward) -> None:
    request = ask_for(actor=None, person=crew.hugo, reward_id=shop.pk)

    assert post(client_of(crew.user_of(crew.lea)), "reward_withdraw", request.pk) == 404
    assert post(client_of(crew.user_of(crew.ines)), "reward_withdraw", request.pk) == 404
    assert purse(crew.hugo) == {"earned": 200, "reserved": 300}


# --- deciding -------------------------------------------------------------------------------------


def test_a_manager_approves_and_delivers_for_the_own_team(crew: Crew, shop: Reward) -> None:
    request = ask_for(actor=None, person=crew.hugo, reward_id=shop.pk)
    client = client_of(crew.user_of(crew.ines))
    page = read(client, "reward_requests")

    assert "Hugo Petit · Book North · 300 points · €30.00" in page
    assert "North €100.00 €30.00 €70.00" in page
    assert post(client, "reward_decide", request.pk, "approve") == 302
    assert post(client, "reward_decide", request.pk, "deliver") == 302
    assert purse(crew.hugo) == {"earned": 200, "spent": 300}
    assert post(client, "reward_decide", request.pk, "withdraw") == 404


def test_a_refusal_wants_a_reason_that_the_person_reads(crew: Crew, shop: Reward) -> None:
    request = ask_for(actor=None, person=crew.hugo, reward_id=shop.pk)
    client = client_of(crew.user_of(crew.ines))
    post(client, "reward_decide", request.pk, "refuse", reason=" ")
    assert "A reason is missing." in read(client, "reward_requests")
    post(client, "reward_decide", request.pk, "refuse", reason="Out of print")

    assert "Out of print" in read(client_of(crew.user_of(crew.hugo)), "rewards")
    assert purse(crew.hugo) == {"earned": 500}


@pytest.mark.parametrize("who", ["paul", "hugo", "lea"])
def test_a_request_does_not_exist_for_others(crew: Crew, shop: Reward, who: str) -> None:
    request = ask_for(actor=None, person=crew.hugo, reward_id=shop.pk)
    client = client_of(crew.user_of(getattr(crew, who)))

    assert post(client, "reward_decide", request.pk, "approve") == 404
    if who == "paul":
        assert "Hugo" not in read(client, "reward_requests")
    assert RewardRequest.objects.get().state == "asked"


def test_nobody_decides_about_the_own_request(crew: Crew, shop: Reward) -> None:
    user = crew.user_of(crew.hugo)
    user.rights = ["admin"]
    user.save()
    request = ask_for(actor=None, person=crew.hugo, reward_id=shop.pk)

    assert post(client_of(user), "reward_decide", request.pk, "approve") == 404
    assert post(client_of(crew.admin), "reward_decide", request.pk, "approve") == 302


# --- keeping --------------------------------------------------------------------------------------


FORM = {"name_en": "Cup", "name_fr": "Tasse", "icon": "coffee", "points": "50", "amount": "12.5"}
BIG = "99999999999999999999"


def test_an_administrator_keeps_the_shop(crew: Crew) -> None:
    client = client_of(crew.admin)
    assert post(client, "reward_new", **FORM) == 302
    made = Reward.objects.get()
    assert (made.cost_minor, made.left, list(made.teams.all())) == (1_250, None, [])
    form = client.get(reverse("challenges:reward_change", args=[made.pk])).content.decode()
    assert 'value="12.5"' in form
    assert post(client, "reward_change", made.pk, **FORM, retired="on") == 302

    assert "Cup Not offered any more 50 points €12.50 without limit everybody" in read(
        client, "reward_items"
    )


@pytest.mark.parametrize(
    ("field", "value"),
    [("points", "0"), ("amount", "-1"), ("amount", "0.001"), ("icon", "gun"), ("amount", BIG)],
)
def test_what_cannot_be_is_refused(crew: Crew, field: str, value: str) -> None:
    assert post(client_of(crew.admin), "reward_new", **{**FORM, field: value}) == 200
    assert not Reward.objects.exists()


def test_saving_an_old_page_leaves_the_stock_as_it_became(crew: Crew, shop: Reward) -> None:
    client = client_of(crew.admin)
    page = client.get(reverse("challenges:reward_change", args=[shop.pk])).content.decode()
    ask_for(actor=None, person=crew.hugo, reward_id=shop.pk)
    assert '<input type="hidden" name="left_shown" value="2"' in page

    assert post(client, "reward_change", shop.pk, **FORM, left="2", left_shown="2") == 302
    shop.refresh_from_db()
    assert (shop.name_en, shop.left) == ("Cup", 1)


@pytest.mark.parametrize("written", [{"left": "9", "left_shown": "2"}, {"left": "2"}, {}])
def test_a_stock_written_on_an_old_page_is_refused(
    crew: Crew, shop: Reward, written: dict[str, str]
) -> None:
    ask_for(actor=None, person=crew.hugo, reward_id=shop.pk)
    page = client_of(crew.admin).post(
        reverse("challenges:reward_change", args=[shop.pk]), {**FORM, "left": "9", **written}
    )

    assert "How many are left has changed meanwhile: 1." in page.content.decode()
    shop.refresh_from_db()
    assert (shop.name_en, shop.left) == ("Book", 1)


def test_a_stock_written_on_a_page_of_now_is_kept(crew: Crew, shop: Reward) -> None:
    client = client_of(crew.admin)
    assert post(client, "reward_change", shop.pk, **FORM, left="9", left_shown="2") == 302
    assert Reward.objects.get().left == 9
    assert post(client, "reward_change", shop.pk, **FORM, left="", left_shown="9") == 302
    assert Reward.objects.get().left is None


def test_a_manager_keeps_what_is_for_the_own_teams_only(crew: Crew) -> None:
    client = client_of(crew.user_of(crew.ines))
    everybodys = keep_reward(actor=None, offer=Offer("Livre", "Book", "book", points=1))

    assert post(client, "reward_new", **FORM) == 200
    assert post(client, "reward_new", **FORM, teams=str(crew.south.pk)) == 200
    assert post(client, "reward_new", **FORM, teams=str(crew.north.pk)) == 302
    assert post(client, "reward_change", everybodys.pk, **FORM) == 404
    made = Reward.objects.exclude(pk=everybodys.pk).get()
    assert list(made.teams.all()) == [crew.north]
    other = client_of(crew.user_of(crew.paul))
    assert other.get(reverse("challenges:reward_change", args=[made.pk])).status_code == 404


def first_day() -> str:
    return quarter_of(today()).start.isoformat()


def test_an_administrator_sets_budgets(crew: Crew) -> None:
    client = client_of(crew.admin)
    said = {"team": str(crew.north.pk), "quarter": first_day(), "amount": "250"}
    assert post(client, "reward_budgets", **said) == 302
    assert RewardBudget.objects.get().amount_minor == 25_000
    assert "North €250.00 €0.00 €250.00" in read(client, "reward_budgets")
    assert post(client, "reward_budgets", **{**said, "quarter": "2020-01-01"}) == 200
    assert post(client, "reward_budgets", **{**said, "amount": BIG}) == 200
    assert RewardBudget.objects.get().amount_minor == 25_000


def user_of(crew: Crew, name: str) -> User:
    return crew.admin if name == "admin" else crew.user_of(getattr(crew, name))


@pytest.mark.parametrize(
    ("who", "tabs"),
    [
        ("hugo", []),
        ("ines", ["My points", "Requests", "Items"]),
        ("admin", ["Requests", "Items", "Budgets"]),
    ],
)
def test_the_tabs_are_those_that_open(crew: Crew, who: str, tabs: list[str]) -> None:
    with translation.override("en"):
        assert [one["label"] for one in tabs_of(viewer_of(user_of(crew, who)), "")] == tabs
