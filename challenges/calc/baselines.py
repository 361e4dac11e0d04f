"""The frozen baseline of each person, before anything is scored.

From the records of an earlier window, as known when it was frozen; each chain counts in its
furthest version known then.  Who was not there throughout that window is a newcomer, and has the
median of those of the same role (of the same team, when no role is given) who have a baseline of
their own; of an even number the mean of the two in the middle.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from fractions import Fraction

from challenges.calc.formats.kinds import OWN, ROLE, TEAM, Baselines, Earlier
from challenges.calc.formats.measure import Measure
from challenges.calc.moments import day_of
from challenges.calc.records import Chain, Record
from challenges.calc.roster import Baseline, Person, Roster, Span, full_days
from challenges.calc.rules import Rules
from challenges.calc.targets import EVERY_DAY
from kernel.calendars import WorkCalendar
from kernel.periods import Period


def with_baselines(
    rules: Rules, chained: Iterable[Chain], roster: Roster, as_of: datetime
) -> Roster:
    """The roster with the baseline that counts for each person who has one; the same roster when
    the format asks for none."""
    asked = rules.format.baselines(rules.params)
    if asked is None:
        return roster
    if asked.window is None:
        own = _stated(asked, roster.people)
    else:
        own = _from_records(rules, asked, asked.window, chained, roster.people, as_of)
    roles = _medians((person.role, own.get(person.id)) for person in roster.people)
    teams = _medians((_team(rules, person), own.get(person.id)) for person in roster.people)

    def found(person: Person) -> Baseline | None:
        if person.id in own:
            return Baseline(own[person.id], asked.metric, OWN)
        if person.role is not None:
            return _of(roles.get(person.role), ROLE)
        return _of(teams.get(_team(rules, person)), TEAM)

    def _of(value: Fraction | None, source: str) -> Baseline | None:
        return None if value is None else Baseline(value, asked.metric, source)

    return replace(roster, people=tuple(_given(person, found(person)) for person in roster.people))


def _given(person: Person, found: Baseline | None) -> Person:
    return replace(person, baselines=() if found is None else (found,))


def _stated(asked: Baselines, people: Iterable[Person]) -> dict[str, Fraction]:
    stated = {person.id: person.baseline_of(asked.metric) for person in people}
    return {id_: found.value for id_, found in stated.items() if found is not None}


def _from_records(
    rules: Rules,
    asked: Baselines,
    window: Earlier,
    chained: Iterable[Chain],
    people: Iterable[Person],
    as_of: datetime,
) -> dict[str, Fraction]:
    """The total of everybody who was there throughout, also of zero."""
    measure = Measure(asked.metric, asked.count)
    records: dict[str, list[Record]] = {}
    for record in _known(chained, min(as_of, window.known_by)):
        if window.start <= record.occurred_at < window.end:
            records.setdefault(record.person, []).append(record)
    days = Period(
        day_of(window.start, rules.zone),
        day_of(window.end - timedelta(microseconds=1), rules.zone) + timedelta(days=1),
    )
    return {
        person.id: measure.total(records.get(person.id, ())) / window.windows
        for person in people
        if person.employed.within(days) == days
    }


def _known(chained: Iterable[Chain], limit: datetime) -> Iterable[Record]:
    for chain in chained:
        version = chain.current(lambda version: version.recorded_at <= limit)
        review = None if version is None else version.review_at(limit)
        if version is not None and (review is None or review.accepted):
            yield from (record for record in version.records if record.recorded_at <= limit)


def _medians(
    values: Iterable[tuple[str | None, Fraction | None]],
) -> dict[str | None, Fraction]:
    """The median of each group that has a name, over its values that are there."""
    groups: dict[str | None, list[Fraction]] = {}
    for group, value in values:
        if group is not None and value is not None:
            groups.setdefault(group, []).append(value)
    return {group: median(found) for group, found in groups.items()}


def _team(rules: Rules, person: Person) -> str | None:
    """The team of the first day of the challenge on which they have one."""
    last = day_of(rules.end - timedelta(microseconds=1), rules.zone)
    days = Period(day_of(rules.start, rules.zone), last + timedelta(days=1))
    there = [(m.span.within(days), m.team) for m in person.memberships]
    first = min(((span.start, team) for span, team in there if span is not None), default=None)
    return None if first is None else first[1]


def of_member(
    person: Person, spans: Sequence[Span], period: Period, calendar: WorkCalendar
) -> Person:
    """The person with that share of the baselines for which the team has them: by the working days
    of the membership (all days, when the window has no working day)."""
    if not person.baselines:
        return person
    counted = person
    if full_days(person, period, calendar) == 0:
        counted, calendar = replace(person, weekdays=None), EVERY_DAY
    parts = (span.within(period) for span in spans)
    days = sum(full_days(counted, part, calendar) for part in parts if part is not None)
    share = Fraction(days, full_days(counted, period, calendar))
    found = tuple(replace(baseline, share=share) for baseline in person.baselines)
    return replace(person, baselines=found)


def median(values: Sequence[Fraction]) -> Fraction:
    """The middle value, exactly; of an even number the mean of the two in the middle."""
    ordered = sorted(values)
    middle = len(ordered) // 2
    if len(ordered) % 2:
        return ordered[middle]
    return (ordered[middle - 1] + ordered[middle]) / 2
