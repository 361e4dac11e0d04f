"""Which target holds for whom in a period, and where today should be.

A person's own objective comes before the one of the role. A team's objective is the team's own.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from django.db.models import Q, QuerySet

from kernel.calendars import WorkCalendar
from kernel.periods import Period
from kpis.calc.figures import pace
from kpis.models import Objective
from people.queries import assignments_between

ADDITIVE_UNITS = frozenset({"count", "money"})
"""Units in which half a period is worth half a target; a rate is the same for any stretch."""


@dataclass(frozen=True, slots=True)
class ObjectiveRow:
    """An objective as it is stored; exactly one of the three scopes is set."""

    id: int
    person_id: int | None
    team_id: int | None
    role_key: str | None
    kpi_key: str
    unit: str
    period: Period
    target: Fraction
    status: str
    weight: Fraction = Fraction(1)


IN_FORCE = Q(status=Objective.Status.ACCEPTED, kpi__isnull=False)
"""What figures are held against: accepted, and of a KPI."""
WAITING = Q(status__in=(Objective.Status.PROPOSED, Objective.Status.COUNTERED))


@dataclass(frozen=True, slots=True)
class Target:
    """What is to be reached in a period, and the objectives that it comes from.

    `prorated` when only a part of an objective's period is asked for (by working days).
    """

    value: Fraction
    objective_ids: tuple[int, ...]
    prorated: bool = False


def objectives_in(
    period: Period,
    *,
    person_ids: Collection[int] = (),
    team_ids: Collection[int] = (),
    role_keys: Collection[str] = (),
    kpi_keys: Collection[str] | None = None,
) -> list[ObjectiveRow]:
    """Objectives in force that touch the period, for any of the scopes, by date. One query.

    In force is what is accepted: what is only proposed is no objective yet.
    """
    scope = Q(person_id__in=person_ids) | Q(team_id__in=team_ids) | Q(role__key__in=role_keys)
    rows = Objective.objects.filter(
        scope, IN_FORCE, valid_from__lt=period.end, valid_to__gt=period.start
    )
    if kpi_keys is not None:
        rows = rows.filter(kpi__key__in=kpi_keys)
    return _rows(rows)


def _rows(rows: QuerySet[Objective]) -> list[ObjectiveRow]:
    values = rows.order_by("kpi__key", "valid_from", "id").values_list(
        "id", "person_id", "team_id", "role__key", "kpi__key", "kpi__unit",
        "valid_from", "valid_to", "target", "status", "weight",
    )  # fmt: skip
    return [
        ObjectiveRow(*row[:6], Period(row[6], row[7]), Fraction(row[8]), row[9], Fraction(row[10]))
        for row in values
    ]


def waiting_objectives(period: Period, person_ids: Collection[int]) -> int:
    """How many objectives of these people for days of the period wait for an answer. One query."""
    return Objective.objects.filter(
        WAITING, person_id__in=person_ids, valid_from__lt=period.end, valid_to__gt=period.start
    ).count()


def target_in(
    objectives: Iterable[ObjectiveRow], period: Period, calendar: WorkCalendar
) -> Target | None:
    """The target of one KPI and scope for `period`, or None where no objective speaks of all of it.

    An objective of exactly this period; or those that cut it without a gap. For counts and money
    their sum, of each that reaches beyond the period the part by working days; for rates what they
    all say, None when they differ.
    """
    rows = sorted(objectives, key=lambda row: row.period)
    for row in rows:
        if row.period == period:
            return Target(row.target, (row.id,))
    parts = [(row, part) for row in rows if (part := row.period.overlap(period)) is not None]
    if not _cut([part for _row, part in parts], period):
        return None
    ids = tuple(row.id for row, _part in parts)
    if any(row.unit not in ADDITIVE_UNITS for row, _part in parts):
        said = {row.target for row, _part in parts}
        return Target(said.pop(), ids) if len(said) == 1 else None
    values = [_part_of(row, part, calendar) for row, part in parts]
    if any(value is None for value in values):
        return None
    prorated = any(row.period != part for row, part in parts)
    return Target(sum((value or Fraction(0) for value in values), Fraction(0)), ids, prorated)


def _cut(parts: Sequence[Period], period: Period) -> bool:
    """Whether they follow each other from the first day of the period to its last."""
    days = [period.start, *(part.end for part in parts)]
    return days[-1] == period.end and [part.start for part in parts] == days[:-1]


def _part_of(row: ObjectiveRow, part: Period, calendar: WorkCalendar) -> Fraction | None:
    """None where its period has no working day to share it out by."""
    if part == row.period:
        return row.target
    whole = calendar.working_days(row.period)
    return row.target * Fraction(calendar.working_days(part), whole) if whole else None


def targets_of_people(
    objectives: Sequence[ObjectiveRow],
    role_of: Mapping[int, str],
    kpi_keys: Sequence[str],
    period: Period,
    calendar: WorkCalendar,
) -> dict[tuple[int, str], Target]:
    """Target by (person, KPI): the person's own, or else the role's. No query."""
    grouped: dict[tuple[int | str, str], list[ObjectiveRow]] = {}
    for row in objectives:
        scope = row.person_id if row.person_id is not None else row.role_key
        if scope is not None:
            grouped.setdefault((scope, row.kpi_key), []).append(row)
    found: dict[tuple[int, str], Target] = {}
    for person_id, role_key in role_of.items():
        for key in kpi_keys:
            for scope in (person_id, role_key):
                target = target_in(grouped.get((scope, key), ()), period, calendar)
                if target is not None:
                    found[person_id, key] = target
                    break
    return found


def pace_of(
    unit: str, period: Period, day: date, calendar: WorkCalendar, away: Collection[date] = ()
) -> Fraction | None:
    """The part of the target that should be met on the morning of `day`.

    The working days before `day` over those of the period, both without the days away. For a rate
    it is always 1: a rate has no half way. None in a period without working days.
    """
    if unit not in ADDITIVE_UNITS:
        return Fraction(1)
    worked = [one for one in period.dates() if one not in away and calendar.is_working(one)]
    return pace(sum(one < day for one in worked), len(worked))


@dataclass(frozen=True, slots=True)
class DueObjective:
    """What one person has to reach, by their own objective or by that of their role."""

    person_id: int
    kpi_key: str
    period: Period
    target: Fraction


def due_in(
    period: Period, person_ids: Collection[int] | None, kpi_keys: Collection[str]
) -> list[DueObjective]:
    """What people had to reach by a day of `period`, by person, KPI and day. Two queries, and one
    more where roles have objectives.

    An objective of a role is everybody's who has the role on its last day, but for those who have
    an objective of their own for the same KPI that touches the same days.
    """
    rows = Objective.objects.filter(
        IN_FORCE,
        valid_to__gt=period.start,
        valid_to__lte=period.end,
        team__isnull=True,
        kpi__key__in=kpi_keys,
    )
    found = _rows(rows)
    holders = assignments_between(period, person_ids)
    due = [
        DueObjective(row.person_id, row.kpi_key, row.period, row.target)
        for row in found
        if row.person_id is not None and (person_ids is None or row.person_id in person_ids)
    ]
    of_roles = [row for row in found if row.role_key is not None]
    own = _own_beside(of_roles)
    for row in of_roles:
        last = Period.day(row.period.last)
        for place in holders:
            mine = own.get((place.person_id, row.kpi_key), [])
            if place.role_key != row.role_key or place.during(last) is None:
                continue
            if not any(one.overlap(row.period) for one in mine):
                due.append(DueObjective(place.person_id, row.kpi_key, row.period, row.target))
    return sorted(due, key=lambda one: (one.person_id, one.kpi_key, one.period))


def _own_beside(of_roles: Sequence[ObjectiveRow]) -> dict[tuple[int, str], list[Period]]:
    """The days of people's own objectives near those of roles, by person and KPI."""
    if not of_roles:
        return {}
    rows = Objective.objects.filter(
        IN_FORCE,
        person__isnull=False,
        kpi__key__in={row.kpi_key for row in of_roles},
        valid_from__lt=max(row.period.end for row in of_roles),
        valid_to__gt=min(row.period.start for row in of_roles),
    )
    found: dict[tuple[int, str], list[Period]] = {}
    for row in _rows(rows):
        if row.person_id is not None:
            found.setdefault((row.person_id, row.kpi_key), []).append(row.period)
    return found
