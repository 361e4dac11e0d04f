"""What breaks in real life, on real parts: boards are what the log says, prizes are given once."""

import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from fractions import Fraction
from pathlib import Path

import pytest
from celery import current_app
from django.conf import settings
from django.core.cache import cache
from django.db import close_old_connections, connection
from django.utils import timezone
from redis import Redis

from activities.inputs import ActivityInput
from activities.services import record_activities
from challenges import services
from challenges.awarding import money_awards
from challenges.models import Challenge, Result, Standing, ToScore, Transition
from kernel.issues import Invalid
from tests.challenges.games import AFTER_CUT_OFF, MID_MARCH, board, live, made, win
from tests.challenges.test_recompute import content, oracle, stored, sums_of_lines
from tests.kpis.crew import Crew, as_correction, at, cancel, event, make_crew, record
from tests.serving import surroundings, until, until_the_dead_let_go, working

pytestmark = pytest.mark.django_db(transaction=True)

END = at("2026-04-01 00:00")


@pytest.fixture
def crew(transactional_db: None) -> Crew:
    """The small company, committed: other processes and connections see it."""
    cache.clear()
    return make_crew()


def assert_as_the_log_says(challenge: Challenge, moment: datetime) -> None:
    """Ranks and scores are those of the files; a board made from nothing is the same row by row;
    the lines add up to the scores."""
    assert stored(challenge) == oracle(challenge, moment)
    assert sums_of_lines(challenge) == {
        key: Fraction(score)
        for key, *_, score, _effects, _tally, _detail in content(challenge)
        if score not in (None, "0")
    }
    if Result.objects.filter(challenge=challenge).exists():
        return  # a signed board is not made from nothing: its snapshots are the proof
    kept = content(challenge)
    Standing.objects.filter(challenge=challenge).delete()
    services.rescore_challenge(challenge_id=challenge.pk, at=moment)
    assert content(challenge) == kept


def signed(challenge: Challenge) -> list[tuple[str, int | None, int]]:
    """Sign, and what the signature gives in money: number, rank, cents."""
    services.make_official(actor=None, challenge=challenge, at=AFTER_CUT_OFF)
    return given()


def given() -> list[tuple[str, int | None, int]]:
    until_all = at("2027-01-01 00:00")
    found = money_awards(at("2026-01-01 00:00"), until_all, as_known_at=until_all)
    return [(one.id.rpartition(":")[2], one.rank, one.amount_minor) for one in found]


def at_once(*works: Callable[[], object]) -> list[str]:
    """Each on a connection of its own, all let go together; how each one ended."""
    together, ends = threading.Barrier(len(works)), list[str]()

    def run(work: Callable[[], object]) -> None:
        close_old_connections()
        try:
            together.wait(30)
            ends.append(f"{work()}")
        except Invalid as refused:
            ends.append(refused.issues[0].code)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(work,), daemon=True) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return sorted(ends)


# --- Valkey is flushed -------------------------------------------------------------------------


def test_a_flushed_valkey_loses_no_point(crew: Crew, tmp_path: Path) -> None:
    """First with a message that nobody has read, then under a worker that listens."""
    now = timezone.now()
    days = [(now + timedelta(days=n)).date().isoformat() for n in (-10, 10)]
    window = dict(zip(("start", "end"), days, strict=True))
    challenge = services.launch(actor=None, challenge=made({"window": window}))
    valkey = Redis.from_url(settings.REDIS_URL)

    def sell(number: str, who: str, amount: int) -> None:
        sold = ActivityInput(
            external_id=number, type="deal_won", person=who, amount=Fraction(amount),
            currency="EUR", occurred_at=now - timedelta(hours=1),
        )  # fmt: skip
        (row,) = record_activities(actor=None, source="crm", records=[sold])
        assert not row.is_rejected

    sell("lost", "P1", 100)
    assert valkey.llen("live")
    valkey.flushall()
    with working(tmp_path / "worker.log"):
        for job in ("kpis.sweep", "challenges.wake"):  # the schedule sends these
            current_app.send_task(job)
        until(lambda: board(challenge)[0] == (1, "Léa", "100"), seconds=60)
        valkey.flushall()
        sell("after", "P2", 900)
        until(lambda: board(challenge)[0] == (1, "Hugo", "900"), seconds=60)

    challenge.refresh_from_db()
    assert_as_the_log_says(challenge, timezone.now())


# --- a worker is killed ------------------------------------------------------------------------

KILLED = """
import os, signal, sys, django
django.setup()
from datetime import datetime
from challenges.services import writing, signing
end = lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL)
writing.announce = end  # all rows and lines are written, nothing is committed
signing.snapshot = end
from challenges import services
work, challenge, moment = sys.argv[1], int(sys.argv[2]), datetime.fromisoformat(sys.argv[3])
if work == "sign":
    services.make_official(
        actor=None, challenge=services.locking.Challenge.objects.get(pk=challenge), at=moment
    )
else:
    getattr(services, work)(challenge_id=challenge, at=moment)
"""


def killed_at(work: str, challenge: Challenge, moment: datetime) -> None:
    """A process of its own, killed in the middle of the work."""
    command = [sys.executable, "-c", KILLED, work, str(challenge.pk), moment.isoformat()]
    done = subprocess.run(
        command, env=surroundings(), capture_output=True, check=False, cwd=settings.BASE_DIR
    )
    assert done.returncode == -9, done.stderr.decode()
    until_the_dead_let_go()


@pytest.mark.parametrize("work", ["score_news", "rescore_challenge"])
def test_a_worker_that_is_killed_while_it_scores_leaves_the_board_whole(
    crew: Crew, work: str
) -> None:
    win("d1", "2026-03-10 11:00", "P1", 900)
    challenge = live()
    win("d2", "2026-03-11 11:00", "P2", 1_000)
    before = content(challenge)
    assert services.note_news(person_ids=[crew.hugo.pk]) == [challenge.pk]

    killed_at(work, challenge, MID_MARCH)

    assert content(challenge) == before
    assert ToScore.objects.filter(challenge=challenge).count() == 1
    # the timer finds the news that is left; whose message comes again finds nothing
    assert services.wake_all(at=MID_MARCH) == 1
    assert services.score_news(challenge_id=challenge.pk, at=MID_MARCH) is False
    assert board(challenge)[:2] == [(1, "Hugo", "1000"), (2, "Léa", "900")]
    assert_as_the_log_says(challenge, MID_MARCH)


def test_a_worker_that_is_killed_while_it_ends_or_signs_a_challenge_gives_no_prize_twice(
    crew: Crew,
) -> None:
    win("d1", "2026-03-10 11:00", "P1", 900)
    challenge = live()
    win("d2", "2026-03-11 11:00", "P2", 1_000)

    killed_at("advance", challenge, END)
    challenge.refresh_from_db()
    assert challenge.state == "live"
    services.wake_all(at=END)
    killed_at("sign", challenge, AFTER_CUT_OFF)
    challenge.refresh_from_db()
    assert (challenge.state, Result.objects.count(), given()) == ("provisional", 0, [])

    assert signed(challenge) == [("P2", 1, 50_000)]
    assert Result.objects.filter(challenge=challenge).count() == 1
    assert_as_the_log_says(challenge, AFTER_CUT_OFF)


# --- timers ------------------------------------------------------------------------------------


def test_a_timer_that_is_an_hour_late_decides_as_a_punctual_one(crew: Crew) -> None:
    punctual, late = live(), live({"key": "late"})
    services.advance(challenge_id=punctual.pk, at=END)
    # in that hour: a deal of after the end, and one of before that arrives now
    win("in", "2026-03-31 23:59", "P1", 10, known=END + timedelta(minutes=5))
    win("out", "2026-04-01 00:00", "P2", 5_000, known=END + timedelta(minutes=10))

    services.wake_all(at=END + timedelta(hours=1))
    services.rescore_challenge(challenge_id=punctual.pk, at=END + timedelta(hours=1))

    ends = Transition.objects.filter(to_state="provisional").order_by("challenge_id")
    assert list(ends.values_list("challenge_id", "at")) == [(punctual.pk, END), (late.pk, END)]
    assert board(late) == board(punctual)
    assert board(late)[0] == (1, "Léa", "10")
    assert_as_the_log_says(late, END + timedelta(hours=1))
    assert signed(late) == [("P1", 1, 50_000)]


def test_an_end_woken_by_two_and_a_signature_by_two_happen_once(crew: Crew) -> None:
    win("d1", "2026-03-10 11:00", "P1", 900)
    challenge = live()

    def end() -> object:
        return [str(state) for state in services.advance(challenge_id=challenge.pk, at=END)]

    def sign() -> object:
        return services.make_official(actor=None, challenge=challenge, at=AFTER_CUT_OFF).state

    assert at_once(end, end) == ["['provisional']", "[]"]
    assert at_once(sign, sign) == ["challenges.not_now", "official"]

    moves = Transition.objects.filter(challenge=challenge).order_by("number")
    assert list(moves.values_list("number", "to_state")) == [
        (1, "scheduled"), (2, "live"), (3, "provisional"), (4, "official"),
    ]  # fmt: skip
    assert Result.objects.filter(challenge=challenge).count() == 1
    assert given() == [("P1", 1, 50_000)]
    assert_as_the_log_says(challenge, AFTER_CUT_OFF)


# --- what arrives late -------------------------------------------------------------------------


def test_ten_thousand_late_records_with_earlier_business_times(crew: Crew) -> None:
    win("d1", "2026-03-10 11:00", "P1", 100)
    challenge = live()
    services.wake_all(at=END)
    noon, arrival = at("2026-03-02 12:00"), END + timedelta(hours=9)
    late = [
        ActivityInput(
            external_id=f"late{n}",
            type="deal_won",
            person=f"P{1 + n % 3}",
            amount=Fraction(1 + n % 7),
            currency="EUR",
            occurred_at=noon + timedelta(minutes=n),
        )
        for n in range(10_000)
    ]
    told = record_activities(actor=None, source="crm", records=late, recorded_at=arrival)
    assert not any(row.is_rejected for row in told)

    assert services.rescore_people(
        person_ids=[crew.lea.pk, crew.hugo.pk, crew.noor.pk], at=arrival
    ) == [challenge.pk]

    # each has a third of them; a deal of 1 to 7 euros, the numbers by counting
    sums = {
        f"P{who + 1}": sum(1 + n % 7 for n in range(10_000) if n % 3 == who) for who in range(3)
    }
    assert {number: score for number, (_, score) in stored(challenge).items()} == {
        number: str(total + (100 if number == "P1" else 0)) for number, total in sums.items()
    }
    assert services.rescore_challenge(challenge_id=challenge.pk, at=arrival) is False
    assert_as_the_log_says(challenge, arrival)
    assert signed(challenge) == [("P1", 1, 50_000)]


def test_a_correction_to_a_record_of_a_closed_round_replays_nothing_and_pays_once(
    crew: Crew,
) -> None:
    cup = {
        "window": {"start": "2026-03-02", "end": "2026-03-16"},
        "format": "knockout",
        "score": {"metric": "revenue", "seeding": {"by": "list", "order": ["P3", "P1", "P2"]}},
    }
    first = event("d1", "2026-03-03 11:00", "P1", kind="deal_won", amount=300)
    record(first, recorded_at=at("2026-03-03 11:00"))
    for number, day, who, amount in (
        ("d2", "2026-03-04", "P2", 500), ("d3", "2026-03-11", "P2", 100),
        ("d4", "2026-03-12", "P3", 50),
    ):  # fmt: skip
        win(number, f"{day} 11:00", who, amount)
    challenge = live(cup)
    decided = [(1, "Hugo", "600"), (2, "Noor", "50"), (3, "Léa", "300")]
    assert board(challenge) == decided

    # Léa would have beaten Hugo in the first week; that round is decided
    more = event("d1", "2026-03-03 11:00", "P1", kind="deal_won", amount=9_000)
    later = at("2026-03-16 12:00")
    record(as_correction(more), recorded_at=later)
    for _ in range(2):
        services.rescore_people(person_ids=[crew.lea.pk], at=later)

    assert board(challenge) == decided
    assert stored(challenge) == oracle(challenge, later)
    assert signed(challenge) == [("P2", 1, 50_000)]
    record(cancel("d2"), recorded_at=AFTER_CUT_OFF + timedelta(hours=1))
    services.sweep_all(at=AFTER_CUT_OFF + timedelta(hours=2))
    assert board(challenge) == decided
    assert given() == [("P2", 1, 50_000)]
