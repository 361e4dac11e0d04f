"""What a metric is, is frozen with the launch: an update of the product moves no running board."""

import re
from datetime import date
from importlib import import_module
from typing import Any

import pytest
import time_machine
from django.apps import apps
from django.urls import reverse

from challenges.fairness.rehearsing import rehearse_challenge
from challenges.gathering.inputs import latest_rules, parsed
from challenges.models import Challenge, RehearsalRun
from challenges.services import (
    amend_challenge,
    ask_for_rehearsal,
    change_draft,
    launch,
    rehearse_next,
    schedule,
)
from challenges.services.news import note_news
from cockpit.races import races_of
from kernel.issues import Invalid
from kpis.models import Metric
from people.access import viewer_of
from tests.challenges.controls import controls_of
from tests.challenges.games import MARCH, MID_MARCH, board, lines, live, made, rescore, win
from tests.kpis.crew import Crew, at, event, record
from tests.kpis.test_pages import signed_in

LATER = at("2026-03-20 09:00")
WON = {"kind": "sum_amount", "types": ["deal_won"]}
PROPOSED = {"kind": "sum_amount", "types": ["proposal_sent"]}
CALLS = {"kind": "count", "types": ["call"]}


MEDIAN = {"definition": {"kind": "median", "types": ["deal_won"]}}
RETIRED = {"retired_on": date(2026, 2, 1)}


def redefined(key: str, definition: dict[str, Any]) -> None:
    """What an update of the product does to a metric that ships."""
    assert Metric.objects.filter(key=key).update(definition=definition) == 1


def proposed(number: str, when: str, who: str, amount: int) -> None:
    record(event(number, when, who, kind="proposal_sent", amount=amount), recorded_at=at(when))


@pytest.fixture
def racing(crew: Crew) -> Crew:
    win("w1", "2026-03-05 10:00", "P1", 100)
    proposed("p1", "2026-03-06 10:00", "P2", 900)
    return crew


def test_a_running_challenge_counts_what_it_counted_and_a_new_one_what_is_new(
    racing: Crew,
) -> None:
    running = live()
    assert running.definitions == {"revenue": WON}
    before = board(running), lines(running)
    assert before[0][0] == (1, "Léa", "100")

    redefined("revenue", PROPOSED)

    assert not rescore(running, LATER)
    assert (board(running), lines(running)) == before
    new = live({"key": "new"})
    assert board(new)[0] == (1, "Hugo", "900")
    assert Challenge.objects.get(pk=new.pk).definitions == {"revenue": PROPOSED}


def test_records_that_come_after_the_update_count_by_the_launch(racing: Crew) -> None:
    running = live()
    redefined("revenue", PROPOSED)
    proposed("p2", "2026-03-17 10:00", "P2", 5000)
    win("w2", "2026-03-17 11:00", "P2", 300)

    day = [at("2026-03-17 12:00").date()]
    assert note_news(person_ids=[racing.hugo.pk], days=day) == [running.pk]
    assert rescore(running, LATER)
    assert board(running)[:2] == [(1, "Hugo", "300"), (2, "Léa", "100")]


def test_news_of_a_type_that_only_the_new_definition_counts_are_none(racing: Crew) -> None:
    live()
    redefined("revenue", PROPOSED)
    proposed("p2", "2026-03-17 10:00", "P2", 5000)
    assert note_news(person_ids=[racing.hugo.pk], days=[at("2026-03-17 12:00").date()]) == []


def test_a_metric_that_can_no_longer_be_added_up_stops_no_running_challenge(racing: Crew) -> None:
    running = live()
    before = board(running)
    redefined("revenue", {"kind": "median", "types": ["deal_won"]})
    assert not rescore(running, LATER)
    assert board(running) == before


@pytest.mark.parametrize("now", [MEDIAN, RETIRED])
def test_rules_can_be_amended_whatever_has_become_of_the_metric(
    racing: Crew, now: dict[str, Any]
) -> None:
    running, draft = live(), made({"key": "draft"})
    scheduled = schedule(actor=None, challenge=draft, at=at("2026-02-20 10:00"))
    before = board(running)
    Metric.objects.filter(key="revenue").update(**now)

    document = {**MARCH, "winners": 1}
    amend_challenge(actor=None, challenge=running, document=document, reason="one", at=LATER)
    change_draft(
        actor=None, challenge=scheduled, document={**document, "key": "draft"}, team_keys=["west"],
        at=at("2026-02-21 10:00"),
    )  # fmt: skip

    assert board(running) == before
    assert [latest_rules(one).number for one in (running, scheduled)] == [2, 2]
    with pytest.raises(Invalid):
        made({"key": "new"})


@time_machine.travel(LATER, tick=False)
def test_the_fields_of_the_rules_keep_a_metric_that_is_no_longer_offered(racing: Crew) -> None:
    running, client = live(), signed_in(racing.admin)
    Metric.objects.filter(key="revenue").update(**MEDIAN)
    path = reverse("challenges:change", args=[running.pk])
    sent = controls_of(client.get(path).content.decode(), "challenge-form")

    answer = client.post(path, {**sent, "winners": ["1"], "reason": ["One winner is enough."]})

    assert answer.status_code == 302
    assert parsed(latest_rules(running).document).winners == 1
    assert Challenge.objects.get(pk=running.pk).definitions == {"revenue": WON}


def test_a_draft_follows_the_metric_until_it_is_scheduled(racing: Crew) -> None:
    draft = made({"window": {"start": "2026-03-01", "end": "2026-04-01"}})
    assert draft.definitions == {}
    redefined("revenue", PROPOSED)
    scheduled = schedule(actor=None, challenge=draft, at=at("2026-02-20 10:00"))
    redefined("revenue", WON)
    running = launch(actor=None, challenge=scheduled, at=MID_MARCH)
    assert running.definitions == {"revenue": PROPOSED}
    assert board(running)[0] == (1, "Hugo", "900")


def test_an_amendment_freezes_what_it_brings_and_keeps_what_it_keeps(racing: Crew) -> None:
    running = live()
    redefined("revenue", PROPOSED)
    document = {**MARCH, "score": {"metric": "calls"}}
    amend_challenge(
        actor=None, challenge=running, document=document, reason="calls count", at=LATER
    )
    kept = Challenge.objects.get(pk=running.pk)
    assert kept.definitions == {"calls": CALLS}

    amend_challenge(
        actor=None, challenge=kept, document={**MARCH, "winners": 1}, reason="back", at=LATER
    )
    assert Challenge.objects.get(pk=running.pk).definitions == {"revenue": PROPOSED}


def test_a_change_of_other_rules_keeps_the_measure(racing: Crew) -> None:
    running = live()
    redefined("revenue", PROPOSED)
    amend_challenge(
        actor=None, challenge=running, document={**MARCH, "winners": 1}, reason="one", at=LATER
    )
    kept = Challenge.objects.get(pk=running.pk)
    assert kept.definitions == {"revenue": WON}
    assert board(kept)[0] == (1, "Léa", "100")


def test_the_board_is_told_in_the_unit_of_the_launch(racing: Crew) -> None:
    running = live()
    redefined("revenue", CALLS)
    text = signed_in(racing.admin).get(f"/challenges/{running.pk}/").content.decode()
    assert re.search(r"€\s?100", text)


@time_machine.travel(LATER, tick=False)
def test_the_race_of_the_cockpit_is_told_in_that_unit_too(racing: Crew) -> None:
    live()
    redefined("revenue", CALLS)
    (race,) = races_of(viewer_of(racing.user_of(racing.lea)), racing.lea.pk)
    assert [re.sub(r"\s", "", one.value) for one in race.lines if one.me] == ["€100"]


def test_what_was_launched_before_keeps_the_definitions_of_the_update(racing: Crew) -> None:
    running, draft = live(), made({"key": "draft"})
    Challenge.objects.update(definitions={})
    import_module("challenges.migrations.0020_frozen_measures").freeze(apps, None)
    found = Challenge.objects.in_bulk([running.pk, draft.pk])
    assert found[running.pk].definitions == {"revenue": WON}
    assert found[draft.pk].definitions == {}


def test_a_rehearsal_counts_what_the_launch_froze(racing: Crew) -> None:
    april = {"window": {"start": "2026-05-01", "end": "2026-06-01"}}
    challenge = schedule(actor=None, challenge=made(april), at=at("2026-04-20 08:00"))
    draft = made({**april, "key": "draft"})
    redefined("revenue", PROPOSED)

    def winners(one: Challenge) -> list[str]:
        run = ask_for_rehearsal(actor=None, challenge=one, months=1, at=at("2026-04-20 09:00"))
        while rehearse_next(run_id=run.pk):
            pass
        (kept,) = RehearsalRun.objects.get(pk=run.pk).plays
        (at_once,) = rehearse_challenge(one, months=1, as_of=run.as_of).rehearsal.plays
        assert [winner[1] for winner in kept["winners"]] == [one.name for one in at_once.winners]
        return [winner[1] for winner in kept["winners"]]

    assert (winners(challenge), winners(draft)) == (["Léa Martin"], ["Hugo Petit"])
