"""Dated values against the plainest oracle: one day at a time."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.issues import Invalid, Place
from kernel.periods import Period
from kernel.timelines import Dated, Timeline

YEAR = date(2026, 1, 1)
days = st.integers(0, 60).map(lambda n: YEAR + timedelta(days=n))
periods = st.builds(
    lambda start, n: Period(start, start + timedelta(days=n)), days, st.integers(1, 70)
)


@st.composite
def entries(draw: st.DrawFn) -> Dated[str]:
    start = draw(st.none() | days)
    length = draw(st.none() | st.integers(1, 40))
    if start is None:
        return Dated(None, draw(st.none() | days), draw(st.sampled_from("abcd")))
    end = None if length is None else start + timedelta(days=length)
    return Dated(start, end, draw(st.sampled_from("abcd")))


timelines = st.lists(entries(), max_size=6).map(Timeline)


def _holds(entry: Dated[str], day: date) -> bool:
    return (entry.valid_from or date.min) <= day and (
        entry.valid_to is None or day < entry.valid_to
    )


def _oracle(timeline: Timeline[str], day: date) -> str | None:
    """Of the entries that hold, the one that began last; of equals, the one given last."""
    value, since = None, None
    for entry in timeline.entries:
        begun = entry.valid_from or date.min
        if _holds(entry, day) and (since is None or begun >= since):
            value, since = entry.value, begun
    return value


@given(timelines, periods)
def test_slices_and_gaps_are_exactly_the_days_of_the_period(
    timeline: Timeline[str], period: Period
) -> None:
    found: list[tuple[date, str | None]] = [
        (day, value) for part, value in timeline.slices(period) for day in part.dates()
    ]
    found += [(day, None) for gap in timeline.gaps(period) for day in gap.dates()]

    assert sorted(found) == [(day, _oracle(timeline, day)) for day in period.dates()]
    assert all(timeline.at(day) == value for day, value in found)


@given(timelines, periods)
def test_slices_and_gaps_are_as_long_as_they_can_be(
    timeline: Timeline[str], period: Period
) -> None:
    for gap in timeline.gaps(period):
        before, after = gap.start - timedelta(days=1), gap.end
        assert before < period.start or timeline.at(before) is not None
        assert after >= period.end or timeline.at(after) is not None
    for part, _ in timeline.slices(period):
        entry = timeline.entry_at(part.start)
        before = part.start - timedelta(days=1)
        assert before < period.start or timeline.entry_at(before) is not entry


@given(timelines)
def test_overlaps_are_reported_exactly_when_two_entries_share_a_day(
    timeline: Timeline[str],
) -> None:
    horizon = Period(YEAR - timedelta(days=1), YEAR + timedelta(days=120))
    shared = sum(
        any(_holds(first, day) and _holds(second, day) for day in horizon.dates())
        for index, first in enumerate(timeline.entries)
        for second in timeline.entries[index + 1 :]
    )

    assert len(timeline.overlaps()) == shared


@given(st.lists(entries(), max_size=5, unique_by=lambda entry: entry.valid_from), st.randoms())
def test_the_order_of_entries_does_not_matter(
    given_order: list[Dated[str]], chance: object
) -> None:
    shuffled = list(given_order)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]  # Hypothesis gives a random.Random

    assert Timeline(shuffled) == Timeline(given_order)


def test_a_change_of_role_in_mid_month() -> None:
    roles = Timeline(
        [Dated(date(2026, 11, 16), None, "manager"), Dated(None, date(2026, 11, 16), "rep")]
    )
    november = Period(date(2026, 11, 1), date(2026, 12, 1))

    assert roles.slices(november) == (
        (Period(date(2026, 11, 1), date(2026, 11, 16)), "rep"),
        (Period(date(2026, 11, 16), date(2026, 12, 1)), "manager"),
    )
    assert roles.gaps(november) == ()
    assert roles.overlaps() == []
    assert roles.gap_issues(november) == []
    roles.refuse_overlaps()


def test_gaps_and_overlaps_are_told_with_their_days() -> None:
    rates = Timeline(
        [
            Dated(date(2026, 1, 1), date(2026, 2, 1), "5 %"),
            Dated(date(2026, 1, 20), date(2026, 3, 1), "6 %"),
            Dated(date(2026, 4, 1), None, "7 %"),
            Dated(date(2026, 5, 1), None, "8 %"),
        ]
    )
    where = Place(path="rates")

    assert [issue.text() for issue in rates.gap_issues(Period(YEAR, date(2027, 1, 1)), where)] == [
        "Nothing is stated from 2026-03-01 to 2026-03-31."
    ]
    assert [issue.text() for issue in rates.overlaps(where)] == [
        "Two entries hold at the same time from 2026-01-20 to 2026-01-31.",
        "Two entries hold at the same time from 2026-05-01 on.",
    ]
    with pytest.raises(Invalid) as refused:
        rates.refuse_overlaps(where)
    assert refused.value.issues == tuple(rates.overlaps(where))
    assert rates.at(date(2026, 1, 25)) == "6 %"


def test_an_entry_that_never_holds_is_refused() -> None:
    with pytest.raises(Invalid):
        Dated(date(2026, 1, 1), date(2026, 1, 1), "x")


def test_nothing_stated_is_one_long_gap() -> None:
    empty: Timeline[str] = Timeline()
    period = Period(YEAR, date(2027, 1, 1))

    assert (empty.at(YEAR), empty.slices(period), empty.gaps(period)) == (None, (), (period,))


def test_a_timeline_does_not_change() -> None:
    with pytest.raises(AttributeError):
        Timeline[str]().entries = ()
