"""What a page of the dictionary shows of a KPI: figures, objective, what is made of it."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from kernel.periods import Period, start_of_day
from kpis.calc.figures import attainment
from kpis.queries import Catalogue, KpiValues, many_kpi_values, objectives_in, target_in
from kpis.uses import Names, Use, uses_of
from people import queries as people
from people.access import Scope, Viewer


def kpis_above(known: Catalogue, key: str) -> list[str]:
    """The KPIs that are made of the KPI or metric, directly or not, in the dictionary's order."""
    found = {key}
    for one in known.formulas.order:  # a formula comes after those that it reads
        if known.formulas.reads[one] & found:
            found.add(one)
    return [one for one in known.kpis if one in found and one != key]


def figures_in_tree(
    known: Catalogue,
    key: str,
    period: Period,
    person_id: int | None,
    scope: Scope,
    known_on: date | None = None,
) -> KpiValues | None:
    """The KPI and all below it, of one person or of everybody in scope; with `known_on` from what
    was known in the evening of that day."""
    whose = None if scope.everyone else scope.person_ids
    if person_id is not None:
        whose = frozenset({person_id})
    below = known.formulas.below([key])
    moment = None if known_on is None else end_of_day(known_on, people.company().tz)
    rows = many_kpi_values(below, period=period, person_ids=whose, as_known_at=moment, known=known)
    return rows[0] if rows else None


def end_of_day(day: date, tz: ZoneInfo) -> datetime:
    """The last moment of a day."""
    return start_of_day(day + timedelta(days=1), tz) - timedelta.resolution


def depends_on(known: Catalogue, key: str, viewer: Viewer) -> list[Use]:
    """What depends on the KPI outside the dictionary and is open to the viewer."""
    metrics = known.formulas.needed(key) & known.metrics.keys()
    return uses_of(viewer, Names(frozenset({key, *kpis_above(known, key)}), metrics))


@dataclass(frozen=True, slots=True)
class Aim:
    """What somebody is to reach in a period, and the part that is reached."""

    target: Fraction
    attained: Fraction | None


def aim_of(
    known: Catalogue, key: str, period: Period, person_id: int, value: Fraction | None
) -> Aim | None:
    """The objective of the person, their own or their role's; None where none speaks of it."""
    places = people.assignments_between(period, frozenset({person_id}))
    roles = {row.role_key for row in places}
    rows = objectives_in(period, person_ids=[person_id], role_keys=roles, kpi_keys=[key])
    own = [row for row in rows if row.person_id is not None]
    target = target_in(own or rows, period, people.company().calendar)
    if target is None:
        return None
    return Aim(target.value, attainment(value, target.value, better=known.kpis[key].better))
