"""Working days in France, in Moselle, and in a company of one's own."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.calendars import WorkCalendar
from kernel.issues import Invalid
from kernel.periods import Period, parse_period

FRANCE = WorkCalendar("FR")
MOSELLE = WorkCalendar("FR", "57")
SHOP = WorkCalendar("FR", None, frozenset({1, 2, 3, 4, 5}), frozenset({date(2026, 8, 12)}))
calendars = st.sampled_from([FRANCE, MOSELLE, SHOP, WorkCalendar()])
days = st.dates(date(2000, 1, 1), date(2040, 1, 1))


def _easter(year: int) -> date:
    """Anonymous Gregorian computus (Meeus, Astronomical Algorithms, chapter 8)."""
    a, (b, c) = year % 19, divmod(year, 100)
    d, e = divmod(b, 4)
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    m = (a + 11 * h) // 319
    r = (2 * e + 2 * i - k - h + m + 32) % 7
    month = (h - m + r + 90) // 25
    return date(year, month, (h - m + r + month + 19) % 32)


def _french(year: int, *, moselle: bool) -> set[date]:
    """Code du travail L3133-1 and L3134-13 (Alsace-Moselle)."""
    fixed = [(1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25)]
    offsets = [1, 39, 50]
    if moselle:
        fixed.append((12, 26))
        offsets.append(-2)
    easter = _easter(year)
    return {date(year, *day) for day in fixed} | {easter + timedelta(days=n) for n in offsets}


# from 2008: in 2005 to 2007 Whit Monday was the day of solidarity (law 2004-626, then 2008-351)
@pytest.mark.parametrize("year", range(2008, 2041))
def test_french_holidays_are_those_of_the_law(year: int) -> None:
    for work_calendar, moselle in ((FRANCE, False), (MOSELLE, True)):
        found = {day for day in parse_period(str(year)).dates() if work_calendar.is_holiday(day)}
        assert found == _french(year, moselle=moselle)


def test_working_days_of_known_months() -> None:
    counted = {
        text: (FRANCE.working_days(parse_period(text)), MOSELLE.working_days(parse_period(text)))
        for text in ("2026-04", "2026-05", "2026-11", "2026")
    }

    assert counted == {
        "2026-04": (21, 20),
        "2026-05": (17, 17),
        "2026-11": (20, 20),
        "2026": (252, 251),
    }


def test_a_shop_has_its_own_week_and_closing_days() -> None:
    week = Period(date(2026, 8, 10), date(2026, 8, 17))

    worked = [day.day for day in week.dates() if SHOP.is_working(day)]

    # Monday off, Wednesday closed, Saturday the 15th is Assumption
    assert worked == [11, 13, 14]


def test_without_a_country_only_the_week_counts() -> None:
    assert WorkCalendar().is_working(date(2026, 12, 25))
    assert not WorkCalendar().is_working(date(2026, 12, 26))


def test_three_working_days_over_a_long_weekend() -> None:
    # Thursday 30 April; Friday is Labour Day; Friday after is Victory Day
    assert FRANCE.add_working_days(date(2026, 4, 30), 3) == date(2026, 5, 6)
    assert FRANCE.add_working_days(date(2026, 5, 6), -3) == date(2026, 4, 30)
    assert FRANCE.add_working_days(date(2026, 5, 1), 0) == date(2026, 5, 1)


@given(calendars, days, st.integers(1, 120))
def test_the_nth_working_day_is_the_nth(work_calendar: WorkCalendar, day: date, n: int) -> None:
    later = work_calendar.add_working_days(day, n)
    earlier = work_calendar.add_working_days(day, -n)

    assert work_calendar.is_working(later)
    assert work_calendar.is_working(earlier)
    after = Period(day + timedelta(days=1), later + timedelta(days=1))
    assert work_calendar.working_days(after) == n
    assert work_calendar.working_days(Period(earlier, day)) == n


@given(calendars, days, st.integers(1, 200), st.integers(1, 200))
def test_working_days_add_up(work_calendar: WorkCalendar, day: date, one: int, two: int) -> None:
    middle = day + timedelta(days=one)
    end = middle + timedelta(days=two)

    assert work_calendar.working_days(Period(day, end)) == (
        work_calendar.working_days(Period(day, middle))
        + work_calendar.working_days(Period(middle, end))
    )


@pytest.mark.parametrize(
    ("country", "subdivision", "weekdays", "code"),
    [
        ("XX", None, range(5), "calendar.unknown_country"),
        ("france", None, range(5), "calendar.unknown_country"),
        ("FR", "99", range(5), "calendar.unknown_subdivision"),
        ("", "57", range(5), "calendar.unknown_subdivision"),
        ("FR", None, (), "calendar.no_weekday"),
        ("FR", None, (0, 7), "calendar.no_weekday"),
    ],
)
def test_calendars_that_do_not_exist_are_refused(
    country: str, subdivision: str | None, weekdays: range | tuple[int, ...], code: str
) -> None:
    with pytest.raises(Invalid) as refused:
        WorkCalendar(country, subdivision, frozenset(weekdays))
    assert [issue.code for issue in refused.value.issues] == [code]


def test_an_absurd_count_is_refused() -> None:
    with pytest.raises(ValueError, match="at most"):
        FRANCE.add_working_days(date(2026, 1, 1), 10_001)
