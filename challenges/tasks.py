"""Background work of this room; each task calls one service."""

from datetime import date
from typing import Any

from celery import shared_task

from challenges import services


@shared_task(name="challenges.rescore_people")
def rescore_people(person_ids: list[int], days: list[str] | None = None, **_: Any) -> list[int]:
    """Sent when figures of people moved on these days: their open challenges are scored again."""
    moved = None if days is None else [date.fromisoformat(day) for day in days]
    return services.rescore_people(person_ids=person_ids, days=moved)


@shared_task(name="challenges.wake")
def wake(**_: Any) -> int:
    """On the schedule: transitions that are due, and the repair sweep."""
    return services.wake_all()
