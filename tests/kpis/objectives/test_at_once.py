"""Two answers to one proposal at the same moment, on real connections: one of them holds."""

from fractions import Fraction
from functools import partial

import pytest

from common.models import AuditEntry
from kernel.periods import Period
from kpis.models import Objective, ObjectiveStep
from kpis.services import (
    ObjectiveInput,
    accept_objective,
    counter_objective,
    propose_objective,
    withdraw_objective,
)
from kpis.services.objective_steps import digest_of
from people.queries import today
from tests.incentives.test_together import at_once
from tests.kpis.crew import Crew, make_crew


@pytest.fixture
def crew(transactional_db: None) -> Crew:
    return make_crew()


def proposed(crew: Crew) -> Objective:
    month = Period.month(today())
    wanted = ObjectiveInput("revenue_booked", Fraction(600), month.start, month.end, person="P1")
    return propose_objective(actor=crew.user_of(crew.paul), objective=wanted)


def kept(row: Objective) -> tuple[str, int, list[tuple[str, str, int]]]:
    """Status, value and all steps of an objective."""
    row.refresh_from_db()
    steps = ObjectiveStep.objects.filter(objective=row).order_by("id")
    return row.status, int(row.target), [(one.kind, one.side, int(one.target)) for one in steps]


def outcome(done: object) -> str:
    """The status that an answer made, or the code of its refusal."""
    return done.status if isinstance(done, Objective) else str(done)


def test_two_clicks_on_accept_sign_once(crew: Crew) -> None:
    row = proposed(crew)
    accept = partial(
        accept_objective, actor=crew.user_of(crew.lea), objective=row, terms=digest_of(row)
    )
    assert sorted(map(outcome, at_once(accept, accept))) == ["accepted", "objective.wrong_turn"]
    assert kept(row) == (
        "accepted", 600, [("proposed", "company", 600), ("accepted", "person", 600)],
    )  # fmt: skip
    assert AuditEntry.objects.filter(action="objective.accept").count() == 1


def test_of_accept_and_counter_at_once_one_holds(crew: Crew) -> None:
    row, lea = proposed(crew), crew.user_of(crew.lea)
    accept = partial(accept_objective, actor=lea, objective=row, terms=digest_of(row))
    counter = partial(
        counter_objective, actor=lea, objective=row, target=Fraction(450), reason="a new area"
    )
    first = ("proposed", "company", 600)
    signed = ("accepted", 600, [first, ("accepted", "person", 600)])
    answered = ("countered", 450, [first, ("countered", "person", 450)])
    done = list(map(outcome, at_once(accept, counter)))
    assert (done, kept(row)) in (
        (["accepted", "objective.wrong_turn"], signed),
        (["objective.wrong_turn", "countered"], answered),
    )


def test_nobody_signs_what_the_other_side_takes_back_meanwhile(crew: Crew) -> None:
    row = proposed(crew)
    accept = partial(accept_objective, actor=crew.user_of(crew.lea), objective=row)
    withdraw = partial(
        withdraw_objective, actor=crew.user_of(crew.paul), objective=row, reason="wrong month"
    )
    done = list(map(outcome, at_once(accept, withdraw)))
    status, _, steps = kept(row)
    # withdrawing works before and after the signature; signing what is withdrawn does not
    assert status == "withdrawn"
    assert [kind for kind, _, _ in steps] in (
        ["proposed", "accepted", "withdrawn"], ["proposed", "withdrawn"],
    )  # fmt: skip
    assert (done[0] == "accepted") == (len(steps) == 3)
