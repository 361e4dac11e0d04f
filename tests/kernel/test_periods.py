"""Half-open days and half-open time."""

import calendar
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from kernel.issues import Invalid, Place
from kernel.periods import (
    Period,
    Window,
    business_day,
    parse_period,
    start_of_day,
)

days = st.dates(date(1905, 1, 1), date(2990, 1, 1))
periods = st.builds(
    lambda start, length: Period(start, start + timedelta(days=length)), days, st.integers(1, 800)
)
KINDS = [Period.day, Period.week, Period.month, Period.quarter, Period.half, Period.year]
# zones whose midnight is skipped, repeated, or far from the capital's
ZONES = [
    ZoneInfo(name)
    for name in (
        "Europe/Paris", "America/Sao_Paulo", "Atlantic/Azores", "America/Havana", "Asia/Beirut",
        "Pacific/Kiritimati", "America/Los_Angeles", "Asia/Kathmandu", "UTC",
    )
]  # fmt: skip
zones = st.sampled_from(ZONES)
moments = st.datetimes(datetime(1990, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))


def _period(text: str) -> Period:
    return parse_period(text)


def test_the_last_day_belongs_and_the_end_does_not() -> None:
    november = Period(date(2026, 11, 1), date(2026, 12, 1))

    assert november.days == 30
    assert november.last == date(2026, 11, 30)
    assert [november.contains(date(2026, 11, day)) for day in (1, 30)] == [True, True]
    assert not november.contains(date(2026, 12, 1))
    assert not november.contains(date(2026, 10, 31))


def test_an_empty_period_is_refused_with_the_remedy() -> None:
    with pytest.raises(Invalid) as refused:
        Period(date(2026, 11, 1), date(2026, 11, 1))

    assert [issue.code for issue in refused.value.issues] == ["period.empty"]


def test_a_moment_is_not_a_day() -> None:
    with pytest.raises(TypeError):
        Period(datetime(2026, 11, 1, tzinfo=UTC), date(2026, 12, 1))
    with pytest.raises(TypeError):
        Period.month(date(2026, 11, 1)).contains(datetime(2026, 11, 1, tzinfo=UTC))


@given(periods, days)
def test_dates_are_exactly_the_days_contained(period: Period, day: date) -> None:
    dates = list(period.dates())

    assert dates == sorted(set(dates))
    assert (dates[0], dates[-1], len(dates)) == (period.start, period.last, period.days)
    assert period.contains(day) == (day in dates)


@given(periods, periods)
def test_an_overlap_is_the_common_days(first: Period, second: Period) -> None:
    common = sorted(set(first.dates()) & set(second.dates()))
    overlap = first.overlap(second)

    assert (list(overlap.dates()) if overlap else []) == common
    assert overlap == second.overlap(first)


@given(days)
def test_named_periods_are_those_of_the_calendar_module(day: date) -> None:
    last = calendar.monthrange(day.year, day.month)[1]

    assert Period.month(day) == Period(
        day.replace(day=1), day.replace(day=last) + timedelta(days=1)
    )
    assert Period.year(day) == Period(date(day.year, 1, 1), date(day.year + 1, 1, 1))
    assert Period.week(day).start.weekday() == 0
    assert Period.week(day).days == 7
    assert Period.quarter(day).start.month == (1, 4, 7, 10)[(day.month - 1) // 3]
    assert all(kind(day).contains(day) for kind in KINDS)


@given(days, st.integers(1, 12))
def test_fiscal_years_and_quarters_start_where_the_company_says(day: date, first: int) -> None:
    fiscal, part = Period.year(day, first), Period.quarter(day, first)

    assert (fiscal.start.month, fiscal.start.day, fiscal.days in (365, 366)) == (first, 1, True)
    assert fiscal.contains(day)
    assert part.contains(day)
    assert part.overlap(fiscal) == part
    assert (part.start.month - first) % 3 == 0


@pytest.mark.parametrize(
    ("text", "previous", "year_before"),
    [
        ("2026-11", "2026-10", "2025-11"),
        ("2026-01", "2025-12", "2025-01"),
        ("2025-02", "2025-01", "2024-02"),
        ("2024-02", "2024-01", "2023-02"),
        ("2026-Q1", "2025-Q4", "2025-Q1"),
        ("2026-H2", "2026-H1", "2025-H2"),
        ("2026", "2025", "2025"),
        ("2026-W09", "2026-W08", "2025-W09"),
        ("2026-11-05/2026-11-15", "2026-10-26/2026-11-05", "2025-11-05/2025-11-15"),
        ("2024-02-29/2024-03-01", "2024-02-28/2024-02-29", "2023-02-28/2023-03-01"),
        ("2024-01-01/2024-02-15", "2023-11-17/2024-01-01", "2023-01-01/2023-02-15"),
        ("2025-04-01/2026-04-01", "2024-04-01/2025-04-01", "2024-04-01/2025-04-01"),
    ],
)
def test_comparison_periods(text: str, previous: str, year_before: str) -> None:
    assert _period(text).previous() == _period(previous)
    assert _period(text).year_before() == _period(year_before)


@given(periods)
def test_the_previous_period_ends_where_this_one_starts(period: Period) -> None:
    previous = period.previous()

    assert previous.end == period.start
    aligned = period.start.day == period.end.day == 1
    assert aligned or previous.days == period.days


@given(periods)
def test_the_following_period_is_the_one_that_comes_after(period: Period) -> None:
    following = period.following()

    assert following.start == period.end
    if period.start.day == period.end.day == 1:
        assert following.previous() == period
    else:
        assert following.days == period.days


@given(periods)
def test_months_cut_a_period_without_losing_a_day(period: Period) -> None:
    parts = period.months()

    assert [day for part in parts for day in part.dates()] == list(period.dates())
    assert all(
        (part.start.year, part.start.month) == (part.last.year, part.last.month) for part in parts
    )
    assert len({(part.start.year, part.start.month) for part in parts}) == len(parts)


@given(
    periods | st.builds(
        lambda kind, day: kind(day),
        st.sampled_from(KINDS),
        days,
    )
)  # fmt: skip
def test_names_and_texts_read_back(period: Period) -> None:
    assert parse_period(period.name) == period
    assert parse_period(str(period)) == period


def test_names_are_short() -> None:
    texts = ["2026-11", "2026-Q3", "2026-H1", "2026", "2026-W09", "2026-11-05/2026-11-06"]

    assert [_period(text).name for text in texts] == texts
    assert _period("2026-02-01/2026-05-01").name == "2026-02-01/2026-05-01"


@pytest.mark.parametrize(
    "text",
    ["", "26-11", "2026-13", "2026-00", "2026-Q5", "2026-Q0", "2026-H3", "2026-W00", "2025-W53",
     "2026-W9", "2026-11-01", "2026-11-01/2026-11-31", "2026-11-01/", "0000", "0001", "3000",
     "9999", "9999-12", "2026-11-01/2026-12-01/2027-01-01", "november", "٢٠٢٦"],
)  # fmt: skip
def test_other_texts_are_no_period(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        parse_period(text, Place("plan.yaml", "period", 3))

    assert [(issue.code, str(issue.place)) for issue in refused.value.issues] == [
        ("period.unreadable", "plan.yaml:period:3")
    ]


def test_a_period_that_ends_before_it_starts_is_refused_at_its_place() -> None:
    with pytest.raises(Invalid) as refused:
        parse_period("2026-12-01/2026-11-01", Place("plan.yaml"))

    assert str(refused.value).startswith("plan.yaml: The period from 2026-12-01 to 2026-11-01")


@given(days, zones, moments)
def test_a_day_of_a_zone_holds_exactly_its_moments(
    day: date, tz: ZoneInfo, moment: datetime
) -> None:
    local = moment.astimezone(tz).date()

    assert Window.of(Period.day(local), tz).contains(moment)
    assert business_day(moment, tz) == local
    assume(day != local)
    assert not Window.of(Period.day(day), tz).contains(moment)


@given(st.dates(date(1990, 1, 1), date(2035, 1, 1)), zones)
def test_days_of_a_zone_follow_each_other_without_gap(day: date, tz: ZoneInfo) -> None:
    today = Window.of(Period.day(day), tz)
    tomorrow = Window.of(Period.day(day + timedelta(days=1)), tz)

    assert today.end == tomorrow.start
    assert today.overlap(tomorrow) is None
    assert business_day(today.start, tz) == day
    assert business_day(today.start - timedelta(microseconds=1), tz) == day - timedelta(days=1)


@pytest.mark.parametrize("zone", ["Europe/Paris", "Pacific/Kiritimati", "UTC", "America/Lima"])
def test_the_calendar_ends_in_no_error(zone: str) -> None:
    tz = ZoneInfo(zone)
    last = datetime.fromisoformat("9999-12-31T23:59:59-14:00")
    first = datetime.fromisoformat("0001-01-01T00:00:00+14:00")
    assert (business_day(last, tz), business_day(first, tz)) == (date.max, date.min)
    assert business_day(datetime.fromisoformat("9999-12-31T23:59:59Z"), tz) == date.max


def test_days_of_23_and_25_hours() -> None:
    paris = ZoneInfo("Europe/Paris")
    hours = [
        Window.of(Period.day(day), paris).duration / timedelta(hours=1)
        for day in (date(2026, 3, 29), date(2026, 10, 25), date(2026, 11, 1))
    ]

    assert hours == [23, 25, 24]


def test_midnight_that_is_skipped_starts_the_day_at_one() -> None:
    sao_paulo = ZoneInfo("America/Sao_Paulo")

    start = start_of_day(date(2018, 11, 4), sao_paulo)

    assert start.astimezone(sao_paulo).isoformat() == "2018-11-04T01:00:00-02:00"


def test_the_repeated_hour_is_told_apart() -> None:
    paris = ZoneInfo("Europe/Paris")
    summer = datetime(2026, 10, 25, 2, 30, tzinfo=paris, fold=0)
    winter = datetime(2026, 10, 25, 2, 30, tzinfo=paris, fold=1)
    first_hour = Window(summer, winter)

    assert first_hour == Window(summer.astimezone(UTC), winter.astimezone(UTC))
    assert first_hour.duration == timedelta(hours=1)
    assert first_hour.contains(summer)
    assert not first_hour.contains(winter)


def test_windows_need_zones_and_time() -> None:
    naive, aware = datetime(2026, 1, 1), datetime(2026, 1, 1, tzinfo=UTC)
    with pytest.raises(TypeError):
        Window(naive, aware)
    with pytest.raises(TypeError):
        Window(aware, aware + timedelta(days=1)).contains(naive)
    with pytest.raises(TypeError):
        business_day(naive, ZoneInfo("UTC"))
    with pytest.raises(Invalid):
        Window(aware, aware)
