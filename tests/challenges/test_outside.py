"""Who comes too late for a challenge is told so, and is not counted among its readers."""

import pytest

from challenges import services
from challenges.models import Challenge
from people.models import Assignment, Person, Role
from tests.challenges.games import board, live, win
from tests.challenges.test_pages import client_of, read
from tests.kpis.crew import Crew, at

CLOSED: dict[str, object] = {"late_joiners": "closed"}
HALF: dict[str, object] = {"late_joiners": "open_until", "open_until": "25 %"}


def newcomer(crew: Crew) -> Person:
    """In South from 12 March on, the twelfth of 31 days."""
    person = Person.objects.create(number="P9", first_name="Ivo", last_name="New")
    Assignment.objects.create(
        person=person, team=crew.south, role=Role.objects.get(key="ae"),
        valid_from=at("2026-03-12 12:00").date(),
    )  # fmt: skip
    win("d9", "2026-03-13 11:00", "P9", 5000)
    return person


@pytest.mark.parametrize(
    ("entrants", "reason"),
    [
        (CLOSED, "Joined after the start; the list was closed."),
        (HALF, "Joined after the last moment for joining."),
    ],
)
def test_who_joined_too_late_reads_why_and_is_asked_nothing(
    crew: Crew, entrants: dict[str, object], reason: str
) -> None:
    ivo = newcomer(crew)
    challenge = live({"entrants": entrants})
    own, other, boss = (
        read(client_of(user), "page", challenge_id=challenge.pk)
        for user in (crew.user_of(ivo), crew.user_of(crew.lea), crew.admin)
    )

    assert [name for _, name, _ in board(challenge)] == ["Hugo", "Léa", "Noor"]
    assert f"You do not take part. {reason}" in own
    assert ["I have read the rules" in page for page in (own, other)] == [False, True]
    assert [f"Ivo New: {reason}" in page for page in (own, other, boss)] == [False, False, True]
    assert "Read by 0 of 3 entrants" in boss


def test_where_everybody_may_join_nobody_is_outside(crew: Crew) -> None:
    ivo = newcomer(crew)
    challenge = live()
    pages = [
        read(client_of(user), "page", challenge_id=challenge.pk)
        for user in (crew.user_of(ivo), crew.admin)
    ]

    assert board(challenge)[0] == (1, "Ivo", "5000")
    assert not any("You do not take part" in page or "Not in it" in page for page in pages)
    assert "I have read the rules" in pages[0]
    assert "Read by 0 of 4 entrants" in pages[1]


def test_what_a_late_joiner_is_told_is_told_in_french(crew: Crew) -> None:
    challenge: Challenge = live({"entrants": CLOSED})
    ivo = newcomer(crew)
    services.rescore_challenge(challenge_id=challenge.pk, at=at("2026-03-16 10:00"))
    page = read(client_of(crew.user_of(ivo), "fr"), "page", challenge_id=challenge.pk)

    assert "la liste était close" in page
