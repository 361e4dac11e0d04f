"""A KPI is retired while somebody agrees on an objective of it, on real connections: whoever comes
second waits for the first, and is told what has become of it."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from fractions import Fraction

import pytest
from django.db import connection, transaction

from kernel.issues import Invalid
from kernel.periods import Period
from kpis.models import Kpi, Objective
from kpis.services import (
    NewKpi,
    ObjectiveInput,
    accept_objective,
    create_kpi,
    propose_objective,
    set_objective,
)
from kpis.services.retiring import retire_kpi
from people.queries import today
from tests.kpis.crew import Crew, make_crew
from tests.kpis.test_filling import WAITING

KEY = "own_calls_twice"


@pytest.fixture
def own(transactional_db: None) -> Crew:
    crew = make_crew()
    create_kpi(actor=None, wanted=NewKpi(
        "Appels deux fois", "Calls twice", "calls * 2", "count", "up", "weekly", "activity",
        "leading",
    ))  # fmt: skip
    return crew


def outcome(work: Callable[[], object]) -> str:
    """On a connection of its own: "done", or the code of the refusal."""
    try:
        work()
    except Invalid as refused:
        return refused.issues[0].code
    finally:
        connection.close()
    return "done"


def wait_until_it_waits(second: Future[str]) -> None:
    """Until the second stands before a lock; fails when it went past."""
    waiting = 0
    while not waiting:
        assert not second.done(), second.result()
        with connection.cursor() as cursor:
            cursor.execute(WAITING)
            (waiting,) = cursor.fetchone()


def one_after_the_other(first: Callable[[], object], second: Callable[[], object]) -> str:
    """What becomes of the second, begun when the first has written and not yet committed."""
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            first()
            begun = pool.submit(outcome, second)
            wait_until_it_waits(begun)
        return begun.result()


def ahead_of(crew: Crew) -> ObjectiveInput:
    month = Period.month(today() + timedelta(days=40))
    return ObjectiveInput(KEY, Fraction(9), month.start, month.end, person=crew.lea.number)


def state() -> tuple[bool, list[str]]:
    """Whether it is retired, and the states of its objectives."""
    rows = Objective.objects.filter(kpi__key=KEY).order_by("id").values_list("status", flat=True)
    return Kpi.objects.get(key=KEY).retired_on is not None, list(rows)


def test_what_somebody_sets_meanwhile_holds_the_kpi_back(own: Crew) -> None:
    told = one_after_the_other(
        lambda: set_objective(actor=None, objective=ahead_of(own)),
        lambda: retire_kpi(actor=own.admin, key=KEY),
    )
    assert (told, state()) == ("kpis.still_used", (False, ["accepted"]))


def test_what_somebody_signs_meanwhile_holds_the_kpi_back(own: Crew) -> None:
    paul, lea = own.user_of(own.paul), own.user_of(own.lea)
    offered = propose_objective(actor=paul, objective=ahead_of(own))
    told = one_after_the_other(
        lambda: accept_objective(actor=lea, objective=offered),
        lambda: retire_kpi(actor=own.admin, key=KEY),
    )
    assert (told, state()) == ("kpis.still_used", (False, ["accepted"]))


def test_nobody_sets_or_proposes_one_of_a_kpi_that_is_being_retired(own: Crew) -> None:
    told = one_after_the_other(
        lambda: retire_kpi(actor=own.admin, key=KEY),
        lambda: propose_objective(actor=own.user_of(own.paul), objective=ahead_of(own)),
    )
    assert (told, state()) == ("objective.unknown_kpi", (True, []))
