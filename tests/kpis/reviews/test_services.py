"""What a review writes: decisions, what came of them, and that it is held once."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from threading import Barrier
from typing import Any

import pytest
import time_machine
from django.db import connection

from common.models import AuditEntry
from kernel.issues import Invalid
from kernel.periods import Period
from kpis.calc.reviews import Ritual
from kpis.models import Alert, AlertAction, Decision, Review
from kpis.reviews.queries import Sitting, decisions_of, open_decisions, review_before, review_of
from kpis.reviews.services import DecisionInput, close_decision, hold_review, record_decision
from tests.kpis.alerts.scenes import NOW, calls, check, rule
from tests.kpis.crew import Crew, make_crew

WEEK = Period(date(2026, 3, 16), date(2026, 3, 23))


@pytest.fixture(autouse=True)
def in_march() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def week_of(crew: Crew) -> Sitting:
    return Sitting(Ritual.WEEKLY, WEEK, crew.north.pk)


def wanted(crew: Crew) -> DecisionInput:
    return DecisionInput("adjust", "Calls before ten.", crew.hugo.pk, date(2026, 4, 3))


def codes(work: Callable[[], Any]) -> list[tuple[str, str]]:
    with pytest.raises(Invalid) as caught:
        work()
    return [(issue.code, issue.place.path) for issue in caught.value.issues]


def trail() -> list[str]:
    rows = AuditEntry.objects.filter(action__startswith="review.").order_by("id")
    return list(rows.values_list("action", flat=True))


def test_a_decision_says_what_who_and_by_when(crew: Crew) -> None:
    ines = crew.user_of(crew.ines)
    about = replace(wanted(crew), person_id=crew.hugo.pk, kpi="calls_count")
    made = record_decision(actor=ines, sitting=week_of(crew), decision=about)
    (held,) = decisions_of(review_of(week_of(crew)))
    assert held == made
    assert held.kpi is not None
    assert (held.note, held.owner, held.person, held.kpi.key, held.due_on, held.by, held.at) == (
        "Calls before ten.", crew.hugo, crew.hugo, "calls_count", date(2026, 4, 3), ines, NOW,
    )  # fmt: skip
    entry = AuditEntry.objects.get(action="review.decide")
    assert entry.actor == ines
    assert entry.after == {
        "review": held.review_id, "note": "Calls before ten.", "owner": crew.hugo.pk,
        "due_on": "2026-04-03", "person": crew.hugo.pk, "kpi": "calls_count", "action": None,
    }  # fmt: skip


def test_what_is_wrong_with_a_decision_is_said_at_its_field(crew: Crew) -> None:
    ines = crew.user_of(crew.ines)
    wrong = replace(wanted(crew), kind="sing", note=" ", due_on=date(2026, 3, 23))
    assert codes(
        lambda: record_decision(actor=ines, sitting=week_of(crew), decision=wrong)
    ) == [
        ("reviews.unknown_kind", "kind"),
        ("reviews.no_words", "note"),
        ("reviews.odd_date", "due_on"),
    ]  # fmt: skip
    running = replace(week_of(crew), period=Period(date(2026, 3, 23), date(2026, 3, 30)))
    assert codes(
        lambda: record_decision(actor=ines, sitting=running, decision=wanted(crew))
    ) == [("reviews.too_early", "")]  # fmt: skip
    assert not Review.objects.exists()


def test_a_decision_about_an_alert_is_followed_as_its_action(crew: Crew) -> None:
    rule("silence", days="3")
    calls("l", "2026-03-23 10:00", "P1")
    check()
    ines, alert = crew.user_of(crew.ines), Alert.objects.get(person=crew.hugo)
    about = replace(wanted(crew), alert_id=alert.pk)
    made = record_decision(actor=ines, sitting=week_of(crew), decision=about)
    action = AlertAction.objects.get()
    assert (made.action, made.person) == (action, crew.hugo)
    assert (action.alert, action.kind, action.note, action.due_on, action.by) == (
        alert, "adjust", "Calls before ten.", date(2026, 4, 3), ines,
    )  # fmt: skip
    assert codes(
        lambda: record_decision(actor=ines, sitting=week_of(crew), decision=about)
    ) == [("alerts.acted", "")]  # fmt: skip
    assert open_decisions([crew.north.pk]) == [made]
    close_decision(actor=ines, decision_id=made.pk, outcome="He calls again.")
    action.refresh_from_db()
    assert (action.outcome, action.closed_by) == ("He calls again.", ines)
    assert open_decisions([crew.north.pk]) == []


def test_a_decision_is_closed_once_with_what_came_of_it(crew: Crew) -> None:
    ines = crew.user_of(crew.ines)
    made = record_decision(actor=ines, sitting=week_of(crew), decision=wanted(crew))
    assert codes(lambda: close_decision(actor=ines, decision_id=made.pk, outcome=" ")) == [
        ("reviews.no_words", "outcome")
    ]
    close_decision(actor=ines, decision_id=made.pk, outcome="Done by all.")
    assert codes(lambda: close_decision(actor=ines, decision_id=made.pk, outcome="Again.")) == [
        ("reviews.closed", "")
    ]
    made.refresh_from_db()
    assert (made.outcome, made.closed_by, made.closed_at) == ("Done by all.", ines, NOW)
    assert trail() == ["review.decide", "review.decision_close"]


def test_a_review_is_held_when_its_days_are_over_and_something_is_decided(crew: Crew) -> None:
    ines, sitting = crew.user_of(crew.ines), week_of(crew)
    running = replace(sitting, period=Period(date(2026, 3, 23), date(2026, 3, 30)))
    assert codes(lambda: hold_review(actor=ines, sitting=running, kept={})) == [
        ("reviews.too_early", "")
    ]
    assert codes(lambda: hold_review(actor=ines, sitting=sitting, kept={})) == [
        ("reviews.nothing_decided", "")
    ]
    record_decision(actor=ines, sitting=sitting, decision=wanted(crew))
    held = hold_review(actor=ines, sitting=sitting, kept={"en": {"figures": []}})
    assert (held.held_by, held.held_at, held.kept) == (ines, NOW, {"en": {"figures": []}})
    assert codes(lambda: hold_review(actor=ines, sitting=sitting, kept={})) == [
        ("reviews.held", "")
    ]
    assert codes(
        lambda: record_decision(actor=ines, sitting=sitting, decision=wanted(crew))
    ) == [("reviews.held", "")]  # fmt: skip
    assert trail() == ["review.decide", "review.hold"]


def test_the_next_review_begins_from_the_last_one_that_was_held(crew: Crew) -> None:
    ines = crew.user_of(crew.ines)
    for start in (date(2026, 3, 2), date(2026, 3, 9)):
        sitting = Sitting(Ritual.WEEKLY, Period.week(start), crew.north.pk)
        record_decision(actor=ines, sitting=sitting, decision=wanted(crew))
    first = Sitting(Ritual.WEEKLY, Period.week(date(2026, 3, 2)), crew.north.pk)
    held = hold_review(actor=ines, sitting=first, kept={"en": {}})
    assert review_before(week_of(crew)) == held
    assert review_before(first) is None
    assert review_before(replace(week_of(crew), team_id=crew.south.pk)) is None
    assert review_before(replace(week_of(crew), team_id=None)) is None


@pytest.mark.django_db(transaction=True)
def test_two_who_hold_at_once_hold_one_review(transactional_db: None) -> None:
    crew = make_crew()
    sitting = Sitting(Ritual.MONTHLY, Period.month(date(2026, 2, 1)), crew.north.pk)
    actors = [crew.user_of(crew.ines), crew.admin]
    barrier = Barrier(2)

    def decide_and_hold(number: int) -> str:
        try:
            barrier.wait(30)
            record_decision(actor=actors[number], sitting=sitting, decision=wanted(crew))
            barrier.wait(30)
            hold_review(actor=actors[number], sitting=sitting, kept={"en": {"by": number}})
        except Invalid as invalid:
            return invalid.issues[0].code
        finally:
            connection.close()
        return "held"

    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(decide_and_hold, range(2)))
    assert sorted(found) == ["held", "reviews.held"]
    review = Review.objects.get()
    winner = found.index("held")
    assert (review.held_by, review.kept) == (actors[winner], {"en": {"by": winner}})
    assert Decision.objects.filter(review=review).count() == 2
    assert trail() == ["review.decide", "review.decide", "review.hold"]
