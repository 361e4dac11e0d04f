"""Who may compete: people with their teams, working share, targets and absences over time."""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from kernel.calendars import WorkCalendar
from kernel.periods import Period


@dataclass(frozen=True, slots=True)
class Span:
    """Days from `start` up to but without `end`; None is open."""

    start: date | None = None
    end: date | None = None

    def contains(self, day: date) -> bool:
        """Whether the day belongs to it."""
        return (self.start is None or self.start <= day) and (self.end is None or day < self.end)

    def meets(self, period: Period) -> bool:
        """Whether some of its days lie in the period."""
        start, end = self.start or period.start, self.end or period.end
        return max(period.start, start) < min(period.end, end)

    def within(self, period: Period) -> Period | None:
        """The part that lies in the period."""
        start = max(period.start, self.start or period.start)
        end = min(period.end, self.end or period.end)
        return Period(start, end) if start < end else None

    def both(self, other: "Span") -> "Span":
        """The days of both (possibly none: then `within` gives None)."""
        starts = [day for day in (self.start, other.start) if day is not None]
        ends = [day for day in (self.end, other.end) if day is not None]
        return Span(max(starts, default=None), min(ends, default=None))


ALWAYS = (Span(),)


@dataclass(frozen=True, slots=True)
class Membership:
    """A team and a full-time share (1 = full time) over some days."""

    team: str
    fte: Fraction = Fraction(1)
    span: Span = Span()


@dataclass(frozen=True, slots=True)
class Target:
    """A target for a whole window; `metric` None fits any. Dated ones share by working days."""

    value: Fraction
    metric: str | None = None
    span: Span = Span()


@dataclass(frozen=True, slots=True)
class Baseline:
    """What somebody is compared with; `metric` None fits any. `source` says whose it is: the own
    one, or for a newcomer the median of the role or of the team. In a team only the `share` of it
    counts for which they were a member."""

    value: Fraction
    metric: str | None = None
    source: str = "own"
    share: Fraction = Fraction(1)


@dataclass(frozen=True, slots=True)
class Person:
    """One person of the roster. `left_on` is the first day that is no longer theirs.

    `weekdays` are the days on which they work (Monday 0), when not those of the calendar.
    """

    id: str
    name: str = ""
    memberships: tuple[Membership, ...] = ()
    joined_on: date | None = None
    left_on: date | None = None
    targets: tuple[Target, ...] = ()
    absences: tuple[Span, ...] = ()
    weekdays: frozenset[int] | None = None
    role: str | None = None
    baselines: tuple[Baseline, ...] = ()

    @property
    def employed(self) -> Span:
        """From joining to leaving."""
        return Span(self.joined_on, self.left_on)

    def baseline_of(self, metric: str) -> Baseline | None:
        """The baseline of the metric, or else the one that fits any."""
        by_metric = {baseline.metric: baseline for baseline in self.baselines}
        return by_metric.get(metric) or by_metric.get(None)

    def membership_on(self, day: date) -> Membership | None:
        """The team that gets the credit for that day."""
        return next((m for m in self.memberships if m.span.contains(day)), None)

    def absent_on(self, day: date) -> bool:
        """Whether an absence covers the day."""
        return any(absence.contains(day) for absence in self.absences)

    def works_on(self, day: date, calendar: WorkCalendar) -> bool:
        """A working day of the calendar that is theirs: employed, not absent, not a day off."""
        return (
            _is_theirs(self, day, calendar)
            and self.employed.contains(day)
            and not self.absent_on(day)
        )


@dataclass(frozen=True, slots=True)
class Roster:
    """All people, and the names of teams (a team without a name is shown by its key)."""

    people: tuple[Person, ...]
    team_names: tuple[tuple[str, str], ...] = ()

    def by_id(self) -> dict[str, Person]:
        """The people by their id."""
        return {person.id: person for person in self.people}

    def team_name(self, team: str) -> str:
        """The team's name, or its key."""
        return dict(self.team_names).get(team, team)


def full_days(person: Person, period: Period, calendar: WorkCalendar) -> int:
    """Working days of the period that fall on the person's weekdays, absent or not."""
    return sum(1 for day in period.dates() if _is_theirs(person, day, calendar))


def usual_days(person: Person, period: Period, calendar: WorkCalendar) -> int:
    """Days of the period on which the person usually works: public holidays and closing days of the
    calendar are among them."""
    weekdays = calendar.weekdays if person.weekdays is None else person.weekdays & calendar.weekdays
    return sum(1 for day in period.dates() if day.weekday() in weekdays)


def own_days(person: Person, period: Period, calendar: WorkCalendar, *, joining: bool) -> int:
    """Those of `full_days` on which they were there; `joining` False ignores a late start."""
    part = Span(person.joined_on if joining else None, person.left_on).within(period)
    if part is None:
        return 0
    return sum(
        1 for day in part.dates() if _is_theirs(person, day, calendar) and not person.absent_on(day)
    )


def _is_theirs(person: Person, day: date, calendar: WorkCalendar) -> bool:
    on_weekday = person.weekdays is None or day.weekday() in person.weekdays
    return on_weekday and calendar.is_working(day)
