"""What must hold of every judgement, whatever the figures."""

from datetime import UTC, datetime, time, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from kpis.calc.alerts import judging
from kpis.calc.alerts.judging import Held, Week
from kpis.calc.alerts.rules import Demotivation, Pace, Trend
from kpis.calc.alerts.sending import Hours, due_at

figures = st.fractions(min_value=0, max_value=1000, max_denominator=20)
parts = st.fractions(min_value=0, max_value=1, max_denominator=20)
PACE = Pace("", Fraction(80), Fraction(0), Fraction(2))
TREND = Trend("", 20, Fraction(40), Fraction(0))
SAD = Demotivation(2, 4, Fraction(35), Fraction(0))


@given(figures, figures, figures, parts.filter(bool))
def test_more_is_never_worse_for_the_pace(
    less: Fraction, more: Fraction, target: Fraction, paced: Fraction
) -> None:
    low, high = sorted((less, more))
    held = Held("count", "up", target, paced, paced)
    worse, better = judging.pace(PACE, held, low), judging.pace(PACE, held, high)
    assert (worse is None) == (better is None)
    if worse is not None and better is not None:
        assert worse.holds >= better.holds
        assert worse.is_grave >= better.is_grave
        assert worse.holds or not worse.is_grave


@given(figures, figures)
def test_a_trend_never_holds_both_ways(value: Fraction, before: Fraction) -> None:
    up, down = (judging.trend(TREND, better, value, before) for better in ("up", "down"))
    assert (up is None) == (down is None)
    assert not (up and down and up.holds and down.holds)


weeks = st.builds(Week, st.fractions(0, 100, max_denominator=1), st.integers(1, 5))


@given(st.lists(weeks, min_size=6, max_size=6), st.integers(2, 9))
def test_who_always_does_less_shows_no_fall(found: list[Week], times: int) -> None:
    """It is the own past that counts: the same at another size is judged the same."""
    scaled = [Week(one.records * times, one.days) for one in found]
    small, large = judging.demotivation(SAD, found), judging.demotivation(SAD, scaled)
    assert (small and (small.holds, small.part)) == (large and (large.holds, large.part))


clocks = st.times().map(lambda one: one.replace(second=0, microsecond=0))
moments = st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC))


@given(moments, clocks, clocks, st.none() | clocks)
def test_no_message_leaves_in_quiet_hours_nor_before_its_time(
    now: datetime, start: time, end: time, digest: time | None
) -> None:
    paris = ZoneInfo("Europe/Paris")
    leaves = due_at(now, Hours(start, end, digest), paris)
    clock = leaves.astimezone(paris).time()
    assert now <= leaves <= now + timedelta(hours=51)
    within = start <= clock < end if start <= end else clock >= start or clock < end
    # the hour that a clock skips in spring does not exist: what is due in it leaves at its end
    skipped = leaves.astimezone(paris).utcoffset() != now.astimezone(paris).utcoffset()
    assert not within or skipped
