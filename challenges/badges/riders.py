"""What the jerseys of a month read: everybody who sells, with figures, objectives and own days."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction

from challenges.badges.gathering import Scene, scene_of
from challenges.calc.badges.jerseys import MONTHS_BEFORE, POINTS, Rider
from challenges.calc.roster import own_days
from kernel import expressions
from kernel.periods import Period
from kpis.calc.figures import attainment
from kpis.queries import Catalogue, KpiInfo, catalogue, kpi_values_over, metric_values
from kpis.queries.catalogue import scorecards
from kpis.queries.objectives import ADDITIVE_UNITS, Target, objectives_in, targets_of_people
from people import queries as people
from people.queries import AssignmentRow

Values = Mapping[int, Mapping[str, Fraction | None]]


@dataclass(frozen=True, slots=True)
class Field:
    """Everybody who sells in a month, by person id, and where each belongs."""

    riders: Mapping[int, Rider]
    places: Mapping[int, AssignmentRow]

    def of_team(self, team_ids: Collection[int]) -> list[Rider]:
        """Those whose last place of the month is in one of the teams."""
        return [self.riders[pk] for pk, place in self.places.items() if place.team_id in team_ids]


def field_of(month: Period, as_of: datetime, *, as_known: bool) -> Field:
    """Read it; `as_known` from the log as it stood at `as_of`, otherwise from the cells of now.

    The number of statements does not depend on the number of people.
    """
    scene = scene_of(as_of)
    places = {row.person_id: row for row in people.people_on(month) if not row.leads}
    known = catalogue(min(month.last, scene.today))
    kpi_of = _first_kpis(places, known)
    moment = as_of if as_known else None
    months = _months(month)
    keys = sorted(set(kpi_of.values()))
    values = _values(keys, months, places, known, moment)
    targets = _targets(places, keys, month)
    activity = _activity(month, places, moment)
    begun = Period(month.start, max(month.start, min(month.last, scene.today)) + timedelta(days=1))
    riders = {}
    for pk, place in places.items():
        key = kpi_of.get(pk)
        info = known.kpis.get(key or "")
        value = values[month].get(pk, {}).get(key or "")
        target = targets.get((pk, key or ""))
        riders[pk] = Rider(
            id=place.number,
            joined_on=place.hired_on or _first_day(scene, place),
            attained=_attained(value, target, info),
            activity=activity.get(pk, {}),
            value=value,
            before=tuple(values[one].get(pk, {}).get(key or "") for one in months[:-1]),
            days=_days(scene, place, begun),
            days_before=tuple(_days(scene, place, one) for one in months[:-1]),
            is_sum=key is not None and _is_sum(known, key),
            lower_wins=info is not None and info.better == "down",
            role=place.role_key,
        )
    return Field(riders, places)


def _first_kpis(places: Mapping[int, AssignmentRow], known: Catalogue) -> dict[int, str]:
    """The first KPI of the scorecard of each person's role."""
    cards = scorecards()
    found = {pk: next(iter(cards.get(row.role_key, ())), "") for pk, row in places.items()}
    return {pk: key for pk, key in found.items() if key in known.kpis}


def _attained(
    value: Fraction | None, target: Target | None, info: KpiInfo | None
) -> Fraction | None:
    if target is None or info is None:
        return None
    return attainment(value, target.value, better=info.better)


def _is_sum(known: Catalogue, key: str) -> bool:
    """Whether the figure grows with the days: a mean deal is money too, and does not."""
    is_ratio = expressions.ratio(known.formulas.by_key[key]) is not None
    return known.kpis[key].unit in ADDITIVE_UNITS and not is_ratio


def _months(month: Period) -> list[Period]:
    """The months before and the month itself, oldest first."""
    found = [month]
    while len(found) <= MONTHS_BEFORE:
        found.insert(0, found[0].previous())
    return found


def _values(
    keys: Collection[str],
    months: Sequence[Period],
    person_ids: Collection[int],
    known: Catalogue,
    as_known_at: datetime | None,
) -> dict[Period, Values]:
    found = kpi_values_over(
        list(keys), months, by="person", person_ids=person_ids, known=known,
        as_known_at=as_known_at,
    )  # fmt: skip
    return {
        month: {
            pk: {key: figure.value for key, figure in row.figures.items()}
            for row in rows
            if isinstance(pk := row.group[0].id, int)
        }
        for month, rows in zip(months, found, strict=True)
    }


def _targets(
    places: Mapping[int, AssignmentRow], keys: Collection[str], month: Period
) -> dict[tuple[int, str], Target]:
    role_of = {pk: row.role_key for pk, row in places.items()}
    objectives = objectives_in(
        month, person_ids=places, role_keys=sorted(set(role_of.values())), kpi_keys=list(keys)
    )
    calendar = people.company().calendar
    return targets_of_people(objectives, role_of, list(keys), month, calendar)


def _activity(
    month: Period, person_ids: Collection[int], as_known_at: datetime | None
) -> dict[int, dict[str, Fraction]]:
    """The counts of the metrics that bring points; a dictionary may lack some of them."""
    keys = sorted(POINTS.keys() & catalogue(month.last).metrics.keys())
    rows = metric_values(
        keys, by="person", period=month, person_ids=person_ids, as_known_at=as_known_at
    )
    return {
        pk: {key: one.value for key, one in row.values.items() if one.value is not None}
        for row in rows
        if isinstance(pk := row.group[0].id, int)
    }


def _days(scene: Scene, place: AssignmentRow, period: Period) -> int:
    person = scene.people.get(place.number)
    return own_days(person, period, scene.calendar, joining=True) if person else 0


def _first_day(scene: Scene, place: AssignmentRow) -> date:
    """When somebody without a date of hiring first held a place."""
    person = scene.people.get(place.number)
    return person.joined_on if person and person.joined_on else place.valid_from
