"""Rounds begin and are decided by the clock: the board follows at that moment, without a record."""

import base64
import json
import threading
from datetime import datetime, timedelta

import pytest
from django.conf import settings
from django.db import close_old_connections, connection
from redis import Redis

from challenges import services, tasks
from challenges.models import Challenge, ScoreChange
from challenges.services.locking import database_clock
from challenges.services.moving import WAKE_EVERY
from tests.challenges.games import AFTER_CUT_OFF, board, live, made, win
from tests.challenges.test_rounds import WEEKS
from tests.kpis.crew import Crew, at, make_crew

# a round a week: 2-9, 9-16, 16-23, 23-30 March; the last of each leaves when its round is decided
LEAVE = {
    **WEEKS,
    "format": "elimination",
    "score": {"metric": "revenue", "decided_after": {"working_days": 1}},
}
DECIDED = at("2026-03-17 00:00")


def two_rounds() -> Challenge:
    """In the middle of March: the second week is over, and decided with the next working day."""
    for week, day in enumerate(("2026-03-03", "2026-03-10")):
        for who, amount in (("P1", 300), ("P2", 200), ("P3", 100)):
            win(f"{who}-{week}", f"{day} 11:00", who, amount)
    return live(LEAVE)


def out(challenge: Challenge) -> list[str]:
    rows = challenge.standings.filter(detail__eliminated__isnull=False).order_by("position")
    return [row.person.first_name for row in rows if row.person]


def state_of(challenge: Challenge) -> tuple[int, int, object]:
    challenge.refresh_from_db()
    lines = ScoreChange.objects.filter(challenge=challenge).count()
    return challenge.version, lines, challenge.turns_at


def test_a_round_is_announced_for_its_very_moment_and_moves_the_board(crew: Crew) -> None:
    challenge = two_rounds()
    assert out(challenge) == ["Noor"]
    second = timedelta(seconds=1)
    assert services.coming(at=DECIDED - WAKE_EVERY - second) == []
    assert services.coming(at=DECIDED - WAKE_EVERY) == [(challenge.pk, DECIDED)]
    before = state_of(challenge)
    services.advance(challenge_id=challenge.pk, at=DECIDED - second)
    assert state_of(challenge) == before

    assert services.advance(challenge_id=challenge.pk, at=DECIDED) == []

    assert out(challenge) == ["Hugo", "Noor"]
    decided = state_of(challenge)
    assert (decided[0], decided[2]) == (before[0] + 1, at("2026-03-23 00:00"))
    assert services.coming(at=DECIDED) == []


def test_the_timer_leaves_a_message_for_the_very_moment(crew: Crew) -> None:
    """By the real clock: the worker holds it until then, and need not be asked again."""
    challenge = services.schedule(actor=None, challenge=made(), at=at("2026-02-20 10:00"))
    with Redis.from_url(settings.REDIS_URL) as redis:
        redis.delete("live", "jobs")
        start = database_clock() + WAKE_EVERY - timedelta(seconds=2)
        Challenge.objects.filter(pk=challenge.pk).update(
            starts_at=start, ends_at=start + timedelta(days=1), cut_off_at=start + timedelta(days=2)
        )
        tasks.wake()
        left = [json.loads(raw) for raw in redis.lrange("live", 0, -1)]
        redis.delete("live", "jobs")

    (message,) = [one for one in left if one["headers"]["task"] == "challenges.advance"]
    assert json.loads(base64.b64decode(message["body"]))[0] == [challenge.pk]
    assert datetime.fromisoformat(message["headers"]["eta"]) == start
    challenge.refresh_from_db()
    assert challenge.state == "scheduled"


def test_who_is_woken_twice_or_an_hour_late_finds_the_same_board(crew: Crew) -> None:
    challenge = two_rounds()
    win("late", "2026-03-12 11:00", "P2", 5_000, known=DECIDED + timedelta(minutes=30))

    services.wake_all(at=DECIDED + timedelta(hours=1))

    # what arrived after the decision changes nothing of it, however late the timer
    assert out(challenge) == ["Hugo", "Noor"]
    known = (state_of(challenge), board(challenge))
    services.wake_all(at=DECIDED + timedelta(hours=1))
    services.advance(challenge_id=challenge.pk, at=DECIDED + timedelta(hours=2))
    assert (state_of(challenge), board(challenge)) == known


def test_a_signed_board_turns_no_more(crew: Crew) -> None:
    challenge = two_rounds()
    services.wake_all(at=AFTER_CUT_OFF)
    services.wake_all(at=AFTER_CUT_OFF)
    services.make_official(actor=None, challenge=challenge, at=AFTER_CUT_OFF)
    assert state_of(challenge)[2] is None
    assert services.coming(at=AFTER_CUT_OFF) == []


@pytest.mark.django_db(transaction=True)
def test_two_workers_turn_at_once_and_one_writes() -> None:
    make_crew()
    challenge = two_rounds()
    before = state_of(challenge)
    together, failed = threading.Barrier(3), list[Exception]()

    def wake() -> None:
        close_old_connections()
        try:
            together.wait(30)
            services.advance(challenge_id=challenge.pk, at=DECIDED)
        except Exception as problem:  # noqa: BLE001 - told to the main thread
            failed.append(problem)
        finally:
            connection.close()

    workers = [threading.Thread(target=wake, daemon=True) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)

    assert failed == []
    assert out(challenge) == ["Hugo", "Noor"]
    assert state_of(challenge)[0] == before[0] + 1
