"""The figures that rules ask for, of many people at once; each window is read once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from functools import cached_property
from typing import cast

from kernel.calendars import WorkCalendar
from kernel.periods import Period
from kpis.calc.alerts.judging import ADDITIVE, Week
from kpis.calc.metrics import Count
from kpis.queries.catalogue import Catalogue, catalogue, scorecards
from kpis.queries.values import many_kpi_values, metric_values
from people import queries as people
from people.queries import AssignmentRow

TRACES = (
    "calls", "emails", "contacts_made", "follow_ups", "meetings_held", "proposals_sent",
    "opportunities_created", "deals_won", "deals_lost",
)  # fmt: skip
"""What somebody records at work. A company that measures none of it has no silence to speak of."""
LONGEST = 400
"""Days back over which places and absences are read."""


@dataclass
class Reader:
    """Figures, places and absences of some people, seen on the morning of `day`."""

    sellers: Sequence[AssignmentRow]
    day: date
    _figures: dict[tuple[Period, tuple[str, ...]], Mapping[tuple[int, str], Fraction]] = field(
        default_factory=dict
    )

    @cached_property
    def ids(self) -> list[int]:
        return [one.person_id for one in self.sellers]

    @cached_property
    def calendar(self) -> WorkCalendar:
        return people.company().calendar

    @cached_property
    def known(self) -> Catalogue:
        return catalogue(self.day)

    # --- windows -----------------------------------------------------------------------------

    def last_days(self, days: int, *, with_today: bool = False) -> Period:
        """The last so many whole working days; with today, these and what has begun of it."""
        start = self.calendar.add_working_days(self.day, -days)
        return Period(start, self.day + timedelta(days=1 if with_today else 0))

    def days_before(self, window: Period, days: int) -> Period:
        """So many working days before a window."""
        return Period(self.calendar.add_working_days(window.start, -days), window.start)

    # --- people ------------------------------------------------------------------------------

    @cached_property
    def _away(self) -> Mapping[int, frozenset[date]]:
        span = Period(self.day - timedelta(days=LONGEST), self.day + timedelta(days=1))
        found: dict[int, set[date]] = {}
        for row in people.absences_between(span, self.ids):
            days = Period(row.valid_from, row.valid_to).overlap(span)
            found.setdefault(row.person_id, set()).update(days.dates() if days else ())
        return {one: frozenset(days) for one, days in found.items()}

    def away(self, person_id: int) -> frozenset[date]:
        """The days on which somebody was away."""
        return self._away.get(person_id, frozenset())

    @cached_property
    def _places(self) -> Mapping[int, list[Period]]:
        span = Period(self.day - timedelta(days=LONGEST), self.day + timedelta(days=1))
        found: dict[int, list[Period]] = {}
        for row in people.assignments_between(span, self.ids):
            held = row.during(span)
            if held is not None:
                found.setdefault(row.person_id, []).append(held)
        return found

    def at_work(self, person_id: int, window: Period) -> int:
        """The working days of a window on which somebody held a place and was not away."""
        held, away = self._places.get(person_id, []), self.away(person_id)
        return sum(
            self.calendar.is_working(day) and day not in away and any(p.contains(day) for p in held)
            for day in window.dates()
        )

    def was_there(self, person_id: int, window: Period) -> bool:
        """Whether somebody was at work on every working day of a window."""
        return self.at_work(person_id, window) == self.calendar.working_days(window)

    # --- figures -----------------------------------------------------------------------------

    def keys_of(self, role: str, asked: str) -> list[str]:
        """The KPI asked for, or those of the role's scorecard."""
        keys = [asked] if asked else scorecards().get(role, [])
        return [key for key in keys if key in self.known.kpis]

    def counts_of(self, role: str, asked: str) -> list[str]:
        """The KPI asked for, or those of the scorecard that announce results and count records."""
        return [key for key in self.keys_of(role, asked) if asked or self._counts(key)]

    def _counts(self, key: str) -> bool:
        needed = self.known.definitions(self.known.formulas.needed(key)).values()
        info = self.known.kpi(key)
        return (
            info.timing == "leading"
            and info.unit == "count"
            and all(isinstance(one, Count) for one in needed)
        )

    def figure(
        self, person_id: int, key: str, window: Period, keys: Sequence[str]
    ) -> Fraction | None:
        """A person's figure over a window; `keys` are all that are asked for of it, so that they
        are read together. A sum or count of nothing is 0, a rate of nothing is none."""
        asked = (window, tuple(sorted(set(keys))))
        if asked not in self._figures:
            self._figures[asked] = self._read(*asked)
        found = self._figures[asked].get((person_id, key))
        if found is None and self.known.kpi(key).unit in ADDITIVE:
            return Fraction(0)
        return found

    def _read(self, window: Period, keys: tuple[str, ...]) -> Mapping[tuple[int, str], Fraction]:
        rows = many_kpi_values(
            keys, by="person", period=window, person_ids=self.ids, known=self.known
        )
        return {
            (cast(int, row.group[0].id), key): figure.value
            for row in rows
            for key, figure in row.figures.items()
            if figure.value is not None
        }

    # --- records -----------------------------------------------------------------------------

    @cached_property
    def traces(self) -> list[str]:
        """The metrics of what somebody records at work, as far as the company measures them."""
        return [key for key in TRACES if key in self.known.metrics]

    def records(self, window: Period) -> Mapping[int, Fraction]:
        """How many records each person has in a window."""
        found: dict[int, Fraction] = {}
        rows = metric_values(self.traces, by="person", period=window, person_ids=self.ids)
        for row in rows:
            total = sum((one.value or Fraction(0) for one in row.values.values()), Fraction(0))
            found[cast(int, row.group[0].id)] = total
        return found

    def weeks(self, count: int) -> tuple[list[Period], Mapping[tuple[int, date], Fraction]]:
        """The last whole weeks, oldest first, and the records by person and first day of week."""
        this = Period.week(self.day).start
        span = Period(this - timedelta(weeks=count), this)
        parts = [Period.week(span.start + timedelta(weeks=at)) for at in range(count)]
        rows = metric_values(self.traces, by=["person", "week"], period=span, person_ids=self.ids)
        found = {
            (cast(int, row.group[0].id), cast(date, row.group[1].id)): sum(
                (one.value or Fraction(0) for one in row.values.values()), Fraction(0)
            )
            for row in rows
        }
        return parts, found

    def week_of(
        self, person_id: int, week: Period, found: Mapping[tuple[int, date], Fraction]
    ) -> Week:
        """One person's week."""
        records = found.get((person_id, week.start), Fraction(0))
        return Week(records, self.at_work(person_id, week))
