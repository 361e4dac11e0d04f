"""The page of a challenge in the formats that are not one ranking by one total."""

import json

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from challenges.models import Challenge, Standing
from tests.challenges.games import live, rescore, win
from tests.challenges.test_pages import client_of, read
from tests.challenges.test_visibility import FROZEN, LATER
from tests.kpis.crew import Crew, at, event, record

LATE_MARCH = at("2026-03-27 09:00")

MISSION = {
    "format": "mission_path",
    "prizes": [{"for": "winners", "kind": "points", "amount": "5"}],
    "score": {
        "acts": [
            {"key": "call", "name": {"en": "Ring up", "fr": "Appeler"}, "metric": "calls",
             "measure": "count", "target": "2"},
            {"key": "sell", "metric": "revenue", "target": "1000", "points": "3"},
            {"key": "daily", "metric": "calls", "measure": "count", "per": "day", "times": "2",
             "after": []},
        ]
    },
}  # fmt: skip
KNOCKED_OUT = {
    "window": {"start": "2026-03-02", "end": "2026-03-30"},
    "format": "elimination",
    "score": {"metric": "revenue"},
    "prizes": [],
}


def calls(who: str, *days: int) -> None:
    for day in days:
        when = f"2026-03-{day:02} 10:00"
        record(event(f"c{who}{day}", when, who), recorded_at=at(when))


def test_a_mission_shows_its_walker_each_act(crew: Crew) -> None:
    calls("P1", 3, 4)
    win("d0", "2026-03-03 09:00", "P1", 900)
    win("d1", "2026-03-10 09:00", "P1", 400)
    challenge = live(MISSION)
    lea = client_of(crew.user_of(crew.lea))
    page = read(lea, "page", challenge_id=challenge.pk)

    assert "Your path" in page
    assert "Ring up done done on" in page
    assert "sell to do now €400 of €1,000 · Booked revenue" in page
    assert "daily done" in page
    assert "2 of 3 acts are done." in page
    assert "Equal scores" not in page
    assert "Act “Ring up”: 2 “Calls made” records." in page
    assert "Act “sell”: a total of €1,000 of “Booked revenue”." in page
    detail = Standing.objects.get(challenge=challenge, person=crew.lea).detail
    assert [(act["key"], act["state"]) for act in detail["acts"]] == [
        ("call", "done"),
        ("sell", "open"),
        ("daily", "done"),
    ]
    hugo = read(client_of(crew.user_of(crew.hugo)), "page", challenge_id=challenge.pk)
    assert "sell later €0 of €1,000" in hugo
    explained = read(lea, "explain", challenge_id=challenge.pk, entrant_key=f"person:{crew.lea.pk}")
    assert "The path Ring up done" in explained
    assert "It happened before its act was open." in explained


def test_a_mission_speaks_french(crew: Crew) -> None:
    challenge = live(MISSION)
    page = read(client_of(crew.user_of(crew.lea), "fr"), "page", challenge_id=challenge.pk)
    assert "Appeler" in page
    assert "Ring up" not in page


@pytest.fixture
def knocked_out(crew: Crew) -> Challenge:
    """Noor is out since the first week, Léa leads Hugo."""
    for number, day in enumerate((3, 10, 17, 24)):
        win(f"l{number}", f"2026-03-{day:02} 10:00", "P1", 900)
        win(f"h{number}", f"2026-03-{day:02} 10:00", "P2", 900)
    win("n0", "2026-03-03 10:00", "P3", 20)
    challenge = live(KNOCKED_OUT)
    rescore(challenge, LATE_MARCH)
    return challenge


@pytest.mark.parametrize(
    ("who", "sees"),
    [("lea", False), ("hugo", False), ("noor", True), ("paul", True), ("ines", False)],
)
def test_who_is_eliminated_is_shown_to_themselves_and_their_manager_only(
    crew: Crew, knocked_out: Challenge, who: str, sees: bool
) -> None:
    client = client_of(crew.user_of(getattr(crew, who)))
    for name in ("board", "page"):
        text = read(client, name, challenge_id=knocked_out.pk)
        assert ("Noor" in text) is sees
        assert ("is out" in text) is sees
    url = reverse("challenges:explain", args=[knocked_out.pk, f"person:{crew.noor.pk}"])
    assert (client.get(url).status_code == 200) is sees


def test_the_gap_between_rows_does_not_count_the_eliminated(
    crew: Crew, knocked_out: Challenge
) -> None:
    found = Standing.objects.get(challenge=knocked_out, person=crew.noor)
    assert (found.rank, found.detail["eliminated"]) == (3, 1)
    board = read(client_of(crew.user_of(crew.lea)), "board", challenge_id=knocked_out.pk)
    assert "more" not in board.partition("Round 1")[0]


LEAGUES = {
    "window": {"start": "2026-03-02", "end": "2026-03-30"},
    "format": "tiered_leagues",
    "score": {
        "metric": "revenue",
        "leagues": [
            {"key": "gold", "name": {"en": "Gold", "fr": "Or"}, "start": ["P1"]},
            {"key": "silver", "name": {"en": "Silver", "fr": "Argent"}, "start": ["P2", "P3"]},
        ],
    },
    "prizes": [],
}
CHAMPIONSHIP = {
    "window": {"start": "2026-03-02", "end": "2026-03-30"},
    "format": "championship",
    "score": {"metric": "revenue", "points": ["10", "6"]},
    "prizes": [{"for": "rank", "rank": "1", "kind": "money", "amount": "50", "currency": "EUR"}],
}
POWER_HOUR = {
    "format": "power_hour",
    "score": {
        "metric": "calls", "measure": "count", "feed_delay": "5",
        "repeated": [{"days": ["tue", "wed"], "from": "10:00", "to": "11:00"}],
    },
    "prizes": [],
}  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (LEAGUES, ["Silver", "€900 stays in Gold", "The leagues, from the top: Gold, Silver."]),
        (CHAMPIONSHIP, ["Hugo Petit 6", "€50.00", "its places earn points"]),
        (POWER_HOUR, ["Tuesdays from 10:00 until just before 11:00.", "Hugo Petit"]),
    ],
)
def test_the_page_says_what_the_format_is_about(
    crew: Crew, changes: dict[str, object], said: list[str]
) -> None:
    calls("P1", 3)
    calls("P2", 3, 4)
    win("l", "2026-03-03 10:00", "P1", 900)
    win("h", "2026-03-03 10:00", "P2", 800)
    challenge = live(json.loads(json.dumps(changes)))
    rescore(challenge, at("2026-03-06 09:00"))
    client: Client = client_of(crew.admin)
    page = read(client, "page", challenge_id=challenge.pk)
    missing = [words for words in said if words not in page]
    assert missing == []
    for row in Standing.objects.filter(challenge=challenge):
        assert read(client, "explain", challenge_id=challenge.pk, entrant_key=row.entrant_key)


@time_machine.travel(LATER, tick=False)
def test_an_explanation_tells_the_path_of_when_the_board_was_frozen(crew: Crew) -> None:
    calls("P1", 3)
    challenge = live({**MISSION, **FROZEN})
    rescore(challenge, at("2026-03-20 09:00"))
    calls("P1", 29)
    rescore(challenge, LATER)
    key = f"person:{crew.lea.pk}"
    rep, boss = (
        read(client_of(user), "explain", challenge_id=challenge.pk, entrant_key=key)
        for user in (crew.user_of(crew.lea), crew.user_of(crew.paul))
    )

    # two calls are asked for: one was made before the freeze, one after it
    assert ("Ring up to do now" in rep, "Ring up done" in rep) == (True, False)
    assert "Ring up done" in boss
