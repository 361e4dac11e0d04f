"""The roster of a challenge from the database: who may play, where, with which targets."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

from django.db.models import TextField
from django.db.models.functions import Cast

from challenges.calc import Membership, Roster, Rules, Span, Target
from challenges.calc import Person as RosterPerson
from challenges.calc.moments import day_of
from challenges.models import Challenge, Entrant
from kernel.numbers import from_text
from kernel.periods import Period
from kpis.queries.catalogue import Catalogue
from kpis.queries.objectives import objectives_in, targets_of_people
from people import queries as people
from people.queries import AbsenceRow, AssignmentRow

MOST_NAMED = 100
"""Of so many people absences are asked for by name."""


@dataclass(frozen=True, slots=True)
class Audience:
    """Who may play: people of these teams (with all below) in these roles; without any role,
    everybody who does not lead."""

    team_ids: tuple[int, ...]
    role_keys: tuple[str, ...] = ()
    numbers: frozenset[str] | None = None
    """Only these people of them, by number."""


def numbers_of(places: Iterable[AssignmentRow]) -> dict[int, str]:
    """The number of each person."""
    return {row.person_id: row.number for row in places}


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
    # to name hundreds costs more than to read everybody's
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
            _membership(row.team_key, row.share, row.valid_from, row.valid_to) for row in rows
        ),
        joined_on=max(first, hired) if hired else first,
        left_on=rows[0].left_on,
        targets=tuple(targets),
        absences=tuple(Span(one.valid_from, one.valid_to) for one in absences),
        role=rows[-1].role_key,
    )


@lru_cache(maxsize=20_000)
def _membership(team: str, share: Decimal, since: date, until: date | None) -> Membership:
    """Most places of a company are like many others."""
    return Membership(team, Fraction(share), Span(since, until))


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
    frozen_text = Cast("targets", TextField())
    for person_id, stated, frozen in rows.values_list("person_id", "target", frozen_text):
        if frozen is not None:
            found[person_id] = list(_frozen_targets(frozen))
        elif stated is not None:
            found[person_id] = [Target(Fraction(stated))]
    return found


@lru_cache(maxsize=20_000)
def _frozen_targets(text: str) -> tuple[Target, ...]:
    return tuple(Target(from_text(value), metric) for metric, value in json.loads(text))


def kpis_of_metrics(metrics: Collection[str], known: Catalogue) -> dict[str, str]:
    """KPI to metric, for the first KPI of each metric whose formula is just that metric."""
    found: dict[str, str] = {}
    for key, info in known.kpis.items():
        metric = info.formula.strip()
        if metric in metrics and metric not in found.values():
            found[key] = metric
    return found
