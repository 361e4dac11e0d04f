"""Rounds in the database and on the page: brackets, leagues, duels, and members one by one."""

import itertools

import pytest
from django.urls import reverse

from challenges import queries
from challenges.boards import rounds
from challenges.boards.views import words_of
from challenges.models import Standing
from people.access import viewer_of
from people.models import Person, User
from tests.challenges.games import AFTER_CUT_OFF, board, live, rescore, win
from tests.challenges.test_pages import client_of, crowd, read
from tests.kpis.crew import Crew, at, cancel, record

WEEKS = {"window": {"start": "2026-03-02", "end": "2026-03-30"}, "prizes": []}


def cup(*order: str, **more: object) -> dict[str, object]:
    seeding = {"by": "list", "order": list(order)}
    return {
        **WEEKS,
        "format": "knockout",
        "score": {"metric": "revenue", "seeding": seeding, **more},
    }


def league(*order: str) -> dict[str, object]:
    schedule = {"by": "list", "order": list(order)}
    return {**WEEKS, "format": "league", "score": {"metric": "revenue", "schedule": schedule}}


@pytest.fixture
def wins(crew: Crew) -> None:
    win("d1", "2026-03-03 11:00", "P1", 300)
    win("d2", "2026-03-04 11:00", "P2", 500)
    win("d3", "2026-03-11 11:00", "P2", 100)
    win("d4", "2026-03-12 11:00", "P3", 50)


def test_a_bracket_in_the_database_is_the_bracket_of_the_engine(crew: Crew, wins: None) -> None:
    challenge = live(cup("P3", "P1", "P2"))
    rescore(challenge, at("2026-03-31 09:00"))
    # Noor has no opponent in the first week; Hugo beats Léa, then Noor
    assert board(challenge) == [(1, "Hugo", "600"), (2, "Noor", "50"), (3, "Léa", "300")]
    result = queries.explained(challenge)
    lines = [[(x.entrant, x.outcome) for x in one.lines] for one in result.rounds or ()]
    assert lines == [
        [("P3", "bye"), ("P1", "loss"), ("P2", "win")],
        [("P3", "loss"), ("P2", "win")],
    ]


def test_a_cancellation_after_the_decision_replays_nothing(crew: Crew, wins: None) -> None:
    challenge = live(cup("P3", "P1", "P2"))
    record(cancel("d2"), recorded_at=at("2026-03-17 10:00"))  # decided on 12 March, 00:00
    rescore(challenge, at("2026-03-31 09:00"))
    assert board(challenge)[0] == (1, "Hugo", "600")
    record(cancel("d3"), recorded_at=at("2026-03-31 10:00"))  # the final: decided on 19 March
    rescore(challenge, AFTER_CUT_OFF)
    assert board(challenge) == [(1, "Hugo", "600"), (2, "Noor", "50"), (3, "Léa", "300")]


def test_the_page_shows_the_bracket_with_own_opponent_and_words(crew: Crew, wins: None) -> None:
    challenge = live(cup("P3", "P1", "P2"))
    page = read(client_of(crew.user_of(crew.hugo)), "page", challenge_id=challenge.pk)
    assert "Rounds" in page
    assert "Semi-finals 2–8 Mar 2026 · decided" in page
    assert "Léa Martin €300 has lost Hugo Petit €500 has won" in page
    assert "Noor Haddad – no opponent" in page
    final = page[page.index("Final 9–15 Mar 2026") :]
    assert final.startswith("Final 9–15 Mar 2026 · if it ended now; decided on 19 Mar")
    assert "Noor Haddad €50 is behind Hugo Petit €100 is ahead" in final
    french = read(client_of(crew.user_of(crew.hugo), "fr"), "page", challenge_id=challenge.pk)
    assert "Léa Martin" in french


def test_a_rep_sees_the_matches_of_whom_the_board_shows_and_own_opponents(crew: Crew) -> None:
    crowd(crew)
    days = (9, 14, 17, 20, 23, 26)
    rounds = [
        {"start": f"2026-03-{first:02}", "end": f"2026-03-{end:02}"}
        for first, end in itertools.pairwise(days)
    ]
    challenge = live(cup(*(f"Z{number:02}" for number in range(20)), rounds=rounds))
    user = _user_of(crew, "Z17")
    page = read(client_of(user), "page", challenge_id=challenge.pk)
    assert "Zed 14 €860 is ahead Zed 17 €830 is behind" in page  # 15th against 18th: own opponent
    assert "··· is ahead Zed 18 €820 is behind" in page  # of the neighbour only
    assert "Zed 13" not in page
    everything = read(client_of(crew.user_of(crew.paul)), "page", challenge_id=challenge.pk)
    assert "Zed 13 €870 is ahead Zed 18 €820 is behind" in everything


def _user_of(crew: Crew, number: str) -> User:
    return crew.user_of(Person.objects.get(number=number))


def test_a_league_has_its_points_and_its_coming_duels(crew: Crew, wins: None) -> None:
    challenge = live(league("P1", "P2", "P3"))
    # Léa rests and Hugo beats Noor; Noor beats Léa and Hugo rests; Léa and Hugo are level so far
    assert board(challenge) == [(1, "Hugo", "4"), (2, "Noor", "3"), (3, "Léa", "1")]
    page = read(client_of(crew.user_of(crew.ines)), "page", challenge_id=challenge.pk)
    assert "Round 1 2–8 Mar 2026 · decided" in page
    assert "1 Hugo Petit €500 has won 3 3" in page
    assert "Round 4 23–29 Mar 2026 · to come" in page
    assert "Hugo Petit 4 pts" in page


def test_a_duel_is_accepted_and_told(crew: Crew, wins: None) -> None:
    score = {"metric": "revenue", "accepted_at": "2026-03-02T00:30"}
    entrants = {"people": ["P1", "P2"]}
    challenge = live({**WEEKS, "format": "duel", "score": score, "entrants": entrants})
    assert board(challenge) == [(1, "Hugo", "600"), (2, "Léa", "300")]
    page = read(client_of(crew.user_of(crew.lea)), "page", challenge_id=challenge.pk)
    assert "Léa Martin €300 is behind Hugo Petit €600 is ahead" in page
    assert "Both start at zero; equal totals are a draw, and nobody wins." in page


def test_members_are_listed_one_by_one_and_never_the_bottom(crew: Crew) -> None:
    crowd(crew)
    challenge = live(
        {
            **WEEKS,
            "format": "team_against_team",
            "entrants": {"kind": "team"},
            "score": {"metric": "revenue", "individuals": True},
        }
    )
    shown = read(client_of(_user_of(crew, "Z17")), "page", challenge_id=challenge.pk)
    one_by_one = shown[shown.index("One by one") :]
    assert "1 Zed 00 €1,000" in one_by_one
    assert "Zed 17" in one_by_one
    assert "Zed 12" not in one_by_one
    assert "Zed 12" in read(client_of(crew.user_of(crew.paul)), "page", challenge_id=challenge.pk)


def test_every_round_stands_on_the_explanation_of_a_score(crew: Crew, wins: None) -> None:
    challenge = live(cup("P3", "P1", "P2"))
    key = Standing.objects.get(challenge=challenge, person=crew.hugo).entrant_key
    url = reverse("challenges:explain", args=[challenge.pk, key])
    response = client_of(crew.user_of(crew.hugo)).get(url)
    assert response.status_code == 200


def test_members_one_by_one_are_shown_as_the_rules_say(crew: Crew) -> None:
    crowd(crew)
    challenge = live(
        {
            **WEEKS,
            "format": "team_against_team",
            "entrants": {"kind": "team"},
            "score": {"metric": "revenue", "individuals": True},
            "visibility": {"top": 1, "neighbours": 0},
        }
    )
    shown = read(client_of(_user_of(crew, "Z17")), "page", challenge_id=challenge.pk)
    one_by_one = shown[shown.index("One by one") :]
    seen = [f"{number:02}" for number in range(20) if f"Zed {number:02}" in one_by_one]
    assert seen == ["00", "17"]


def test_a_hidden_opponent_has_no_figures(crew: Crew) -> None:
    crowd(crew)
    challenge = live(league(*(f"Z{number:02}" for number in range(20))))
    viewer = viewer_of(_user_of(crew, "Z17"))
    rules = queries.rules_now(challenge)
    found = rounds.rounds_of(
        challenge, rules, queries.board(challenge, viewer), viewer, words_of(rules)
    )
    lines = [line for one in found for match in one["matches"] for line in match]
    hidden = [line for line in lines if line["name"] == rounds.HIDDEN]
    told = {line[key] for line in hidden for key in ("value", "points", "total", "rank", "group")}

    assert hidden
    assert told == {""}
    points = {line["points"] for line in lines if line["name"] != rounds.HIDDEN}
    assert "3" in points
    assert "" not in points
