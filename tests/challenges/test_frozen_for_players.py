"""Who plays, in a team too, is never ahead of the others while a board stands still."""

import time_machine
from django.test import Client
from django.urls import reverse

from challenges.models import Challenge
from tests.challenges.games import live, rescore, win
from tests.challenges.test_pages import client_of
from tests.challenges.test_visibility import FROZEN, LATER, frozen, scores
from tests.kpis.crew import Crew, at


@time_machine.travel(LATER, tick=False)
def test_a_manager_who_plays_in_a_team_sees_the_frozen_board(crew: Crew) -> None:
    teams = {"kind": "team", "team_score": "sum", "people": ["P1", "P2", "P4"]}
    challenge = frozen(crew, {"entrants": teams})

    # North: Hugo 1000 and Léa 900; after the freeze Léa sells 500 for South, which Paul leads
    assert scores(challenge, crew.user_of(crew.ines)) == [(1, "North", "1900")]
    assert scores(challenge, crew.user_of(crew.paul)) == [(1, "North", "1900"), (2, "South", "500")]


def panel(client: Client, challenge: Challenge) -> tuple[int, bool]:
    """How the panel answers, and whether the page asks for it."""
    address = reverse("challenges:fairness", args=[challenge.pk])
    page = client.get(reverse("challenges:page", args=[challenge.pk])).content.decode()
    return client.get(address).status_code, address in page


def test_the_panel_of_winners_is_closed_to_who_plays(crew: Crew) -> None:
    win("d2", "2026-03-11 11:00", "P2", 1000)
    entrants = {"entrants": {"people": ["P2", "P4"]}}
    challenge = live({**FROZEN, **entrants}, teams=("north",))
    with time_machine.travel(at("2026-03-28 20:30"), tick=False):
        before = panel(client_of(crew.user_of(crew.ines)), challenge)
    win("d4", "2026-03-29 11:00", "P4", 2000)
    rescore(challenge, LATER)
    with time_machine.travel(LATER, tick=False):
        after = panel(client_of(crew.user_of(crew.ines)), challenge)
        beside = panel(client_of(crew.admin), challenge)

    assert (before, after, beside) == ((200, True), (404, False), (200, True))
