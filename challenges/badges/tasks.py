"""Background work on badges; each task calls one service."""

from datetime import date
from typing import Any

from celery import shared_task

from challenges.badges import services, wearing


@shared_task(name="challenges.award_badges")
def award_badges(person_ids: list[int], **_: Any) -> int:
    """Sent when figures of people moved: their badges follow. How many moved."""
    outcome = services.award_people(person_ids=person_ids)
    return len(outcome.awarded) + len(outcome.taken_back) + len(outcome.given_back)


@shared_task(name="challenges.sweep_badges")
def sweep_badges(**_: Any) -> int:
    """On the schedule: what became official, what a lost message left, and jerseys of months that
    are due."""
    outcome = services.sweep()
    services.sign_due_months()
    return len(outcome.awarded) + len(outcome.taken_back) + len(outcome.given_back)


@shared_task(name="challenges.keep_jerseys")
def keep_jerseys(first: str, **_: Any) -> int:
    """Asked by a reader of provisional jerseys that are older than a minute. How many teams."""
    _as_of, standing = wearing.keep_standing(date.fromisoformat(first))
    return len(standing)
