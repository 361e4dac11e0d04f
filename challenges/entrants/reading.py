"""Who has read the rules: the reader's own word, and how many did."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from challenges.models import Acknowledgement, Challenge, ChallengeState, Entrant
from challenges.queries import History
from people.access import Viewer

OWN_CHANGES = ("signed", "paused")
"""Reasons of versions that the product writes itself: they ask nobody to read again."""
ASKING = (
    ChallengeState.SCHEDULED,
    ChallengeState.LIVE,
    ChallengeState.PAUSED,
    ChallengeState.PROVISIONAL,
)


@dataclass(frozen=True, slots=True)
class Reading:
    """`asks` the viewer to read version `number`; `read_at` is when they did; `readers` of
    `entrants` did."""

    number: int
    asks: bool
    read_at: datetime | None
    readers: int
    entrants: int


def refused_in(challenge: Challenge) -> dict[str, dict[str, Any]]:
    """Why they did not get in, by the number of each person in the teams who joined too late."""
    told = challenge.summary.get("board", {}).get("not_entered", ())
    return {one["entrant"]: one["reason"] for one in told}


def reading_of(challenge: Challenge, viewer: Viewer, known: History) -> Reading:
    """Of the rules as somebody wrote them last: an amendment is read anew. Two queries."""
    written = [one.number for one in known.rules if one.reason not in OWN_CHANGES]
    rows = Acknowledgement.objects.filter(
        challenge=challenge, rules_number__gte=max(written, default=1)
    )
    read = dict(rows.order_by("-at").values_list("person_id", "at"))
    playing = Entrant.objects.filter(challenge=challenge)
    if refused := refused_in(challenge):
        playing = playing.exclude(person__number__in=refused)
    players = set(playing.values_list("person_id", flat=True))
    own = None if viewer.person_id is None else read.get(viewer.person_id)
    plays = viewer.person_id in players
    return Reading(
        number=known.rules[0].number,
        asks=plays and own is None and challenge.state in ASKING,
        read_at=own if plays else None,
        readers=len(players & read.keys()),
        entrants=len(players),
    )
