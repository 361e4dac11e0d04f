"""What the pure engine wants, from the database: versions of records, the roster, the calendar.

The frame of a challenge (rules, roster) is small and always read whole. Records are many, and are
read for everybody (`inputs_of`), or for those whose score is asked (`frame_of`, `with_records`).

People and teams go in by their numbers and keys, never by internal ids, so that a draw or the order
of equal entrants means the same in a file and here.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property, lru_cache
from hashlib import sha256

from challenges.calc import (
    Cancellation,
    Record,
    Review,
    Roster,
    Rules,
    Told,
    parse_rules,
)
from challenges.calc.field import window_days
from challenges.calc.records import ELSEWHERE, Entry
from challenges.calc.rules import EntrantKind
from challenges.calc.tallies import KEEPING
from challenges.gathering import documents
from challenges.gathering.rosters import (
    Audience,
    places_of,
    roster_of,
    settled_targets,
)
from challenges.gathering.signed_rosters import Placed, signed_roster
from challenges.models import Challenge, ChallengeState, Decision, RulesVersion, Transition
from kernel.periods import Window
from kpis.queries import with_frozen
from kpis.queries.catalogue import Catalogue, catalogue
from kpis.queries.versions import RecordVersion, scored_versions
from people import queries as people

SIGNED = (ChallengeState.OFFICIAL, ChallengeState.AMENDED)


@dataclass(frozen=True)
class Inputs:
    """All that decides the standings at `as_of`, with the way back to rows of the database."""

    rules: Rules
    rules_number: int
    entries: tuple[Told, ...]
    roster: Roster
    as_of: datetime
    people: Mapping[str, Placed]
    """Each person of the roster, by number."""
    teams: Mapping[str, tuple[int, str]]
    """Id and name of each team that plays, by key."""
    known: Catalogue
    reviews: tuple[Review, ...] = ()

    @cached_property
    def numbers(self) -> dict[int, str]:
        """Numbers of the people of the roster by id."""
        return {row.person_id: number for number, row in self.people.items()}

    @cached_property
    def basis(self) -> str:
        """A digest of what decides all scores beside records and roster: rules and measures."""
        metrics = self.known.metrics
        measures = [metrics[key] for key in sorted(self.rules.metrics) if key in metrics]
        said = (self.rules.sha256, people.company().currency, measures)
        return sha256(repr(said).encode()).hexdigest()[:16]


class Keys:
    """Numbers of people and keys of teams, as keys of rows."""

    def __init__(self, inputs: Inputs) -> None:
        self.inputs = inputs
        self.teams = inputs.rules.entrants.kind is EntrantKind.TEAM

    def ids(self, entrant: str) -> tuple[int | None, int | None]:
        """(person, team)."""
        if self.teams:
            return None, self.inputs.teams[entrant][0]
        return self.inputs.people[entrant].person_id, None

    def key(self, entrant: str) -> str:
        """The `entrant_key` of a row."""
        person_id, team_id = self.ids(entrant)
        return f"team:{team_id}" if self.teams else f"person:{person_id}"


def latest_rules(challenge: Challenge) -> RulesVersion:
    """The version of the rules that holds."""
    found = RulesVersion.objects.filter(challenge=challenge).order_by("-number").first()
    if found is None:
        raise RuntimeError(f"challenge {challenge.pk} has no rules")
    return found


def inputs_of(challenge: Challenge, as_of: datetime) -> Inputs:
    """Read everything anew; about ten queries, whatever the number of people and records."""
    return with_records(frame_of(challenge, as_of))


def with_records(frame: Inputs, person_ids: Collection[int] | None = None) -> Inputs:
    """With all records, or all that concern these people. One query."""
    entries = entries_of(frame.rules, frame.numbers, frame.known, person_ids)
    return replace(frame, entries=(*entries, *frame.reviews))


def frame_of(
    challenge: Challenge, as_of: datetime, entrants: Collection[str] | None = None
) -> Inputs:
    """Rules and roster, without records. A signed result keeps the roster of its signature.

    With `entrants` (the engine's names) the roster may have only them, where people play whose
    scores do not depend on each other.
    """
    version = latest_rules(challenge)
    rules = rules_at(challenge, version.document, as_of)
    alone = rules.entrants.kind is EntrantKind.PERSON and rules.format.key in KEEPING
    audience = Audience(
        tuple(challenge.teams.values_list("pk", flat=True)),
        tuple(challenge.role_keys),
        frozenset(entrants) if entrants is not None and alone else None,
    )
    period = window_days(rules)
    known = measures_of(challenge, catalogue(period.start))
    signed = signed_roster(challenge) if challenge.state in SIGNED else None
    if signed is not None:
        return Inputs(
            rules, version.number, (), signed.roster, as_of, signed.people, signed.teams, known,
            reviews_of(challenge, rules),
        )  # fmt: skip
    places = places_of(audience, rules, period)
    return Inputs(
        rules=rules,
        rules_number=version.number,
        entries=(),
        roster=roster_of(
            rules, period, places, known, settled_targets(challenge, audience.numbers)
        ),
        as_of=as_of,
        people={row.number: row for row in places},
        teams={row.team_key: (row.team_id, row.team_name) for row in places},
        known=known,
        reviews=reviews_of(challenge, rules),
    )


def measures_of(challenge: Challenge, known: Catalogue) -> Catalogue:
    """The catalogue with the metrics of the challenge as they were when it was launched: who plays
    knew them, and what an update says later moves no score."""
    return with_frozen(known, challenge.definitions)


def reviews_of(challenge: Challenge, rules: Rules) -> tuple[Review, ...]:
    """What was decided about records. One query, and none where no rule asks for a review."""
    if rules.integrity is None:
        return ()
    rows = Decision.objects.filter(challenge=challenge).order_by("id")
    return tuple(
        Review(record, accepted, reason, at)
        for record, accepted, reason, at in rows.values_list("record", "accepted", "reason", "at")
    )


def entrants_of(rules: Rules, audience: Audience) -> int:
    """How many people, or teams, would play as the roster stands."""
    places = places_of(audience, rules, window_days(rules))
    if rules.entrants.kind is EntrantKind.TEAM:
        return len({row.team_key for row in places})
    return len({row.person_id for row in places})


def rules_at(challenge: Challenge, document: str, as_of: datetime) -> Rules:
    """The rules as they hold now: a pause that lasts is part of them up to `as_of`."""
    if challenge.state != ChallengeState.PAUSED:
        return parsed(document)
    began = paused_at(challenge)
    end = max(as_of, began + timedelta(microseconds=1))
    return parse_rules(documents.with_pause(documents.read(document), began, end))


@lru_cache(maxsize=256)
def parsed(document: str) -> Rules:
    """Rules never change under their text, and reading YAML with its places is slow."""
    return parse_rules(document)


def paused_at(challenge: Challenge) -> datetime:
    """When the pause began that lasts."""
    last = Transition.objects.filter(challenge=challenge, to_state=ChallengeState.PAUSED)
    return last.order_by("-number").values_list("at", flat=True)[0]


# --- records ----------------------------------------------------------------------------------


def entries_of(
    rules: Rules,
    numbers: Mapping[int, str],
    known: Catalogue,
    person_ids: Collection[int] | None = None,
) -> Iterable[Entry]:
    """Records and cancellations, all or those that concern these people; who is not on the roster
    keeps a name that no roster has."""
    if person_ids is not None and not person_ids:
        return
    windows = [Window(rules.start, rules.end)]
    if (earlier := rules.earlier) is not None:
        windows.append(Window(earlier.start, earlier.end))
    found = scored_versions(rules.metrics, *windows, known=known, person_ids=person_ids)
    yield from entries_from(found, numbers)


def _records(version: RecordVersion, numbers: Mapping[int, str]) -> Iterable[Record]:
    for part in version.parts:
        yield Record(
            id=version.id,
            person=numbers.get(part.person_id, f"{ELSEWHERE}{part.person_id}"),
            metric=part.metric,
            occurred_at=version.occurred_at,
            recorded_at=version.recorded_at,
            value=part.value,
            account=version.account,
            deal=version.deal,
            supersedes=version.supersedes,
        )


def entries_from(versions: Iterable[RecordVersion], numbers: Mapping[int, str]) -> Iterable[Entry]:
    """The versions as the engine takes them; a name that no roster has for who is not on it."""
    for version in versions:
        if version.parts:
            yield from _records(version, numbers)
        elif version.supersedes is not None:
            yield Cancellation(version.id, version.supersedes, version.recorded_at)
