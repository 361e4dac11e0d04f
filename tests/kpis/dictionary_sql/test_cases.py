"""What makes figures wrong elsewhere, each as a change to one log that feeds every kind of metric.

After every case the whole dictionary is compared with the SQL, from the cells and from the log, by
everything, in windows that end before, within and after what the case is about.
"""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from activities.inputs import Entry
from kernel.periods import Period, parse_period
from kpis.queries import kpi_values, many_kpi_values
from kpis.services import recompute_touched
from people.models import Absence, Assignment, Company, Role
from tests.kpis.crew import Crew, cancel, make_crew
from tests.kpis.dictionary_sql.comparing import by_sql, lay_out_all, not_fed, nothing, value_of
from tests.kpis.dictionary_sql.questions import QUESTIONS
from tests.kpis.dictionary_sql.relations import COLUMNS
from tests.kpis.dictionary_sql.small_log import (
    APRIL,
    LATELY,
    MARCH,
    NARROW,
    WINDOWS,
    bring_in,
    deal,
    log,
    moment,
    moved,
    objectives_of,
    of_a_month,
    row,
    stages,
    the_same,
)  # fmt: skip

pytestmark = pytest.mark.django_db


def company_value(key: str, period: Period = MARCH, **more: Any) -> Fraction | None:
    (row,) = kpi_values(key, period=period, **more)
    return row.figure.value


@pytest.fixture
def spring(crew: Crew) -> Crew:
    """The small company with its log; Léa moved on 15 March."""
    bring_in()
    objectives_of(crew)
    recompute_touched()
    return crew


def test_the_log_itself_feeds_every_kpi(spring: Crew) -> None:
    found = the_same(WINDOWS, tuple(COLUMNS))

    assert not_fed(found) == set()


# --- what the log says anew ------------------------------------------------------------------


def test_cancelled_records_and_deals_count_no_more(spring: Crew) -> None:
    before = [company_value(key) for key in ("revenue_booked", "calls_count", "dso")]
    gone = [one.external_id for one in of_a_month(3, "Europe/Paris")][::4]
    log([cancel(one) for one in [*gone, "lost-d7"]], recorded_at=LATELY)
    stages([deal("d2", "cancelled", "Europe/Paris", "2026-02-03 10:00", who="P2",
                 cancelled_at=moment("2026-03-12 10:00"))])  # fmt: skip

    the_same()

    after = [company_value(key) for key in ("revenue_booked", "calls_count", "dso")]
    assert all(one != other for one, other in zip(before, after, strict=True))


def test_corrections_move_records_to_other_days_people_and_amounts(spring: Crew) -> None:
    rows = of_a_month(3, "Europe/Paris")[::2]
    elsewhere = [
        moved(
            one,
            timedelta(days=20),
            kind=Entry.CORRECTION,
            person="P3",
            credits=(),
            amount=None if one.amount is None else one.amount * 2,
            account="Wolf",
            attributes=dict.fromkeys(one.attributes, 4),
        )
        for one in rows
    ]
    log(elsewhere, recorded_at=LATELY)
    stages([
        deal("d3", "won", "Europe/Paris", "2026-02-12 10:00", "2026-03-15 00:00", who="P2",
             amount=Fraction(2_000), sale="cross_sell", account="Yves"),
        deal("d1", "engaging", "Europe/Paris", "2026-01-05 10:00"),  # open again
        deal("d5", "won", "Europe/Paris", "2026-03-13 10:00", "2026-03-14 10:00", account="Yves"),
    ])  # fmt: skip

    the_same((*NARROW, APRIL))


def test_a_late_record_changes_what_is_known_now_and_not_what_was_known(spring: Crew) -> None:
    closed = moment("2026-04-25 12:00")
    then = {key: company_value(key) for key in ("revenue_booked", "calls_count", "retention")}
    late = [
        replace(one, external_id="late-" + one.external_id) for one in of_a_month(3, "Europe/Paris")
    ]
    log(late, recorded_at=LATELY)
    stages([deal("d8", "won", "Europe/Paris", "2026-02-12 10:00", "2026-03-15 23:59", who="P3",
                 account="Late")])  # fmt: skip

    the_same()
    the_same(known_at=closed)

    assert {key: company_value(key, as_known_at=closed) for key in then} == then
    assert company_value("calls_count") == 2 * (then["calls_count"] or 0)
    assert company_value("revenue_booked") == (then["revenue_booked"] or 0) + 900


def test_as_known_at_every_moment_of_a_history(spring: Crew) -> None:
    rows = of_a_month(3, "Europe/Paris")
    for day, batch in ((1, rows[:9]), (3, rows[4:30])):
        again = [replace(one, kind=Entry.CORRECTION, person="P2", credits=()) for one in batch]
        log(again, recorded_at=datetime(2026, 5, day, tzinfo=UTC))
    log([cancel(one.external_id) for one in rows[:4]], recorded_at=datetime(2026, 5, 5, tzinfo=UTC))
    stages([deal("d3", "lost", "Europe/Paris", "2026-02-10 10:00", "2026-03-14 09:00",
                 account="Zeta", product="bell")], datetime(2026, 5, 6, tzinfo=UTC))  # fmt: skip

    for day in range(1, 8):
        for seconds in (-1, 0):
            known_at = datetime(2026, 5, day, tzinfo=UTC) + timedelta(seconds=seconds)
            the_same((MARCH,), ("person", "team", "account"), known_at=known_at)


def test_what_is_dated_later_counts_on_its_own_day_only(spring: Crew) -> None:
    later = parse_period("2031-05")
    before = {key: company_value(key) for key in QUESTIONS}
    shift = timedelta(days=(later.start - MARCH.start).days)
    rows = of_a_month(3, "Europe/Paris")
    later_rows = [moved(one, shift, external_id="later-" + one.external_id) for one in rows]
    log(later_rows, recorded_at=LATELY)

    found = the_same((MARCH, later))

    assert {key: company_value(key) for key in QUESTIONS} == before
    assert found.said["calls_count"]
    assert company_value("calls_count", later) == before["calls_count"]


# --- where people stood ----------------------------------------------------------------------


def test_a_transfer_in_mid_period_counts_for_both_sides(spring: Crew) -> None:
    total = company_value("calls_count")
    recompute_touched()
    Assignment.objects.filter(person=spring.hugo).update(valid_to=date(2026, 3, 10))
    Assignment.objects.create(
        person=spring.hugo,
        team=spring.south,
        manager=spring.paul,
        role=Role.objects.get(key="am"),
        valid_from=date(2026, 3, 10),
    )

    the_same(WINDOWS)

    teams = kpi_values("calls_count", by="team", period=MARCH)
    assert {row.group[0].key for row in teams} == {"north", "south"}
    assert all(row.figure.value for row in teams)
    assert sum(row.figure.value or 0 for row in teams) == total
    roles = kpi_values("calls_count", by="role", period=MARCH)
    assert {row.group[0].key: bool(row.figure.value) for row in roles} == {
        "ae": True, "am": True, "manager": False,
    }  # fmt: skip


def test_between_two_places_figures_stay_in_the_total(spring: Crew) -> None:
    Assignment.objects.filter(person=spring.hugo).update(valid_to=date(2026, 3, 10))
    Assignment.objects.create(
        person=spring.hugo,
        team=spring.south,
        manager=spring.paul,
        role=Role.objects.get(key="ae"),
        valid_from=date(2026, 3, 18),
    )

    the_same(WINDOWS)

    (nobody,) = [
        row for row in kpi_values("calls_count", by="team", period=MARCH) if row.group[0].id is None
    ]
    assert nobody.figure.value


def test_part_time_and_absence_change_no_figure(spring: Crew) -> None:
    """They change what is asked of somebody (targets, pace), never what was done."""
    before = {key: company_value(key) for key in QUESTIONS}
    Assignment.objects.filter(person=spring.lea).update(share=Decimal("0.5"))
    Absence.objects.create(
        person=spring.lea, kind="leave", valid_from=date(2026, 3, 1), valid_to=date(2026, 3, 20)
    )

    the_same()

    assert {key: company_value(key) for key in QUESTIONS} == before


# --- which day it was ------------------------------------------------------------------------

# the moments at which clocks change, in UTC; Kolkata's never do, and half an hour is its own
CHANGES = {
    "Europe/Paris": ("2026-03-29 01:00", "2026-10-25 01:00"),
    "America/Los_Angeles": ("2026-03-08 10:00", "2026-11-01 09:00"),
    "Pacific/Auckland": ("2026-04-04 14:00", "2026-09-26 14:00"),
    "America/Havana": ("2026-03-08 05:00", "2026-11-01 05:00"),
    "Asia/Kolkata": ("2026-03-28 18:30", "2026-10-24 18:30"),
}


@pytest.mark.parametrize("zone", CHANGES)
def test_days_are_those_of_the_company_where_clocks_change(db: None, zone: str) -> None:
    crew = make_crew(zone)
    bring_in(zone)
    objectives_of(crew)
    windows = []
    for text in CHANGES[zone]:
        change = moment(text, "UTC")
        windows += days_around(change, zone)
        steps = [change + timedelta(minutes=30 * at - 1) for at in range(-55, 56)]
        kinds = ("call", "email", "invoice_sent", "deal_won")
        log(
            [row(f"{one:%m%d%H%M}", kinds[at % 4], one, ("P1", "P2")[at % 2], account=f"A{at}",
                 amount=1 if at % 4 > 1 else None) for at, one in enumerate(steps)],
            recorded_at=LATELY,
        )  # fmt: skip

    found = the_same(windows, ("person",))

    assert found.said["calls_count"] == 2 * 4  # on the day of each change, two before, one after
    assert sum(company_value("calls_count", one) or 0 for one in days_around(
        moment(CHANGES[zone][1], "UTC"), zone)) == 28  # fmt: skip


def days_around(change: datetime, zone: str) -> list[Period]:
    """The day of the change with the two before and after it."""
    day = change.astimezone(ZoneInfo(zone)).date()
    return [Period.day(day + timedelta(days=one)) for one in range(-2, 3)]


def test_the_years_and_quarters_of_a_company_that_begins_in_july(spring: Crew) -> None:
    Company.objects.update(fiscal_year_start_month=7)
    recompute_touched()
    lay_out_all()
    span = Period(date(2025, 4, 1), date(2026, 10, 1))
    quarters = [parse_period(f"2025-{month:02}").start for month in (4, 7, 10)]
    quarters += [parse_period(f"2026-{month:02}").start for month in (1, 4, 7)]
    assert compared_by("quarter", span) == quarters
    assert compared_by("year", span) == [date(2024, 7, 1), date(2025, 7, 1), date(2026, 7, 1)]


def compared_by(bucket: str, span: Period) -> list[date]:
    """Each bucket's part of the span against the SQL; the first days of the buckets."""
    rows = many_kpi_values(list(QUESTIONS), by=bucket, period=span)
    starts = [date.fromisoformat(str(one.group[0].id)) for one in rows]
    ends = [*starts[1:], span.end]
    for one, start, end in zip(rows, starts, ends, strict=True):
        part = Period(max(start, span.start), end)
        expected = by_sql("total", part)
        for key, figure in one.figures.items():
            parts = expected.get((key, ""), nothing(key))
            assert figure.value == value_of(key, parts), (key, part)
    return starts
