"""What each page asks of the database: the same number of statements for few people and for many.

The numbers are exact, so that a page that begins to ask more says so here, and one that learns to
ask less is held to it. Each page is asked twice before: boards and rules are kept once made.
"""

from collections.abc import Iterator
from datetime import date
from fractions import Fraction

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from activities.inputs import DealInput
from activities.models import Deal
from activities.services import record_deal_stages
from challenges.duels.services import propose_duel
from challenges.feed.services import write_praise
from challenges.models import (
    Challenge,
    DuelProposal,
    PointsMove,
    Praise,
    RequestStep,
    RewardRequest,
    Screen,
)
from challenges.rewards.services import Offer, keep_reward
from challenges.screens.services import make_screen
from incentives.models import Dispute, Notice, Run, Statement
from incentives.services import (
    Proposal,
    open_dispute,
    propose_adjustment,
    publish_notices,
    sign_off_team,
)
from kpis.models import Alert, AlertAction, AlertRule, Objective
from kpis.services import ObjectiveInput, recompute_touched, set_objective
from people.models import Assignment, Person, Role, User
from tests.challenges.games import live, rescore
from tests.incentives.conftest import MARCH, Pay, make_pay, won
from tests.kpis.alerts.scenes import shipped
from tests.kpis.crew import at

NOW = at("2026-03-24 12:00")
PAGES = {
    "cockpit:me": ("rep", 44),
    "cockpit:team": ("manager", 34),
    "cockpit:team_cards": ("manager", 40),
    "cockpit:team_alerts": ("manager", 13),
    "cockpit:direction_cards": ("executive", 29),
    "cockpit:reviews": ("manager", 16),
    "cockpit:review": ("manager", 65),
    "cockpit:office": ("hr", 24),
    "cockpit:direction": ("executive", 30),
    "incentives:statements": ("rep", 25),
    "incentives:periods": ("hr", 9),
    "incentives:period": ("hr", 37),
    "incentives:statement": ("hr", 10),
    "incentives:what_if": ("rep", 26),
    "incentives:disputes": ("hr", 6),
    "incentives:dispute": ("hr", 7),
    "incentives:adjustments": ("hr", 5),
    "incentives:team_pay": ("manager", 18),
    "incentives:team_review": ("manager", 21),
    "incentives:history": ("hr", 13),
    "incentives:my_notices": ("rep", 8),
    "incentives:team_notices": ("manager", 20),
    "incentives:period_notices": ("hr", 13),
    "incentives:notice": ("hr", 6),
    "incentives:pay_report": ("hr", 10),
    "incentives:personnel": ("hr", 4),
    "incentives:compare": ("hr", 9),
    "incentives:ledger": ("hr", 6),
    "incentives:account": ("hr", 9),
    "incentives:plans": ("admin", 5),
    "incentives:payroll": ("hr", 5),
    "incentives:payroll_template": ("hr", 5),
    "incentives:totals": ("executive", 5),
    "incentives:team_report": ("manager", 7),
    "challenges:list": ("rep", 11),
    "challenges:page": ("rep", 20),
    "challenges:board": ("rep", 8),
    "challenges:face": ("rep", 9),
    "challenges:duels": ("rep", 12),
    "challenges:duel": ("rep", 10),
    "challenges:duel_new": ("rep", 14),
    "challenges:house_rules": ("admin", 4),
    "challenges:feed": ("rep", 14),
    "challenges:praise": ("rep", 9),
    "challenges:praise_hide": ("manager", 11),
    "challenges:badges": ("rep", 30),
    "challenges:badge_gallery": ("rep", 11),
    "challenges:badge_give": ("rep", 12),
    "challenges:badge_line": ("rep", 12),
    "challenges:badge_person": ("manager", 18),
    "challenges:jerseys": ("rep", 11),
    "challenges:review": ("admin", 16),
    "challenges:rehearsal": ("admin", 9),
    "challenges:fairness": ("admin", 9),
    "challenges:new": ("admin", 5),
    "challenges:new_of": ("admin", 7),
    "challenges:rewards": ("rep", 17),
    "challenges:reward_requests": ("manager", 17),
    "challenges:reward_items": ("admin", 6),
    "challenges:reward_new": ("admin", 4),
    "challenges:reward_budgets": ("admin", 7),
    "challenges:screens": ("manager", 13),
    "challenges:screen_change": ("manager", 14),
    "challenges:seasons": ("rep", 9),
    "kpis:leaderboard": ("rep", 15),
    "kpis:dictionary": ("rep", 10),
    "kpis:kpi": ("rep", 24),
    "kpis:metric": ("rep", 15),
    "kpis:formula": ("admin", 7),
    "kpis:objectives": ("manager", 18),
    "kpis:objective": ("manager", 28),
    "kpis:move": ("executive", 8),
    "kpis:scorecards": ("rep", 11),
    "kpis:scorecard": ("admin", 7),
    "kpis:alerts": ("manager", 17),
    "kpis:alert": ("manager", 18),
    "kpis:alert_rules": ("manager", 11),
    "kpis:alert_wishes": ("manager", 12),
    "kpis:alert_hooks": ("admin", 5),
    "kpis:forecast": ("manager", 16),
    "activities:types": ("admin", 4),
    "activities:type_new": ("admin", 3),
    "people:list": ("hr", 7),
    "activities:deals": ("manager", 18),
    "activities:deal": ("rep", 15),
}


@pytest.fixture(autouse=True)
def in_march() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def pay(db: None) -> Pay:
    """Léa, Rémi and Omar in March: objectives, a challenge, a calculated pay period."""
    pay = make_pay()
    # a board of two is looked at as a duel
    join(pay, "zoé", Role.objects.get(key="ae"))
    for name in ("léa", "rémi", "omar"):
        aim(name)
    challenge = live()
    recompute_touched()
    pay.run()
    pay.run()  # a page that has a run before to compare with
    claim(pay, "léa")
    sign_off_team(actor=pay.world.users["sonia"], period_id=pay.march.pk)
    publish_notices(actor=pay.hana, period_id=pay.march.pk)
    watch("rémi")
    pipe("léa")
    rescore(challenge, NOW)
    ask(pay.world.people["léa"], pay.world.people["rémi"])
    thank(pay.world.people["rémi"], pay.world.people["léa"])
    for name in ("léa", "rémi"):
        ask_for_reward(pay, name)
    hang(pay)
    return pay


def hang(pay: Pay) -> None:
    """A screen on the wall of North."""
    make_screen(actor=pay.hana, name="Floor", team=pay.world.teams["North"])


def join(pay: Pay, number: str, role: Role) -> Person:
    """One more in North."""
    person = Person.objects.create(number=number, first_name="Zed", last_name=number)
    Assignment.objects.create(
        person=person, team=pay.world.teams["North"], role=role, valid_from=date(2026, 1, 1)
    )
    return person


def ask_for_reward(pay: Pay, number: str) -> None:
    """A reward of North with a request, and the points for it."""
    person, north = Person.objects.get(number=number), pay.world.teams["North"]
    offer = Offer("Livre", "Book", "book", points=10, cost_minor=100, team_ids=(north.pk,))
    reward = keep_reward(actor=None, offer=offer)
    request = RewardRequest.objects.create(
        reward=reward, person=person, team=north, quarter_on=date(2026, 1, 1), points=10,
        cost_minor=100, currency="EUR", asked_at=NOW,
    )  # fmt: skip
    RequestStep.objects.create(request=request, number=1, to_state="asked", at=NOW)
    prize = f"challenge:{Challenge.objects.get().pk}:{request.pk}:x"
    PointsMove.objects.create(
        person=person, source=prize, serial=1, from_account="issue", to_account="earned",
        amount=10, cause="a test", at=NOW,
    )  # fmt: skip


def watch(number: str) -> None:
    """An alert about somebody, with an action."""
    shipped()
    rule = AlertRule.objects.get(key="silence")
    seen = {"kpi": "", "name": "", "from": "2026-03-18", "to": "2026-03-25", "value": "0",
            "against": "3", "part": None, "holds": True}  # fmt: skip
    person = Person.objects.get(number=number)
    alert = Alert.objects.create(rule=rule, person=person, seen=seen, began_at=NOW)
    Alert.objects.create(rule=rule, person=person, seen=seen, subject="x", began_at=NOW)
    user = User.objects.get(person__number="marc")
    AlertAction.objects.create(
        alert=alert, kind="talk", note="x", due_on=date(2026, 3, 30), before=seen, latest=seen,
        by=user, at=NOW,
    )  # fmt: skip


def pipe(number: str) -> None:
    """An open deal of somebody."""
    deal = DealInput(f"O-{number}", "engaging", number, account=f"{number} SA", engaged_at=NOW,
                     planned_close_on=date(2026, 4, 10))  # fmt: skip
    record_deal_stages(actor=None, source="crm", deals=[deal])


def deal_of(external_id: str) -> int:
    """The id of a deal."""
    return Deal.objects.get(external_id=external_id).pk


def ask(proposer: Person, opponent: Person) -> None:
    """A duel that waits for its answer."""
    propose_duel(actor=None, proposer=proposer, opponent=opponent, metric="revenue", days=1, at=NOW)


def thank(writer: Person, person: Person) -> None:
    """Words in the feed."""
    write_praise(actor=None, writer=writer, person=person, about="A hand", text="Thanks", at=NOW)


def aim(number: str) -> None:
    wanted = ObjectiveInput(
        "revenue_booked", Fraction(10_000), MARCH, date(2026, 4, 1), person=number
    )
    set_objective(actor=None, objective=wanted)


def claim(pay: Pay, number: str) -> None:
    """A dispute and an adjustment of one person."""
    person = Person.objects.get(number=number)
    statement = Statement.objects.filter(person=person).order_by("-id")[0]
    open_dispute(
        actor=pay.hana, statement_id=statement.pk, component="commission", text="D9 is missing."
    )
    proposal = Proposal(
        person_id=person.pk,
        period_id=pay.march.pk,
        amount=Fraction(10),
        currency="EUR",
        label_fr="Geste",
        label_en="Gesture",
        reason="For D9.",
    )
    propose_adjustment(actor=pay.hana, proposal=proposal)


def crowd(pay: Pay) -> None:
    """Ten more of Léa's role and ten of Rémi's, each with a deal and an objective."""
    roles = [Role.objects.get(key=key) for key in ("ae", "sdr")]
    for number in range(20):
        name = f"Z{number:02}"
        person = join(pay, name, roles[number % 2])
        won(name, str(1000 - number), date(2026, 3, 10), f"Z-{number}")
        ask(person, pay.world.people["léa"])
        thank(person, pay.world.people["léa"])
        aim(name)
        watch(name)
        pipe(name)
    recompute_touched()
    pay.run()
    for number in range(0, 20, 2):
        claim(pay, f"Z{number:02}")
        ask_for_reward(pay, f"Z{number:02}")
    ask_for_reward(pay, "léa")
    rescore(Challenge.objects.get(), NOW)
    for _ in range(5):
        hang(pay)


def statements_behind(pay: Pay, name: str, who: str) -> int:
    """How many statements the page takes when everything that is kept is there."""
    run = Run.objects.order_by("-number").first()
    assert run is not None
    parts: dict[str, list[object]] = {
        "incentives:period": [pay.march.pk],
        "incentives:pay_report": [pay.march.pk],
        "incentives:compare": [pay.march.pk],
        "incentives:statement": [pay.statement(run, "léa").pk],
        "incentives:what_if": [pay.march.pk, pay.version.pk],
        "incentives:dispute": [Dispute.objects.order_by("id")[0].pk],
        "incentives:team_review": [pay.march.pk],
        "incentives:period_notices": [pay.march.pk],
        "incentives:notice": [Notice.objects.get(person__number="léa").pk],
        "incentives:account": [pay.world.people["léa"].pk],
        "incentives:history": ["period", pay.march.pk],
        "incentives:payroll_template": ["neutral-csv"],
        "challenges:page": [Challenge.objects.get().pk],
        "challenges:board": [Challenge.objects.get().pk],
        "challenges:review": [Challenge.objects.get().pk],
        "challenges:rehearsal": [Challenge.objects.get().pk],
        "challenges:fairness": [Challenge.objects.get().pk],
        "challenges:new_of": ["league"],
        "kpis:objective": [Objective.objects.filter(person__number="léa").order_by("id")[0].pk],
        "challenges:badge_person": [pay.world.people["rémi"].pk],
        "challenges:duel": [DuelProposal.objects.order_by("id")[0].pk],
        "challenges:screen_change": [Screen.objects.order_by("id")[0].pk],
        "cockpit:review": [f"team-{pay.world.teams['North'].pk}", "quarterly", "2026-01-01"],
        "kpis:kpi": ["average_deal"],
        "kpis:metric": ["deals_won"],
        "kpis:formula": ["average_deal"],
        "kpis:move": ["average_deal"],
        "kpis:scorecard": ["ae"],
        "kpis:alert": [Alert.objects.order_by("id")[0].pk],
        "activities:deal": [deal_of("O-léa")],
        "challenges:praise_hide": [Praise.objects.order_by("id")[0].pk],
    }
    client = Client()
    client.force_login(
        pay.world.who(who), backend="allauth.account.auth_backends.AuthenticationBackend"
    )
    address = reverse(name, args=parts.get(name))
    for _ in range(2):
        assert client.get(address).status_code == 200
    with CaptureQueriesContext(connection) as asked:
        client.get(address)
    return len(asked)


def test_each_page_asks_as_often_for_many_people_as_for_few(pay: Pay) -> None:
    expected = {name: count for name, (_who, count) in PAGES.items()}
    few = {name: statements_behind(pay, name, who) for name, (who, _count) in PAGES.items()}
    crowd(pay)
    many = {name: statements_behind(pay, name, who) for name, (who, _count) in PAGES.items()}
    assert few == expected
    assert many == expected
