"""From "these people's records moved" to the challenges that it concerns, and their boards.

The news is written down before anybody is told (`ToScore`), and taken back in the transaction that
scores it: a challenge with much news is scored once for all of it, and what a lost message or a
killed worker leaves is found by the schedule.
"""

from collections.abc import Collection, Iterable
from datetime import date, datetime, timedelta

from django.db import connection, transaction
from django.db.models import Q

from challenges.models import Challenge, ChallengeState, ToScore
from challenges.services.locking import database_clock, locked
from challenges.services.scoring import OPEN, may_move, rescore_each, score_locked
from challenges.services.writing import BEFORE_LAUNCH
from common.locks import held_elsewhere
from kernel.periods import Period, Window
from kpis.queries.versions import has_revisions
from people import queries as people


def note_news(*, person_ids: Collection[int], days: Collection[date] | None = None) -> list[int]:
    """Write down for each open challenge that it concerns that these people's records moved; the
    ids of the challenges, each of which then wants `score_news`.

    With `days`, the business days whose records are news, challenges that these cannot concern are
    left alone: every revision of a record marks its own day, old and new, and the log keeps them
    all, so no revision of a counted type on these days and in the window means no news.

    A challenge that is being launched, changed or scored at this moment is never left alone: the
    records may have been read before these, and nobody else sees yet what it will be.
    """
    maybe = Challenge.objects.filter(OPEN | Q(state__in=BEFORE_LAUNCH), _touches(person_ids))
    ids = list(maybe.values_list("pk", flat=True).distinct())
    # before their rules and states are read: who changes them now may have read the records already
    busy = held_elsewhere("challenge", ids)
    found = Challenge.objects.filter(OPEN | Q(pk__in=busy), pk__in=ids).order_by("pk")
    chosen = list(found.only("pk", "starts_at", "ends_at", "state", "metric_keys", "definitions"))
    if days is not None:
        news = _span(days) if days else None
        chosen = [
            row for row in chosen if row.pk in busy or (news and _concerned(row, person_ids, news))
        ]
    ToScore.objects.bulk_create(
        [ToScore(challenge=row, person_id=one) for row in chosen for one in person_ids]
    )
    return [row.pk for row in chosen]


@transaction.atomic
def score_news(*, challenge_id: int, at: datetime | None = None) -> bool:
    """Score the people of whom there is news; whether anything was written. Does nothing when
    somebody else has done it, as `rescore_challenge` does nothing for a challenge that is closed.
    """
    challenge = locked(challenge_id)
    touched = _taken(challenge_id)
    if not touched or not may_move(challenge):
        return False
    return score_locked(challenge, at or database_clock(), touched=touched).changed


def _taken(challenge_id: int) -> frozenset[int]:
    # in a statement of its own, before any record is read: what it sees is committed, and so are
    # the records that it tells of
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM challenges_toscore WHERE challenge_id = %s RETURNING person_id",
            [challenge_id],
        )
        return frozenset(row[0] for row in cursor.fetchall())


def score_taken(challenge: Challenge, at: datetime) -> None:
    """Score what only news and time can have moved, for a caller that holds the lock."""
    score_locked(challenge, at, touched=_taken(challenge.pk))


def unread_news() -> list[int]:
    """Challenges with news that nobody has scored yet."""
    ids = ToScore.objects.values_list("challenge_id", flat=True).distinct()
    return sorted(ids)


def score_unread(ids: Iterable[int], *, at: datetime | None = None) -> list[int]:
    """`score_news` of each; the ids of those that changed. One that fails stops no other."""
    return rescore_each(ids, at=at, by=score_news)


def rescore_people(
    *,
    person_ids: Collection[int],
    days: Collection[date] | None = None,
    at: datetime | None = None,
) -> list[int]:
    """`note_news` and at once `score_news` of each challenge; the ids of those that changed."""
    return score_unread(note_news(person_ids=person_ids, days=days), at=at)


def _span(days: Collection[date]) -> Window:
    return Window.of(Period(min(days), max(days) + timedelta(days=1)), people.company().tz)


def _concerned(challenge: Challenge, person_ids: Collection[int], news: Window) -> bool:
    start, end = max(news.start, challenge.starts_at), news.end
    if challenge.state != ChallengeState.PAUSED:  # a pause that lasts moves the end
        end = min(end, challenge.ends_at)
    return start < end and has_revisions(
        challenge.metric_keys, Window(start, end), person_ids, challenge.definitions
    )


def _touches(person_ids: Collection[int]) -> Q:
    """They play already, or hold a place in the teams that play and may be about to."""
    today = Period.day(people.today())
    held = {row.team_id for row in people.assignments_between(today, person_ids)}
    parents = {team.id: team.parent_id for team in people.team_tree()}
    above: set[int] = set()
    for team_id in held:
        step: int | None = team_id
        while step is not None and step not in above:
            above.add(step)
            step = parents.get(step)
    return Q(entrants__person_id__in=person_ids) | Q(teams__in=above)
