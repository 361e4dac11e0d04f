"""Badges of the small company, and who has them, as plain rows."""

from datetime import datetime

from challenges.badges import services
from challenges.badges.queries import is_taken_back, with_state
from challenges.badges.services import BadgeInput, Outcome
from challenges.models import Badge, BadgeAward, BadgeMove
from people.models import Team
from tests.kpis.crew import at, cancel, event, record

START = at("2026-03-02 08:00")
"""A Monday: the first look at every badge."""


def made(key: str, document: dict[str, object], *, points: int = 0, team: Team | None = None,
         begun: datetime | None = START) -> Badge:  # fmt: skip
    """A badge with this rule, looked at since the beginning of March."""
    badge = services.create_badge(
        actor=None,
        badge=BadgeInput(key, key, document, points=points),
        team=team,
        key=key,
    )
    if begun is not None:
        services.award_badge(badge_id=badge.pk, at=begun)
    return badge


def look(when: str) -> Outcome:
    """Everybody, all badges, as of then."""
    return services.award_all(at=at(when))


def held() -> list[tuple[str, str, str]]:
    """Badge, first name and first day of the period, of all that is not taken back."""
    rows = with_state().select_related("badge", "person")
    return sorted(
        (row.badge.key, row.person.first_name, row.valid_from.isoformat())
        for row in rows
        if not is_taken_back(row)
    )


def moves() -> list[tuple[str, str, str]]:
    """First name, what happened and its code, in order."""
    rows = BadgeMove.objects.select_related("award__person").order_by("id")
    return [(row.award.person.first_name, row.kind, row.reason.get("code", "")) for row in rows]


def awards() -> int:
    """How many rows of awards there are, taken back or not."""
    return BadgeAward.objects.count()


def call(number: str, when: str, who: str = "P1", *, known: str | None = None,
         kind: str = "call", amount: int | None = None) -> None:  # fmt: skip
    """A record, known since it happened or since `known`."""
    entry = event(number, when, who, kind=kind, amount=amount)
    record(entry, recorded_at=at(known or when))


def cancelled(number: str, known: str) -> None:
    """Its cancellation, known since then."""
    record(cancel(number), recorded_at=at(known))
