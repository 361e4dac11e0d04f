"""What a look at badges reads: people over time, records of a metric, figures of a KPI."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from challenges.calc import Membership, Span
from challenges.calc import Person as RosterPerson
from challenges.calc.badges import streaks
from challenges.calc.badges.deserving import Figures, Ground
from challenges.calc.badges.known import Log
from challenges.calc.badges.periods import known_by
from challenges.calc.badges.rules import Best, Figure, First, Rule, Streak, metric_of
from challenges.calc.moments import start_of
from challenges.gathering.inputs import entries_from
from kernel.calendars import WorkCalendar
from kernel.periods import Period, Window
from kpis.queries import catalogue, kpi_values
from kpis.queries.versions import scored_versions
from people import queries as people
from people.queries import AbsenceRow, AssignmentRow

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
REACH = streaks.FARTHEST + timedelta(days=31)


@dataclass(frozen=True, slots=True)
class Scene:
    """Who was where, and when away, before a day: one reading serves all badges of a look."""

    people: Mapping[str, RosterPerson]
    numbers: Mapping[int, str]
    zone: ZoneInfo
    calendar: WorkCalendar
    today: date

    @property
    def ids(self) -> dict[str, int]:
        """The person of each number."""
        return {number: pk for pk, number in self.numbers.items()}


def scene_of(as_of: datetime, person_ids: Collection[int] | None = None) -> Scene:
    """Everybody, or these people, with all places and absences that a rule can reach. Three
    queries."""
    company = people.company()
    today = as_of.astimezone(company.tz).date()
    span = Period(today - REACH, today + timedelta(days=1))
    places: dict[int, list[AssignmentRow]] = {}
    for row in people.assignments_between(span, person_ids):
        places.setdefault(row.person_id, []).append(row)
    absences: dict[int, list[AbsenceRow]] = {}
    for absence in people.absences_between(span, person_ids):
        absences.setdefault(absence.person_id, []).append(absence)
    return Scene(
        {rows[0].number: _person(rows, absences.get(pk, ())) for pk, rows in places.items()},
        {pk: rows[0].number for pk, rows in places.items()},
        company.tz,
        company.calendar,
        today,
    )


def _person(rows: Sequence[AssignmentRow], absences: Sequence[AbsenceRow]) -> RosterPerson:
    hired, first = rows[0].hired_on, min(row.valid_from for row in rows)
    return RosterPerson(
        id=rows[0].number,
        name=rows[0].name,
        memberships=tuple(
            Membership(row.team_key, Fraction(row.share), Span(row.valid_from, row.valid_to))
            for row in rows
        ),
        joined_on=hired or first,
        left_on=rows[0].left_on,
        absences=tuple(Span(one.valid_from, one.valid_to) for one in absences),
        role=rows[-1].role_key,
    )


def in_team(scene: Scene, team_id: int | None) -> dict[str, RosterPerson]:
    """The people of a team and all below it, each for the time that they were there; everybody
    without a team."""
    if team_id is None:
        return dict(scene.people)
    below = people.team_ids_below([team_id])
    keys = {team.key for team in people.team_tree() if team.id in below}
    found: dict[str, RosterPerson] = {}
    for number, person in scene.people.items():
        inside = tuple(one for one in person.memberships if one.team in keys)
        if inside:
            found[number] = replace(person, memberships=inside)
    return found


def ground_of(
    rule: Rule, scene: Scene, team_id: int | None, periods: Sequence[Period], as_of: datetime
) -> Ground:
    """What the rule is held against in these periods; `others` and `held` are the caller's."""
    those = in_team(scene, team_id)
    ground = Ground(those, scene.zone, scene.calendar, as_of)
    ids = scene.ids
    person_ids = [ids[number] for number in those]
    if isinstance(rule, Figure):
        return replace(ground, figures=_figures(rule, periods, ground, person_ids))
    metric = metric_of(rule)
    if metric is None:
        return ground
    log = _log(metric, _window(rule, ground, periods), scene, person_ids)
    return replace(ground, log=log)


def _window(rule: Rule, ground: Ground, periods: Sequence[Period]) -> Window:
    """How far back the rule looks: the periods, a run before them, or all that ever was."""
    first = min(periods)
    end = start_of(max(periods).end, ground.zone)
    match rule:
        case First(_, True) | Best():
            return Window(BEGINNING, end)
        case Streak(_, _, length, per):
            start = min(
                (
                    streaks.reach_back(person, per, length, first, ground.calendar)
                    for person in ground.people.values()
                ),
                default=first.start,
            )
            return Window(start_of(min(start, first.start), ground.zone), end)
    return Window(start_of(first.start, ground.zone), end)


def _log(metric: str, window: Window, scene: Scene, person_ids: Collection[int]) -> Log:
    known = catalogue(scene.today)
    versions = scored_versions([metric], window, known=known, person_ids=person_ids)
    return Log(entries_from(versions, scene.numbers), scene.zone)


def _figures(
    rule: Figure, periods: Iterable[Period], ground: Ground, person_ids: Collection[int]
) -> Figures:
    """The KPI of each person in each period that is over, as known at the period's own moment."""
    found: dict[Period, dict[str, Fraction | None]] = {}
    for period in periods:
        if ground.as_of < start_of(period.end, ground.zone):
            continue
        moment = known_by(period, ground.as_of, ground.zone, ground.calendar)
        rows = kpi_values(
            rule.kpi, by="person", period=period, person_ids=person_ids, as_known_at=moment
        )
        found[period] = {row.group[0].key: row.figure.value for row in rows}
    return found
