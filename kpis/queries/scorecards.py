"""A person's figures beside objective, pace, previous period and history; a team's heat map."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from kernel.calendars import WorkCalendar
from kernel.periods import Period
from kpis.calc.bands import Band, band_of_pace
from kpis.calc.figures import NO_FIGURE, Figure, attainment
from kpis.engine.grouping import Key, bucket_like
from kpis.queries.catalogue import Catalogue, KpiInfo, catalogue, scorecards
from kpis.queries.objectives import (
    ObjectiveRow,
    Target,
    objectives_in,
    pace_of,
    target_in,
    targets_of_people,
)
from kpis.queries.values import kpi_values_over, many_kpi_values
from people import queries as people

HISTORY = 6
"""Periods in a sparkline, the present one included."""
MOST_COLUMNS = 7


@dataclass(frozen=True, slots=True)
class Card:
    """One KPI of one person.

    `pace` is the part of the target that should be met this morning (1 for a rate) and `expected`
    that part of the target; `attainment` is the part that is met. `previous` is the whole previous
    period, `previous_to_date` as many days of it as have passed of this one. `history` are the
    values of the last periods, oldest first, this one last; empty for odd periods.
    """

    kpi: KpiInfo
    period: Period
    figure: Figure
    target: Target | None
    attainment: Fraction | None
    pace: Fraction | None
    expected: Fraction | None
    band: Band
    previous: Figure
    previous_to_date: Figure
    history: tuple[Fraction | None, ...]

    @property
    def value(self) -> Fraction | None:
        """The figure's value."""
        return self.figure.value

    @property
    def change(self) -> Fraction | None:
        """Against the same part of the previous period, in the KPI's unit."""
        before = self.previous_to_date.value
        return None if self.value is None or before is None else self.value - before


@dataclass(frozen=True, slots=True)
class Scorecard:
    """What a role looks at, for one person on one day."""

    person_id: int
    role_key: str
    day: date
    cards: tuple[Card, ...]


def scorecard(
    person_id: int, day: date, *, period: Period | None = None, kpi_keys: Sequence[str] = ()
) -> Scorecard:
    """The scorecard of the person's role on `day` (or of the KPIs named).

    Each KPI is shown over `period`; without it, over the period of the objective that holds on
    `day`, or else over the month. Formulas are those of the last day of the period, for earlier
    periods too, so that what stands side by side is made alike. About ten statements per distinct
    period.
    """
    known = catalogue(day)
    role_key = _role_on(person_id, day)
    keys = [key for key in (kpi_keys or scorecards().get(role_key, [])) if key in known.kpis]
    default = period or Period.month(day)
    calendar = people.company().calendar
    objectives = objectives_in(
        Period(min(default.start, day), max(default.end, day + timedelta(days=1))),
        person_ids=[person_id], role_keys=[role_key] if role_key else [], kpi_keys=keys,
    )  # fmt: skip
    periods = {key: period or _own_period(objectives, key, day) or default for key in keys}
    by_key: dict[str, Card] = {}
    for one in dict.fromkeys(periods.values()):
        known = catalogue(one.last)
        mine = [key for key in keys if periods[key] == one and key in known.kpis]
        targets = targets_of_people(objectives, {person_id: role_key}, mine, one, calendar)
        away = _days_away(person_id, one)
        for card in _cards(known, mine, person_id, one, day, targets, calendar, away):
            by_key[card.kpi.key] = card
    return Scorecard(person_id, role_key, day, tuple(by_key[key] for key in keys if key in by_key))


def _role_on(person_id: int, day: date) -> str:
    rows = people.assignments_between(Period.day(day), [person_id])
    return rows[-1].role_key if rows else ""


def _own_period(objectives: Sequence[ObjectiveRow], key: str, day: date) -> Period | None:
    """The period of the objective in force; the person's own before the role's."""
    holding = [row for row in objectives if row.kpi_key == key and row.period.contains(day)]
    holding.sort(key=lambda row: (row.person_id is None, row.id))
    return holding[0].period if holding else None


def _days_away(person_id: int, period: Period) -> frozenset[date]:
    away: set[date] = set()
    for row in people.absences_between(period, [person_id]):
        away.update(Period(row.valid_from, row.valid_to).dates())
    return frozenset(away)


def _cards(
    known: Catalogue,
    keys: Sequence[str],
    person_id: int,
    period: Period,
    day: date,
    targets: Mapping[tuple[int, str], Target],
    calendar: WorkCalendar,
    away: Collection[date],
) -> list[Card]:
    before = period.previous()
    same = _same_part(period, before, day)
    past, same_figures = _past(known, keys, person_id, period, same)
    now, whole = (
        past.get(one.start) or _totals(known, keys, person_id, one) for one in (period, before)
    )
    part = whole if same == before else same_figures or _totals(known, keys, person_id, same)
    cards = []
    for key in keys:
        info, figure, target = known.kpi(key), now[key], targets.get((person_id, key))
        paced = pace_of(info.unit, period, day, calendar, away) if target else None
        attained = attainment(figure.value, target.value if target else None, better=info.better)
        cards.append(
            Card(
                kpi=info,
                period=period,
                figure=figure,
                target=target,
                attainment=attained,
                pace=paced,
                expected=None if target is None or paced is None else target.value * paced,
                band=band(info, figure.value, attained, paced),
                previous=whole[key],
                previous_to_date=part[key],
                history=tuple(figures[key].value for figures in past.values()),
            )
        )
    return cards


def band(
    info: KpiInfo, value: Fraction | None, attained: Fraction | None, paced: Fraction | None
) -> Band:
    """The KPI's own limits first; where they say nothing, attainment against the pace."""
    return info.bands.of(value) or band_of_pace(attained, paced)


def _same_part(period: Period, before: Period, day: date) -> Period:
    """As many days of `before` as have begun of `period` on `day`; at least one."""
    begun = max(1, min((day - period.start).days + 1, period.days))
    whole = begun == period.days  # a finished month is compared with the whole one before
    end = before.end if whole else min(before.start + timedelta(days=begun), before.end)
    return Period(before.start, end)


def _totals(
    known: Catalogue, keys: Sequence[str], person_id: int, period: Period
) -> Mapping[str, Figure]:
    rows = many_kpi_values(keys, period=period, person_ids=[person_id], known=known)
    return rows[0].figures if rows else dict.fromkeys(keys, NO_FIGURE)


def _past(
    known: Catalogue, keys: Sequence[str], person_id: int, period: Period, same: Period
) -> tuple[dict[Key, Mapping[str, Figure]], Mapping[str, Figure]]:
    """The figures of the last periods by their first day, oldest first, and those of `same`, where
    it lies in one of them; none for odd periods."""
    by = bucket_like(period, people.company().fiscal_year_start_month)
    if by is None:
        return {}, {}
    first = period
    for _ in range(HISTORY - 1):
        first = first.previous()
    spans = [Period(first.start, period.end), same]
    rows, part = kpi_values_over(keys, spans, by=by, person_ids=[person_id], known=known)
    past = {row.group[0].id: row.figures for row in rows}
    return past, part[0].figures if len(part) == 1 else {}


@dataclass(frozen=True, slots=True)
class HeatCell:
    """One figure of the heat map."""

    kpi_key: str
    figure: Figure
    target: Target | None
    attainment: Fraction | None
    pace: Fraction | None
    band: Band
    previous: Figure


@dataclass(frozen=True, slots=True)
class HeatRow:
    """One person of the team."""

    person_id: int
    name: str
    initials: str
    team_name: str
    role_key: str
    cells: tuple[HeatCell, ...]


@dataclass(frozen=True, slots=True)
class HeatMap:
    """People x KPIs; the cells of a row stand in the order of `kpis`."""

    period: Period
    kpis: tuple[KpiInfo, ...]
    rows: tuple[HeatRow, ...]


def team_heatmap(
    team_ids: int | Collection[int], period: Period, day: date, *, kpi_keys: Sequence[str] = ()
) -> HeatMap:
    """Everybody who sold in the teams (and below) in the period, by name, against the targets.

    Columns are the KPIs named, or those that most of the people's scorecards have. Formulas are
    those of the period's last day. The number of statements does not depend on the number of
    people.
    """
    known = catalogue(period.last)
    people_by_id = {row.person_id: row for row in people.people_on(period, team_ids)}
    sellers = {key: row for key, row in people_by_id.items() if not row.leads}
    keys = list(kpi_keys) or heat_columns(known, [row.role_key for row in sellers.values()])
    now = _by_person(known, keys, sellers, period)
    before = _by_person(known, keys, sellers, period.previous())
    role_of = {key: row.role_key for key, row in sellers.items()}
    objectives = objectives_in(
        period, person_ids=sellers, role_keys=set(role_of.values()), kpi_keys=keys
    )
    calendar = people.company().calendar
    targets = targets_of_people(objectives, role_of, keys, period, calendar)
    paces = {unit: pace_of(unit, period, day, calendar) for unit in ("count", "percent")}
    rows = []
    for person_id, row in sellers.items():
        cells = []
        for key in keys:
            info = known.kpi(key)
            figure = now[person_id][key]
            target = targets.get((person_id, key))
            attained = attainment(
                figure.value, target.value if target else None, better=info.better
            )
            paced = None
            if target is not None:
                paced = paces["count" if info.unit in ("count", "money") else "percent"]
            cells.append(
                HeatCell(key, figure, target, attained, paced,
                         band(info, figure.value, attained, paced), before[person_id][key])
            )  # fmt: skip
        rows.append(
            HeatRow(person_id, row.name, row.initials, row.team_name, row.role_key, tuple(cells))
        )
    rows.sort(key=lambda row: (row.name, row.person_id))
    return HeatMap(period, tuple(known.kpi(key) for key in keys), tuple(rows))


def heat_columns(known: Catalogue, roles: Sequence[str]) -> list[str]:
    """The KPIs of the scorecards of these roles: those of most people first, then by position."""
    cards = scorecards()
    weight: Counter[str] = Counter()
    position: dict[str, int] = {}
    for role, people_in_it in Counter(roles).items():
        for at, key in enumerate(cards.get(role, [])):
            weight[key] += people_in_it
            position[key] = min(at, position.get(key, at))
    ranked = sorted(weight, key=lambda key: (-weight[key], position[key], key))
    return [key for key in ranked if key in known.kpis][:MOST_COLUMNS]


def _by_person(
    known: Catalogue, keys: Sequence[str], person_ids: Collection[int], period: Period
) -> dict[int, Mapping[str, Figure]]:
    found: dict[int, Mapping[str, Figure]] = {
        person_id: dict.fromkeys(keys, NO_FIGURE) for person_id in person_ids
    }
    rows = many_kpi_values(keys, by="person", period=period, person_ids=person_ids, known=known)
    for row in rows:
        person_id = row.group[0].id
        if isinstance(person_id, int):
            found[person_id] = row.figures
    return found


@dataclass(frozen=True, slots=True)
class TeamAttainment:
    """A team against its own objective."""

    figure: Figure
    target: Target | None
    attainment: Fraction | None


def team_attainment(team_id: int, kpi_key: str, period: Period) -> TeamAttainment:
    """The figure of a team with all below it, by the assignments of each day, and its objective."""
    known = catalogue(period.last)
    info = known.kpi(kpi_key)
    below = people.team_ids_below([team_id])
    (row,) = many_kpi_values([kpi_key], period=period, team_ids=below, known=known)
    figure = row.figures[kpi_key]
    objectives = objectives_in(period, team_ids=[team_id], kpi_keys=[kpi_key])
    target = target_in(objectives, period, people.company().calendar)
    attained = attainment(figure.value, target.value if target else None, better=info.better)
    return TeamAttainment(figure, target, attained)
