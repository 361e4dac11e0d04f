"""Background work of this room; each task calls one service."""

from typing import Any

from celery import shared_task

from cockpit.reviews.reminding import mail
from kpis.reviews.reminding import remind_of_reviews


@shared_task(name="cockpit.remind_reviews")
def remind_reviews(**_: Any) -> int:
    """On the schedule: mails about reviews that are due, each once."""
    return remind_of_reviews(mail=mail)
