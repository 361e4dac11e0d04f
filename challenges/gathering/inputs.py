"""What the pure engine wants, from the database: versions of records, the roster, the calendar.

The frame of a challenge (rules, roster) is small and always read whole. Records are many, and are
read for everybody (`inputs_of`), or for those whose score is asked (`frame_of`, `with_records`).

People and teams go in by their numbers and keys, never by internal ids, so that a draw or the order
of equal entrants means the same in a file and here.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from fractions import Fraction
from functools import cached_property, lru_cache
from hashlib import sha256

from challenges.calc import (
    Cancellation,
    Membership,
    Record,
    Review,
    Roster,
    Rules,
    Span,
    Target,
    Told,
    parse_rules,
)
from challenges.calc import Person as RosterPerson
from challenges.calc.field import window_days
from challenges.calc.moments import day_of
from challenges.calc.records import ELSEWHERE, Entry
from challenges.calc.rules import EntrantKind
from challenges.calc.tallies import KEEPING
from challenges.gathering import documents
from challenges.gathering.signed_rosters import Placed, signed_roster
from challenges.models import Challenge, ChallengeState, Decision, Entrant, RulesVersion, Transition
from kernel.numbers import from_text
from kernel.periods import Period, Window
from kpis.queries.catalogue import Catalogue, catalogue
from kpis.queries.objectives import objectives_in, targets_of_people
from kpis.queries.versions import RecordVersion, scored_versions
from people import queries as people
from people.queries import AbsenceRow, AssignmentRow

SIGNED = (ChallengeState.OFFICIAL, ChallengeState.AMENDED)
MOST_NAMED = 1_000
"""Of so many people absences are asked for by name."""


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


@dataclass(frozen=True, slots=True)
class Audience:
    """Who may play: people of these teams (with all below) in these roles; without any role,
    everybody who does not lead."""

    team_ids: tuple[int, ...]
    role_keys: tuple[str, ...] = ()
    numbers: frozenset[str] | None = None
    """Only these people of them, by number."""


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
    known = catalogue(period.start)
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


def numbers_of(places: Iterable[AssignmentRow]) -> dict[int, str]:
    """The number of each person."""
    return {row.person_id: row.number for row in places}


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


# --- the roster -------------------------------------------------------------------------------


def places_of(audience: Audience, rules: Rules, period: Period) -> list[AssignmentRow]:
    """Places of those who may play, uncut, by person and date: the teams and roles, and the
    people whom the rules name.

    Where baselines come from an earlier window, also the places that the same people held since
    it began: who was there then is no newcomer, whatever place they hold now.
    """
    now = _held(audience, rules, period)
    earlier = rules.earlier
    first = period.start if earlier is None else day_of(earlier.start, rules.zone)
    if first >= period.start:
        return now
    before = _held(audience, rules, Period(first, period.start))
    playing = {row.person_id for row in now}
    held = {(row.person_id, row.valid_from, row.team_key): row for row in (*before, *now)}
    rows = (row for row in held.values() if row.person_id in playing)
    return sorted(rows, key=lambda row: (row.person_id, row.valid_from))


def _held(audience: Audience, rules: Rules, period: Period) -> list[AssignmentRow]:
    return [
        row
        for row in people.people_on(period, audience.team_ids, audience.numbers)
        if _plays(row, audience.role_keys, rules.entrants.people)
    ]


def _plays(row: AssignmentRow, role_keys: Sequence[str], named: Collection[str] | None) -> bool:
    if named is not None and row.number not in named:
        return False
    return row.role_key in role_keys if role_keys else named is not None or not row.leads


def roster_of(
    rules: Rules,
    period: Period,
    places: Sequence[AssignmentRow],
    known: Catalogue,
    settled: Mapping[int, Sequence[Target]],
) -> Roster:
    """The people with their teams, absences and own targets; `settled` targets hold as they are,
    who has none there brings the objective."""
    by_person: dict[int, list[AssignmentRow]] = {}
    for row in places:
        by_person.setdefault(row.person_id, []).append(row)
    absences: dict[int, list[AbsenceRow]] = {}
    # to name thousands costs more than to read everybody's
    named = by_person if len(by_person) <= MOST_NAMED else None
    for absence in people.absences_between(period, named):
        if absence.person_id in by_person:
            absences.setdefault(absence.person_id, []).append(absence)
    targets = _targets(settled, rules, period, by_person, known)
    return Roster(
        tuple(
            _person(rows, absences.get(person_id, ()), targets.get(person_id, ()))
            for person_id, rows in by_person.items()
        ),
        tuple(sorted({(row.team_key, row.team_name) for row in places})),
    )


def _person(
    rows: Sequence[AssignmentRow], absences: Sequence[AbsenceRow], targets: Sequence[Target]
) -> RosterPerson:
    """`joined_on` is the first day in the teams that play, or of the employment if later."""
    first = min(row.valid_from for row in rows)
    hired = rows[0].hired_on
    return RosterPerson(
        id=rows[0].number,
        name=rows[0].name,
        memberships=tuple(
            Membership(row.team_key, Fraction(row.share), Span(row.valid_from, row.valid_to))
            for row in rows
        ),
        joined_on=max(first, hired) if hired else first,
        left_on=rows[0].left_on,
        targets=tuple(targets),
        absences=tuple(Span(one.valid_from, one.valid_to) for one in absences),
        role=rows[-1].role_key,
    )


def _targets(
    settled: Mapping[int, Sequence[Target]],
    rules: Rules,
    period: Period,
    places: Mapping[int, Sequence[AssignmentRow]],
    known: Catalogue,
) -> dict[int, list[Target]]:
    """Own targets: those frozen with the launch; for who has none frozen yet the one that the
    challenge states, or else the objective of the KPI that is the metric itself, the person's own
    before the role's."""
    found = {person_id: list(targets) for person_id, targets in settled.items()}
    metric_of = kpis_of_metrics(rules.metrics, known)
    role_of = {pk: rows[-1].role_key for pk, rows in places.items() if pk not in found}
    if not metric_of or not role_of:
        return found
    objectives = objectives_in(
        period,
        person_ids=list(role_of),
        role_keys=sorted(set(role_of.values())),
        kpi_keys=sorted(metric_of),
    )
    targets = targets_of_people(objectives, role_of, sorted(metric_of), period, rules.calendar)
    for (person_id, kpi_key), target in targets.items():
        found.setdefault(person_id, []).append(Target(target.value, metric_of[kpi_key]))
    return found


def settled_targets(
    challenge: Challenge, numbers: Collection[str] | None = None
) -> dict[int, list[Target]]:
    """By person, of all or of these: the targets frozen with the launch, or the one that the
    challenge states."""
    rows = Entrant.objects.filter(challenge=challenge)
    if numbers is not None:
        rows = rows.filter(person__number__in=numbers)
    found: dict[int, list[Target]] = {}
    for person_id, stated, frozen in rows.values_list("person_id", "target", "targets"):
        if frozen is not None:
            found[person_id] = [Target(from_text(value), metric) for metric, value in frozen]
        elif stated is not None:
            found[person_id] = [Target(Fraction(stated))]
    return found


def kpis_of_metrics(metrics: Collection[str], known: Catalogue) -> dict[str, str]:
    """KPI to metric, for the first KPI of each metric whose formula is just that metric."""
    found: dict[str, str] = {}
    for key, info in known.kpis.items():
        metric = info.formula.strip()
        if metric in metrics and metric not in found.values():
            found[key] = metric
    return found
