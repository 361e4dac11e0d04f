"""Who deserves a badge for which period: a pure function of the rule, of what is known, of the
roster and of the calendar.

Each period is judged by what was known at its own moment (`periods.known_by`), so it makes no
difference when, how often or how late one asks.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from challenges.calc.badges import streaks
from challenges.calc.badges.known import Days, Known, Log
from challenges.calc.badges.periods import known_by, period_of
from challenges.calc.badges.rules import (
    Best,
    Combination,
    Figure,
    First,
    Given,
    Rule,
    Slot,
    Streak,
    Threshold,
)
from challenges.calc.formats.measure import Measure
from challenges.calc.moments import start_of
from challenges.calc.records import Record
from challenges.calc.roster import Person
from kernel.calendars import WorkCalendar
from kernel.numbers import as_text
from kernel.periods import Period

Figures = Mapping[Period, Mapping[str, Fraction | None]]


@dataclass(frozen=True, slots=True, order=True)
class Deserved:
    """One person deserves the badge for one period: since when, by which figure and records."""

    period: Period
    person: str
    earned_at: datetime
    value: str
    records: tuple[str, ...] = ()


@dataclass(frozen=True)
class Ground:
    """What the rule is held against. `log` holds the records of the rule's metric, `figures` the
    KPI of each period as known at its moment, `others` what the other badges have come to. `held`
    are people who have the badge from a period before those that are asked: of a badge that comes
    once in a life they deserve no second one.
    """

    people: Mapping[str, Person]
    zone: ZoneInfo
    calendar: WorkCalendar
    as_of: datetime
    log: Log | None = None
    figures: Figures = field(default_factory=dict)
    others: Mapping[str, Sequence[Deserved]] = field(default_factory=dict)
    held: frozenset[str] = frozenset()

    def known(self, period: Period) -> Known:
        """What decides about the period."""
        moment = known_by(period, self.as_of, self.zone, self.calendar)
        return self.log.at(moment) if self.log is not None else Known({})

    def there(self, person: Person, period: Period) -> bool:
        """Whether the person held a place at some time of the period."""
        spans = [one.span for one in person.memberships]
        return any(span.within(period) is not None for span in spans)


def deserved(rule: Rule, ground: Ground, periods: Iterable[Period]) -> tuple[Deserved, ...]:
    """Who deserves the badge for which of the periods, by period and person."""
    listed = sorted(periods)
    match rule:
        case Threshold():
            found = _each(ground, listed, lambda one: _reached(rule, one))
        case Slot():
            found = _each(ground, listed, lambda one: _in_hours(rule, ground, one))
        case First(_, ever):
            found = _first_ever(ground, listed) if ever else _first_of_day(ground, listed)
        case Best():
            found = _each(ground, listed, lambda one: _best(rule, one))
        case Streak():
            found = _each(ground, listed, lambda one: _run(rule, ground, one))
        case Figure():
            found = _figures(rule, ground, listed)
        case Combination():
            found = _combined(rule, ground, listed)
        case Given():
            found = iter(())
    return tuple(sorted(found))


@dataclass(frozen=True, slots=True)
class _Part:
    """One person in one period, with everything known of them then."""

    person: Person
    period: Period
    days: Days

    @property
    def records(self) -> list[Record]:
        """Those of the period, in the order of business."""
        return _within(self.days, self.period)


def _within(days: Days, period: Period) -> list[Record]:
    if period.days < len(days):
        dates: Iterable[date] = period.dates()
    else:
        dates = sorted(day for day in days if period.contains(day))
    return [record for day in dates for record in days.get(day, ())]


def _each(
    ground: Ground, periods: Sequence[Period], judge: Callable[[_Part], Deserved | None]
) -> Iterator[Deserved]:
    for period in periods:
        known = ground.known(period)
        for number, person in ground.people.items():
            if ground.there(person, period):
                found = judge(_Part(person, period, known.of(number)))
                if found is not None:
                    yield found


def _reached(rule: Threshold, part: _Part) -> Deserved | None:
    records = part.records
    total = rule.measure.total(records)
    if not records or total < rule.at_least:
        return None
    return _earned(part, _reaching(rule.measure, records, rule.at_least), total, records)


def _reaching(measure: Measure, records: Sequence[Record], value: Fraction) -> datetime:
    """When the running total first reached the value; a later fall and rise move nothing."""
    running = Fraction(0)
    for record in records:
        running += measure.of(record)
        if running >= value:
            return record.occurred_at
    return records[-1].occurred_at


def _earned(part: _Part, at: datetime, value: Fraction, records: Sequence[Record]) -> Deserved:
    ids = tuple(sorted({record.id for record in records}))
    return Deserved(part.period, part.person.id, at, as_text(value), ids)


def _in_hours(rule: Slot, ground: Ground, part: _Part) -> Deserved | None:
    inside = [one for one in part.records if not one.date_only and _hits(rule, one, ground.zone)]
    if len(inside) < rule.at_least:
        return None
    at = inside[rule.at_least - 1].occurred_at
    return _earned(part, at, Fraction(len(inside)), inside)


def _hits(rule: Slot, record: Record, zone: ZoneInfo) -> bool:
    local = record.occurred_at.astimezone(zone)
    return rule.start <= local.hour * 60 + local.minute < rule.end


def _first_ever(ground: Ground, periods: Sequence[Period]) -> Iterator[Deserved]:
    """Once in a life: the first day on which a record stands and none before it, as known then.
    What a later day would say no longer matters, even when that record falls after its day was
    official."""
    for number, person in ground.people.items():
        for period in () if number in ground.held else periods:
            days = ground.known(period).of(number)
            if days.get(period.start) and not any(day < period.start for day in days):
                if not ground.there(person, period):
                    continue
                records = days[period.start]
                part = _Part(person, period, days)
                yield _earned(part, records[0].occurred_at, Fraction(1), records[:1])
                break


def _first_of_day(ground: Ground, periods: Sequence[Period]) -> Iterator[Deserved]:
    """The earliest record of the day among all people; who was equally early shares it."""
    for period in periods:
        known = ground.known(period)
        firsts = {
            number: records[0]
            for number, person in ground.people.items()
            if ground.there(person, period) and (records := _timed(known.of(number), period))
        }
        earliest = min((record.occurred_at for record in firsts.values()), default=None)
        for number, record in firsts.items():
            if record.occurred_at == earliest:
                part = _Part(ground.people[number], period, known.of(number))
                yield _earned(part, record.occurred_at, Fraction(1), [record])


def _timed(days: Days, period: Period) -> list[Record]:
    """Records whose hour is known: a bare date would always be first."""
    return [record for record in days.get(period.start, ()) if not record.date_only]


def _best(rule: Best, part: _Part) -> Deserved | None:
    records = part.records
    total = rule.measure.total(records)
    if not records or total < rule.minimum:
        return None
    earlier: dict[Period, list[Record]] = {}
    for day, listed in part.days.items():
        if day < part.period.start:
            earlier.setdefault(period_of(rule.per, day), []).extend(listed)
    totals = [value for one in earlier.values() if (value := rule.measure.total(one)) > 0]
    best = max(totals, default=Fraction(0))
    if len(totals) < rule.after or total <= best:
        return None
    # the record that passes the best, not the one that equals it
    running = Fraction(0)
    at = records[-1].occurred_at
    for record in records:
        running += rule.measure.of(record)
        if running > best and running >= rule.minimum:
            at = record.occurred_at
            break
    return _earned(part, at, total, records)


def _run(rule: Streak, ground: Ground, part: _Part) -> Deserved | None:
    """Earned once in a run, with the day or week that makes it long enough."""
    if not part.records:
        return None
    start = streaks.reach_back(part.person, rule.per, rule.length, part.period, ground.calendar)
    params = streaks.params_of(rule.measure, rule.minimum, rule.per)
    run = streaks.run_at(
        params, part.person, part.days, Period(start, part.period.end), ground.as_of,
        ground.zone, ground.calendar,
    )  # fmt: skip
    last = run.records[-1] if run.records else None
    own = {record.key for record in part.records}
    if run.length != rule.length or last is None or last.key not in own:
        return None
    mine = [record for record in run.records if record.key in own]
    at = _reaching(rule.measure, mine, rule.minimum)
    return _earned(part, at, Fraction(run.length), run.records)


def _figures(rule: Figure, ground: Ground, periods: Sequence[Period]) -> Iterator[Deserved]:
    for period in periods:
        end = start_of(period.end, ground.zone)
        if ground.as_of < end:
            continue
        values = ground.figures.get(period, {})
        for number, person in ground.people.items():
            value = values.get(number)
            if value is None or not ground.there(person, period):
                continue
            if (value >= rule.limit) if rule.is_floor else (value <= rule.limit):
                # with its last moment: a badge belongs to a day of its period
                yield Deserved(period, number, end - timedelta(microseconds=1), as_text(value))


def _combined(rule: Combination, ground: Ground, periods: Sequence[Period]) -> Iterator[Deserved]:
    for period in periods:
        for number in ground.people:
            firsts = {
                key: min(moments)
                for key in rule.keys
                if (moments := _moments(ground.others.get(key, ()), number, period))
            }
            complete = len(firsts) == len(set(rule.keys)) if rule.all_of else bool(firsts)
            if complete:
                at = max(firsts.values()) if rule.all_of else min(firsts.values())
                yield Deserved(period, number, at, str(len(firsts)), tuple(sorted(firsts)))


def _moments(listed: Sequence[Deserved], number: str, period: Period) -> list[datetime]:
    """When the person earned that badge, for periods that end within this one."""
    return [
        one.earned_at
        for one in listed
        if one.person == number and period.start < one.period.end <= period.end
    ]
