"""Two workers at once, messages that come twice, late or never: badges exist exactly once."""

import json
from io import StringIO
from pathlib import Path

import pytest
from celery import current_app
from django.conf import settings
from django.core.cache import cache
from django.core.management import call_command
from django.utils import timezone
from redis import Redis

from activities.inputs import ActivityInput
from activities.services import record_activities
from challenges.badges import services, tasks
from challenges.models import Badge, BadgeAward, BadgeMove
from kernel.issues import Invalid
from tests.challenges.badges.cabinet import START, awards, call, cancelled, held, made, moves
from tests.challenges.test_faults import at_once
from tests.kpis.crew import Crew, at, make_crew
from tests.serving import until, working

pytestmark = pytest.mark.django_db(transaction=True)

CALL: dict[str, object] = {"form": "threshold", "metric": "calls", "at_least": 1, "per": "day"}


@pytest.fixture
def crew(transactional_db: None) -> Crew:
    """Committed; a database that another test has emptied has its shipped badges again."""
    cache.clear()
    crew = make_crew()
    services.load_badges()
    Badge.objects.update(retired=True)
    return crew


def test_two_workers_at_once_award_take_back_and_give_back_once(crew: Crew) -> None:
    made("busy", CALL)
    for who in ("P1", "P2", "P3"):
        call(f"c{who}", "2026-03-03 09:00", who)
    both = [lambda: len(services.award_all(at=at("2026-03-03 10:00")).awarded)] * 2
    assert at_once(*both) == ["0", "3"]
    assert awards() == 3

    cancelled("cP1", "2026-03-03 11:00")
    both = [lambda: len(services.award_all(at=at("2026-03-03 12:00")).taken_back)] * 2
    assert at_once(*both) == ["0", "1"]
    people = [crew.lea.pk, crew.hugo.pk]
    call("again", "2026-03-03 09:30", "P1", known="2026-03-03 13:00")
    both = [
        lambda: len(services.award_people(person_ids=people, at=at("2026-03-03 14:00")).given_back),
        lambda: len(services.sweep(at=at("2026-03-03 14:00")).given_back),
    ]
    assert at_once(*both) == ["0", "1"]
    assert [row[:2] for row in moves()] == [("Léa", "taken_back"), ("Léa", "given_back")]


def test_a_worker_that_began_earlier_undoes_nothing_of_a_later_one(crew: Crew) -> None:
    """Its people were read before; when its turn at the badge comes, more is known."""
    made("busy", CALL)
    call("c1", "2026-03-03 09:00", "P1")
    call("c2", "2026-03-04 09:00", "P1")
    services.award_people(person_ids=[crew.lea.pk], at=at("2026-03-04 10:00"))
    assert awards() == 2

    for earlier in ("2026-03-03 08:00", "2026-03-04 08:00"):
        services.award_people(person_ids=[crew.lea.pk], at=at(earlier))

    assert (awards(), moves()) == (2, [])


def test_two_people_give_one_badge_at_once_and_one_comes_through(crew: Crew) -> None:
    badge = made("thanks", {"form": "given", "by": "anyone", "monthly_cap": 1})
    users = [crew.user_of(crew.lea), crew.user_of(crew.hugo)]

    def giving(number: int, person: object) -> object:
        return services.give_badge(
            actor=users[number], badge=badge, person=person, sentence="Merci",  # type: ignore[arg-type]  # one of the crew
            is_manager=False, at=at("2026-03-10 09:00"),
        ).pk > 0  # fmt: skip

    assert at_once(lambda: giving(0, crew.noor), lambda: giving(1, crew.noor)) == [
        "True",
        "badge.twice",
    ]
    # the cap of one giver holds against the giver's own second click
    assert at_once(lambda: giving(0, crew.ines), lambda: giving(0, crew.paul)).count("True") <= 1
    assert BadgeAward.objects.filter(given_by=users[0]).count() == 1


def test_a_badge_that_is_retired_at_this_moment_is_not_given(crew: Crew) -> None:
    """Who gives holds a badge that was read before somebody else retired it."""
    badge = made("thanks", {"form": "given", "by": "anyone", "monthly_cap": 1})
    services.retire_badge(actor=None, badge=Badge.objects.get(pk=badge.pk))
    with pytest.raises(Invalid, match="earned, not given"):
        services.give_badge(
            actor=crew.user_of(crew.lea), badge=badge, person=crew.noor, sentence="Merci",
            is_manager=False, at=at("2026-03-10 09:00"),
        )  # fmt: skip


def test_two_workers_sign_a_month_once(crew: Crew) -> None:
    both = [lambda: services.sign_due_months(at=at("2026-04-20 09:00"))] * 2
    assert at_once(*both) == ["['2026-03']", "[]"]


def test_a_lost_message_is_made_up_for_by_the_sweep(crew: Crew) -> None:
    """Nobody sent anything: the sweep finds the news since the last look."""
    made("busy", CALL)
    services.sweep(at=at("2026-03-03 08:00"))
    call("c1", "2026-03-03 09:00")
    services.sweep(at=at("2026-03-03 09:30"))
    assert held() == [("busy", "Léa", "2026-03-03")]
    cancelled("c1", "2026-03-03 10:00")
    services.sweep(at=at("2026-03-03 10:30"))
    services.sweep(at=at("2026-03-03 10:30"))
    assert (held(), moves()) == ([], [("Léa", "taken_back", "cancelled")])


def test_a_badge_that_cannot_be_judged_holds_up_no_other(
    crew: Crew, caplog: pytest.LogCaptureFixture
) -> None:
    broken = made("broken", {**CALL, "metric": "emails"})
    made("busy", CALL)
    from kpis.models import Metric

    Metric.objects.filter(key="emails").delete()
    call("c1", "2026-03-03 09:00")
    services.award_all(at=at("2026-03-03 10:00"))
    assert held() == [("busy", "Léa", "2026-03-03")]
    broken.refresh_from_db()
    assert broken.looked_at == START


def test_the_live_path_brings_a_badge_and_a_flushed_valkey_loses_none(
    crew: Crew, tmp_path: Path
) -> None:
    made("busy", CALL, begun=None)
    services.award_all()
    now = timezone.now()

    def log(number: str, who: str) -> None:
        done = ActivityInput(external_id=number, type="call", person=who, occurred_at=now)
        (row,) = record_activities(actor=None, source="crm", records=[done])
        assert not row.is_rejected

    valkey = Redis.from_url(settings.REDIS_URL)
    log("lost", "P1")
    valkey.flushall()
    said = tmp_path / "worker.log"
    with working(said):
        current_app.send_task(tasks.sweep_badges.name)  # the schedule sends it
        until(lambda: [row[1] for row in held()] == ["Léa"], seconds=60)
        log("after", "P2")
        until(lambda: [row[1] for row in held()] == ["Hugo", "Léa"], seconds=60)
        people = [crew.lea.pk, crew.hugo.pk]
        again = [current_app.send_task(tasks.award_badges.name, args=[people]) for _ in range(3)]
        # results are not kept: the worker says that it is done
        until(lambda: all(f"[{one.id}] succeeded" in said.read_text() for one in again), seconds=60)
    assert (awards(), BadgeMove.objects.count()) == (2, 0)


def test_the_command_does_the_same_and_twice_changes_nothing(crew: Crew) -> None:
    made("busy", CALL)
    call("c1", "2026-03-03 09:00")

    def run(moment: str) -> dict[str, list[str]]:
        out = StringIO()
        call_command("award_badges", "--json", "--as-of", moment, stdout=out)
        found: dict[str, list[str]] = json.loads(out.getvalue())
        return found

    first = run("2026-03-03T10:00")
    assert first["awarded"] == [f"badge:busy:{crew.lea.pk}:2026-03-03"]
    assert first["months_signed"] == ["2026-01"]
    again = run("2026-03-03T10:00")
    assert again == {"awarded": [], "given_back": [], "months_signed": [], "taken_back": []}
    with pytest.raises(SystemExit):
        run("2099-01-01")
