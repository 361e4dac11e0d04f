"""Who was where, in which role, when: read only, typed rows."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import Q, QuerySet
from django.utils import timezone

from common.memo import once_per_request
from kernel.calendars import WorkCalendar
from kernel.periods import Period
from people.models import Absence, Assignment, Company, Person, Role, Team


@dataclass(frozen=True, slots=True)
class CompanyRow:
    """The settings of the one company; the defaults until somebody set them up."""

    name: str
    currency: str
    timezone: str
    language: str
    country: str
    subdivision: str
    fiscal_year_start_month: int
    managers_see_pay: bool
    is_set_up: bool = True

    @property
    def tz(self) -> ZoneInfo:
        """The zone in which a moment becomes a business day."""
        return ZoneInfo(self.timezone)

    @property
    def calendar(self) -> WorkCalendar:
        """Its working days and public holidays."""
        return WorkCalendar(self.country, self.subdivision or None)


_COMPANY = [one.name for one in fields(CompanyRow) if one.name != "is_set_up"]


@once_per_request
def company() -> CompanyRow:
    """The company of this installation. One query."""
    # asked several times by most jobs, so without the ORM's making of a statement
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(_COMPANY)} FROM people_company WHERE id = 1")  # noqa: S608 - names of our own tables and columns; values are parameters
        row = cursor.fetchone()
    if row is not None:
        return CompanyRow(*row)
    default = Company(pk=1, name="Maillot")
    return CompanyRow(**{name: getattr(default, name) for name in _COMPANY}, is_set_up=False)


def today(at: datetime | None = None) -> date:
    """The business day of `at` (aware; now when not given) in the company's time zone."""
    return (at or timezone.now()).astimezone(company().tz).date()


@dataclass(frozen=True, slots=True)
class AssignmentRow:
    """A person's place, joined with names; `valid_to` is exclusive, None is open."""

    assignment_id: int
    person_id: int
    number: str
    first_name: str
    last_name: str
    team_id: int
    team_key: str
    team_name: str
    role_key: str
    leads: bool
    manager_id: int | None
    share: Decimal
    valid_from: date
    valid_to: date | None
    hired_on: date | None
    left_on: date | None

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()

    @property
    def initials(self) -> str:
        return (self.first_name[:1] + self.last_name[:1]).upper()

    def during(self, period: Period) -> Period | None:
        """The days of `period` on which this assignment held."""
        end = period.end if self.valid_to is None else min(self.valid_to, period.end)
        start = max(self.valid_from, period.start)
        return Period(start, end) if start < end else None


_COLUMNS = (
    "id",
    "person_id",
    "person__number",
    "person__first_name",
    "person__last_name",
    "team_id",
    "team__key",
    "team__name",
    "role__key",
    "role__leads",
    "manager_id",
    "share",
    "valid_from",
    "valid_to",
    "person__hired_on",
    "person__left_on",
)


def _as_period(when: date | Period) -> Period:
    return when if isinstance(when, Period) else Period.day(when)


def held_in(when: date | Period) -> Q:
    """Condition on `Assignment` (or any dated table): it held on the day, or in the period."""
    period = _as_period(when)
    return Q(valid_from__lt=period.end) & (Q(valid_to__isnull=True) | Q(valid_to__gt=period.start))


def assignments_between(
    period: Period, person_ids: Collection[int] | None = None
) -> list[AssignmentRow]:
    """All assignments that touch the period, uncut, by person and then by date. One query."""
    return list(_held(period, None if person_ids is None else frozenset(person_ids)))


@once_per_request
def _held(period: Period, person_ids: frozenset[int] | None) -> list[AssignmentRow]:
    rows = Assignment.objects.filter(held_in(period))
    if person_ids is not None:
        rows = rows.filter(person_id__in=person_ids)
    return rows_of(rows)


def people_on(
    when: date | Period,
    team: int | Collection[int] | None = None,
    numbers: Collection[str] | None = None,
) -> list[AssignmentRow]:
    """Who held a place on the day (one row each) or in the period (one row per assignment).

    `team` is one id or several; a team counts with all teams below it. `numbers` are those of
    people, of whom alone it is asked. Order: person, date.
    """
    rows = Assignment.objects.filter(held_in(when))
    if team is not None:
        rows = rows.filter(team_id__in=team_ids_below([team] if isinstance(team, int) else team))
    if numbers is not None:
        rows = rows.filter(person__number__in=numbers)
    return rows_of(rows)


def rows_of(rows: QuerySet[Assignment]) -> list[AssignmentRow]:
    values = rows.order_by("person_id", "valid_from", "id").values_list(*_COLUMNS)
    return [AssignmentRow(*row) for row in values]


@dataclass(frozen=True, slots=True)
class RosterEntry:
    """A person with all places of a period, oldest first; `at` is the last of them."""

    person_id: int
    number: str
    name: str
    initials: str
    hired_on: date | None
    left_on: date | None
    places: tuple[AssignmentRow, ...]

    @property
    def at(self) -> AssignmentRow:
        return self.places[-1]


def roster(period: Period, person_ids: Collection[int] | None = None) -> list[RosterEntry]:
    """Everybody who held a place in the period, by person id. One query."""
    grouped: dict[int, list[AssignmentRow]] = {}
    for row in assignments_between(period, person_ids):
        grouped.setdefault(row.person_id, []).append(row)
    return [_entry(rows) for rows in grouped.values()]


def _entry(rows: Sequence[AssignmentRow]) -> RosterEntry:
    one = rows[0]
    return RosterEntry(
        one.person_id, one.number, one.name, one.initials, one.hired_on, one.left_on, tuple(rows)
    )


@dataclass(frozen=True, slots=True)
class TeamRow:
    """A team in the tree: `depth` 0 is a region, `path` the names from the top down to it."""

    id: int
    key: str
    name: str
    parent_id: int | None
    depth: int
    path: tuple[str, ...]


@once_per_request
def team_tree() -> tuple[TeamRow, ...]:
    """All teams, parents before children, siblings by name. One query."""
    children: dict[int | None, list[tuple[int, str, str]]] = {}
    columns = Team.objects.order_by("name", "id").values_list("id", "key", "name", "parent_id")
    for team_id, key, name, parent_id in columns:
        children.setdefault(parent_id, []).append((team_id, key, name))
    found: list[TeamRow] = []

    def visit(parent: TeamRow | None) -> None:
        for team_id, key, name in children.get(parent.id if parent else None, []):
            above = parent.path if parent else ()
            row = TeamRow(
                team_id, key, name, parent.id if parent else None, len(above), (*above, name)
            )
            found.append(row)
            visit(row)

    visit(None)
    return tuple(found)


def team_ids_below(team_ids: Iterable[int]) -> frozenset[int]:
    """The teams and all teams below them. One query; a cycle ends, because UNION drops repeats."""
    return _team_ids_below(frozenset(team_ids))


@once_per_request
def _team_ids_below(team_ids: frozenset[int]) -> frozenset[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH RECURSIVE below(id) AS ("
            " SELECT id FROM people_team WHERE id = ANY(%s)"
            " UNION SELECT t.id FROM people_team t JOIN below ON t.parent_id = below.id"
            ") SELECT id FROM below",
            [list(team_ids)],
        )
        return frozenset(row[0] for row in cursor.fetchall())


@once_per_request
def team_ids_above(team_ids: frozenset[int]) -> frozenset[int]:
    """The teams and all teams that they are in. One query; a cycle ends, as in `team_ids_below`."""
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH RECURSIVE above(id, parent_id) AS ("
            " SELECT id, parent_id FROM people_team WHERE id = ANY(%s)"
            " UNION SELECT t.id, t.parent_id FROM people_team t"
            " JOIN above ON t.id = above.parent_id"
            ") SELECT id FROM above",
            [list(team_ids)],
        )
        return frozenset(row[0] for row in cursor.fetchall())


@dataclass(frozen=True, slots=True)
class DirectoryEntry:
    """How a file or a call may name a person."""

    person_id: int
    number: str
    email: str
    name: str


def directory() -> list[DirectoryEntry]:
    """Everybody ever known, by number: to resolve names in imports. One query."""
    people = Person.objects.order_by("number").only("number", "email", "first_name", "last_name")
    return [DirectoryEntry(one.pk, one.number, one.email, one.name) for one in people]


def ids_by_number(numbers: Collection[str]) -> dict[str, int]:
    """The people who have one of these numbers, written exactly like that. One query."""
    return dict(Person.objects.filter(number__in=numbers).values_list("number", "id"))


def person_names(person_ids: Collection[int] | None = None) -> dict[int, str]:
    """Name by person id. One query."""
    people = Person.objects.only("first_name", "last_name")
    if person_ids is not None:
        people = people.filter(pk__in=person_ids)
    return {one.pk: one.name for one in people}


@dataclass(frozen=True, slots=True)
class AbsenceRow:
    """Days away, half-open."""

    person_id: int
    kind: str
    valid_from: date
    valid_to: date


def absences_between(period: Period, person_ids: Collection[int] | None = None) -> list[AbsenceRow]:
    """Absences that touch the period, uncut, by person and date. One query."""
    rows = Absence.objects.filter(valid_from__lt=period.end, valid_to__gt=period.start)
    if person_ids is not None:
        rows = rows.filter(person_id__in=person_ids)
    values = rows.order_by("person_id", "valid_from").values_list(
        "person_id", "kind", "valid_from", "valid_to"
    )
    return [AbsenceRow(*row) for row in values]


@dataclass(frozen=True, slots=True)
class RoleRow:
    """A job; `leads` makes its holder the manager of the team."""

    id: int
    key: str
    name_fr: str
    name_en: str
    leads: bool


@once_per_request
def roles() -> tuple[RoleRow, ...]:
    """All roles, by key. One query."""
    values = Role.objects.order_by("key").values_list("id", "key", "name_fr", "name_en", "leads")
    return tuple(RoleRow(*row) for row in values)


def day_before(day: date) -> date:
    """The last day of a range whose end is exclusive, for showing to people."""
    return day - timedelta(days=1)
