"""How fast records arrive: measured on the newest days, and never on history that was loaded."""

from datetime import date, datetime, timedelta
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from challenges.calc import Record
from challenges.calc.arrivals import (
    LOOK_BACK,
    Arrived,
    Feed,
    arrived,
    counted_metrics,
    feed_of,
    slow_feed_issue,
)
from tests.challenges.calc.builders import at as moment
from tests.challenges.calc.builders import record, rules_of

HOUR = """format: power_hour
score: {metric: calls, measure: count, feed_delay: 5, repeated: [{from: "10:00", to: "11:00"}]}
"""
MOST = "format: most\nscore: {metric: calls, measure: count}\n"
AS_OF = moment("11-20 12:00")
TODAY = date(2026, 11, 20)


def told(days_ago: int, late: int, records: int, *, source: str = "crm", after: int = 0) -> Arrived:
    """Records of a day, known so many tenths of a minute later, so many days after it."""
    day = TODAY - timedelta(days=days_ago)
    return Arrived(source, day + timedelta(days=after), day, late, records)


def loaded(days_after: int, records: int) -> Arrived:
    """Records of long ago that arrived so many days before today."""
    arrived_on = TODAY - timedelta(days=days_after)
    return Arrived("crm", arrived_on, None, 28 * 24 * 600 + 1, records)


def test_the_newest_five_days_decide() -> None:
    live = [told(day, 10, 30) for day in range(5)]
    nightly = [told(day, 9000, 500) for day in range(5, 28)]
    assert feed_of([*nightly, *live]) == Feed(150, 5, Fraction(1), Fraction(1))


def test_fewer_days_do_where_there_are_no_more() -> None:
    assert feed_of([told(0, 10, 20)]) == Feed(20, 1, Fraction(1), Fraction(1))


def test_where_records_are_few_more_days_are_looked_at() -> None:
    few = [told(day, 10 * (day + 1), 2) for day in range(28)]
    assert feed_of(few) == Feed(20, 10, Fraction(5), Fraction(10))


def test_fewer_than_twenty_records_say_nothing() -> None:
    assert feed_of([told(0, 9000, 19)]) is None
    assert feed_of([]) is None


def test_one_of_twenty_may_be_late() -> None:
    assert feed_of([told(0, 10, 19), told(0, 9000, 1)]) == Feed(20, 1, Fraction(1), Fraction(1))
    assert feed_of([told(0, 10, 18), told(0, 9000, 2)]) == Feed(20, 1, Fraction(1), Fraction(900))


def test_history_that_was_loaded_is_no_feed() -> None:
    # three years of it, the last weeks among them, on one day
    with_history = [loaded(1, 5_000), *(told(day, 600 * day, 40, after=day - 1) for day in (3, 5))]
    other = [
        Arrived("crm", TODAY - timedelta(days=1), TODAY - timedelta(days=day), 600 * day, 40)
        for day in (2, 3, 4)
    ]
    assert feed_of([with_history[0], *other]) is None
    # what comes afterwards is the feed
    since = told(0, 5, 25)
    assert feed_of([with_history[0], *other, since]) == Feed(25, 1, Fraction(1, 2), Fraction(1, 2))


def test_a_late_straggler_among_many_makes_no_history_of_a_day() -> None:
    day = [loaded(0, 3), told(0, 9000, 40)]
    assert feed_of(day) == Feed(40, 1, Fraction(900), Fraction(900))


def test_only_a_first_telling_with_a_time_says_how_late_records_come() -> None:
    rules = rules_of(HOUR)
    entries = [
        record("a", "ana", "11-19 09:00", metric="calls", known="11-19 09:03"),
        record("b", "ana", "11-19 09:30", metric="calls", known="11-19 09:29"),
        record("c", "ana", "11-19 00:00", metric="calls", known="11-19 20:00", date_only=True),
        record("a2", "ana", "11-19 09:00", metric="calls", known="11-20 09:00", supersedes="a"),
        record("d", "ana", "11-19 09:00", metric="revenue", known="11-19 20:00"),
        record("e", "eve", "11-19 09:00", metric="calls", known="11-19 20:00"),
        record("f", "ana", "11-19 09:00", metric="calls", known="11-20 12:01"),
        record("g", "ana", "10-01 09:00", metric="calls", known="10-01 20:00"),
        record("h", "ana", "10-01 09:00", metric="calls", known="11-18 20:00"),
    ]
    found = arrived(rules, entries, {"ana", "ben"}, AS_OF)
    assert [(one.happened_on, one.late) for one in found] == [
        (date(2026, 11, 19), 30),
        (date(2026, 11, 19), 0),
        (None, (moment("11-18 20:00") - moment("10-01 09:00")) // timedelta(seconds=6)),
    ]
    assert arrived(rules_of(MOST), entries, {"ana", "ben"}, AS_OF) == []
    assert counted_metrics(rules_of(MOST)) == frozenset()


def test_a_tenth_of_the_shortest_hour_is_borne_and_no_more() -> None:
    rules = rules_of(HOUR)
    assert slow_feed_issue(rules, Feed(20, 1, Fraction(1), Fraction(6))) is None
    assert slow_feed_issue(rules, None) is None
    assert slow_feed_issue(rules_of(MOST), Feed(20, 1, Fraction(900), Fraction(900))) is None
    issue = slow_feed_issue(rules, Feed(25, 2, Fraction(5, 2), Fraction(61, 10)))
    assert issue is not None
    assert (issue.code, issue.text()) == (
        "challenges.slow_feed",
        "Of the newest 25 records that count here half were known within 3 min after they "
        "happened, 95 % within 7 min: a power hour of 60 min bears a tenth of it.",
    )


def _oracle(delays: list[timedelta]) -> Fraction:
    """The smallest delay, in whole tenths, that at least 95 of 100 do not exceed."""
    tenths = [delay // timedelta(seconds=6) for delay in delays]
    enough = [one for one in tenths if 100 * sum(two <= one for two in tenths) >= 95 * len(tenths)]
    return Fraction(min(enough), 10)


@given(st.lists(st.integers(0, 100_000), min_size=20, max_size=80))
def test_the_slow_figure_is_the_nearest_rank(seconds: list[int]) -> None:
    happened = moment("11-19 00:30")
    entries: list[Record] = [
        _call(number, happened, timedelta(seconds=late)) for number, late in enumerate(seconds)
    ]
    as_of = happened + timedelta(days=2)
    assert as_of - happened < LOOK_BACK
    feed = feed_of(arrived(rules_of(HOUR), entries, {"ana"}, as_of))
    assert feed is not None
    assert feed.slow == _oracle([timedelta(seconds=late) for late in seconds])


def _call(number: int, happened: datetime, late: timedelta) -> Record:
    return Record(f"c{number}", "ana", "calls", happened, happened + late)
