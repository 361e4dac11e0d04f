"""What of challenges and badges holds a KPI or a metric of one's own back, and what does not."""

from datetime import date
from typing import Any

import pytest
import time_machine

from challenges.badges import services as badges
from challenges.badges.services import BadgeInput
from challenges.boards.fragments import words_of
from challenges.gathering.inputs import latest_rules, parsed
from challenges.kpi_uses import of_badges
from challenges.models import Badge, Challenge
from challenges.services import launch, schedule
from kernel.issues import Invalid
from kpis.models import Kpi, Metric
from kpis.services import NewKpi, NewMetric, create_kpi, create_metric
from kpis.services.retiring import retire_kpi, retire_metric
from kpis.uses import Names
from people.access import viewer_of
from tests.challenges.games import made
from tests.kpis.crew import Crew, at

CALLS: dict[str, object] = {"form": "threshold", "at_least": 1, "per": "month"}
RATE: dict[str, object] = {"form": "kpi", "kpi": "own_rate", "at_least": 50, "per": "month"}
MINE = {**CALLS, "metric": "own_talks"}


@pytest.fixture(autouse=True)
def in_march() -> Any:
    with time_machine.travel(at("2026-03-20 12:00"), tick=False):
        yield


@pytest.fixture
def own(crew: Crew) -> Crew:
    talks = {"kind": "count", "types": ["call"], "where": {"attribute": "minutes", "least": "10"}}
    create_metric(actor=None, wanted=NewMetric("Entretiens", "Talks", talks))
    create_kpi(actor=None, wanted=NewKpi(
        "Taux", "Rate", "calls / emails * 100", "percent", "up", "monthly", "quality", "leading"
    ))  # fmt: skip
    return crew


def badge(key: str, document: dict[str, object]) -> Badge:
    return badges.create_badge(actor=None, badge=BadgeInput(key, key, document), key=key)


def named(refused: pytest.ExceptionInfo[Invalid]) -> str:
    (issue,) = refused.value.issues
    assert issue.code == "kpis.still_used"
    return dict(issue.params)["uses"]


def test_a_badge_holds_what_it_is_earned_by(own: Crew) -> None:
    made_of_records, of_figures = badge("talker", MINE), badge("rater", RATE)
    with pytest.raises(Invalid) as refused:
        retire_metric(actor=own.admin, key="own_talks")
    assert "talker" in named(refused)
    with pytest.raises(Invalid) as refused:
        retire_kpi(actor=own.admin, key="own_rate")
    assert "rater" in named(refused)

    for one in (made_of_records, of_figures):
        badges.retire_badge(actor=own.admin, badge=one)
    retire_metric(actor=own.admin, key="own_talks")
    retire_kpi(actor=own.admin, key="own_rate")
    assert Metric.objects.get(key="own_talks").retired_on == date(2026, 3, 20)
    assert Kpi.objects.get(key="own_rate").retired_on == date(2026, 3, 20)


def test_an_amended_badge_holds_until_the_period_of_its_old_rule_is_judged(own: Crew) -> None:
    one = badge("talker", MINE)
    badges.amend_badge(
        actor=own.admin, badge=one, document={**CALLS, "metric": "calls"}, points=0, reason="all"
    )
    with pytest.raises(Invalid):
        retire_metric(actor=own.admin, key="own_talks")
    Badge.objects.filter(pk=one.pk).update(closed_to=date(2026, 4, 1))
    retire_metric(actor=own.admin, key="own_talks")


def test_the_badge_of_another_team_is_told_to_who_sees_everybody(own: Crew) -> None:
    badges.create_badge(
        actor=None, badge=BadgeInput("n", "north only", MINE), team=own.north, key="north-only"
    )
    names = Names(frozenset(), frozenset({"own_talks"}))
    told = {
        who: [use.name for use in of_badges(viewer_of(user), names)]
        for who, user in {
            "admin": own.admin, "hugo": own.user_of(own.hugo), "noor": own.user_of(own.noor),
        }.items()
    }  # fmt: skip
    assert {who: len(uses) for who, uses in told.items()} == {"admin": 1, "hugo": 1, "noor": 0}


def test_a_draft_holds_its_metric_and_what_was_launched_counts_it_on_by_its_name(
    own: Crew,
) -> None:
    april = {"start": "2026-04-01", "end": "2026-05-01"}
    draft = made({"window": april, "score": {"metric": "own_talks"}})
    with pytest.raises(Invalid) as refused:
        retire_metric(actor=own.admin, key="own_talks")
    assert "March sprint" in named(refused) or "Sprint de mars" in named(refused)

    schedule(actor=None, challenge=draft, at=at("2026-03-20 12:00"))
    retire_metric(actor=own.admin, key="own_talks")
    launch(actor=None, challenge=Challenge.objects.get(pk=draft.pk), at=at("2026-04-02 09:00"))
    running = Challenge.objects.get(pk=draft.pk)
    assert running.state == "live"
    words = words_of(parsed(latest_rules(running).document), running)
    assert words.known.metrics["own_talks"].name_en == "Talks"
