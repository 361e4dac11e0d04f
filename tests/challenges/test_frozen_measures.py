"""What a metric is, is frozen with the launch: an update of the product moves no running board."""

import re
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps

from challenges.models import Challenge
from challenges.services import amend_challenge, launch, schedule
from challenges.services.news import note_news
from kpis.models import Metric
from tests.challenges.games import MARCH, MID_MARCH, board, lines, live, made, rescore, win
from tests.kpis.crew import Crew, at, event, record
from tests.kpis.test_pages import signed_in

LATER = at("2026-03-20 09:00")
WON = {"kind": "sum_amount", "types": ["deal_won"]}
PROPOSED = {"kind": "sum_amount", "types": ["proposal_sent"]}
CALLS = {"kind": "count", "types": ["call"]}


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


def test_what_was_launched_before_keeps_the_definitions_of_the_update(racing: Crew) -> None:
    running, draft = live(), made({"key": "draft"})
    Challenge.objects.update(definitions={})
    import_module("challenges.migrations.0020_frozen_measures").freeze(apps, None)
    found = Challenge.objects.in_bulk([running.pk, draft.pk])
    assert found[running.pk].definitions == {"revenue": WON}
    assert found[draft.pk].definitions == {}
