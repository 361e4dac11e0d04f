"""The nightly alarm: a board that its records contradict is found, told and mended."""

from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from challenges import services
from challenges.models import Challenge
from tests.challenges.games import MID_MARCH, board, live, win
from tests.kpis.crew import Crew

pytestmark = pytest.mark.django_db
LATER = MID_MARCH + timedelta(hours=2)


def score_of(challenge: Challenge, name: str) -> str | None:
    return next(score for _rank, who, score in board(challenge) if who == name)


def test_a_board_that_says_what_its_records_say_raises_no_alarm(crew: Crew) -> None:
    win("d1", "2026-03-10 11:00", "P2", 100)
    challenge = live()
    before = board(challenge)

    with capture_logs() as told:
        assert services.verify_boards(at=LATER) == []

    assert told == []
    assert board(challenge) == before


def test_a_record_that_no_message_told_of_is_found_in_the_night(crew: Crew) -> None:
    win("d1", "2026-03-10 11:00", "P2", 100)
    challenge = live()
    first = score_of(challenge, "Hugo")
    win("d2", "2026-03-16 08:30", "P2", 50, known=MID_MARCH + timedelta(hours=1))

    with capture_logs() as told:
        assert services.verify_boards(at=LATER) == [challenge.pk]

    assert [(one["log_level"], one["event"], one["challenge_id"]) for one in told] == [
        ("error", "board_differs_from_records", challenge.pk)
    ]
    assert (first, score_of(challenge, "Hugo")) == ("100", "150")
    assert services.verify_boards(at=LATER) == []


def test_a_record_that_may_still_be_underway_raises_no_alarm(crew: Crew) -> None:
    challenge = live()
    before = board(challenge)
    win("d1", "2026-03-16 08:30", "P2", 50, known=LATER - timedelta(minutes=5))
    assert services.verify_boards(at=LATER) == []
    assert board(challenge) == before


def test_news_that_waits_is_scored_first_and_raises_no_alarm(crew: Crew) -> None:
    challenge = live()
    win("d1", "2026-03-16 08:30", "P2", 50, known=MID_MARCH + timedelta(hours=1))
    services.note_news(person_ids=[crew.hugo.pk])
    assert services.verify_boards(at=LATER) == []
    assert score_of(challenge, "Hugo") == "50"
