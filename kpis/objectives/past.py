"""What a person and their role have done in comparable periods before, for the target helper."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from kernel.calendars import WorkCalendar
from kernel.periods import Period
from kpis.calc.targets import MOST_PERIODS, PastPeriod, Suggestion, chance_of, suggest
from kpis.engine.grouping import bucket_like
from kpis.queries import catalogue, many_kpi_values
from kpis.queries.objectives import ADDITIVE_UNITS
from people import queries as people

FARTHEST = 60
"""How many steps back a period that lies ahead may be from one that has ended."""


@dataclass(frozen=True, slots=True)
class Past:
    """Comparable periods, the latest first: own ones, and those of each other in the same role."""

    own: tuple[PastPeriod, ...]
    role: tuple[tuple[PastPeriod, ...], ...]


def comparable_periods(period: Period, today: date) -> list[Period]:
    """The latest periods of the same kind and length that have ended, the latest first."""
    found: list[Period] = []
    for _ in range(FARTHEST):
        if period.start.year < 1990 or len(found) == MOST_PERIODS:  # no log is older
            break
        period = period.previous()
        if period.end <= today:
            found.append(period)
    return found


def past_of(person_id: int, kpi_key: str, period: Period, today: date) -> Past:
    """The past of one KPI before `period`. Two statements, and a few for each earlier period."""
    periods = comparable_periods(period, today)
    if not periods:
        return Past((), ())
    worked = _Worked(Period(periods[-1].start, periods[0].end), people.company().calendar)
    role_key = worked.role_of(person_id)
    ids = {person_id, *(one for one in worked.people if worked.role_of(one) == role_key)}
    values = _values(kpi_key, periods, ids, today)
    own = _kept(values.pop(person_id), person_id, worked)
    role = [tuple(_kept(past, one, worked)) for one, past in values.items()]
    return Past(tuple(own), tuple(role))


Values = dict[int, list[tuple[Period, Fraction | None]]]


def _values(kpi_key: str, periods: Sequence[Period], ids: Collection[int], today: date) -> Values:
    """The figure of each person in each period, 0 where counts and money have no record."""
    known = catalogue(today)
    nothing = Fraction(0) if known.kpi(kpi_key).unit in ADDITIVE_UNITS else None
    found: dict[tuple[object, date], Fraction | None] = {}
    by = bucket_like(periods[0], people.company().fiscal_year_start_month)
    if by:
        # months, quarters and weeks come with one statement for all of them
        span = Period(periods[-1].start, periods[0].end)
        rows = many_kpi_values(
            [kpi_key], by=("person", by), period=span, person_ids=ids, known=known
        )
        for row in rows:
            if isinstance(start := row.group[1].id, date):
                found[row.group[0].id, start] = row.figures[kpi_key].value
    else:
        for one in periods:
            rows = many_kpi_values([kpi_key], by="person", period=one, person_ids=ids, known=known)
            found |= {(row.group[0].id, one.start): row.figures[kpi_key].value for row in rows}
    return {
        mine: [(one, found.get((mine, one.start), nothing)) for one in periods]
        for mine in sorted(ids)
    }


def suggestion_for(person_id: int, kpi_key: str, period: Period, today: date) -> Suggestion:
    """A target for a person, KPI and period, with what is known of reaching it."""
    info = catalogue(today).kpi(kpi_key)
    past = past_of(person_id, kpi_key, period, today)
    return suggest(
        past.own, past.role, _days_ahead(person_id, period),
        additive=info.unit in ADDITIVE_UNITS, better=info.better,
    )  # fmt: skip


def chance_now(
    person_id: int,
    kpi_key: str,
    period: Period,
    target: Fraction,
    value: Fraction | None,
    today: date,
) -> Fraction | None:
    """The chance of reaching `target` by the end of `period` with `value` reached so far.

    For counts and money: the share of comparable periods whose days, as many as are left, would
    bring what is missing. For a rate: the share that reached the target. None once it is over.
    """
    if today >= period.end:
        return None
    info = catalogue(today).kpi(kpi_key)
    past = past_of(person_id, kpi_key, period, today)
    additive = info.unit in ADDITIVE_UNITS
    left = _days_ahead(person_id, Period(max(today, period.start), period.end))
    suggestion = suggest(past.own, past.role, left, additive=additive, better=info.better)
    need = target - (value or Fraction(0)) if additive else target
    return chance_of(need, suggestion.sample, info.better)


def _days_ahead(person_id: int, period: Period) -> int:
    """Working days of the period without the person's known absences."""
    calendar = people.company().calendar
    away = {
        day
        for row in people.absences_between(period, [person_id])
        for day in Period(row.valid_from, row.valid_to).dates()
    }
    return sum(day not in away and calendar.is_working(day) for day in period.dates())


def _kept(
    past: Sequence[tuple[Period, Fraction | None]], person_id: int, worked: "_Worked"
) -> Iterable[PastPeriod]:
    """The periods worked for at least half, from the first one with a figure on."""
    values = list(past)
    while values and not values[-1][1]:
        values.pop()  # before the log began
    for period, value in values:
        days = worked.days(person_id, period)
        if value is not None and 2 * days >= worked.calendar.working_days(period) > 0:
            yield PastPeriod(value, days)


class _Worked:
    """Who had a place and was not away on which days of a span. Two statements."""

    def __init__(self, span: Period, calendar: WorkCalendar) -> None:
        self.calendar = calendar
        self._held: dict[int, list[Period]] = {}
        self._roles: dict[int, str] = {}
        for row in people.assignments_between(span):
            held = row.during(span)
            if held is not None:
                self._held.setdefault(row.person_id, []).append(held)
                self._roles[row.person_id] = row.role_key  # in order of time: the last one stays
        self._away: dict[int, list[Period]] = {}
        for away in people.absences_between(span):
            days = Period(away.valid_from, away.valid_to)
            self._away.setdefault(away.person_id, []).append(days)

    @property
    def people(self) -> Collection[int]:
        return self._held.keys()

    def role_of(self, person_id: int) -> str:
        return self._roles.get(person_id, "")

    def days(self, person_id: int, period: Period) -> int:
        """Working days of the period on which the person was there."""
        there = _touching(self._held, person_id, period)
        away = _touching(self._away, person_id, period)
        return sum(
            self.calendar.is_working(day)
            and any(one.contains(day) for one in there)
            and not any(one.contains(day) for one in away)
            for day in period.dates()
        )


def _touching(spans: Mapping[int, list[Period]], person_id: int, period: Period) -> list[Period]:
    return [one for one in spans.get(person_id, ()) if one.overlap(period)]
