"""What is odd about a total: rules against a payee's own past, and the checks of a period."""

from datetime import date
from fractions import Fraction
from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activities.completeness import Imports, SourceDays, imports_since, sources_in
from activities.models import ImportBatch, Upload
from incentives import queries, services
from incentives.models import PayPeriod, Run
from incentives.periods.anomalies import Past, biggest, compared
from kernel.calendars import WorkCalendar
from kernel.periods import Period
from people.queries import company
from tests.incentives.conftest import Pay, won
from tests.kernel.tables import ALGORITHMS, rows_of

PAGE = ALGORITHMS / "pay-life.md"
TOTALS = st.lists(st.integers(-10_000, 1_000_000), max_size=6).map(tuple)


def row_words(row: dict[str, str]) -> str:
    return f"{row['total']} after {row['past'] or 'nothing'}"


@pytest.mark.parametrize("row", rows_of(PAGE, "Worked table of marks"), ids=row_words)
def test_the_worked_table_of_marks(row: dict[str, str]) -> None:
    past = tuple(map(int, row["past"].split()))
    assert compared(int(row["total"]), Past(past, int(row["periods"]))) == tuple(
        row["marks"].split()
    )


@given(TOTALS)
def test_the_usual_is_the_median(totals: tuple[int, ...]) -> None:
    usual = Past(totals, 6).usual
    assert usual == (Fraction(median(map(Fraction, totals))) if totals else None)


@given(st.integers(-10_000, 1_000_000), TOTALS, st.integers(1, 50))
def test_the_currency_unit_does_not_matter(total: int, past: tuple[int, ...], times: int) -> None:
    larger = Past(tuple(one * times for one in past), 6)
    assert compared(total * times, larger) == compared(total, Past(past, 6))


@given(st.lists(st.one_of(st.none(), st.integers(-500, 500)), max_size=12))
def test_the_biggest_changes_are_never_smaller_than_the_others(changes: list[int | None]) -> None:
    places = biggest(changes)
    shown = [abs(changes[place] or 0) for place in places]
    others = [abs(one) for place, one in enumerate(changes) if one and place not in places]
    assert shown == sorted(shown, reverse=True)
    assert all(one > 0 for one in shown)
    assert not others or (len(places) == 5 and min(shown) >= max(others))


def test_a_statement_is_compared_with_the_locked_periods_only(pay: Pay) -> None:
    def odd(period: PayPeriod) -> dict[str, tuple[str, ...]]:
        run = services.last_run(period)
        assert run is not None
        return {row.number: row.anomalies for row in queries.statements_of(run)}

    pay.run()
    assert odd(pay.march) == {"léa": (), "omar": ()}
    april = services.open_period(actor=pay.hana, kind="month", day=date(2026, 4, 1))
    won("léa", "60000", date(2026, 4, 7), "A1")
    pay.run(april)
    # March is not locked: nobody has a past, Omar sold nothing
    assert odd(april) == {"léa": (), "omar": ("zero",)}
    pay.lock()
    assert odd(april) == {"léa": ("high",), "omar": ("zero",)}
    assert Run.objects.filter(locked=True).count() == 1


def test_the_days_on_which_a_source_was_silent(pay: Pay) -> None:
    march = Period(date(2026, 3, 1), date(2026, 4, 1))
    calendar = WorkCalendar("FR")

    def silent(until: date) -> dict[str, SourceDays]:
        rows = sources_in(march, until=until, calendar=calendar, tz=company().tz)
        return {row.source: row for row in rows}

    # three deals in two months: too few to be silent
    found = silent(date(2026, 4, 15))["crm"]
    assert (found.records, found.silent) == (3, ())
    for day in Period(date(2026, 2, 1), date(2026, 4, 1)).dates():
        if calendar.is_working(day) and day not in (date(2026, 3, 12), date(2026, 3, 17)):
            won("rémi", "10", day, f"S{day:%m%d}")
    found = silent(date(2026, 4, 15))["crm"]
    assert found.silent == (date(2026, 3, 12), date(2026, 3, 17))
    assert silent(date(2026, 3, 13))["crm"].silent == (date(2026, 3, 12),)
    assert silent(date(2026, 3, 12))["crm"].silent == ()


def test_a_period_without_records_has_no_source(pay: Pay) -> None:
    july = Period(date(2025, 7, 1), date(2025, 8, 1))
    tz = company().tz
    assert sources_in(july, until=date(2026, 1, 1), calendar=WorkCalendar("FR"), tz=tz) == []


def test_imports_that_failed_run_or_wait(pay: Pay) -> None:
    since = pay.world.users["hana"].created_at
    assert imports_since(since) == Imports(0, 0, 0)
    states = ("failed", "running", "done", "reverted")
    for state in states:
        ImportBatch.objects.create(kind="deals", file_name="d.csv", sha256="0", state=state)
    for state in ("idle", "checking", "importing"):
        Upload.objects.create(
            kind="deals", file_name="d.csv", sha256="0", content=b"", state=state,
            created_by=pay.hana,
        )  # fmt: skip
    assert imports_since(since) == Imports(failed=1, running=3, waiting=1)
