"""However the news arrives, the board in the end is the one of a full computation.

The oracle is the engine's other door: the same records written as the files that
`score_challenge` reads, scored without the database.
"""

import json
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from activities.inputs import ActivityInput, Entry
from activities.models import Activity, TouchedDay
from activities.services import record_activities
from challenges import services
from challenges.calc import standings
from challenges.calc.digests import adds_up, tallies_from
from challenges.calc.run import Source, score_texts
from challenges.calc.tallies import Tally
from challenges.gathering import documents
from challenges.gathering.inputs import frame_of, latest_rules, parsed, with_records
from challenges.gathering.sums import revised_of, sums_of, told_sums
from challenges.gathering.tallies import bare
from challenges.models import Challenge, ScoreChange, Standing
from kpis.services import recompute_touched
from tests.challenges.games import MID_MARCH, live
from tests.kpis.crew import Crew

WHO = ("P1", "P2", "P3")
BEGIN = datetime(2026, 3, 1, 9, tzinfo=UTC)

# one piece of news: which record, what happens, to whom, on which day, how much, when it is known
NEWS = st.tuples(
    st.sampled_from(["a", "b", "c", "d"]),
    st.sampled_from(["record", "correction", "cancellation"]),
    st.sampled_from(WHO),
    st.integers(-2, 33),
    st.integers(-1, 5),
    st.integers(1, 3 * 24),
)


def written(news: tuple[str, str, str, int, int, int], at: datetime) -> bool:
    """Tell the log; whether it took the row (a contradiction is refused, and changes nothing)."""
    key, kind, who, day, amount, _hours = news
    row = ActivityInput(external_id=key, kind=Entry(kind))
    if kind != "cancellation":
        row = ActivityInput(
            external_id=key, kind=Entry(kind), type="deal_won", person=who,
            occurred_at=BEGIN + timedelta(days=day), amount=Fraction(amount * 100), currency="EUR",
        )  # fmt: skip
    (result,) = record_activities(actor=None, source="crm", records=[row], recorded_at=at)
    return not result.is_rejected


def as_files() -> tuple[str, str]:
    """The log and the roster, read apart from the room, as the command's files."""
    rows: list[dict[str, Any]] = []
    for one in Activity.objects.order_by("id").prefetch_related("credits__person"):
        base: dict[str, Any] = {
            "id": f"{one.external_id}.{one.revision}", "recorded_at": one.recorded_at.isoformat(),
        }  # fmt: skip
        if one.supersedes_id is not None:
            base |= {"kind": one.kind, "supersedes": f"{one.external_id}.{one.revision - 1}"}
        rows += [
            {
                **base,
                "person": credit.person.number,
                "metric": "revenue",
                "occurred_at": one.occurred_at.isoformat(),
                "value": str(Fraction(credit.amount_minor or 0, 100)),
            }
            for credit in one.credits.all()
        ] or [base]
    people = [{"person": number, "name": number, "team": "west"} for number in WHO]
    return json.dumps(rows), json.dumps(people)


def oracle(challenge: Challenge, at: datetime) -> dict[str, tuple[int | None, str]]:
    """Rank and score by number, from the files."""
    records, people = as_files()
    document = documents.read(latest_rules(challenge).document)
    rules = Source(documents.write(document), "rules")
    if records == "[]":
        records = "id,person,metric,occurred_at,value\n"
    scored = score_texts(
        rules, Source(records, "records"), Source(people, "people"), at.isoformat()
    )
    return {
        row.entrant: (row.rank, "0" if row.score is None else str(row.score))
        for row in scored.result.rows
    }


def stored(challenge: Challenge) -> dict[str, tuple[int | None, str]]:
    rows = Standing.objects.filter(challenge=challenge).select_related("person")
    return {row.person.number: (row.rank, row.score_text or "0") for row in rows if row.person}


def content(challenge: Challenge) -> list[tuple[Any, ...]]:
    """Everything of the board but when it moved."""
    rows = Standing.objects.filter(challenge=challenge).order_by("position")
    return [
        (row.entrant_key, row.position, row.rank, row.score_text, row.effects, row.tally,
         {key: value for key, value in row.detail.items() if key != "moved"})
        for row in rows
    ]  # fmt: skip


def sums_of_lines(challenge: Challenge) -> dict[str, Fraction]:
    """What the log of changes adds up to, by row; without zeros."""
    sums: dict[str, Fraction] = {}
    for change in ScoreChange.objects.filter(challenge=challenge):
        sums[change.entrant_key] = sums.get(change.entrant_key, Fraction(0)) + Fraction(
            change.delta
        )
    return {key: total for key, total in sums.items() if total}


PAUSE = {"start": "2026-03-05T10:00", "end": "2026-03-07"}
FORMATS: list[dict[str, object]] = [
    {},
    {"format": "race", "score": {"metric": "revenue", "target": "500"}},
    {"format": "average", "score": {"metric": "revenue"}},
    {
        "score": {"metric": "revenue", "measure": "count"},
        "pauses": [PAUSE],
        "extend_for_pauses": False,
    },
    {
        "format": "steps",
        "score": {"metric": "revenue", "tiers": ["100", "300"], "pays": "every"},
        "prizes": [],
    },
    {"format": "streak", "score": {"metric": "revenue", "at_least": "100"}},  # keeps no tallies
]


def sums_and_records(challenge: Challenge, at: datetime) -> list[dict[str, Tally]]:
    """The tallies by grouping and by reading every record."""
    challenge.refresh_from_db()
    frame = frame_of(challenge, at)
    summed = (*sums_of(frame, told_sums(frame)), *revised_of(frame))
    by_sums = tallies_from(frame.rules, summed, frame.roster, at)
    entries = with_records(frame).entries
    result = standings(frame.rules, entries, frame.roster, frame.rules.calendar, at)
    by_records = result.tallies or {}
    return [
        {id_: bare(tally) for id_, tally in tallies.items()} for tallies in (by_sums, by_records)
    ]


def touched() -> tuple[list[int], list[date]]:
    """People and days as the worker would announce them."""
    marks = list(TouchedDay.objects.values_list("person_id", "day"))
    return sorted({person for person, _ in marks}), sorted({day for _, day in marks})


@settings(
    max_examples=24,
    deadline=None,
    # an example writes a small company's log: shrinking one takes minutes
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    news=st.lists(NEWS, min_size=1, max_size=7),
    twice=st.booleans(),
    changes=st.sampled_from(FORMATS),
)
@pytest.mark.django_db
def test_news_in_any_order_ends_with_the_full_computation(
    crew: Crew,
    news: list[tuple[str, str, str, int, int, int]],
    twice: bool,
    changes: dict[str, object],
) -> None:
    with transaction.atomic():
        challenge = live(changes)
        at = MID_MARCH
        for one in news:
            at += timedelta(hours=one[-1])
            written(one, at)
            if twice:
                written(one, at)
            people, days = touched()
            recompute_touched()
            services.rescore_people(person_ids=people, days=days, at=at)
        incremental = content(challenge)
        # a full scoring finds nothing that the news of people and days had left
        assert services.rescore_challenge(challenge_id=challenge.pk, at=at) is False
        assert stored(challenge) == oracle(challenge, at)

        if adds_up(parsed(latest_rules(challenge).document)):
            by_sums, by_records = sums_and_records(challenge, at)
            assert by_sums == by_records
        if not changes:
            assert sums_of_lines(challenge) == {
                row[0]: Fraction(row[3]) for row in incremental if row[3] not in (None, "0")
            }

        Standing.objects.filter(challenge=challenge).delete()
        services.rescore_challenge(challenge_id=challenge.pk, at=at)
        assert content(challenge) == incremental
        transaction.set_rollback(True)
