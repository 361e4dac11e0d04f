"""Duels in a browser: the way from proposing to the board, and who gets in where.

By the real clock, which is the database's: today Léa and Noor are of South, which Paul leads, and
Hugo is of North, which Inès leads.
"""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from challenges import services as challenges
from challenges.duels import services
from challenges.models import DuelProposal, HouseRules
from tests.challenges.test_pages import client_of, read, text_of
from tests.kpis.crew import Crew


@pytest.fixture
def duel(crew: Crew) -> DuelProposal:
    """Léa asked Noor just now."""
    return asked(crew)


def asked(crew: Crew, *, ago: timedelta = timedelta(0)) -> DuelProposal:
    return services.propose_duel(
        actor=None, proposer=crew.lea, opponent=crew.noor, metric="revenue", days=3,
        wager=True, words="Dare you?", at=timezone.now() - ago,
    )  # fmt: skip


def post(client: Client, name: str, *args: object, **data: object) -> str:
    response = client.post(reverse(f"challenges:{name}", args=args), data, follow=True)
    assert response.status_code == 200
    return text_of(response.content.decode())


def test_the_form_offers_the_own_team_and_what_can_be_counted(crew: Crew) -> None:
    form = client_of(crew.user_of(crew.lea)).get(reverse("challenges:duel_new")).content.decode()
    offered = text_of(form)

    assert "Noor Haddad (South)" in offered
    assert "Hugo" not in offered
    assert "For 20 points" in offered
    assert "has 1 hour to answer" in offered


def test_without_points_there_is_nothing_to_wager(crew: Crew) -> None:
    challenges.state_house_rules(actor=None, duel_reach="team", duel_points=0, duel_minutes=1)
    page = read(client_of(crew.user_of(crew.lea)), "duel_new")
    assert "points" not in page
    assert "has 1 minute to answer" in page


def test_from_proposing_to_the_board(crew: Crew) -> None:
    lea, noor = (client_of(crew.user_of(one)) for one in (crew.lea, crew.noor))
    wanted = {"opponent": crew.noor.pk, "metric": "revenue", "days": 3, "wager": "on"}
    asked = post(lea, "duel_new", **wanted)
    duel = DuelProposal.objects.get()
    seen = read(noor, "duel", duel_id=duel.pk)
    board = post(noor, "duel_act", duel.pk, "accept")

    assert (duel.proposer, duel.opponent, duel.points) == (crew.lea, crew.noor, 20)
    assert "You against Noor Haddad" in asked
    assert "Léa Martin against you" in seen
    assert "20 points" in seen
    assert "Duel: Léa Martin – Noor Haddad" in board


def test_a_wrong_choice_is_said_beside_the_field(crew: Crew) -> None:
    lea = client_of(crew.user_of(crew.lea))
    response = lea.post(
        reverse("challenges:duel_new"),
        {"opponent": crew.hugo.pk, "metric": "revenue", "days": 3},
    )
    assert response.status_code == 200
    assert 'id="id_opponent_error"' in response.content.decode()
    assert DuelProposal.objects.count() == 0


def test_each_verb_is_for_whom_it_concerns(crew: Crew, duel: DuelProposal) -> None:
    users = [crew.user_of(one) for one in (crew.lea, crew.noor, crew.paul, crew.hugo, crew.ines)]
    clients = [client_of(user) for user in (*users, crew.admin)]
    got = {
        verb: [
            client.get(reverse("challenges:duel_act", args=[duel.pk, verb])).status_code
            for client in clients
        ]
        for verb in ("accept", "decline", "withdraw", "stop", "nonsense")
    }
    assert got == {
        # Léa proposed, Noor was asked, Paul leads both; Hugo and Inès are of North
        "accept": [404, 405, 404, 404, 404, 404],
        "decline": [404, 405, 404, 404, 404, 404],
        "withdraw": [405, 404, 404, 404, 404, 404],
        "stop": [404, 404, 405, 404, 404, 405],
        "nonsense": [404, 404, 404, 404, 404, 404],
    }
    pages = [client.get(reverse("challenges:duel", args=[duel.pk])) for client in clients]
    assert [page.status_code for page in pages] == [200, 200, 200, 404, 404, 200]


def test_the_list_tells_each_reader_their_own(crew: Crew, duel: DuelProposal) -> None:
    lea, noor, paul, hugo = (
        read(client_of(crew.user_of(one)), "duels")
        for one in (crew.lea, crew.noor, crew.paul, crew.hugo)
    )
    assert "Proposed You against Noor Haddad" in lea
    assert "Waiting for your answer Léa Martin against you" in noor
    assert "Proposed Léa Martin against Noor Haddad" in paul
    assert "No duel yet" in hugo


def test_the_cockpit_says_that_an_answer_is_wanted_and_then_what_it_was(
    crew: Crew, duel: DuelProposal
) -> None:
    lea, noor = (client_of(crew.user_of(one)) for one in (crew.lea, crew.noor))
    asks = "Léa Martin proposes a duel to you."
    assert asks in text_of(noor.get(reverse("cockpit:me")).content.decode())
    declined = post(noor, "duel_act", duel.pk, "decline", words="Next week")
    assert "Next week" in declined
    assert asks not in read(noor, "duel_news")
    assert "Noor Haddad declined your duel." in read(lea, "duel_news")


def test_too_late_the_page_says_so(crew: Crew) -> None:
    duel = asked(crew, ago=timedelta(minutes=61))
    noor = client_of(crew.user_of(crew.noor))
    page = read(noor, "duel", duel_id=duel.pk)
    answer = post(noor, "duel_act", duel.pk, "accept")
    assert "Lapsed" in page
    assert "Your answer" not in page
    assert "This proposal is no longer open." in answer


def test_a_manager_stops_it_with_a_reason(crew: Crew, duel: DuelProposal) -> None:
    paul = client_of(crew.user_of(crew.paul))
    assert "This field is required." in post(paul, "duel_act", duel.pk, "stop", reason="")
    stopped = post(paul, "duel_act", duel.pk, "stop", reason="Not in March")
    assert "Stopped Not in March" in stopped


def test_an_administrator_states_the_house_rules(crew: Crew) -> None:
    ada = client_of(crew.admin)
    wanted = {"duel_reach": "region", "duel_points": 5, "duel_minutes": 30}
    assert "The settings are saved." in post(ada, "house_rules", **wanted)
    rules = HouseRules.objects.get()
    assert (rules.duel_reach, rules.duel_points, rules.duel_minutes) == ("region", 5, 30)
    refused = post(ada, "house_rules", **{**wanted, "duel_points": 501})
    assert "less than or equal to 500" in refused
    rules.refresh_from_db()
    assert rules.duel_points == 5


def test_in_french(crew: Crew, duel: DuelProposal) -> None:
    page = client_of(crew.user_of(crew.noor), "fr").get(reverse("challenges:duel", args=[duel.pk]))
    assert page.status_code == 200
