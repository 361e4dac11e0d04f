"""Who played, kept with the signature: what the roster says later moves no signed result."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from challenges.calc import Roster
from challenges.calc.stored import from_plain, to_plain
from challenges.models import Challenge, Result


class Placed(Protocol):
    """Somebody of the roster, as a row of the database."""

    @property
    def person_id(self) -> int:
        """The person."""


@dataclass(frozen=True, slots=True)
class Player:
    """Somebody who played when the result was signed."""

    person_id: int


@dataclass(frozen=True, slots=True)
class SignedRoster:
    """The roster of a signature, with the way back to rows of the database."""

    roster: Roster
    people: Mapping[str, Player]
    teams: Mapping[str, tuple[int, str]]


def kept_roster(
    roster: Roster, people: Mapping[str, Placed], teams: Mapping[str, tuple[int, str]]
) -> dict[str, object]:
    """What `Result.roster` holds."""
    return {
        "roster": to_plain(roster),
        "people": {number: row.person_id for number, row in people.items()},
        "teams": {key: list(team) for key, team in teams.items()},
    }


def signed_roster(challenge: Challenge) -> SignedRoster | None:
    """The roster of the signature; None for results that were signed before it was kept."""
    first = Result.objects.filter(challenge=challenge, number=1).values_list("roster", flat=True)
    kept = first.first()
    if kept is None:
        return None
    return SignedRoster(
        from_plain(Roster, kept["roster"]),
        {number: Player(person_id) for number, person_id in kept["people"].items()},
        {key: (team_id, name) for key, (team_id, name) in kept["teams"].items()},
    )
