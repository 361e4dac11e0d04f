"""Background work of the feed; each task calls one service."""

from typing import Any

from celery import shared_task

from challenges.feed import deriving


@shared_task(name="challenges.tell_news")
def tell_news(person_ids: list[int], **_: Any) -> int:
    """Sent when records of people moved: large deals and personal records."""
    return deriving.derive_news(person_ids=person_ids)


@shared_task(name="challenges.tell_feed")
def tell_feed(**_: Any) -> int:
    """On the schedule: what has happened and is not in the feed yet, or no longer true."""
    return deriving.derive_all()
