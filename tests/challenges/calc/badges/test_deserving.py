"""Who deserves a badge, against a naive oracle that looks at each day and record by itself."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from challenges.calc.badges.deserving import Ground, deserved
from challenges.calc.badges.known import Log
from challenges.calc.badges.periods import known_by, official_at, period_of, periods_from
from challenges.calc.badges.rules import parse_badge
from challenges.calc.records import Cancellation, Entry, Record
from challenges.calc.roster import Membership, Person, Span
from kernel.calendars import WorkCalendar
from kernel.periods import Period

PARIS = ZoneInfo("Europe/Paris")
FRANCE = WorkCalendar("FR")
FIRST = date(2026, 4, 27)  # the weeks of the 1st and the 8th of May, which are holidays
DAYS = 26
LATE = datetime(2026, 6, 30, tzinfo=UTC)


def noon(day: date, hour: int = 12, minute: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=PARIS).astimezone(UTC)


def fact(number: int, who: str, day: date, value: int = 1, hour: int = 12,
         known: datetime | None = None) -> Record:  # fmt: skip
    at = noon(day, hour)
    return Record(f"r{number}#1", who, "calls", at, known or at, Fraction(value))


def person(name: str, *absences: Span, fte: Fraction = Fraction(1)) -> Person:
    return Person(name, name, (Membership("t", fte),), absences=absences)


def ground(entries: Sequence[Entry], people: Sequence[Person], as_of: datetime = LATE) -> Ground:
    return Ground({one.id: one for one in people}, PARIS, FRANCE, as_of, Log(entries, PARIS))


def whole(kind: str) -> list[Period]:
    return list(periods_from(kind, FIRST, FIRST + timedelta(days=DAYS - 1)))


offsets = st.integers(0, DAYS - 1)
whos = st.sampled_from(["a", "b", "c"])


@st.composite
def histories(draw: st.DrawFn) -> list[Entry]:
    """Records of three people, some cancelled, some known late."""
    found: list[Entry] = []
    for number in range(draw(st.integers(0, 22))):
        day = FIRST + timedelta(days=draw(offsets))
        late = timedelta(days=draw(st.sampled_from([0, 0, 0, 2, 4, 9])))
        hour = draw(st.integers(7, 18))
        one = fact(number, draw(whos), day, draw(st.integers(1, 4)), hour)
        found.append(replace(one, recorded_at=one.occurred_at + late))
        if draw(st.integers(0, 4)) == 0:
            after = timedelta(days=draw(st.integers(0, 9)), hours=1)
            known = one.occurred_at + late + after
            found.append(Cancellation(f"r{number}#2", f"r{number}#1", known))
    return found


def standing(entries: Sequence[Entry], who: str, day: date, moment: datetime) -> list[Record]:
    """The oracle's way to what stood: every record, one after the other."""
    gone = {
        one.supersedes
        for one in entries
        if isinstance(one, Cancellation) and one.recorded_at <= moment
    }
    return [
        one
        for one in entries
        if isinstance(one, Record)
        and one.person == who
        and one.recorded_at <= moment
        and one.id not in gone
        and one.occurred_at.astimezone(PARIS).date() == day
    ]


def total(entries: Sequence[Entry], who: str, period: Period, moment: datetime) -> Fraction:
    return sum(
        (one.value for day in period.dates() for one in standing(entries, who, day, moment)),
        Fraction(0),
    )


def pairs(found: Sequence[object]) -> set[tuple[date, str]]:
    return {(one.period.start, one.person) for one in found}  # type: ignore[attr-defined]  # deserved ones


moments = st.integers(0, 45).map(lambda days: noon(FIRST + timedelta(days=days), 20))


@settings(max_examples=150, deadline=None)
@given(histories(), st.sampled_from(["day", "week", "month"]), st.integers(1, 7), moments)
def test_a_threshold_is_a_sum_of_what_stood_at_the_moment_of_the_period(
    entries: list[Entry], kind: str, least: int, as_of: datetime
) -> None:
    rule = parse_badge({"form": "threshold", "metric": "calls", "at_least": least, "per": kind})
    people = [person(name) for name in "abc"]
    found = deserved(rule, ground(entries, people, as_of), whole(kind))
    assert pairs(found) == {
        (period.start, who)
        for period in whole(kind)
        for who in "abc"
        if total(entries, who, period, known_by(period, as_of, PARIS, FRANCE)) >= least
    }


@settings(max_examples=150, deadline=None)
@given(histories(), st.booleans(), moments)
def test_firsts(entries: list[Entry], ever: bool, as_of: datetime) -> None:
    rule = parse_badge({"form": "first", "metric": "calls", "of": "ever" if ever else "day"})
    people = [person(name) for name in "abc"]
    days = whole("day")
    found = pairs(deserved(rule, ground(entries, people, as_of), days))
    expected: set[tuple[date, str]] = set()
    for period in days:
        moment = known_by(period, as_of, PARIS, FRANCE)
        firsts = {
            who: min(one.occurred_at for one in records)
            for who in "abc"
            if (records := standing(entries, who, period.start, moment))
        }
        for who, at in firsts.items():
            if ever:
                earlier = any(
                    standing(entries, who, day, moment)
                    for day in (period.start - timedelta(days=n) for n in range(1, DAYS + 1))
                )
                if not earlier and not any(other == who for _, other in expected):
                    expected.add((period.start, who))
            elif at == min(firsts.values()):
                expected.add((period.start, who))
    assert found == expected


@settings(max_examples=150, deadline=None)
@given(histories(), moments, st.sets(offsets, max_size=5), st.integers(2, 4))
def test_a_streak_is_counted_day_by_day(
    entries: list[Entry], as_of: datetime, away: set[int], length: int
) -> None:
    """The oracle walks from day to day with a counter."""
    absences = [Span(day, day + timedelta(days=1)) for day in
                (FIRST + timedelta(days=n) for n in sorted(away))]  # fmt: skip
    rule = parse_badge({"form": "streak", "metric": "calls", "length": length, "per": "day"})
    found = pairs(deserved(rule, ground(entries, [person("a", *absences)], as_of), whole("day")))
    expected: set[tuple[date, str]] = set()
    for period in whole("day"):
        moment = known_by(period, as_of, PARIS, FRANCE)
        run = 0
        for n in range((period.start - FIRST).days + 1):
            day = FIRST + timedelta(days=n)
            if not FRANCE.is_working(day) or n in away:
                continue
            met = total(entries, "a", Period.day(day), moment) >= 1
            run = run + 1 if met else 0
            if day == period.start and met and run == length:
                expected.add((day, "a"))
    assert found == expected


@settings(max_examples=100, deadline=None)
@given(histories(), st.sampled_from(["day", "week"]), st.integers(1, 3), moments)
def test_a_record_beats_every_earlier_period(
    entries: list[Entry], kind: str, after: int, as_of: datetime
) -> None:
    rule = parse_badge({"form": "record", "metric": "calls", "after": after, "per": kind})
    found = pairs(deserved(rule, ground(entries, [person("a")], as_of), whole(kind)))
    expected = set()
    for period in whole(kind):
        moment = known_by(period, as_of, PARIS, FRANCE)
        before = [one for one in whole(kind) if one.start < period.start]
        sums = [value for one in before if (value := total(entries, "a", one, moment)) > 0]
        mine = total(entries, "a", period, moment)
        if mine >= 1 and len(sums) >= after and mine > max(sums):
            expected.add((period.start, "a"))
    assert found == expected


@settings(max_examples=80, deadline=None)
@given(histories(), st.randoms(use_true_random=False), moments, st.sampled_from(
    [{"form": "threshold", "metric": "calls", "at_least": 2, "per": "week"},
     {"form": "hours", "metric": "calls", "from": "08:00", "to": "12:00", "at_least": 1},
     {"form": "streak", "metric": "calls", "length": 2, "per": "week"}]
))  # fmt: skip
def test_neither_the_order_nor_a_second_delivery_of_records_matters(
    entries: list[Entry], random: object, as_of: datetime, document: dict[str, object]
) -> None:
    rule = parse_badge(document)
    people = [person(name) for name in "abc"]
    periods = whole(rule.per)
    once = deserved(rule, ground(entries, people, as_of), periods)
    mixed = [*entries, *entries]
    random.shuffle(mixed)  # type: ignore[attr-defined]  # a Random
    assert deserved(rule, ground(mixed, people, as_of), periods) == once


@settings(max_examples=80, deadline=None)
@given(histories(), st.integers(0, 40), st.integers(0, 40))
def test_what_is_official_never_changes(entries: list[Entry], first: int, later: int) -> None:
    rule = parse_badge({"form": "threshold", "metric": "calls", "at_least": 2, "per": "day"})
    people = [person(name) for name in "abc"]
    start = noon(FIRST, 20) + timedelta(days=first)
    closed = [one for one in whole("day") if official_at(one, PARIS, FRANCE) <= start]
    before = deserved(rule, ground(entries, people, start), closed)
    after = deserved(rule, ground(entries, people, start + timedelta(days=later)), closed)
    assert before == after


def test_a_part_timer_has_free_days_as_the_share_leaves_them() -> None:
    """Half-time in a week of four working days (8 May): two days may be empty, not three."""
    rule = parse_badge({"form": "streak", "metric": "calls", "length": 4, "per": "day"})
    half = person("a", fte=Fraction(1, 2))
    monday = date(2026, 5, 4)
    days = [monday, monday + timedelta(days=2), monday + timedelta(days=7),
            monday + timedelta(days=8)]  # fmt: skip
    entries = [fact(n, "a", day) for n, day in enumerate(days)]
    periods = [Period.day(days[-1])]
    assert pairs(deserved(rule, ground(entries, [half]), periods)) == {(days[-1], "a")}
    whole_week = person("a")
    assert deserved(rule, ground(entries, [whole_week]), periods) == ()
    fewer = [entries[0], *entries[2:]]
    three = parse_badge({"form": "streak", "metric": "calls", "length": 3, "per": "day"})
    assert deserved(three, ground(fewer, [half]), periods) == ()


def test_the_period_of_a_day_and_its_official_moment() -> None:
    """Thursday 30 April: Friday is a holiday, so Monday, Tuesday and Wednesday pass."""
    day = date(2026, 4, 30)
    assert official_at(Period.day(day), PARIS, FRANCE) == noon(date(2026, 5, 7), 0)
    assert official_at(period_of("month", day), PARIS, FRANCE) == noon(date(2026, 5, 7), 0)
    assert period_of("quarter", day) == Period(date(2026, 4, 1), date(2026, 7, 1))
