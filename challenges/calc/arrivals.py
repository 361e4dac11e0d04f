"""How fast the records of a power hour arrive: measured on those of the last weeks, by one rule for
the rehearsal and for the launch.

Looked at are the first tellings of the last `LOOK_BACK`. Of them the newest days count: as many as
it takes to have `FEWEST_DAYS` days and `FEWEST` records. What loaded history is no feed: all that a
source delivered on a day on which most of it was older than `LOOK_BACK`.
"""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction

from challenges.calc.formats.power_hour import PowerHour
from challenges.calc.notes import Note, note
from challenges.calc.records import Record, Told
from challenges.calc.rules import Rules
from kernel.issues import N_, Issue, Place, error
from kernel.numbers import as_text

SLOW = Fraction(95, 100)
"""The part of the records that the slow figure covers."""
LOOK_BACK = timedelta(days=28)
FEWEST_DAYS = 5
FEWEST = 20
"""Of fewer records 95 % are all of them: a single late one would decide."""


@dataclass(frozen=True, slots=True)
class Arrived:
    """How many records of one source, told first on one day, happened on one day, so late: in
    tenths of a minute, rounded down. `happened_on` is None before all that is looked at."""

    source: str
    arrived_on: date
    happened_on: date | None
    late: int
    records: int


@dataclass(frozen=True, slots=True)
class Feed:
    """Minutes from the moment of a record until it was known: of half of them, and of 95 %, by
    nearest rank; over how many records of how many days."""

    records: int
    days: int
    median: Fraction
    slow: Fraction


TENTH = timedelta(seconds=6)
OLD = LOOK_BACK // TENTH


def counted_metrics(rules: Rules) -> frozenset[str]:
    """The metrics whose records must arrive in time; empty in formats that bear any delay."""
    is_hour = isinstance(rules.params, PowerHour)
    return rules.format.metrics(rules.params) if is_hour else frozenset()


def arrived(
    rules: Rules, entries: Iterable[Told], people: Collection[str], as_of: datetime
) -> list[Arrived]:
    """The first tellings of these people's records that the score counts, each by itself. One that
    carries only a date says nothing; one that was told ahead of its moment arrived at once."""
    metrics, since = counted_metrics(rules), as_of - LOOK_BACK
    return [
        Arrived(
            source="",
            arrived_on=one.recorded_at.astimezone(rules.zone).date(),
            happened_on=one.occurred_at.astimezone(rules.zone).date()
            if since <= one.occurred_at
            else None,
            late=max(0, (one.recorded_at - one.occurred_at) // TENTH),
            records=1,
        )
        for one in entries
        if isinstance(one, Record)
        and one.supersedes is None
        and not one.date_only
        and one.metric in metrics
        and one.person in people
        and since <= one.recorded_at <= as_of
        and one.occurred_at <= as_of
    ]


def feed_of(told: Iterable[Arrived]) -> Feed | None:
    """The feed as its newest days show it; None where there are too few records to tell."""
    found = list(told)
    loads = _loads(found)
    by_day: dict[date, Counter[int]] = {}
    for one in found:
        if one.happened_on is not None and (one.source, one.arrived_on) not in loads:
            by_day.setdefault(one.happened_on, Counter())[one.late] += one.records
    late: Counter[int] = Counter()
    days = 0
    for day in sorted(by_day, reverse=True):
        if days >= FEWEST_DAYS and late.total() >= FEWEST:
            break
        late += by_day[day]
        days += 1
    if late.total() < FEWEST:
        return None
    return Feed(late.total(), days, _rank(late, Fraction(1, 2)), _rank(late, SLOW))


def _loads(found: Iterable[Arrived]) -> set[tuple[str, date]]:
    """The sources and days on which history was loaded."""
    every: Counter[tuple[str, date]] = Counter()
    old: Counter[tuple[str, date]] = Counter()
    for one in found:
        delivery = (one.source, one.arrived_on)
        every[delivery] += one.records
        old[delivery] += one.records if one.late > OLD else 0
    return {delivery for delivery, records in every.items() if 2 * old[delivery] > records}


def _rank(late: Counter[int], part: Fraction) -> Fraction:
    """The smallest delay that so many do not exceed, in minutes."""
    rank = -(-late.total() * part.numerator // part.denominator)
    passed = 0
    for delay in sorted(late):
        passed += late[delay]
        if passed >= rank:
            return Fraction(delay, 10)
    raise ValueError("of no records nothing can be told")


# --- what follows from it ---------------------------------------------------------------------


def is_too_slow(rules: Rules, feed: Feed) -> bool:
    """Whether records come later than a tenth of the shortest hour: nobody would see it live."""
    return isinstance(rules.params, PowerHour) and feed.slow > rules.params.bearable


def slow_feed_issue(rules: Rules, feed: Feed | None) -> Issue | None:
    """Why it cannot be launched; None where the feed is fast enough, or too little is known."""
    if feed is None or not is_too_slow(rules, feed):
        return None
    return error(
        "challenges.slow_feed",
        N_(
            "Of the newest {records} records that count here half were known within {median} min "
            "after they happened, 95 % within {slow} min: a power hour of {minutes} min bears a "
            "tenth of it."
        ),
        N_("Choose longer hours, or connect a faster source: its newest days are measured."),
        Place(path="score.feed_delay"),
        **_figures(rules, feed),
    )


def told_feed(rules: Rules, feed: Feed | None) -> Note | None:
    """The same in one sentence, fast or slow; None in formats that bear any delay."""
    if not isinstance(rules.params, PowerHour):
        return None
    if feed is None:
        says = N_(
            "How fast records arrive is not known: fewer than {fewest} that count here came in "
            "the last {days} days."
        )
        return note("unknown_feed", says, fewest=str(FEWEST), days=str(LOOK_BACK.days))
    says = N_(
        "Of the newest {records} records that count here half were known within {median} min "
        "after they happened, 95 % within {slow} min; {stated} min are stated."
    )
    figures = _figures(rules, feed)
    return note("feed", says, **figures, stated=as_text(rules.params.feed_delay))


def _figures(rules: Rules, feed: Feed) -> dict[str, str]:
    """Whole minutes, rounded up, at least 1: what is said to be known by then is known by then."""
    assert isinstance(rules.params, PowerHour)  # noqa: S101 - the only format that asks
    return {
        "records": str(feed.records),
        "median": _up(feed.median),
        "slow": _up(feed.slow),
        "minutes": _up(10 * rules.params.bearable),
    }


def _up(minutes: Fraction) -> str:
    return str(max(1, -(-minutes.numerator // minutes.denominator)))
