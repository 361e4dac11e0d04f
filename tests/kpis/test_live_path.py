"""Cells follow the log whatever happens: against a rebuild and against SQL written apart."""

import os
import signal
import subprocess
import sys
import threading
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from activities.inputs import ActivityInput
from activities.models import TouchedDay
from activities.services import record_activities
from kernel.periods import Period
from kpis.models import Cell, FigureMoved
from kpis.queries import metric_values
from kpis.services import (
    live,
    load_dictionary,
    rebuild_cells,
    recompute_touched,
    verify_cells,
)
from tests.kpis.crew import Crew, as_correction, at, cancel, event, make_crew, record
from tests.serving import until_the_dead_let_go

DAY = date(2026, 3, 10)


def held() -> set[tuple[int, date, str, Decimal]]:
    """All cells, by value."""
    return set(Cell.objects.values_list("person_id", "day", "metric_key", "value"))


def test_a_call_makes_a_cell_and_its_cancellation_takes_it_away(crew: Crew) -> None:
    record(event("c1", "2026-03-10 11:00"))
    recompute_touched()
    assert held() == {(crew.lea.pk, DAY, "calls", Decimal(1))}

    record(cancel("c1"))
    recompute_touched()

    assert held() == set()
    assert not TouchedDay.objects.exists()


def test_a_correction_to_another_day_and_person_moves_the_cell(crew: Crew) -> None:
    record(event("d1", "2026-03-10 11:00", kind="deal_won", amount=900))
    recompute_touched()
    moved = event("d1", "2026-03-12 09:00", "P2", kind="deal_won", amount=700)

    record(as_correction(moved))
    recompute_touched()

    other = date(2026, 3, 12)
    assert held() == {
        (crew.hugo.pk, other, "deals_won", Decimal(1)),
        (crew.hugo.pk, other, "revenue", Decimal(70_000)),
    }


def test_a_shared_deal_counts_for_each_by_share_and_sums_exactly(crew: Crew) -> None:
    thirds = [("P1", Fraction(1, 3)), ("P2", Fraction(2, 3))]
    record(event("d1", "2026-03-10 11:00", thirds, kind="deal_won", amount=100))
    recompute_touched()

    total = {key: sum(v for _, _, k, v in held() if k == key) for key in ("deals_won", "revenue")}

    assert total == {"deals_won": 1, "revenue": 10_000}
    assert len(held()) == 4


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        # the night to 29 March has no 02:00-03:00, the night to 25 October has it twice
        (datetime(2026, 3, 28, 22, 59, tzinfo=UTC), date(2026, 3, 28)),
        (datetime(2026, 3, 28, 23, 0, tzinfo=UTC), date(2026, 3, 29)),
        (datetime(2026, 3, 29, 21, 59, tzinfo=UTC), date(2026, 3, 29)),
        (datetime(2026, 3, 29, 22, 0, tzinfo=UTC), date(2026, 3, 30)),
        (datetime(2026, 10, 24, 22, 0, tzinfo=UTC), date(2026, 10, 25)),
        (datetime(2026, 10, 25, 22, 59, tzinfo=UTC), date(2026, 10, 25)),
        (datetime(2026, 10, 25, 23, 0, tzinfo=UTC), date(2026, 10, 26)),
    ],
)
def test_the_business_day_where_clocks_change(crew: Crew, moment: datetime, day: date) -> None:
    row = ActivityInput(external_id="c1", type="call", occurred_at=moment, person="P1")
    record_activities(actor=None, source="crm", records=[row])
    recompute_touched()

    assert held() == {(crew.lea.pk, day, "calls", Decimal(1))}
    for from_log in (False, True):
        (found,) = metric_values(["calls"], period=Period.day(day), from_log=from_log)
        assert found.values["calls"].value == 1


@pytest.mark.django_db
@pytest.mark.parametrize("minute", [0, 30, 59])
def test_the_business_day_where_midnight_comes_twice(minute: int) -> None:
    """In Havana clocks go back from 01:00 to 00:00: both hours belong to the new day."""
    crew = make_crew("America/Havana")
    first = datetime(2026, 11, 1, 4, minute, tzinfo=UTC)  # 00:xx before the change
    second = datetime(2026, 11, 1, 5, minute, tzinfo=UTC)  # 00:xx after it
    rows = [
        ActivityInput(external_id=str(at), type="call", occurred_at=at, person="P1")
        for at in (first, second)
    ]
    record_activities(actor=None, source="crm", records=rows)
    recompute_touched()

    assert held() == {(crew.lea.pk, date(2026, 11, 1), "calls", Decimal(2))}
    assert verify_cells() == []


def test_a_failure_in_the_middle_keeps_the_marks(
    crew: Crew, monkeypatch: pytest.MonkeyPatch
) -> None:
    record(event("c1", "2026-03-10 11:00"))
    marks = set(TouchedDay.objects.values_list("person_id", "day"))

    class StopError(Exception):
        pass

    def stop(*_: object) -> None:
        raise StopError

    with monkeypatch.context() as patch:
        patch.setattr(live, "_announce", stop)
        with pytest.raises(StopError), transaction.atomic():
            recompute_touched()

    assert set(TouchedDay.objects.values_list("person_id", "day")) == marks
    assert held() == set()
    recompute_touched()
    assert held() == {(crew.lea.pk, DAY, "calls", Decimal(1))}


def test_a_wrong_cell_is_found_and_mended(crew: Crew) -> None:
    record(event("c1", "2026-03-10 11:00"))
    recompute_touched()
    Cell.objects.update(value=Decimal(7))
    Cell.objects.create(person=crew.hugo, day=DAY, metric_key="calls", value=Decimal(1))

    wrong = verify_cells()

    assert [(side, row.person_id, row.value) for side, row in wrong] == [
        ("computed", crew.lea.pk, Decimal(1)),
        ("stored", crew.lea.pk, Decimal(7)),
        ("stored", crew.hugo.pk, Decimal(1)),
    ]
    assert rebuild_cells() == 2
    assert verify_cells() == []
    assert rebuild_cells() == 0


def test_a_metric_of_several_types_is_summed_beside_those_of_one(crew: Crew) -> None:
    touches = {"key": "touches", "fr": "Contacts", "en": "Touches", "kind": "count"}
    load_dictionary(data={"metrics": [touches | {"types": ["call", "email"]}]})
    record(event("c1", "2026-03-10 11:00"), event("c2", "2026-03-10 12:00"))
    record(event("e1", "2026-03-10 13:00", kind="email"), event("h1", "2026-04-02 09:00", "P2"))
    recompute_touched()
    right = {
        (crew.lea.pk, DAY, "calls", Decimal(2)),
        (crew.lea.pk, DAY, "emails", Decimal(1)),
        (crew.lea.pk, DAY, "touches", Decimal(3)),
        (crew.hugo.pk, date(2026, 4, 2), "calls", Decimal(1)),
        (crew.hugo.pk, date(2026, 4, 2), "touches", Decimal(1)),
    }
    assert held() == right
    Cell.objects.all().delete()
    FigureMoved.objects.all().delete()

    assert rebuild_cells() == 5

    assert held() == right
    moved = sorted(FigureMoved.objects.values_list("person_id", flat=True))
    assert moved == sorted([crew.lea.pk, crew.hugo.pk])
    assert rebuild_cells(period=Period(date(2026, 4, 1), date(2026, 5, 1))) == 0
    assert FigureMoved.objects.count() == 2


def test_a_month_without_cells_is_rebuilt_beside_one_that_has_them(crew: Crew) -> None:
    for number, day in enumerate(("2026-02-10", "2026-03-10", "2026-03-11")):
        record(event(f"c{number}", f"{day} 11:00"))
        record(event(f"h{number}", f"{day} 12:00", "P2"))
    recompute_touched()
    right = held()
    Cell.objects.filter(day__gte=date(2026, 3, 1)).delete()
    Cell.objects.create(person=crew.noor, day=date(2026, 2, 2), metric_key="calls", value=3)

    assert rebuild_cells() == 4 + 1

    assert held() == right
    assert rebuild_cells() == 0


def test_two_workers_at_once_leave_exact_cells(transactional_db: None) -> None:
    crew = make_crew()
    for number in range(40):
        record(event(f"c{number}", f"2026-03-{1 + number % 20:02} 11:00", "P1"))
        record(event(f"h{number}", f"2026-03-{1 + number % 20:02} 11:00", "P2"))
    failures: list[Exception] = []

    def work() -> None:
        try:
            recompute_touched()
        except Exception as problem:  # noqa: BLE001 - told to the main thread
            failures.append(problem)
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert failures == []
    assert verify_cells() == []
    assert sum(value for _, _, _, value in held()) == 80
    assert crew.lea.pk in {person for person, *_ in held()}


WORKER = """
import os, signal, django
django.setup()
from kpis.services import live
live._announce = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
live.recompute_touched()
"""


def test_a_killed_worker_loses_nothing(transactional_db: None) -> None:
    """A real process, killed after it has written and before it commits."""
    crew = make_crew()
    record(event("c1", "2026-03-10 11:00"))
    settings_dict = connection.settings_dict
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DATABASE_URL": address_of(settings_dict),
    }

    done = subprocess.run(
        [sys.executable, "-c", WORKER], env=environment, capture_output=True, check=False
    )

    assert done.returncode == -signal.SIGKILL, done.stderr.decode()
    assert held() == set()
    assert TouchedDay.objects.count() > 0
    until_the_dead_let_go()
    recompute_touched()
    assert held() == {(crew.lea.pk, DAY, "calls", Decimal(1))}


def address_of(database: dict[str, Any]) -> str:
    """The URL of the test database, from the one that the session was given."""
    url, _, rest = os.environ["DATABASE_URL"].rpartition("/")
    _, mark, options = rest.partition("?")
    return f"{url}/{database['NAME']}{mark}{options}"


# --- random histories ------------------------------------------------------------------------

IDS = st.integers(0, 5).map(lambda number: f"r{number}")
MOMENTS = st.integers(0, 24 * 4 * 5).map(
    lambda quarter: at("2026-03-27 00:00") + timedelta(minutes=15 * quarter)
)
WHO = st.one_of(
    st.sampled_from(["P1", "P2", "P3"]),
    st.integers(1, 9).map(lambda n: (("P1", Fraction(n, 10)), ("P2", Fraction(10 - n, 10)))),
)


@st.composite
def states(draw: st.DrawFn) -> ActivityInput:
    """A record or a correction of it: any kind, day, people and amount."""
    kind = draw(st.sampled_from(["call", "deal_won", "deal_lost", "meeting_held"]))
    who = draw(WHO)
    row = event(draw(IDS), "2026-03-27 00:00", who, kind=kind)
    money = kind == "deal_won" and draw(st.booleans())
    return replace(
        row,
        occurred_at=draw(MOMENTS),
        amount=Fraction(draw(st.integers(-500, 500)), 100) if money else None,
        currency="EUR" if money else "",
        attributes={"cycle_days": draw(st.integers(0, 90))} if kind.startswith("deal") else {},
    )


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("record"), states()),
        st.tuples(st.just("correct"), states()),
        st.tuples(st.just("cancel"), IDS),
        st.tuples(st.just("repeat"), st.none()),
        st.tuples(st.just("work"), st.none()),
        st.tuples(st.just("crash"), st.none()),
    ),
    min_size=1,
    max_size=14,
)


class Crash(Exception):  # noqa: N818 - an event of the test
    """A worker that dies before it commits."""


@settings(max_examples=60, deadline=None,
          suppress_health_check=[HealthCheck.function_scoped_fixture])  # fmt: skip
@given(steps=STEPS)
def test_incremental_cells_equal_a_rebuild_and_an_oracle(
    crew: Crew, steps: list[tuple[str, Any]]
) -> None:
    with transaction.atomic():
        sent: list[ActivityInput] = []
        for action, what in steps:
            play(action, what, sent)
        recompute_touched()
        incremental = held()

        assert incremental == by_hand()
        assert verify_cells() == []
        Cell.objects.all().delete()
        rebuild_cells()
        assert held() == incremental
        transaction.set_rollback(True)


def play(action: str, what: Any, sent: list[ActivityInput]) -> None:
    """One step of a history; rows that the log refuses are part of it."""
    match action:
        case "record" | "correct":
            row = what if action == "record" else as_correction(what)
            sent.append(row)
            record_activities(actor=None, source="crm", records=[row])
        case "cancel":
            record_activities(actor=None, source="crm", records=[cancel(what)])
        case "repeat":
            record_activities(actor=None, source="crm", records=sent[-3:])
        case "work":
            recompute_touched(limit=1)
        case "crash":
            try:
                with transaction.atomic():
                    recompute_touched()
                    raise Crash
            except Crash:
                pass


ORACLE = """
SELECT c.person_id, (a.occurred_at AT TIME ZONE 'Europe/Paris')::date, m.key, sum(m.value)
FROM activities_activity a
JOIN activities_credit c ON c.activity_id = a.id,
LATERAL (VALUES
    (CASE a.type_id WHEN 'call' THEN 'calls' WHEN 'deal_won' THEN 'deals_won'
     WHEN 'deal_lost' THEN 'deals_lost' WHEN 'meeting_held' THEN 'meetings_held' END, c.share),
    (CASE a.type_id WHEN 'deal_won' THEN 'revenue' END, c.amount_minor),
    (CASE a.type_id WHEN 'deal_won' THEN 'cycle_days' WHEN 'deal_lost' THEN 'lost_cycle_days' END,
     (a.attributes ->> 'cycle_days')::numeric * c.share)
) m(key, value)
WHERE m.key IS NOT NULL
  AND a.kind <> 'cancellation'
  AND a.revision = (SELECT max(b.revision) FROM activities_activity b
                    WHERE b.source = a.source AND b.external_id = a.external_id)
GROUP BY 1, 2, 3 HAVING sum(m.value) <> 0
"""


def by_hand() -> set[tuple[int, date, str, Decimal]]:
    """The cells by a statement that shares nothing with the engine."""
    with connection.cursor() as cursor:
        cursor.execute(ORACLE)
        return {(row[0], row[1], row[2], row[3]) for row in cursor.fetchall()}
