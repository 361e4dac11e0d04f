"""Qualitative objectives that a plan pays: scored by evaluators, frozen, told, corrected late."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from incentives import services
from incentives.gathering.payees import field_of
from incentives.models import PayPeriod
from incentives.periods.readiness import Readiness, readiness
from incentives.services.correcting import Corrections
from incentives.statements.proofs import proof_of
from kernel.issues import Invalid
from kernel.periods import Period
from kpis.models import Evaluation, Objective
from kpis.services import (
    Criterion,
    Qualitative,
    accept_objective,
    evaluate_objective,
    propose_qualitative,
    withdraw_objective,
)
from tests.incentives.conftest import Pay
from tests.incentives.test_happenings import run_and_lock
from tests.incentives.test_histories import month
from tests.incentives.test_pay_inputs import HEAD

QUALITY = f"""{HEAD}measures:
  revenue: {{sum: amount}}
components:
  - key: quality
    name: {{fr: Qualité, en: Quality}}
    steps:
      - step: mbo
        pay: 1000
        missing: zero
        demands: [evidence, evaluator, 'on']
        items:
          - {{key: discovery, weight: 60 %, most: 1}}
          - {{key: crm, weight: 40 %, target: 80 %, most: 1}}
"""
MARCH = Period.month(date(2026, 3, 1))
SEEN = "Asked what the last purchase had failed at."


@pytest.fixture(autouse=True)
def _in_april() -> Iterator[None]:
    with time_machine.travel(datetime(2026, 4, 2, 9, tzinfo=UTC), tick=False):
        yield


@pytest.fixture
def quality(pay: Pay) -> Pay:
    """The pay of account executives hangs on two qualitative objectives."""
    draft = services.save_plan(actor=pay.hana, document=QUALITY, valid_from=date(2026, 2, 1))
    services.publish_plan(actor=pay.hana, version_id=draft.pk, reason="quality only")
    return pay


def proposed(pay: Pay, key: str, days: Period = MARCH, **changes: Any) -> Objective:
    """Criteria of weight 2 and 1 for Léa, which Marc will score."""
    told: dict[str, Any] = {
        "title": f"Well done: {key}",
        "criteria": [Criterion("Asks open questions", Fraction(2)), Criterion("Sums up")],
        "goal_key": key,
    }
    wanted = Qualitative(
        person_id=pay.world.people["léa"].pk,
        evaluator_id=pay.world.people["marc"].pk,
        valid_from=days.start,
        valid_to=days.end,
        **{**told, **changes},
    )
    return propose_qualitative(actor=pay.world.users["marc"], objective=wanted)


def agreed(pay: Pay, key: str, days: Period = MARCH, **changes: Any) -> Objective:
    made = proposed(pay, key, days, **changes)
    return accept_objective(actor=pay.world.users["léa"], objective=made)


def score(pay: Pay, row: Objective, scores: Sequence[int | None], day: int) -> Evaluation:
    return evaluate_objective(
        actor=pay.world.users["marc"], objective=row, visited_on=date(2026, 3, day),
        scores=scores, evidence=SEEN,
    )  # fmt: skip


def checked(period: PayPeriod) -> Readiness:
    return readiness(period, field_of(period), None, date(2026, 4, 2))


def lacking(period: PayPeriod) -> list[tuple[str, str, bool]]:
    """What the checklist says: name, goal, and whether something is agreed."""
    return [(one.name, one.goal, one.agreed) for one in checked(period).unscored]


def test_what_evaluators_scored_is_paid_and_frozen_with_its_origin(quality: Pay) -> None:
    discovery, crm = agreed(quality, "discovery"), agreed(quality, "crm")
    first = score(quality, discovery, [4, None], 10)
    second = score(quality, discovery, [3, 5], 12)
    third = score(quality, crm, [4, 4], 12)

    run = quality.run()
    row = quality.statement(run, "léa")

    # discovery: (2 x (4 + 3) / 10 + 1 x 5 / 5) / 3 = 80 %; crm: 80 % of the 80 % that pay all
    assert row.total_minor == 60 * 800 + 40 * 1000
    marc = str(quality.world.people["marc"].pk)
    assert row.inputs["payees"][0]["reviews"] == {
        "crm": {
            "score": "0.8", "evaluator": marc, "on": "2026-03-12",
            "evidence": f"2026-03-12 #{third.pk}",
        },
        "discovery": {
            "score": "0.8", "evaluator": marc, "on": "2026-03-12",
            "evidence": f"2026-03-10 #{first.pk}, 2026-03-12 #{second.pk}",
        },
    }  # fmt: skip
    # what was seen is no part of what a proof hands to strangers
    assert SEEN not in str(row.inputs) + str(row.result)
    assert b"proof" in proof_of(row)
    omar = quality.statement(run, "omar")
    assert (omar.total_minor, "reviews" in omar.inputs["payees"][0]) == (0, False)


def test_the_checklist_names_what_is_not_agreed_and_what_is_not_scored(quality: Pay) -> None:
    nobody = [("Omar Test", "crm", False), ("Omar Test", "discovery", False)]
    waiting = proposed(quality, "discovery")
    assert lacking(quality.march) == [
        ("Léa Test", "crm", False), ("Léa Test", "discovery", False), *nobody,
    ]  # fmt: skip
    accept_objective(actor=quality.world.users["léa"], objective=waiting)
    crm = agreed(quality, "crm")
    score(quality, crm, [5, 5], 3)
    assert lacking(quality.march) == [("Léa Test", "discovery", True), *nobody]

    # nothing is zero without a word: the calculation itself says what it lacked
    said = quality.statement(quality.run(), "léa").result["issues"]
    assert [one["code"] for one in said] == ["calculation.no_value"]
    assert dict(said[0]["params"])["missing"] == "discovery"

    score(quality, waiting, [5, 5], 4)
    assert lacking(quality.march) == nobody
    client = Client()
    client.force_login(quality.hana)
    text = client.get(reverse("incentives:period", args=[quality.march.pk])).content.decode()
    assert "2 qualitative objectives that plans pay are not agreed on" in text
    assert "Omar Test (discovery)" in text


def test_a_run_after_an_evaluation_calculates_again_whom_it_is_of(quality: Pay) -> None:
    discovery = agreed(quality, "discovery")
    score(quality, discovery, [5, 5], 3)
    first = quality.run()
    before = quality.statement(first, "léa")
    assert quality.run().statements.get(person=before.person).pk == before.pk

    score(quality, discovery, [0, 0], 4)
    run = quality.run()

    assert (before.total_minor, quality.statement(run, "léa").total_minor) == (60000, 30000)
    assert quality.statement(run, "omar").pk == quality.statement(first, "omar").pk


def test_a_late_evaluation_is_corrected_in_the_next_period(quality: Pay) -> None:
    discovery = agreed(quality, "discovery")
    locked = run_and_lock(quality, 3)
    assert quality.statement(locked, "léa").total_minor == 0
    score(quality, discovery, [5, 0], 30)
    april = quality.run(month(quality, 4))
    (late,) = april.statements.filter(corrects__isnull=False)
    # 60 % of 1,000 x two thirds
    assert (late.person.number, late.total_minor) == ("léa", 40000)
    assert late.corrects == quality.statement(locked, "léa")


def test_a_late_visit_under_a_later_amendment_is_corrected_as_well(quality: Pay) -> None:
    discovery = agreed(quality, "discovery")
    score(quality, discovery, [0, 0], 3)
    locked = run_and_lock(quality, 3)
    harder = agreed(quality, "discovery", target=Fraction(90), reason="a good start")
    other = agreed(quality, "crm", title="Well kept", criteria=[Criterion("Sums up")])
    score(quality, harder, [5, 5], 30)
    score(quality, other, [5], 30)
    april = quality.run(month(quality, 4))
    (late,) = april.statements.filter(corrects__isnull=False)
    # 60 % of 1,000 x one half; what was agreed after the lock is none of March's
    assert (late.corrects, late.total_minor) == (quality.statement(locked, "léa"), 30000)


def test_a_visit_of_another_period_has_no_locked_one_looked_at(quality: Pay) -> None:
    run_and_lock(quality, 3)
    of_april = agreed(quality, "discovery", Period.month(date(2026, 4, 1)))
    evaluate_objective(
        actor=quality.world.users["marc"], objective=of_april, visited_on=date(2026, 4, 1),
        scores=[5, 5], evidence=SEEN,
    )  # fmt: skip
    april = quality.run(month(quality, 4))
    assert Corrections(april).touched() == 0
    assert quality.statement(april, "léa").total_minor == 60000


def test_a_withdrawn_objective_still_counts_where_it_was_paid_by(quality: Pay) -> None:
    discovery = agreed(quality, "discovery")
    score(quality, discovery, [5, 5], 30)
    run_and_lock(quality, 3)
    withdraw_objective(actor=quality.world.users["marc"], objective=discovery, reason="a new role")
    april = quality.run(month(quality, 4))
    assert not april.statements.filter(corrects__isnull=False).exists()


def test_an_amendment_keeps_its_visits_and_other_criteria_begin_anew(quality: Pay) -> None:
    discovery = agreed(quality, "discovery")
    score(quality, discovery, [5, 5], 3)
    harder = agreed(quality, "discovery", target=Fraction(90), reason="a good start")
    score(quality, harder, [0, 0], 4)
    assert quality.statement(quality.run(), "léa").total_minor == 30000

    agreed(quality, "discovery", criteria=[Criterion("Sums up")], reason="other questions")
    assert ("Léa Test", "discovery", True) in lacking(quality.march)


def test_objectives_that_follow_each_other_count_by_their_days(quality: Pay) -> None:
    tenth = date(2026, 3, 11)
    early = agreed(quality, "discovery", Period(MARCH.start, tenth))
    late = agreed(quality, "discovery", Period(tenth, MARCH.end + timedelta(days=30)))
    score(quality, early, [5, 5], 3)
    assert ("Léa Test", "discovery", True) in lacking(quality.march)
    score(quality, late, [0, 0], 20)
    row = quality.statement(quality.run(), "léa")
    assert row.inputs["payees"][0]["reviews"]["discovery"]["score"] == "10/31"


def test_one_goal_is_scored_by_one_objective_at_a_time(quality: Pay) -> None:
    agreed(quality, "discovery")
    second = proposed(quality, "discovery", title="Another one")
    with pytest.raises(Invalid, match="for the same goal"):
        accept_objective(actor=quality.world.users["léa"], objective=second)
    with pytest.raises(Invalid, match="cannot be the key"):
        proposed(quality, "Not a key")
    agreed(quality, "crm")


def test_a_full_score_that_no_mark_reaches_is_named(quality: Pay) -> None:
    assert checked(quality.march).beyond_marks == ()
    draft = services.save_plan(
        actor=quality.hana, document=QUALITY.replace("80 %", "5"), valid_from=date(2026, 3, 1)
    )
    version = services.publish_plan(actor=quality.hana, version_id=draft.pk, reason="five")
    assert checked(quality.march).beyond_marks == ((version, "crm"),)


def test_the_statement_names_the_visits_and_shows_them_to_who_may(quality: Pay) -> None:
    discovery = agreed(quality, "discovery")
    score(quality, discovery, [4, 4], 10)
    run = quality.run()
    quality.approve()
    url = reverse("incentives:statement", args=[quality.statement(run, "léa").pk])
    page = reverse("kpis:objective", args=[discovery.pk])
    shown = {}
    for who in ("léa", "hana"):
        client = Client()
        client.force_login(quality.world.users[who])
        shown[who] = client.get(url, headers={"accept-language": "en"}).content.decode()
        assert SEEN not in shown[who]
        assert "scored by Marc Test, visits: 10 Mar 2026 #" in shown[who]
    assert (page in shown["léa"], page in shown["hana"]) == (True, False)
