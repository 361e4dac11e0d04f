"""New alerts appear by themselves: who hears of which, and what the fragments bring."""

import json
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.urls import reverse
from pytest_django import DjangoCaptureOnCommitCallbacks
from redis import Redis

from common import live
from kpis.alerts.services import check_alerts, choose_action, close_action, mute
from kpis.models import Alert
from people.access import viewer_of
from people.models import Assignment, Person, Role
from tests.kpis.alerts.scenes import NOW, calls, check, rule
from tests.kpis.alerts.test_pages import SEEN, client_of
from tests.kpis.crew import Crew

Heard = Callable[[Callable[[], object]], set[str]]


@pytest.fixture(autouse=True)
def in_march() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def heard(django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks) -> Iterator[Heard]:
    """The topics of alerts that are told while something is done and committed."""
    with Redis.from_url(settings.REDIS_URL) as redis, redis.pubsub() as told:
        told.subscribe(live.CHANNEL)
        assert _next(told)["type"] == "subscribe"

        def during(work: Callable[[], object]) -> set[str]:
            with django_capture_on_commit_callbacks(execute=True):
                work()
            redis.publish(live.CHANNEL, json.dumps({"topic": "that-is-all"}))
            topics: list[str] = []
            while (topic := json.loads(_next(told)["data"])["topic"]) != "that-is-all":
                topics.append(topic)
            return {one for one in topics if one.startswith("alerts:")}

        yield during


def _next(told: Any) -> Any:
    while (message := told.get_message(timeout=60)) is None:
        pass
    return message


def topics(*people: Person) -> set[str]:
    return {f"alerts:{one.pk}" for one in people}


def test_who_leads_somebody_hears_and_the_person(crew: Crew, heard: Heard) -> None:
    rule("silence", days="3")
    calls("l", "2026-03-23 10:00", "P1")
    calls("n", "2026-03-23 10:00", "P3")
    assert heard(check) == topics(crew.hugo, crew.ines)
    assert heard(lambda: check_alerts(now=NOW)) == set()  # nothing is new
    calls("h", "2026-03-24 10:00", "P2")
    assert heard(check) == topics(crew.hugo, crew.ines)  # it has ended


def test_heads_of_the_teams_above_hear_too_and_named_managers(crew: Crew, heard: Heard) -> None:
    wim = Person.objects.create(number="P6", first_name="Wim", last_name="Oost")
    lead = Role.objects.get(key="manager")
    Assignment.objects.create(person=wim, team=crew.west, role=lead, valid_from=date(2026, 1, 1))
    Assignment.objects.filter(person=crew.hugo).update(manager=crew.paul)
    rule("silence", days="3")
    calls("l", "2026-03-23 10:00", "P1")
    calls("n", "2026-03-23 10:00", "P3")
    assert heard(check) == topics(crew.hugo, crew.ines, wim, crew.paul)


def test_of_signs_of_demotivation_the_person_does_not_hear(crew: Crew, heard: Heard) -> None:
    made = rule("demotivation")
    Alert.objects.create(rule=made, person=crew.hugo, seen=SEEN, began_at=NOW)
    assert heard(lambda: check_alerts(now=NOW)) == topics(crew.ines)  # its cause is gone


def test_actions_are_told_and_a_mute_to_oneself(crew: Crew, heard: Heard) -> None:
    rule("silence", days="3")
    check()
    found = Alert.objects.get(person=crew.hugo)
    ines = crew.user_of(crew.ines)
    made: list[int] = []

    def choose() -> None:
        action = choose_action(actor=ines, alert_id=found.pk, kind="talk", note="x",
                               due_on=date(2026, 3, 30))  # fmt: skip
        made.append(action.pk)

    assert heard(choose) == topics(crew.hugo, crew.ines)
    assert heard(lambda: close_action(actor=ines, action_id=made[0], outcome="x")) == topics(
        crew.hugo, crew.ines
    )
    until = date(2026, 3, 31)
    assert heard(lambda: mute(actor=ines, until_on=until, person_id=crew.hugo.pk)) == topics(
        crew.ines
    )


def test_nobody_listens_for_somebody_else(crew: Crew) -> None:
    ines, paul = (viewer_of(crew.user_of(one)) for one in (crew.ines, crew.paul))
    mine = f"alerts:{crew.ines.pk}"
    assert live.may_listen(ines, mine)
    for viewer, topic in ((paul, mine), (ines, "alerts"), (ines, "alerts:0"), (ines, "alerts:x")):
        assert not live.may_listen(viewer, topic)
    assert not live.may_listen(viewer_of(crew.admin), mine)


def test_a_fragment_brings_the_list_and_the_count_of_the_frame(crew: Crew) -> None:
    rule("silence", days="3")
    calls("l", "2026-03-23 10:00", "P1")
    check()
    ines = client_of(crew, crew.ines)
    for name in ("kpis:alerts", "cockpit:team_alerts"):
        page = ines.get(reverse(name), headers={"hx-request": "true"}).content.decode()
        assert "<html" not in page
        assert page.count("Hugo Petit") >= 1
        assert 'hx-swap-oob="innerHTML:.waits-alerts"><span class="count">1<' in page
        assert f'data-live="alerts:{crew.ines.pk}"' in page
    hugo = client_of(crew, crew.hugo)
    for name in ("kpis:alerts", "cockpit:my_alerts"):
        page = hugo.get(reverse(name), headers={"hx-request": "true"}).content.decode()
        assert "since 19 Mar 2026" in page
        assert "hx-swap-oob" not in page  # a rep has nothing that waits for a decision


def test_long_lists_are_divided_and_lose_nothing(crew: Crew) -> None:
    made = rule("silence", days="3")
    Alert.objects.bulk_create(
        Alert(rule=made, person=crew.hugo, subject=f"{number:03}", seen=SEEN, began_at=NOW)
        for number in range(120)
    )
    ines = client_of(crew, crew.ines)
    address, seen = reverse("kpis:alerts"), []
    while address:
        page = ines.get(address)
        seen += [row["url"] for row in page.context["rows"]]
        after = page.context["pages"]["after"]
        address = reverse("kpis:alerts") + after if after else ""
    assert (len(seen), len(set(seen))) == (120, 120)
    assert page.context["pages"]["text"] == "page 3 of 3"
    team = ines.get(reverse("cockpit:team"))
    assert (len(team.context["alerts"]), team.context["more_alerts"]) == (5, 115)
    hugo = client_of(crew, crew.hugo).get(reverse("kpis:alerts"))
    assert (len(hugo.context["rows"]), hugo.context["pages"]["before"]) == (50, "")
    for asked in ("x", "99", "-1", "²"):
        assert ines.get(reverse("kpis:alerts"), {"page": asked}).status_code == 200
