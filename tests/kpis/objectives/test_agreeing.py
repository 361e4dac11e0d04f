"""Two sides agree on a target: whose turn it is, what is in force, what is kept of it."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
import time_machine
from django.db import ProgrammingError, transaction

from common.models import AuditEntry
from kernel.issues import Invalid
from kernel.periods import parse_period
from kpis.models import Objective, ObjectiveStep
from kpis.objectives.queries import signatures_of
from kpis.queries import (
    frozen_formulas,
    objectives_in,
    people_with_kpi_news,
    waiting_objectives,
)
from kpis.services import (
    ObjectiveInput,
    accept_objective,
    counter_objective,
    lapse_objectives,
    propose_objective,
    set_objective,
    withdraw_objective,
)
from people.models import Person, User
from tests.kpis.crew import Crew, plain

MARCH = parse_period("2026-03")
NOW = datetime(2026, 2, 20, 9, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _in_february() -> object:
    with time_machine.travel(NOW, tick=False):
        yield


def asked(target: int = 100, *, reason: str = "", who: str = "P1") -> ObjectiveInput:
    return ObjectiveInput(
        "revenue_booked", Fraction(target), MARCH.start, MARCH.end, person=who, reason=reason
    )


def in_force(crew: Crew) -> list[Fraction]:
    return [row.target for row in objectives_in(MARCH, person_ids=[crew.lea.pk])]


def told(objective: Objective) -> list[tuple[str, str, int, str]]:
    rows = ObjectiveStep.objects.filter(objective=objective).order_by("id")
    return [(row.kind, row.side, int(row.target), row.reason) for row in rows]


@pytest.fixture
def lea(crew: Crew) -> User:
    return crew.user_of(crew.lea)


@pytest.fixture
def paul(crew: Crew) -> User:
    return crew.user_of(crew.paul)


def test_a_proposal_is_in_force_only_once_it_is_accepted(crew: Crew, lea: User, paul: User) -> None:
    made = propose_objective(actor=paul, objective=asked())
    assert plain(in_force(crew), waiting_objectives(MARCH, [crew.lea.pk])) == ([], 1)

    accept_objective(actor=lea, objective=made)

    assert plain(in_force(crew), waiting_objectives(MARCH, [crew.lea.pk])) == ([100], 0)
    made.refresh_from_db()
    signed = signatures_of(made)
    assert {side: one.by for side, one in signed.items()} == {
        "company": "Paul Blanc", "person": "Léa Martin",
    }  # fmt: skip
    assert {one.at for one in signed.values()} == {NOW}
    assert len({one.sha256 for one in signed.values()}) == 1
    audited = AuditEntry.objects.filter(action__startswith="objective.").order_by("id")
    assert [row.action for row in audited] == ["objective.propose", "objective.accept"]


def test_a_counter_is_signed_by_the_other_side(crew: Crew, lea: User, paul: User) -> None:
    made = propose_objective(actor=paul, objective=asked())
    with pytest.raises(Invalid, match="does not wait for your answer"):
        accept_objective(actor=paul, objective=made)

    counter_objective(actor=lea, objective=made, target=Fraction(80), reason="a new area")
    with pytest.raises(Invalid, match="does not wait for your answer"):
        accept_objective(actor=lea, objective=made)
    counter_objective(actor=paul, objective=made, target=Fraction(90), reason="half of it")
    accept_objective(actor=lea, objective=made)

    assert in_force(crew) == [90]
    assert told(made) == [
        ("proposed", "company", 100, ""),
        ("countered", "person", 80, "a new area"),
        ("proposed", "company", 90, "half of it"),
        ("accepted", "person", 90, ""),
    ]
    made.refresh_from_db()
    assert {side: one.target for side, one in signatures_of(made).items()} == {
        "company": 90, "person": 90,
    }  # fmt: skip


def test_the_company_accepts_what_a_person_countered(crew: Crew, lea: User, paul: User) -> None:
    made = propose_objective(actor=paul, objective=asked())
    counter_objective(actor=lea, objective=made, target=Fraction(80), reason="a new area")

    accept_objective(actor=paul, objective=made)

    made.refresh_from_db()
    assert in_force(crew) == [80]
    assert set(signatures_of(made)) == {"company", "person"}


@pytest.mark.parametrize(
    ("target", "reason", "message"),
    [(80, " ", "needs a reason"), (100, "so", "stands already"), (-1, "so", "cannot be a target")],
)
def test_a_counter_says_another_value_and_why(
    crew: Crew, lea: User, paul: User, target: int, reason: str, message: str
) -> None:
    made = propose_objective(actor=paul, objective=asked())

    with pytest.raises(Invalid, match=message):
        counter_objective(actor=lea, objective=made, target=Fraction(target), reason=reason)

    assert told(made) == [("proposed", "company", 100, "")]


def test_an_amendment_needs_a_reason_and_leaves_the_old_one_in_force_until_accepted(
    crew: Crew, lea: User, paul: User
) -> None:
    first = propose_objective(actor=paul, objective=asked())
    accept_objective(actor=lea, objective=first)
    with pytest.raises(Invalid, match="needs a reason"):
        propose_objective(actor=paul, objective=asked(120))
    with pytest.raises(Invalid, match="stands already"):
        propose_objective(actor=paul, objective=asked(100, reason="the same"))

    second = propose_objective(actor=paul, objective=asked(120, reason="a second area"))
    assert in_force(crew) == [100]
    accept_objective(actor=lea, objective=second)

    assert in_force(crew) == [120]
    rows = Objective.objects.order_by("id").values_list("target", "status", "replaces_id")
    assert plain(*rows) == ((100, "withdrawn", None), (120, "accepted", first.pk))


def test_a_proposal_lapses_after_the_day_for_the_answer(crew: Crew, lea: User, paul: User) -> None:
    with pytest.raises(Invalid, match="has passed"):
        propose_objective(actor=paul, objective=asked(), answer_by=date(2026, 2, 19))
    made = propose_objective(actor=paul, objective=asked(), answer_by=date(2026, 2, 25))

    with time_machine.travel(datetime(2026, 2, 25, 20, tzinfo=UTC), tick=False):
        assert lapse_objectives() == 0
    with time_machine.travel(datetime(2026, 2, 26, 9, tzinfo=UTC), tick=False):
        with pytest.raises(Invalid, match="has passed"):
            accept_objective(actor=lea, objective=made)
        again = propose_objective(actor=paul, objective=asked())
        assert lapse_objectives() == 0

    made.refresh_from_db()
    assert (made.status, again.status, in_force(crew)) == ("lapsed", "proposed", [])
    assert told(made)[-1] == ("lapsed", "", 100, "")


def test_one_proposal_at_a_time_and_never_to_oneself_or_a_team(crew: Crew, paul: User) -> None:
    propose_objective(actor=paul, objective=asked())
    with pytest.raises(Invalid, match="still waiting"):
        propose_objective(actor=paul, objective=asked(120))
    with pytest.raises(Invalid, match="for oneself"):
        propose_objective(actor=paul, objective=asked(who="P5"))
    team = ObjectiveInput("revenue_booked", Fraction(9), MARCH.start, MARCH.end, team="North")
    with pytest.raises(Invalid, match="Only a person"):
        propose_objective(actor=paul, objective=team)

    propose_objective(actor=paul, objective=asked(who="P2"))
    assert Objective.objects.count() == 2


def test_what_came_into_force_meanwhile_is_not_overruled(crew: Crew, lea: User, paul: User) -> None:
    made = propose_objective(actor=paul, objective=asked())
    set_objective(actor=crew.admin, objective=asked(70))

    with pytest.raises(Invalid, match="already an objective"):
        accept_objective(actor=lea, objective=made)

    assert in_force(crew) == [70]


def test_a_proposal_is_withdrawn_with_a_reason_once(crew: Crew, lea: User, paul: User) -> None:
    made = propose_objective(actor=paul, objective=asked())
    with pytest.raises(Invalid, match="needs a reason"):
        withdraw_objective(actor=paul, objective=made, reason=" ")
    withdraw_objective(actor=paul, objective=made, reason="wrong month")

    with pytest.raises(Invalid, match="does not wait"):
        withdraw_objective(actor=paul, objective=made, reason="again")
    with pytest.raises(Invalid, match="does not wait"):
        accept_objective(actor=lea, objective=made)
    assert told(made)[-1] == ("withdrawn", "company", 100, "wrong month")


def test_weights_are_kept_and_checked(crew: Crew, paul: User) -> None:
    heavy = ObjectiveInput(
        "revenue_booked", Fraction(1), MARCH.start, MARCH.end, person="P1", weight=Fraction(5, 2)
    )
    assert propose_objective(actor=paul, objective=heavy).weight == Decimal("2.5")
    light = ObjectiveInput(
        "revenue_booked", Fraction(1), MARCH.start, MARCH.end, person="P2", weight=Fraction(0)
    )
    with pytest.raises(Invalid, match="cannot be a weight"):
        propose_objective(actor=paul, objective=light)


def test_a_step_is_never_changed(crew: Crew, paul: User) -> None:
    made = propose_objective(actor=paul, objective=asked())

    with pytest.raises(ProgrammingError, match="Cannot update"), transaction.atomic():
        ObjectiveStep.objects.filter(objective=made).update(target=1)
    assert told(made) == [("proposed", "company", 100, "")]


def test_what_was_agreed_since_is_news_to_whoever_is_paid_by_it(
    crew: Crew, lea: User, paul: User
) -> None:
    end = datetime(2026, 4, 1, tzinfo=UTC)
    by_objectives = frozen_formulas({"attainment_rate"}, MARCH.last)
    by_calls = frozen_formulas({"calls_count"}, MARCH.last)
    made = propose_objective(actor=paul, objective=asked())
    with time_machine.travel(NOW + timedelta(hours=1), tick=False):
        accept_objective(actor=lea, objective=made)

    def news(frozen: dict[str, Any], since: datetime) -> frozenset[int]:
        return people_with_kpi_news(frozen, end, since=since, until=end)

    assert news(by_objectives, NOW) == {crew.lea.pk}
    assert news(by_objectives, NOW + timedelta(hours=1)) == frozenset()
    assert news(by_calls, NOW) == frozenset()

    role = ObjectiveInput("calls_count", Fraction(5), MARCH.start, MARCH.end, role="ae")
    with time_machine.travel(NOW + timedelta(hours=2), tick=False):
        set_objective(actor=None, objective=role)
    assert news(by_objectives, NOW + timedelta(hours=1)) == set(
        Person.objects.values_list("pk", flat=True)
    )
