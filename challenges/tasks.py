"""Background work of this room; each task calls one service."""

from datetime import date
from typing import Any

from celery import current_app, shared_task

from challenges import services
from challenges.badges import tasks as badges
from challenges.duels.services import wake_duels as wake_all_duels
from challenges.feed import tasks as feed
from challenges.rewards import services as rewards


@shared_task(name="challenges.rescore_people")
def rescore_people(person_ids: list[int], days: list[str] | None = None, **_: Any) -> list[int]:
    """Sent when figures of people moved on these days. Each challenge that it concerns is scored by
    a task of its own: a large one delays no other."""
    moved = None if days is None else [date.fromisoformat(day) for day in days]
    concerned = services.note_news(person_ids=person_ids, days=moved)
    for challenge_id in concerned:
        current_app.send_task("challenges.score_news", args=[challenge_id])
    current_app.send_task(badges.award_badges.name, args=[person_ids])
    current_app.send_task(feed.tell_news.name, args=[person_ids])
    return concerned


@shared_task(name="challenges.score_news")
def score_news(challenge_id: int, **_: Any) -> bool:
    """Of a burst of messages the first does all the work."""
    return services.score_news(challenge_id=challenge_id)


@shared_task(name="challenges.wake")
def wake(**_: Any) -> int:
    """On the schedule: what is due by the clock, and news that nobody scored. What comes due before
    the next call is woken at its own moment; waking twice changes nothing."""
    changed = services.wake_all()
    for challenge_id, moment in services.coming():
        current_app.send_task("challenges.advance", args=[challenge_id], eta=moment)
    return changed


@shared_task(name="challenges.advance")
def advance(challenge_id: int, **_: Any) -> list[str]:
    """At the moment of a move or a turn: it is made, if nobody has made it yet."""
    return services.advance(challenge_id=challenge_id)


@shared_task(name="challenges.rehearse")
def rehearse(run_id: int, **_: Any) -> None:
    """One replay after the other, each kept as soon as it is done: a page shows how far it is."""
    while services.rehearse_next(run_id=run_id):
        pass


@shared_task(name="challenges.sweep")
def sweep(**_: Any) -> int:
    """On the schedule: boards that are not as a full scoring would make them."""
    return services.sweep_all()


@shared_task(name="challenges.verify")
def verify(**_: Any) -> int:
    """The nightly alarm: boards that a full scoring finds wrong are an error of ours."""
    return len(services.verify_boards())


@shared_task(name="challenges.wake_duels")
def wake_duels(**_: Any) -> int:
    """On the schedule: proposals whose time is over, and agreed duels that can be signed."""
    return wake_all_duels()


@shared_task(name="challenges.post_points")
def post_points(challenge_id: int | None = None, **_: Any) -> int:
    """After a challenge moved in a way that may give points; without one, on the schedule, all
    that is left to do. Twice, late or at once with another worker: the ledger is the same."""
    if challenge_id is None:
        return rewards.post_all()
    return rewards.post_challenge(challenge_id=challenge_id)
