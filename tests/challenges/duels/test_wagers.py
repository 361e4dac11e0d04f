"""How many duels for points a person may have at a time."""

from challenges import services as challenges
from challenges.duels import services
from challenges.models import DuelProposal
from tests.challenges.duels.test_proposing import (
    IN_TIME,
    TOO_LATE,
    accepted,
    proposed,
    refused,
    states,
)
from tests.kpis.crew import Crew


def wagers(crew: Crew, count: int, **more: object) -> list[DuelProposal]:
    """Duels for points of Léa and Hugo, each about something else."""
    challenges.state_house_rules(
        actor=crew.admin, duel_reach="region", duel_points=15, duel_minutes=60
    )
    metrics = ("revenue", "calls", "meetings_held")[:count]
    return [proposed(crew, metric=one, wager=True, **more) for one in metrics]


def test_each_of_the_two_has_three_duels_for_points_at_most(crew: Crew) -> None:
    first, *_ = wagers(crew, services.MOST_WAGERS)
    accepted(crew, first)
    for pair in ({"opponent": crew.noor}, {"proposer": crew.noor}):
        assert refused(proposed, crew=crew, wager=True, **pair) == ["duels.most_wagers"]
    proposed(crew, opponent=crew.noor)
    assert states() == ["accepted", "open", "open", "open"]


def test_what_is_over_leaves_room_for_another_wager(crew: Crew) -> None:
    first, second, _third = wagers(crew, services.MOST_WAGERS)
    challenge = accepted(crew, first)
    services.withdraw_duel(actor=None, duel_id=second.pk, at=IN_TIME)
    noor = {"crew": crew, "opponent": crew.noor, "wager": True}
    proposed(**noor, at=IN_TIME)  # type: ignore[arg-type]  # as keywords
    again = {**noor, "metric": "calls"}
    assert refused(proposed, **again, at=IN_TIME) == ["duels.most_wagers"]
    challenges.cancel_challenge(actor=crew.admin, challenge=challenge, reason="A quarrel")
    # the third has lapsed by now, though no sweep has written so
    for metric in ("calls", "meetings_held"):
        proposed(**{**noor, "metric": metric}, at=TOO_LATE)  # type: ignore[arg-type]  # as keywords
    assert refused(proposed, **noor, at=TOO_LATE) == ["duels.already"]
