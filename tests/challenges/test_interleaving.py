"""A record commits while a board is being scored: whatever was read before and after it, the board
ends as the log says, and every line of its changes is true."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from functools import partial
from itertools import count, product

import pytest
from django.core.cache import cache
from django.utils import timezone
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from activities.inputs import ActivityInput, Entry
from activities.services import record_activities
from challenges import services
from challenges.gathering import documents
from challenges.models import Challenge, ScoreChange, Standing, ToScore
from challenges.services.versions import document_of
from tests.challenges.games import MID_MARCH, live, made, win
from tests.challenges.interleaving import Work, intruded, readings
from tests.challenges.rewards.purses import together
from tests.challenges.test_recompute import content, sums_of_lines
from tests.kpis.crew import Crew, as_correction, cancel, event, make_crew, record

pytestmark = pytest.mark.django_db(transaction=True)

LOG = "activities_activity"
DAY = date(2026, 3, 10)
EARLIER = MID_MARCH - timedelta(days=1)
"""When what intrudes began to be written: before the scoring, so it may count in it."""
TRUE = {"opening", "counted", "corrected", "cancelled", "elsewhere"}
DUE = MID_MARCH + timedelta(hours=1)

FORMATS: dict[str, dict[str, object]] = {
    "sum": {},
    "count": {"score": {"metric": "revenue", "measure": "count"}},
    "points": {
        "format": "weighted_points",
        "score": {
            "parts": [
                {"metric": "revenue", "points": 1},
                {"metric": "deals_won", "points": 100},
            ]
        },
    },
}


@pytest.fixture
def crew(transactional_db: None) -> Crew:
    """The small company, committed: the intruder sees it."""
    cache.clear()
    return make_crew()


def launching(challenge: Challenge) -> None:
    services.launch(actor=None, challenge=challenge, at=MID_MARCH)


def amending(challenge: Challenge) -> None:
    other = documents.write({**document_of(challenge), "winners": 1})
    services.amend_challenge(
        actor=None, challenge=challenge, document=other, reason="Fewer win.", at=MID_MARCH
    )


def resuming(challenge: Challenge) -> None:
    services.resume(actor=None, challenge=challenge, at=DUE)


def sweeping(challenge: Challenge) -> None:
    services.rescore_challenge(challenge_id=challenge.pk, at=MID_MARCH)


def prepared(work: Callable[[Challenge], None], changes: Mapping[str, object]) -> Challenge:
    """A challenge to which the work can be done."""
    if work is launching:
        return made(changes)
    challenge = live(changes)
    if work is resuming:
        services.pause(actor=None, challenge=challenge, reason="A fair.", at=MID_MARCH)
    return challenge


def arrive(number: int) -> None:
    win(f"new{number}", f"{DAY} 12:00", "P1", 70, known=EARLIER)


def corrected(number: int) -> None:
    """Another amount, of somebody else."""
    other = event(f"old{number}", f"{DAY} 11:00", "P2", kind="deal_won", amount=300)
    record(as_correction(other), recorded_at=EARLIER)


def cancelled(number: int) -> None:
    record(cancel(f"old{number}"), recorded_at=EARLIER)


def replaced(number: int) -> None:
    """One goes and another of the same amount comes: no sum tells it."""
    cancelled(number)
    win(f"new{number}", f"{DAY} 12:00", "P1", 900, known=EARLIER)


def assert_sums(challenge: Challenge) -> None:
    """The lines add up to the scores."""
    rows = Standing.objects.filter(challenge=challenge).exclude(score_text=None)
    assert sums_of_lines(challenge) == {
        key: Fraction(score)
        for key, score in rows.values_list("entrant_key", "score_text")
        if score and score != "0"
    }


TELLING = (arrive, corrected, cancelled, replaced)


def announced(crew: Crew, tell: Callable[[int], None], number: int) -> Work:
    """What the intruder does: a record, and at once its news."""

    def come() -> None:
        tell(number)
        services.note_news(person_ids=[crew.lea.pk, crew.hugo.pk], days=[DAY])

    return come


def assert_true(challenge: Challenge) -> None:
    """Each line says of a record that it began, ceased or changed to count, each record is told of
    once for each entrant, and the lines add up to the scores; the board is the one that is made
    from nothing."""
    told = list(ScoreChange.objects.filter(challenge=challenge))
    assert {one.cause for one in told} <= TRUE
    of_records = [(one.entrant_key, one.record.rpartition("#")[0]) for one in told if one.record]
    assert len(of_records) == len(set(of_records))
    assert_sums(challenge)
    kept = content(challenge)
    Standing.objects.filter(challenge=challenge).delete()
    services.rescore_challenge(challenge_id=challenge.pk, at=DUE)
    assert content(challenge) == kept


@pytest.mark.parametrize("changes", FORMATS.values(), ids=FORMATS)
@pytest.mark.parametrize("work", [launching, amending, resuming, sweeping])
def test_what_commits_amid_a_scoring_is_told_once_and_truly(
    crew: Crew, work: Callable[[Challenge], None], changes: dict[str, object]
) -> None:
    win("old0", f"{DAY} 11:00", "P1", 900, known=EARLIER)
    dry = prepared(work, {**changes, "key": "dry"})
    places = range(1, readings(partial(work, dry), of=LOG) + 1)
    for number, (tell, place) in enumerate(product(TELLING, places), start=1):
        win(f"old{number}", f"{DAY} 11:00", "P1", 900, known=EARLIER)
        challenge = prepared(work, {**changes, "key": f"c{number}"})
        come = announced(crew, tell, number)

        intruded(partial(work, challenge), come, of=LOG, after=place)
        services.score_news(challenge_id=challenge.pk, at=DUE)

        assert_true(challenge)


# --- any history, by two who write at once ------------------------------------------------------

NEWS = st.tuples(
    st.sampled_from(["a", "b", "c"]),
    st.sampled_from(list(Entry)),
    st.sampled_from(["P1", "P2", "P3"]),
    st.integers(1, 9),
    st.integers(-1, 5),
)
News = tuple[str, Entry, str, int, int]
EXPLAINED_OTHERWISE = {"circumstances", "recounted", "rules", "target", "baseline"}
examples = count(1)


def written(crew: Crew, example: int, history: list[News]) -> None:
    """As the world does: a record is written, at once told, and scored (one that contradicts the
    log is refused, and changes nothing)."""
    people = [crew.lea.pk, crew.hugo.pk, crew.noor.pk]
    for key, kind, who, days_ago, amount in history:
        row = ActivityInput(external_id=f"{key}{example}", kind=kind)
        if kind is not Entry.CANCELLATION:
            row = replace(
                row, type="deal_won", person=who, currency="EUR", amount=Fraction(amount * 100),
                occurred_at=timezone.now() - timedelta(days=days_ago),
            )  # fmt: skip
        record_activities(actor=None, source="crm", records=[row])
        services.rescore_people(person_ids=people)


@settings(
    max_examples=8,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    before=st.lists(NEWS, max_size=4),
    first=st.lists(NEWS, min_size=1, max_size=5),
    second=st.lists(NEWS, min_size=1, max_size=5),
    changes=st.sampled_from(list(FORMATS.values())),
)
def test_histories_of_two_writers_beside_a_launch_are_told_truly(
    crew: Crew,
    before: list[News],
    first: list[News],
    second: list[News],
    changes: dict[str, object],
) -> None:
    example, today = next(examples), timezone.now().date()
    window = {"start": str(today - timedelta(days=20)), "end": str(today + timedelta(days=20))}
    written(crew, example, before)
    challenge = made({**changes, "key": f"h{example}", "window": window})
    together(
        lambda: written(crew, example, first),
        lambda: written(crew, example, second),
        lambda: services.launch(actor=None, challenge=challenge) and None,
    )

    # nothing is left to tell, and nothing is otherwise than a scoring of all records says
    assert not ToScore.objects.filter(challenge=challenge).exists()
    assert services.rescore_challenge(challenge_id=challenge.pk) is False
    told = ScoreChange.objects.filter(challenge=challenge)
    assert not EXPLAINED_OTHERWISE & set(told.values_list("cause", flat=True))
    assert_sums(challenge)
    kept = content(challenge)
    Standing.objects.filter(challenge=challenge).delete()
    services.rescore_challenge(challenge_id=challenge.pk)
    assert content(challenge) == kept
