"""From facts and roster to entrants with their cases: who competes, with which records."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction

from challenges.calc.baselines import of_member
from challenges.calc.facts import Facts, LeftOut
from challenges.calc.formats.base import Case, Ground, OwnTarget, TeamView
from challenges.calc.formats.rounds import RoundSpan
from challenges.calc.moments import day_of, start_of
from challenges.calc.notes import Note, note
from challenges.calc.records import ELSEWHERE, Charge, Record
from challenges.calc.roster import ALWAYS, Membership, Person, Roster, Span
from challenges.calc.rules import (
    EntrantKind,
    LateJoiners,
    Rules,
    ScoresFrom,
    TeamScore,
)
from challenges.calc.targets import own_target
from kernel.calendars import WorkCalendar
from kernel.issues import N_
from kernel.periods import Period

PAUSED = note("paused", N_("It happened during a pause."))
BEFORE_JOINING = note("before_joining", N_("It happened before joining."))
CLOSED = note("closed_list", N_("Joined after the start; the list was closed."))
TOO_LATE = note("joined_too_late", N_("Joined after the last moment for joining."))


@dataclass(frozen=True, slots=True)
class Entrant:
    """A person, or a team with one case for each member."""

    id: str
    name: str
    cases: tuple[Case, ...]
    view: TeamView
    left_out: tuple[LeftOut, ...]
    is_team: bool = False


@dataclass(frozen=True, slots=True)
class Lineup:
    """All entrants, those who did not get in, and unknown people with records."""

    ground: Ground
    entrants: tuple[Entrant, ...]
    refused: tuple[tuple[str, Note], ...]
    unknown: tuple[str, ...]


def lineup(
    rules: Rules,
    known: Facts,
    roster: Roster,
    calendar: WorkCalendar,
    as_of: datetime,
    span: RoundSpan | None = None,
) -> Lineup:
    """Place every counted record with its entrant; of one round only, when `span` is given."""
    people, refused = _admitted(rules, roster, window_days(rules))
    kept, left_out = _by_person(rules, known, people)
    start, end = (rules.start, rules.end) if span is None else (span.start, span.end)
    if span is not None:
        kept = {
            id_: [record for record in kept[id_] if _in_round(rules, record, person, span)]
            for id_, person in people.items()
        }
    by_day = any(record.date_only for records in kept.values() for record in records)
    period = _days(rules, start, end)
    ground = Ground(
        rules.zone, start, end, period, calendar, as_of, by_day, paused_days(rules, period)
    )
    make = _teams if rules.entrants.kind is EntrantKind.TEAM else _persons
    entrants = make(rules, roster, ground, people, kept, left_out)
    on_roster = {person.id for person in roster.people}
    strangers = [record for record in known.counted if record.person not in on_roster]
    metrics = rules.metrics
    unknown = {record.person for record in strangers if _in_play(rules, metrics, record)}
    told = sorted(one for one in unknown if not one.startswith(ELSEWHERE))
    return Lineup(ground, entrants, refused, tuple(told))


def _in_round(rules: Rules, record: Record, person: Person, span: RoundSpan) -> bool:
    """Whether it happened in the round, or is charged and enters with it."""
    if isinstance(record, Charge):
        return span == charged_round(rules, person)
    return span.start <= record.occurred_at < span.end


def charged_round(rules: Rules, person: Person) -> RoundSpan | None:
    """The round that takes in what the person is charged, of a format with rounds: the first one,
    for who is there when it begins; in teams the first one in which a team has the person. None
    for whom no round has so."""
    spans = rules.format.rounds(rules.params)
    if rules.entrants.kind is EntrantKind.TEAM:
        return next((span for span in spans if _team_in(person, rules, span) is not None), None)
    is_there = person.employed.contains(day_of(spans[0].start, rules.zone))
    return spans[0] if is_there else None


def window_days(rules: Rules) -> Period:
    """The business days that the window touches."""
    return _days(rules, rules.start, rules.end)


def _days(rules: Rules, start: datetime, end: datetime) -> Period:
    last = day_of(end - timedelta(microseconds=1), rules.zone)
    return Period(day_of(start, rules.zone), last + timedelta(days=1))


def paused_days(rules: Rules, period: Period) -> frozenset[date]:
    """The days of which nothing is left outside one pause."""
    one = timedelta(days=1)
    return frozenset(
        day
        for day in (period.dates() if rules.pauses else ())
        for pause in rules.pauses
        if pause.start <= start_of(day, rules.zone) and start_of(day + one, rules.zone) <= pause.end
    )


def _in_play(rules: Rules, metrics: frozenset[str], record: Record) -> bool:
    return record.metric in metrics and rules.start <= record.occurred_at < rules.end


def _admitted(
    rules: Rules, roster: Roster, period: Period
) -> tuple[dict[str, Person], tuple[tuple[str, Note], ...]]:
    people: dict[str, Person] = {}
    refused: list[tuple[str, Note]] = []
    for person in sorted(roster.people, key=lambda person: person.id):
        if not _listed(rules, person, period):
            continue
        reason = _late_reason(rules, person)
        if reason is None:
            people[person.id] = person
        else:
            refused.append((person.id, reason))
    return people, tuple(refused)


def _listed(rules: Rules, person: Person, period: Period) -> bool:
    """Named by the rules, in a named team on some day, and there on some day of the window."""
    entrants = rules.entrants
    if not person.employed.meets(period):
        return False
    if entrants.people is not None and person.id not in entrants.people:
        return False
    if entrants.teams is None:
        return True
    return any(m.team in entrants.teams and m.span.meets(period) for m in person.memberships)


def _late_reason(rules: Rules, person: Person) -> Note | None:
    if person.joined_on is None:
        return None
    joined_at = start_of(person.joined_on, rules.zone)
    if joined_at <= rules.start:
        return None
    match rules.entrants.late_joiners:
        case LateJoiners.CLOSED:
            return CLOSED
        case LateJoiners.OPEN_UNTIL if not _still_open(rules, joined_at):
            return TOO_LATE
    return None


def _still_open(rules: Rules, joined_at: datetime) -> bool:
    passed = (joined_at - rules.start) // timedelta(microseconds=1)
    whole = (rules.end - rules.start) // timedelta(microseconds=1)
    return Fraction(passed, whole) < rules.entrants.open_until


def _by_person(
    rules: Rules, known: Facts, people: Mapping[str, Person]
) -> tuple[dict[str, list[Record]], dict[str, list[LeftOut]]]:
    kept: dict[str, list[Record]] = {id_: [] for id_ in people}
    left_out: dict[str, list[LeftOut]] = {id_: [] for id_ in people}
    metrics = rules.metrics
    for record in known.counted:
        if record.person not in people or not _in_play(rules, metrics, record):
            continue
        reason = reason_against(rules, record, people[record.person])
        if reason is None:
            kept[record.person].append(record)
        else:
            left_out[record.person].append(LeftOut(record, reason))
    for out in (*known.left_out, *known.carried):
        if out.record.person in people and _in_play(rules, metrics, out.record):
            left_out[out.record.person].append(out)
    return kept, left_out


def reason_against(rules: Rules, record: Record, person: Person) -> Note | None:
    """Why something in the window does not count; what is charged always does."""
    if isinstance(record, Charge):
        return None
    if any(pause.start <= record.occurred_at < pause.end for pause in rules.pauses):
        return PAUSED
    if rules.entrants.scores_from is ScoresFrom.START or person.joined_on is None:
        return None
    joined_at = start_of(person.joined_on, rules.zone)
    return BEFORE_JOINING if record.occurred_at < joined_at else None


def _case(
    rules: Rules,
    ground: Ground,
    person: Person,
    records: Sequence[Record],
    spans: Sequence[Span] = ALWAYS,
) -> Case:
    def target(metric: str) -> OwnTarget | None:
        whole, played = window_days(rules), Span(ground.period.start, ground.period.end)
        part = spans if whole == ground.period else [span.both(played) for span in spans]
        return own_target(rules, person, metric, whole, ground.calendar, part)

    return Case(person, tuple(records), ground, target)


def _persons(
    rules: Rules,
    roster: Roster,  # noqa: ARG001 - the same signature as for teams
    ground: Ground,
    people: Mapping[str, Person],
    kept: Mapping[str, Sequence[Record]],
    left_out: Mapping[str, Sequence[LeftOut]],
) -> tuple[Entrant, ...]:
    alone = TeamView(Fraction(1), None)
    return tuple(
        Entrant(
            id_,
            person.name or id_,
            (_case(rules, ground, person, kept[id_]),),
            alone,
            tuple(left_out[id_]),
        )
        for id_, person in people.items()
    )


def _teams(
    rules: Rules,
    roster: Roster,
    ground: Ground,
    people: Mapping[str, Person],
    kept: Mapping[str, Sequence[Record]],
    left_out: Mapping[str, Sequence[LeftOut]],
) -> tuple[Entrant, ...]:
    """A team has every member of some day of the window, with the records of their team days."""
    members: dict[str, dict[str, list[Membership]]] = {}
    for id_, person in people.items():
        for membership in person.memberships:
            span = membership.span.within(ground.period)
            wanted = rules.entrants.teams is None or membership.team in rules.entrants.teams
            if wanted and span is not None and person.employed.within(span) is not None:
                members.setdefault(membership.team, {}).setdefault(id_, []).append(membership)
    return tuple(
        _team(rules, roster, ground, people, team, members[team], kept, left_out)
        for team in sorted(members)
    )


def _team(
    rules: Rules,
    roster: Roster,
    ground: Ground,
    people: Mapping[str, Person],
    team: str,
    members: Mapping[str, Sequence[Membership]],
    kept: Mapping[str, Sequence[Record]],
    left_out: Mapping[str, Sequence[LeftOut]],
) -> Entrant:
    cases = []
    out: list[LeftOut] = []
    for id_ in sorted(members):
        person = people[id_]
        mine = [r for r in kept[id_] if team_of(person, r, rules) == team]
        spans = tuple(m.span for m in members[id_])
        person = of_member(person, spans, window_days(rules), ground.calendar)
        cases.append(_case(rules, ground, person, mine, spans))
        out.extend(o for o in left_out[id_] if team_of(person, o.record, rules) == team)
    view = _view(rules, ground, people, members)
    out.sort(key=lambda o: (o.record.occurred_at, o.record.key))
    return Entrant(team, roster.team_name(team), tuple(cases), view, tuple(out), is_team=True)


def team_of(person: Person, record: Record, rules: Rules) -> str | None:
    """The team that gets the credit; for a charge the first one in which the person plays."""
    if isinstance(record, Charge):
        rounds = rules.format.rounds(rules.params)
        window = charged_round(rules, person) if rounds else rules
        return None if window is None else _team_in(person, rules, window)
    membership = person.membership_on(day_of(record.occurred_at, rules.zone))
    return None if membership is None else membership.team


def _team_in(person: Person, rules: Rules, window: Rules | RoundSpan) -> str | None:
    """The first team that plays and has the person on some day of the window."""
    period, teams = _days(rules, window.start, window.end), rules.entrants.teams
    held = [
        (there.start, membership.team)
        for membership in person.memberships
        if (part := membership.span.within(period)) is not None
        and (there := person.employed.within(part)) is not None
        and (teams is None or membership.team in teams)
    ]
    return min(held, default=(None, None))[1]


def _view(
    rules: Rules,
    ground: Ground,
    people: Mapping[str, Person],
    members: Mapping[str, Sequence[Membership]],
) -> TeamView:
    match rules.entrants.team_score:
        case TeamScore.SUM:
            return TeamView(Fraction(1), None)
        case TeamScore.MEAN:
            return TeamView(Fraction(len(members)), None)
        case TeamScore.PER_FTE:
            return TeamView(_full_time(ground, people, members), None)
        case TeamScore.BEST_N:
            return TeamView(None, rules.entrants.best_n)


def _full_time(
    ground: Ground, people: Mapping[str, Person], members: Mapping[str, Sequence[Membership]]
) -> Fraction:
    """Shares weighted by the working days of membership; absences do not lower them."""
    days = [d for d in ground.period.dates() if ground.calendar.is_working(d)] or list(
        ground.period.dates()
    )
    total = Fraction(0)
    for id_, memberships in members.items():
        employed = people[id_].employed
        for membership in memberships:
            there = sum(1 for d in days if membership.span.contains(d) and employed.contains(d))
            total += membership.fte * there / len(days)
    return total
