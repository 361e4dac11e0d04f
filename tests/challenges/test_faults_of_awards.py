"""What breaks in real life, on real parts: badges, points and entries of the feed that follow from
boards and records exist exactly once, and are what looking again gives."""

import subprocess
import sys
from collections import Counter
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from celery import current_app
from django.conf import settings
from django.core.cache import cache
from django.utils import timezone
from redis import Redis

from activities.inputs import ActivityInput
from activities.services import record_activities
from challenges import services
from challenges.badges import services as badges
from challenges.feed import deriving
from challenges.models import (
    Badge,
    BadgeMove,
    Challenge,
    FeedEvent,
    JerseyHolder,
    JerseyMonth,
    PointsMove,
    Result,
)
from challenges.rewards.checking import check_points
from challenges.rewards.services import post_all, post_challenge
from tests.challenges.badges.cabinet import START, call, held
from tests.challenges.badges.cabinet import made as badge_made
from tests.challenges.badges.test_jerseys import a_month, worn
from tests.challenges.games import AFTER_CUT_OFF, board, live, made, win
from tests.challenges.rewards.purses import ENDED, PRIZES, ended, lines, purse, sign
from tests.challenges.test_faults import at_once
from tests.kpis.crew import PARIS, Crew, as_correction, at, event, make_crew, record
from tests.serving import surroundings, until, until_the_dead_let_go, working

pytestmark = pytest.mark.django_db(transaction=True)

CALL: dict[str, object] = {"form": "threshold", "metric": "calls", "at_least": 1, "per": "day"}


@pytest.fixture
def crew(transactional_db: None) -> Crew:
    """Committed; no badges but those that a test makes."""
    cache.clear()
    Badge.objects.update(retired=True)
    return make_crew()


def look_at_all(moment: datetime) -> None:
    """What the schedule does, of everything that follows from records and boards."""
    badges.award_all(at=moment)
    post_all(at=moment)
    deriving.derive_all(at=moment)


def all_that_follows() -> dict[str, list[tuple[object, ...]]]:
    """Badges with their moves, the ledger, and the feed: every row."""
    moves = BadgeMove.objects.order_by("award_id", "number")
    ledger = PointsMove.objects.order_by("person_id", "source", "serial")
    feed = FeedEvent.objects.order_by("key")
    return {
        "badges": list(held()),
        "moves": list(moves.values_list("award_id", "kind")),
        "ledger": list(ledger.values_list("person_id", "source", "serial", "to_account", "amount")),
        "feed": list(feed.values_list("key", "person_id", "taken_back_at")),
    }


def assert_once(moment: datetime) -> None:
    """The ledger is what its sources say, and looking again finds nothing to do, also with an empty
    cache and after every message comes again."""
    before = all_that_follows()
    cache.clear()
    look_at_all(moment)
    for challenge in Challenge.objects.all():
        post_challenge(challenge_id=challenge.pk, at=moment)
    assert all_that_follows() == before
    assert check_points(moment).ok


# --- a worker is killed ------------------------------------------------------------------------

KILLED = """
import os, signal, sys, django
django.setup()
from datetime import datetime
from challenges.badges import services as badges
from challenges.badges.services import awarding
from challenges.feed import deriving
from challenges.rewards.services import posting
end = lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL)
# all rows are written, nothing is committed
work, moment = sys.argv[1], datetime.fromisoformat(sys.argv[2])
if work == "award":
    awarding.audit.record = end
    badges.award_all(at=moment)
elif work == "jerseys":
    awarding.audit.record = end
    badges.sign_due_months(at=moment)
elif work == "post":
    posting.PointsRead.objects.update_or_create = end
    posting.BadgeToPost.objects.filter = end
    posting.post_all(at=moment)
elif work == "tell":
    deriving.live.publish = end
    deriving.derive_all(at=moment)
"""


def killed_at(work: str, moment: datetime) -> None:
    """A process of its own, killed in the middle of the work."""
    command = [sys.executable, "-c", KILLED, work, moment.isoformat()]
    done = subprocess.run(
        command, env=surroundings(), capture_output=True, check=False, cwd=settings.BASE_DIR
    )
    assert done.returncode == -9, done.stderr.decode()
    until_the_dead_let_go()


def test_a_worker_that_is_killed_awards_posts_and_tells_nothing_twice(crew: Crew) -> None:
    badge_made("busy", CALL, points=5)
    sign(ended())
    for who in ("P1", "P2"):
        call(f"c{who}", "2026-04-08 09:30", who)
    moment = at("2026-04-08 18:00")

    for work, done in (
        ("award", partial(badges.award_all, at=moment)),
        ("post", partial(post_all, at=moment)),
        ("tell", partial(deriving.derive_all, at=moment)),
    ):
        before = all_that_follows()
        killed_at(work, moment)
        assert all_that_follows() == before
        done()
        assert all_that_follows() != before

    assert held() == [("busy", "Hugo", "2026-04-08"), ("busy", "Léa", "2026-04-08")]
    assert [purse(crew.hugo), purse(crew.lea)] == [{"earned": 505}, {"earned": 205}]
    assert Counter(FeedEvent.objects.values_list("kind", flat=True)) == {"badge": 2, "result": 1}
    assert_once(moment)


def test_a_worker_that_is_killed_while_it_signs_a_month_gives_no_jersey_twice(crew: Crew) -> None:
    a_month(crew)
    moment = at("2026-04-20 09:00")

    killed_at("jerseys", moment)
    assert (JerseyMonth.objects.count(), JerseyHolder.objects.count()) == (0, 0)
    assert at_once(*[partial(badges.sign_due_months, at=moment)] * 2) == ["['2026-03']", "[]"]
    at_once(*[partial(deriving.derive_jerseys, at=moment)] * 2)

    assert [row[1:] for row in worn()] == [
        ("south", "green", "Léa"), ("south", "yellow", "Léa"),
        ("west", "green", "Léa"), ("west", "yellow", "Hugo"),
    ]  # fmt: skip
    rows = JerseyHolder.objects.values_list("month_id", "kind", "person_id")
    assert sorted(FeedEvent.objects.values_list("key", flat=True)) == sorted(
        f"jersey:{month}:{kind}:{person}" for month, kind, person in rows
    )
    assert_once(moment)


# --- two workers -------------------------------------------------------------------------------


def test_what_two_workers_end_sign_post_and_tell_at_once_is_there_once(crew: Crew) -> None:
    win("d1", "2026-03-10 11:00", "P1", 900)
    win("d2", "2026-03-11 11:00", "P2", 1000)
    challenge = live(PRIZES)
    at_once(*[partial(services.advance, challenge_id=challenge.pk, at=ENDED)] * 2)
    at_once(*[partial(post_challenge, challenge_id=challenge.pk, at=ENDED)] * 2)
    assert [purse(crew.hugo), purse(crew.lea)] == [{"provisional": 500}, {"provisional": 200}]

    at_once(*[lambda: sign(challenge).state] * 2)
    moment = AFTER_CUT_OFF + timedelta(minutes=1)
    posts = [partial(post_challenge, challenge_id=challenge.pk, at=moment)] * 2
    at_once(*posts, partial(post_all, at=moment), partial(post_all, at=moment))
    at_once(*[partial(deriving.derive_results, at=moment)] * 2)

    assert lines(crew.hugo) == [
        ("issue", "provisional", 500, "provisional"),
        ("provisional", "earned", 500, "result:1"),
    ]
    assert list(FeedEvent.objects.values_list("key", flat=True)) == [f"result:{challenge.pk}:1"]
    assert Result.objects.count() == 1
    assert_once(moment)


# --- what arrives late -------------------------------------------------------------------------


def test_ten_thousand_late_calls_bring_each_badge_point_and_entry_once(crew: Crew) -> None:
    badge_made("busy", CALL, points=5)
    challenge = services.launch(
        actor=None, challenge=made({**PRIZES, "score": {"metric": "calls"}}), at=START
    )
    call("c0", "2026-03-03 07:00", "P1")
    look_at_all(at("2026-03-03 08:00"))
    first, arrival = at("2026-03-03 09:00"), at("2026-03-06 20:00")
    share = ("P1", "P1", "P1", "P2", "P2", "P3")  # of six calls
    times = [(share[n % 6], first + timedelta(seconds=28 * n)) for n in range(10_000)]
    told = record_activities(
        actor=None,
        source="crm",
        recorded_at=arrival,
        records=[
            ActivityInput(external_id=f"late{n}", type="call", person=who, occurred_at=when)
            for n, (who, when) in enumerate(times)
        ],
    )
    assert not any(row.is_rejected for row in told)

    people = [crew.lea.pk, crew.hugo.pk, crew.noor.pk]
    for _ in range(2):  # the message comes twice
        services.rescore_people(person_ids=people, at=arrival)
        badges.award_people(person_ids=people, at=arrival)
    look_at_all(arrival)
    services.advance(challenge_id=challenge.pk, at=ENDED)
    sign(challenge)
    look_at_all(AFTER_CUT_OFF)

    # by counting: a badge for each day with a call, the prizes for 5001 and 3333 calls
    names = {"P1": "Léa", "P2": "Hugo", "P3": "Noor"}
    days = {(names[who], when.astimezone(PARIS).date().isoformat()) for who, when in times}
    assert [(name, day) for _, name, day in held()] == sorted(days)
    assert len(days) == 12
    calls = Counter(who for who, _ in times)
    assert [row[1:] for row in board(challenge)] == [
        ("Léa", f"{calls['P1'] + 1}"), ("Hugo", f"{calls['P2']}"), ("Noor", f"{calls['P3']}"),
    ]  # fmt: skip
    assert [purse(one) for one in (crew.lea, crew.hugo, crew.noor)] == [
        {"earned": 520}, {"earned": 220}, {"earned": 20},
    ]  # fmt: skip
    assert Counter(FeedEvent.objects.values_list("kind", flat=True))["result"] == 1
    assert Counter(FeedEvent.objects.values_list("kind", flat=True))["badge"] == 12
    assert_once(AFTER_CUT_OFF)


def test_a_correction_of_a_closed_round_moves_no_point_and_no_entry(crew: Crew) -> None:
    cup = {
        "window": {"start": "2026-03-02", "end": "2026-03-16"},
        "format": "knockout",
        "score": {"metric": "revenue", "seeding": {"by": "list", "order": ["P3", "P1", "P2"]}},
        **PRIZES,
    }
    first = event("d1", "2026-03-03 11:00", "P1", kind="deal_won", amount=300)
    record(first, recorded_at=at("2026-03-03 11:00"))
    win("d2", "2026-03-04 11:00", "P2", 500)
    win("d3", "2026-03-11 11:00", "P2", 100)
    win("d4", "2026-03-12 11:00", "P3", 50)
    challenge = live(cup)
    look_at_all(at("2026-03-16 10:00"))
    assert [purse(one) for one in (crew.hugo, crew.noor)] == [
        {"provisional": 500}, {"provisional": 200},
    ]  # fmt: skip

    # Léa would have beaten Hugo in the first week; that round is decided
    more = event("d1", "2026-03-03 11:00", "P1", kind="deal_won", amount=9_000)
    later = at("2026-03-16 12:00")
    record(as_correction(more), recorded_at=later)
    for _ in range(2):
        services.rescore_people(person_ids=[crew.lea.pk], at=later)
    look_at_all(later)
    sign(challenge)
    look_at_all(AFTER_CUT_OFF)

    assert [purse(one) for one in (crew.hugo, crew.noor, crew.lea)] == [
        {"earned": 500}, {"earned": 200}, {},
    ]  # fmt: skip
    assert FeedEvent.objects.filter(kind="result").count() == 1
    assert_once(AFTER_CUT_OFF)


# --- Valkey is flushed -------------------------------------------------------------------------


def test_a_flushed_valkey_loses_no_point_and_no_entry(crew: Crew, tmp_path: Path) -> None:
    """With a message that nobody has read; and every message comes again under a worker."""
    challenge = ended()
    services.make_official(actor=None, challenge=challenge, at=timezone.now())
    valkey = Redis.from_url(settings.REDIS_URL)
    assert valkey.llen("live") + valkey.llen("jobs")
    valkey.flushall()
    said = tmp_path / "worker.log"
    with working(said):
        jobs = ("challenges.post_points", "challenges.tell_feed")
        for job in jobs:  # the schedule sends these
            current_app.send_task(job)
        until(lambda: purse(crew.hugo) == {"earned": 500}, seconds=60)
        until(lambda: FeedEvent.objects.filter(kind="result").exists(), seconds=60)
        valkey.flushall()
        again = [current_app.send_task(job) for job in jobs * 2]
        again.append(current_app.send_task(jobs[0], args=[challenge.pk]))
        # results are not kept: the worker says that it is done
        until(lambda: all(f"[{one.id}] succeeded" in said.read_text() for one in again), seconds=60)

    assert [len(lines(crew.hugo)), len(lines(crew.lea))] == [1, 1]
    assert FeedEvent.objects.filter(kind="result").count() == 1
    assert check_points(timezone.now()).ok
