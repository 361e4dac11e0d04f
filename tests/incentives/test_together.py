"""Several people and workers at once, on real connections."""

import signal
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from functools import partial
from threading import Barrier, Event
from zoneinfo import ZoneInfoNotFoundError

import pgtrigger
import pytest
from django.conf import settings
from django.db import close_old_connections, connection, transaction

from incentives import services
from incentives.gathering.rosters import people_lacking
from incentives.models import PayPeriod, Run, Statement
from kernel.issues import Invalid
from tests.incentives.conftest import Pay, make_pay
from tests.serving import surroundings, until_the_dead_let_go

LONG_AGO = "2026-01-01T00:00:00Z"
# all is calculated and nothing is committed when it dies
KILLED_IN_A_BLOCK = """
import os, signal, sys
import django
django.setup()
from django.db import transaction
from incentives import services
run, *people = map(int, sys.argv[1:])
with transaction.atomic():
    assert services.calculate_block(run_id=run, person_ids=people) == 2
    os.kill(os.getpid(), signal.SIGKILL)
"""


def at_once(*works: Callable[[], object]) -> list[object]:
    """Start all at the same moment, each on its own connection; results or refusals."""
    gate = Barrier(len(works))

    def one(work: Callable[[], object]) -> object:
        close_old_connections()
        try:
            gate.wait()
            return work()
        except Invalid as refused:
            return refused.issues[0].code
        finally:
            connection.close()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(one, works))


@pytest.fixture
def pay(transactional_db: None) -> Pay:
    return make_pay()


def test_two_clicks_on_calculate_start_one_run(pay: Pay) -> None:
    def click() -> object:
        return services.start_run(actor=pay.hana, period_id=pay.march.pk).number

    assert sorted(map(str, at_once(click, click))) == ["1", "run.already_running"]
    assert Run.objects.count() == 1


def test_blocks_that_end_together_finish_the_run_once(pay: Pay) -> None:
    run = services.start_run(actor=pay.hana, period_id=pay.march.pk)
    ids = people_lacking(run)
    blocks = [ids[:1], ids[1:], ids]
    works = [partial(services.calculate_block, run_id=run.pk, person_ids=block) for block in blocks]
    assert all(isinstance(one, int) for one in at_once(*works))
    run.refresh_from_db()
    assert (run.state, run.statements.count()) == ("done", 2)
    period = PayPeriod.objects.get()
    assert period.state == "calculated"
    assert period.transitions.count() == 1


def test_two_approvals_are_one_move(pay: Pay) -> None:
    pay.run()
    services.review_period(actor=pay.hana, period_id=pay.march.pk, reason="alone")
    approve = partial(services.approve_period, actor=pay.hugo, period_id=pay.march.pk)
    assert sorted(map(str, at_once(approve, approve))) == ["None", "period.no_such_move"]
    assert list(pay.march.transitions.order_by("id").values_list("to_state", flat=True)) == [
        "calculated",
        "reviewed",
        "approved",
    ]


def test_a_run_whose_messages_were_lost_is_resumed(pay: Pay) -> None:
    run = services.start_run(actor=pay.hana, period_id=pay.march.pk)
    ids = people_lacking(run)
    services.calculate_block(run_id=run.pk, person_ids=ids[:1])
    assert services.resume_runs() == 0, "a run that has just begun is left alone"
    Run.objects.update(started_at=LONG_AGO, moved_at=LONG_AGO)
    assert services.resume_runs() == 1
    # the last block had been calculated, but its worker died before it finished the run
    services.calculate_block(run_id=run.pk, person_ids=ids[1:])
    Run.objects.update(state="running", moved_at=LONG_AGO)
    services.resume_runs()
    run.refresh_from_db()
    assert run.state == "done"


def test_a_run_that_cannot_read_what_is_locked_leaves_its_period_as_it_was(pay: Pay) -> None:
    pay.run()
    pay.lock()
    april = services.open_period(actor=pay.hana, kind="month", day=date(2026, 4, 1))
    with pgtrigger.ignore("incentives.Run:locked_stays"):
        Run.objects.filter(period=pay.march).update(timezone="Nowhere/Never")
    with pytest.raises(ZoneInfoNotFoundError):
        services.start_run(actor=pay.hana, period_id=april.pk)
    assert not april.runs.exists()
    april.refresh_from_db()
    assert april.state == "open"


def test_a_worker_that_is_killed_in_a_block_is_made_good(pay: Pay) -> None:
    run = services.start_run(actor=pay.hana, period_id=pay.march.pk)
    ids = people_lacking(run)
    # a process of its own, never a fork: that would share the connections of this one
    worker = subprocess.run(
        (sys.executable, "-c", KILLED_IN_A_BLOCK, str(run.pk), *map(str, ids)),
        env=surroundings(),
        cwd=settings.BASE_DIR,
        check=False,
    )
    assert worker.returncode == -signal.SIGKILL
    until_the_dead_let_go()
    run.refresh_from_db()
    assert (run.state, run.statements.count()) == ("running", 0)
    Run.objects.update(started_at=LONG_AGO)
    assert services.resume_runs() == 1
    services.calculate_run(run_id=run.pk)
    run.refresh_from_db()
    assert (run.state, run.statements.count(), Statement.objects.count()) == ("done", 2, 2)


def test_a_block_that_two_workers_got_is_calculated_by_one(pay: Pay) -> None:
    run = services.start_run(actor=pay.hana, period_id=pay.march.pk)
    ids = people_lacking(run)
    entered, finished = Event(), Event()

    def first() -> int:
        with transaction.atomic():
            made = services.calculate_block(run_id=run.pk, person_ids=ids)
            entered.set()
            assert finished.wait(10)
        return made

    def second() -> int:
        assert entered.wait(10)
        try:
            return services.calculate_block(run_id=run.pk, person_ids=ids)
        finally:
            finished.set()

    assert at_once(first, second) == [2, 0]
    run.refresh_from_db()
    assert (run.state, run.statements.count()) == ("done", 2)
