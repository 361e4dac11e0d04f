"""What happens at the same time, on a real PostgreSQL with real threads."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier, Event
from typing import TypeVar

import pytest
from django.db import connection, transaction

from activities import freezing
from activities.inputs import ActivityInput, DealInput
from activities.models import Activity, DealStage, TouchedDay
from activities.queries import counted
from activities.services import freeze_moment, record_activities, record_deal_stages
from activities.services.recording import record_activities as record
from kernel.issues import Invalid
from tests.activities.conftest import NOON, Crew, make_crew

pytestmark = pytest.mark.django_db(transaction=True)
T = TypeVar("T")


@pytest.fixture
def committed_crew(transactional_db: None) -> Crew:
    return make_crew()


def together(*works: Callable[[], T]) -> list[T]:
    """The results of the works, started at the same moment, each on a connection of its own."""
    barrier = Barrier(len(works))

    def run(work: Callable[[], T]) -> T:
        try:
            barrier.wait(10)
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(works)) as pool:
        return [job.result(30) for job in [pool.submit(run, work) for work in works]]


def call(external_id: str, person: str = "P1") -> ActivityInput:
    return ActivityInput(external_id, "call", NOON, person=person, account=f"acc {external_id}")


def send(*rows: ActivityInput) -> list[str]:
    results = record_activities(actor=None, source="crm", records=rows)
    return [result.status.value for result in results]


def test_the_same_id_at_the_same_time_is_created_once(committed_crew: Crew) -> None:
    for attempt in range(5):
        row = call(f"c{attempt}")
        found = together(*[lambda row=row: send(row) for _ in range(4)])
        assert sorted(found) == [["created"], ["unchanged"], ["unchanged"], ["unchanged"]]
    assert Activity.objects.count() == 5


def test_other_content_at_the_same_time_is_refused_once(committed_crew: Crew) -> None:
    found = together(lambda: send(call("c1")), lambda: send(call("c1", "P2")))
    assert sorted(found) == [["created"], ["rejected"]]
    assert counted().count() == 1


def test_overlapping_lists_in_opposite_order_do_not_block_each_other(committed_crew: Crew) -> None:
    rows = [call(f"c{index}") for index in range(40)]
    found = together(lambda: send(*rows), lambda: send(*reversed(rows)))
    assert sorted(found) == [["created"] * 40, ["unchanged"] * 40]
    assert (Activity.objects.count(), TouchedDay.objects.count()) == (40, 1)


def test_the_same_deal_at_the_same_time(committed_crew: Crew) -> None:
    deal = DealInput("D1", "engaging", "P1", engaged_at=NOON, account="Isdom")

    def tell(one: DealInput) -> str:
        (result,) = record_deal_stages(actor=None, source="crm", deals=[one])
        return result.status.value

    found = together(*[lambda: tell(deal) for _ in range(3)])
    assert sorted(found) == ["created", "unchanged", "unchanged"]
    won = replace(deal, stage="won", closed_at=NOON)
    assert sorted(together(*[lambda: tell(won) for _ in range(3)])) == [
        "corrected",
        "unchanged",
        "unchanged",
    ]
    assert DealStage.objects.count() == 2


def test_a_freeze_waits_for_writers_so_that_no_earlier_row_appears_later(
    committed_crew: Crew,
) -> None:
    written, may_commit = Event(), Event()

    def slow_writer() -> None:
        with transaction.atomic():
            record(actor=None, source="crm", records=[call("slow")])
            written.set()
            assert may_commit.wait(10)

    def freezer() -> int:
        assert written.wait(10)
        ready = Event()
        with ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(_frozen_count, ready)
            assert ready.wait(10)
            assert not waiting.done()
            may_commit.set()
            return waiting.result(10)

    _, seen = together(slow_writer, freezer)
    assert seen == 1


def test_a_freeze_waits_only_so_long_for_an_import(committed_crew: Crew) -> None:
    written, may_commit = Event(), Event()

    def slow_writer() -> None:
        with transaction.atomic():
            send(call("c1"))
            written.set()
            assert may_commit.wait(10)

    def freezer() -> list[str]:
        assert written.wait(10)
        try:
            with transaction.atomic(), pytest.raises(Invalid) as refused:
                freeze_moment(timedelta(milliseconds=50))
            assert Activity.objects.count() == 0, "the transaction around it goes on"
            return [issue.code for issue in refused.value.issues]
        finally:
            may_commit.set()

    _, codes = together(slow_writer, freezer)
    assert codes == ["log.being_written"]
    assert freeze_moment(timedelta(milliseconds=50)) > Activity.objects.get().recorded_at


def _frozen_count(ready: Event) -> int:
    try:
        ready.set()
        moment = freeze_moment()
        return counted(as_known_at=moment).count()
    finally:
        connection.close()


def test_after_a_freeze_every_writer_gets_a_later_moment(committed_crew: Crew) -> None:
    moment = freezing.freeze_moment()
    send(call("c1"))
    assert Activity.objects.get().recorded_at > moment
    assert counted(as_known_at=moment).count() == 0


def test_a_broker_that_is_down_loses_nothing(
    committed_crew: Crew, monkeypatch: pytest.MonkeyPatch
) -> None:
    from celery import Celery

    away = Celery(broker="redis://127.0.0.1:1/0", set_as_current=False)
    monkeypatch.setattr("activities.services.writing.current_app", away)
    assert send(call("c1")) == ["created"]
    assert TouchedDay.objects.count() == 1


def test_the_worker_is_woken_after_the_commit(
    committed_crew: Crew, monkeypatch: pytest.MonkeyPatch
) -> None:
    from celery import Celery

    app = Celery(broker="memory://", set_as_current=False)
    monkeypatch.setattr("activities.services.writing.current_app", app)
    send(call("c1"))
    with app.connection_for_read() as broker:
        message = broker.SimpleQueue("celery").get(timeout=1)
        assert message.headers["task"] == "kpis.recompute_touched"
        message.ack()
