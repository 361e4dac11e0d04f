"""Objectives without a KPI: criteria, a named evaluator, visits with evidence."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from fractions import Fraction

import pytest
import time_machine

from kernel.issues import Invalid
from kernel.periods import parse_period
from kpis.calc.marks import mark_of, weighted_attainment
from kpis.models import Evaluation, Objective
from kpis.objectives.queries import tracked
from kpis.queries import objectives_in
from kpis.services import (
    Criterion,
    Qualitative,
    accept_objective,
    evaluate_objective,
    propose_qualitative,
)
from tests.kpis.crew import Crew, plain

MARCH = parse_period("2026-03")
SEEN = date(2026, 3, 10)


@pytest.fixture(autouse=True)
def _in_march() -> object:
    with time_machine.travel(datetime(2026, 3, 20, 9, tzinfo=UTC), tick=False):
        yield


def goal(crew: Crew, *, title: str = "Discovery", evaluator: int = 0) -> Qualitative:
    return Qualitative(
        person_id=crew.lea.pk,
        title=title,
        criteria=[Criterion("Asks open questions", Fraction(2)), Criterion("Sums up")],
        evaluator_id=evaluator or crew.paul.pk,
        valid_from=MARCH.start,
        valid_to=MARCH.end,
        target=Fraction(80),
    )


def agreed(crew: Crew) -> Objective:
    made = propose_qualitative(actor=crew.user_of(crew.paul), objective=goal(crew))
    return accept_objective(actor=crew.user_of(crew.lea), objective=made)


def score(
    crew: Crew, row: Objective, scores: Sequence[int | None], day: date = SEEN, said: str = "seen"
) -> None:
    evaluate_objective(
        actor=crew.user_of(crew.paul), objective=row, visited_on=day, scores=scores, evidence=said
    )


def test_the_scores_enter_as_attainment(crew: Crew) -> None:
    row = agreed(crew)
    score(crew, row, [4, None])
    score(crew, row, [3, 5], date(2026, 3, 12))

    (one,) = tracked(Objective.objects.all(), date(2026, 3, 20))

    # (2 * (4 + 3) / 10 + 1 * 5 / 5) / 3 = 80 %, of the 80 % to be reached
    assert plain(one.value, one.attainment, one.what) == (80, 1, "Discovery")
    # what figures are held against has no part of it
    assert objectives_in(MARCH, person_ids=[crew.lea.pk]) == []


def test_a_visit_that_is_sent_twice_counts_once(crew: Crew) -> None:
    row = agreed(crew)
    score(crew, row, [5, None], said="sent once")
    for _ in range(2):
        score(crew, row, [0, None], date(2026, 3, 12), said=" seen ")
    assert Evaluation.objects.count() == 2
    (one,) = tracked(Objective.objects.all(), date(2026, 3, 20))
    assert one.value == 50


def test_only_the_named_evaluator_scores_and_only_what_is_accepted(crew: Crew) -> None:
    waiting = propose_qualitative(actor=crew.user_of(crew.paul), objective=goal(crew))
    with pytest.raises(Invalid, match="named evaluator"):
        score(crew, waiting, [4, 4])
    row = accept_objective(actor=crew.user_of(crew.lea), objective=waiting)
    with pytest.raises(Invalid, match="named evaluator"):
        evaluate_objective(
            actor=crew.user_of(crew.ines), objective=row, visited_on=SEEN, scores=[4, 4],
            evidence="seen",
        )  # fmt: skip
    score(crew, row, [4, 4])
    assert Evaluation.objects.count() == 1


@pytest.mark.parametrize(
    ("scores", "day", "said", "message"),
    [
        ([6, 1], SEEN, "seen", "from 0 to 5"),
        ([1], SEEN, "seen", "from 0 to 5"),
        ([None, None], SEEN, "seen", "from 0 to 5"),
        ([1, 1], date(2026, 2, 28), "seen", "past days"),
        ([1, 1], date(2026, 3, 21), "seen", "past days"),
        ([1, 1], SEEN, " ", "needs what was seen"),
    ],
)
def test_a_visit_without_sense_is_refused(
    crew: Crew, scores: list[int | None], day: date, said: str, message: str
) -> None:
    row = agreed(crew)

    with pytest.raises(Invalid, match=message):
        score(crew, row, scores, day, said)

    assert not Evaluation.objects.exists()


def test_a_goal_needs_a_title_criteria_and_another_evaluator(crew: Crew) -> None:
    paul = crew.user_of(crew.paul)
    with pytest.raises(Invalid, match="needs a title"):
        propose_qualitative(actor=paul, objective=goal(crew, title=" "))
    with pytest.raises(Invalid, match="evaluates oneself"):
        propose_qualitative(actor=paul, objective=goal(crew, evaluator=crew.lea.pk))
    assert not Objective.objects.exists()


def test_marks_by_hand() -> None:
    one = Fraction(1)
    assert mark_of([one, one], []) is None
    assert mark_of([one, one], [[None, None]]) is None
    assert mark_of([one, one], [[5, None]]) == 100
    assert mark_of([one, 3 * one], [[5, 0]]) == 25
    assert weighted_attainment([]) is None
    assert weighted_attainment([(one, None), (2 * one, Fraction(1, 2))]) == Fraction(1, 2)
    assert weighted_attainment([(one, Fraction(1)), (3 * one, Fraction(0))]) == Fraction(1, 4)
