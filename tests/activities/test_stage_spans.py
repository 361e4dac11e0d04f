"""From when until when a stage is a deal's state, against the state at every moment."""

from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

from django.db import connection

from activities.models import Deal, DealStage
from activities.queries import stage_spans_sql, stages_sql
from tests.activities.conftest import Crew

FIRST = datetime(2026, 3, 1, 12, tzinfo=UTC)
SECOND = FIRST + timedelta(days=1)
KNOWN = FIRST + timedelta(days=30)
LATER = KNOWN + timedelta(days=30)
INSTANT = timedelta(microseconds=1)
MOMENTS = [FIRST - INSTANT, FIRST, FIRST + INSTANT, SECOND, SECOND + INSTANT, LATER]


def states(at: datetime, as_known_at: datetime | None) -> set[int]:
    sql, params = stages_sql(at, as_known_at=as_known_at)
    return _ids(f"SELECT id FROM ({sql}) s", params)  # noqa: S608 - our own statement


def spanning(at: datetime, as_known_at: datetime | None) -> set[int]:
    sql, params = stage_spans_sql(as_known_at=as_known_at)
    holds = "WHERE from_at < %s AND until_at >= %s"
    return _ids(f"SELECT id FROM ({sql}) s {holds}", [*params, at, at])  # noqa: S608 - our own statement


def _ids(sql: str, params: list[Any]) -> set[int]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        rows = [number for (number,) in cursor.fetchall()]
    assert len(rows) == len(set(rows))
    return set(rows)


def test_a_stage_holds_until_the_next_one_of_its_deal(crew: Crew) -> None:
    """Every order of three stages that are undated, of one moment or of two; of each second deal
    the middle one was replaced later, of each third taken back."""
    for number, dates in enumerate(product((None, FIRST, SECOND), repeat=3)):
        deal = Deal.objects.create(source="crm", external_id=f"S{number}")
        made = [
            DealStage.objects.create(
                deal=deal, stage="engaging", entered_at=one, recorded_at=KNOWN, owner=crew.lea
            )
            for one in dates
        ]
        if number % 2 or number % 3 == 0:
            DealStage.objects.create(
                deal=deal, stage="proposal", entered_at=SECOND, recorded_at=LATER, owner=crew.lea,
                supersedes=made[1], withdrawn=number % 3 == 0,
            )  # fmt: skip

    found = {(at, known): spanning(at, known) for at in MOMENTS for known in (None, KNOWN)}

    assert found == {(at, known): states(at, known) for at, known in found}
    assert len(found[LATER, None]) == len(found[LATER, KNOWN]) == 27
    assert found[LATER, None] != found[LATER, KNOWN]
