"""What an entrant's records come to: all that ranking needs, without the records.

In the formats named here a score stands until the entrant's own records, place or target change,
and a decision between entrants reads no single record. So a tally that is kept takes the place of
the records, and the standings are the same: ranks, prizes, reasons. Only the explanation (effects,
what was left out, notes) is missing in rows of kept tallies. A format that looks at the time of
scoring, as a streak does, or at the records of others, cannot be in the set.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

from challenges.calc.field import Entrant, Lineup
from challenges.calc.formats.base import Score
from challenges.calc.ranking import Key, chain_key
from challenges.calc.roster import Person, Roster
from challenges.calc.rules import EntrantKind, Rules
from challenges.calc.teams import score_entrant

KEEPING = frozenset(
    {
        "most",
        "percent_of_target",
        "weighted_points",
        "rate",
        "average",
        "largest_record",
        "race",
        "over_the_line",
        "collective_goal",
        "steps",
        "ranking_with_minimum",
        "ranking_with_pot",
        "proportional_share",
        "power_hour",
    }
)
"""Formats in which a tally may take the place of records."""


@dataclass(frozen=True, slots=True)
class Tally:
    """A score, and the values that decide among equals."""

    score: Score
    ties: Key


def tallies_of(rules: Rules, field: Lineup, kept: Mapping[str, Tally]) -> dict[str, Tally]:
    """The kept ones, and for all other entrants what their records come to; none in a format that
    is not of `KEEPING`."""
    if rules.format.key not in KEEPING:
        return {}
    by_day = field.ground.by_day
    return {one.id: kept.get(one.id) or _tally(rules, one, by_day) for one in field.entrants}


def _tally(rules: Rules, entrant: Entrant, by_day: bool) -> Tally:
    score = score_entrant(rules, entrant)
    return Tally(score, chain_key(rules, entrant, score, by_day=by_day))


def scored(rules: Rules, entrant: Entrant, tallies: Mapping[str, Tally]) -> Score:
    """The score in the tally; in a format without tallies the entrant is scored."""
    tally = tallies.get(entrant.id)
    return score_entrant(rules, entrant) if tally is None else tally.score


def players(rules: Rules, roster: Roster) -> dict[str, tuple[Person, ...]]:
    """Entrant to the people whose records may count for it; more than enter, never fewer."""
    if rules.entrants.kind is EntrantKind.PERSON:
        return {person.id: (person,) for person in roster.people}
    found: dict[str, dict[str, Person]] = {}
    for person in sorted(roster.people, key=lambda one: one.id):
        for membership in person.memberships:
            found.setdefault(membership.team, {})[person.id] = person
    return {team: tuple(members.values()) for team, members in found.items()}


def grounds(entrants: Mapping[str, tuple[Person, ...]]) -> dict[str, str]:
    """Entrant to a digest of all that the roster says about it: a tally holds while it is equal."""
    return {id_: sha256(repr(people).encode()).hexdigest()[:16] for id_, people in entrants.items()}
