"""Challenges of the small company, and what their boards say."""

from collections.abc import Mapping
from datetime import datetime

from challenges import services
from challenges.models import Challenge, ScoreChange, Standing
from tests.kpis.crew import at, event, record

MARCH: dict[str, object] = {
    "key": "march",
    "name": {"en": "March sprint", "fr": "Sprint de mars"},
    "window": {"start": "2026-03-01", "end": "2026-04-01"},
    "format": "most",
    "score": {"metric": "revenue"},
    "winners": 2,
    "prizes": [
        {"for": "rank", "rank": 1, "kind": "money", "amount": "500", "currency": "EUR"},
        {"for": "rank", "rank": 2, "kind": "points", "amount": "100"},
    ],
}
MID_MARCH = at("2026-03-16 09:00")
AFTER_CUT_OFF = at("2026-04-08 09:00")


def win(number: str, when: str, who: str, amount: int, *, known: datetime | None = None) -> None:
    """A deal won, known since it happened (or since `known`)."""
    record(
        event(number, when, who, kind="deal_won", amount=amount),
        recorded_at=known or at(when),
    )


def made(
    changes: Mapping[str, object] | None = None, *, teams: tuple[str, ...] = ("west",)
) -> Challenge:
    """A draft of the March sprint with these changes."""
    return services.create_challenge(
        actor=None, document={**MARCH, **(changes or {})}, team_keys=teams
    )


def live(changes: Mapping[str, object] | None = None, **more: tuple[str, ...]) -> Challenge:
    """The same, live in the middle of March."""
    return services.launch(actor=None, challenge=made(changes, **more), at=MID_MARCH)


def board(challenge: Challenge) -> list[tuple[int | None, str, str | None]]:
    """Rank, first name or team, exact score: the whole board in its order."""
    rows = Standing.objects.filter(challenge=challenge).order_by("position")
    return [
        (row.rank, row.person.first_name if row.person else row.team.name, row.score_text)  # type: ignore[union-attr]  # one of the two is set
        for row in rows.select_related("person", "team")
    ]


def lines(challenge: Challenge) -> list[tuple[str, str, str, str, str]]:
    """The log of score changes: record, cause, delta, before, after."""
    rows = ScoreChange.objects.filter(challenge=challenge).order_by("id")
    return list(rows.values_list("record", "cause", "delta", "before", "after"))


def rescore(challenge: Challenge, moment: datetime) -> bool:
    """Score as known at the moment."""
    return services.rescore_challenge(challenge_id=challenge.pk, at=moment)
