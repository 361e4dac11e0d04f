"""What makes figures wrong elsewhere, each as a change to one log that feeds every kind of metric.

After every case the whole dictionary is compared with the SQL, from the cells and from the log, by
everything, in windows that end before, within and after what the case is about.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from activities.inputs import ActivityInput, CreditInput, DealInput, Entry
from activities.models import Account
from activities.services import record_activities, record_deal_stages
from kernel.periods import Period, parse_period
from kpis.models import Kpi, Objective
from kpis.queries import kpi_values, many_kpi_values
from kpis.services import recompute_touched, verify_cells
from people.models import Absence, Assignment, Company, Role
from tests.kpis.crew import Crew, cancel, make_crew
from tests.kpis.dictionary_sql.comparing import (
    Differences,
    by_sql,
    compare,
    lay_out_all,
    not_fed,
    nothing,
    value_of,
)
from tests.kpis.dictionary_sql.questions import QUESTIONS
from tests.kpis.dictionary_sql.relations import COLUMNS

pytestmark = pytest.mark.django_db

FEBRUARY, MARCH, APRIL = (parse_period(f"2026-0{month}") for month in (2, 3, 4))
WINDOWS = (
    FEBRUARY, MARCH, APRIL, parse_period("2026-Q1"), parse_period("2026-W13"),
    Period(date(2026, 3, 14), date(2026, 3, 16)), Period(date(2026, 1, 20), date(2026, 4, 5)),
)  # fmt: skip
HALVES = (CreditInput("P1", Fraction(1, 2)), CreditInput("P2", Fraction(1, 2)))
LATELY = datetime(2026, 5, 20, 12, tzinfo=UTC)


def moment(text: str, zone: str = "Europe/Paris") -> datetime:
    """On the clock of the zone, to the minute."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def row(number: str, kind: str, when: datetime, who: str = "P1", **more: Any) -> ActivityInput:
    amount = more.pop("amount", None)
    return ActivityInput(
        external_id=number, type=kind, occurred_at=when, person=who,
        amount=None if amount is None else Fraction(amount),
        currency="" if amount is None else "EUR", **more,
    )  # fmt: skip


COUNTED = (
    "call", "email", "reply", "contact", "follow_up", "lead", "mql", "sql", "meeting_booked",
    "meeting_held", "qualified_meeting", "demo", "proposal_sent", "display_set",
)  # fmt: skip


def of_a_month(month: int, zone: str) -> list[ActivityInput]:
    """A record of every kind by Léa and by Hugo, and some for both."""

    def on(day: int, clock: str = "11:00") -> datetime:
        return moment(f"2026-{month:02}-{day:02} {clock}", zone)

    rows = []
    for at, kind in enumerate(COUNTED):
        for who, day in (("P1", 2 + at), ("P2", 3 + at), ("P1", 14)):
            name = f"{month}-{kind}-{who}-{day}-{at}"
            rows.append(row(name, kind, on(day), who, account=("Acme", "Zeta", "Yves")[at % 3]))
    shared = replace(row(f"{month}-both", "call", on(15), ""), credits=HALVES, account="Wolf")
    rows += [shared]
    for who, day, account in (("P1", 5, "Acme"), ("P2", 17, "Zeta")):
        say = {"score": 3 + day % 5 if who == "P1" else 5}
        rows += [
            row(f"{month}-i-{who}", "invoice_sent", on(day), who, amount=1_200, account=account),
            row(f"{month}-m-{who}", "payment_received", on(day + 9), who, amount=700 + month,
                account=account),
            row(f"{month}-s-{who}", "satisfaction_answer", on(day), who, attributes=say,
                account=account),
            row(f"{month}-n-{who}", "nps_answer", on(day), who, attributes={"score": day % 11},
                account=account),
            row(f"{month}-r-{who}", "request_resolved", on(day), who, account=account,
                attributes={"hours": day * month}),
            row(f"{month}-c-{who}", "co_visit", on(day), who, account=account,
                attributes={"discovery_score": day % 5, "proposal_score": month}),
            row(f"{month}-v-{who}", "shelf_check", on(day), who, account=f"Store {who}",
                attributes={"products_listed": day % 7 + month, "products_in_range": 20,
                            "shelf_own_cm": 40 + day, "shelf_total_cm": 300}),
            row(f"{month}-e-{who}", "sales_expense", on(day), who, amount=300),
            row(f"{month}-x-{who}", "marketing_expense", on(day), who, amount=110),
        ]  # fmt: skip
    return rows


def deal(number: str, stage: str, zone: str, engaged: str, closed: str = "", **more: Any
         ) -> DealInput:  # fmt: skip
    return DealInput(
        number, stage, more.pop("who", "P1"), engaged_at=moment(engaged, zone),
        closed_at=moment(closed, zone) if closed else None, currency="EUR",
        account=more.pop("account", "Acme"), product=more.pop("product", "bike"),
        **{"amount": Fraction(900), "margin": Fraction(333, 2), **more},
    )  # fmt: skip


def deals(zone: str) -> list[DealInput]:
    """Won, lost, open and shared deals; accounts that buy twice."""
    return [
        deal("d1", "won", zone, "2026-01-05 10:00", "2026-01-30 23:59", sale="new"),
        deal("d2", "won", zone, "2026-02-03 10:00", "2026-03-05 09:00", who="P2", sale="upsell",
             amount=Fraction(1_500)),
        deal("d3", "won", zone, "2026-02-10 10:00", "2026-03-20 09:00", account="Zeta",
             product="bell", amount=Fraction(25, 2), sale="new"),
        deal("d4", "lost", zone, "2026-02-11 10:00", "2026-03-14 09:00", account="Yves"),
        deal("d5", "engaging", zone, "2026-03-13 10:00", account="Yves", amount=None, margin=None),
        deal("d6", "proposal", zone, "2026-02-20 10:00", proposed_at=moment("2026-03-29 03:30",
             zone), who="P2", account="Wolf"),
        deal("d7", "won", zone, "2026-02-01 10:00", "2026-02-02 10:00", who="P3", account="Wolf",
             sale="new", product=""),
    ]  # fmt: skip


def bring_in(zone: str = "Europe/Paris") -> None:
    """Three months of everything, and the objectives of March."""
    at = moment("2026-04-20 12:00", zone)
    log([one for month in (1, 2, 3) for one in of_a_month(month, zone)], recorded_at=at)
    stages(deals(zone), recorded_at=at)
    log([row("lost-d7", "customer_lost", moment("2026-03-30 12:00", zone), "P3", account="Wolf")],
        recorded_at=at)  # fmt: skip
    Account.objects.filter(name__in=["Acme", "Zeta"]).update(segment="Large")
    Account.objects.filter(name="Wolf").update(segment="Small")


def log(rows: Sequence[ActivityInput], recorded_at: datetime) -> None:
    results = record_activities(actor=None, source="crm", records=rows, recorded_at=recorded_at)
    assert not [issue for one in results if one.is_rejected for issue in one.issues]


def stages(rows: Sequence[DealInput], recorded_at: datetime = LATELY) -> None:
    results = record_deal_stages(actor=None, source="crm", deals=rows, recorded_at=recorded_at)
    assert not [issue for one in results if one.is_rejected for issue in one.issues]


def agree(kpi_key: str, target: int, period: Period = MARCH, **scope: object) -> None:
    Objective.objects.create(kpi=Kpi.objects.get(key=kpi_key), valid_from=period.start,
                             valid_to=period.end, target=target, **scope)  # fmt: skip


NARROW = (MARCH, Period(date(2026, 3, 14), date(2026, 3, 16)))
BY = ("total", "person", "team", "role", "region", "product", "segment")


def the_same(
    windows: Sequence[Period] = NARROW,
    dimensions: Sequence[str] = BY,
    known_at: datetime | None = None,
) -> Differences:
    """The dictionary is what the SQL says, now or as known then; the cells are those of the log."""
    recompute_touched()
    assert verify_cells() == []
    lay_out_all(known_at=known_at)
    found = compare(windows, dimensions, known_at=known_at)
    assert found.wrong == []
    return found


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


def objectives_of(crew: Crew) -> None:
    agree("calls_count", 2, role=Role.objects.get(key="ae"))
    agree("closing_rate", 50, person=crew.lea)
    agree("sales_cycle", 20, person=crew.hugo)


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
    moved = [
        replace(
            one, kind=Entry.CORRECTION, occurred_at=one.occurred_at + timedelta(days=20),
            person="P3", credits=(), amount=None if one.amount is None else one.amount * 2,
            account="Wolf", attributes=dict.fromkeys(one.attributes, 4),
        )
        for one in rows
    ]  # fmt: skip
    log(moved, recorded_at=LATELY)
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
    log([replace(one, external_id="later-" + one.external_id, occurred_at=one.occurred_at + shift)
         for one in of_a_month(3, "Europe/Paris")], recorded_at=LATELY)  # fmt: skip

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

    assert found.said["calls_count"] >= len(windows)
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
    for by, months in (("quarter", 3), ("year", 12)):
        rows = many_kpi_values(list(QUESTIONS), by=by, period=span)
        for row in rows:
            start = date.fromisoformat(str(row.group[0].id))
            last = (
                (start.year * 12 + start.month - 1 + months) // 12,
                (start.month - 1 + months) % 12,
            )
            part = Period(max(start, span.start), min(date(last[0], last[1] + 1, 1), span.end))
            expected = by_sql("total", part)
            for key, figure in row.figures.items():
                parts = expected.get((key, ""), nothing(key))
                assert figure.value == value_of(key, parts), (key, part)
        starts = [str(row.group[0].id) for row in rows]
        assert starts == {
            "quarter": ["2025-04-01", "2025-07-01", "2025-10-01", "2026-01-01", "2026-04-01",
                        "2026-07-01"],
            "year": ["2024-07-01", "2025-07-01", "2026-07-01"],
        }[by]  # fmt: skip


# --- random histories ------------------------------------------------------------------------

PEOPLE = st.sampled_from(("P1", "P2", "P3"))
MINUTES = st.integers(0, 10 * 24 * 4).map(
    lambda quarter: moment("2026-03-25 00:00") + timedelta(minutes=15 * quarter)
)
NUMBERS = st.integers(0, 11)
KINDS = st.sampled_from((
    "call", "email", "reply", "follow_up", "lead", "mql", "sql", "meeting_held", "demo",
    "qualified_meeting", "proposal_sent", "display_set", "customer_lost", "invoice_sent",
    "payment_received", "sales_expense", "marketing_expense", "satisfaction_answer", "nps_answer",
    "request_resolved", "shelf_check", "co_visit",
))  # fmt: skip
SAYS = {
    "satisfaction_answer": ("score",),
    "nps_answer": ("score",),
    "request_resolved": ("hours",),
    "shelf_check": ("products_listed", "products_in_range", "shelf_own_cm", "shelf_total_cm"),
    "co_visit": ("discovery_score", "proposal_score"),
}
PAID = {"invoice_sent", "payment_received", "sales_expense", "marketing_expense"}


@st.composite
def entries(draw: st.DrawFn) -> ActivityInput:
    """A record, a correction or a cancellation of one of a few, of any kind."""
    number, kind = f"r{draw(NUMBERS)}", draw(KINDS)
    how = draw(st.sampled_from((Entry.RECORD, Entry.RECORD, Entry.CORRECTION, Entry.CANCELLATION)))
    if how is Entry.CANCELLATION:
        return cancel(number)
    amount = draw(st.integers(1, 90_000)) if kind in PAID else None
    one = row(
        number, kind, draw(MINUTES), "", account=draw(st.sampled_from(("A", "B"))),
        amount=None if amount is None else Fraction(amount, 100),
        attributes={name: draw(st.integers(1, 9)) for name in SAYS.get(kind, ())},
    )  # fmt: skip
    return (
        replace(one, credits=HALVES) if draw(st.booleans()) else replace(one, person=draw(PEOPLE))
    )


@st.composite
def snapshots(draw: st.DrawFn) -> DealInput:
    """One of three deals at any stage."""
    engaged, stage = draw(MINUTES), draw(st.sampled_from(("engaging", "won", "lost", "cancelled")))
    closed = engaged + timedelta(hours=draw(st.integers(0, 200)))
    return DealInput(
        f"d{draw(st.integers(1, 3))}", stage, draw(PEOPLE), engaged_at=engaged, currency="EUR",
        closed_at=closed if stage in ("won", "lost") else None,
        cancelled_at=closed if stage == "cancelled" else None,
        account=draw(st.sampled_from(("A", "B", "C"))), product=draw(st.sampled_from(("bike", ""))),
        amount=Fraction(draw(st.integers(1, 9_999)), 100), margin=Fraction(draw(NUMBERS)),
        sale=draw(st.sampled_from(("", "new", "upsell"))),
    )  # fmt: skip


@settings(max_examples=25, deadline=None,
          suppress_health_check=[HealthCheck.function_scoped_fixture])  # fmt: skip
@given(steps=st.lists(st.one_of(entries(), snapshots(), st.none()), min_size=1, max_size=20))
def test_any_history_gives_the_figures_of_the_sql_for_the_whole_dictionary(
    crew: Crew, steps: list[ActivityInput | DealInput | None]
) -> None:
    """None lets the worker take its turn in between; what the log refuses is part of it."""
    with transaction.atomic():
        for at, step in enumerate(steps):
            recorded_at = LATELY + timedelta(minutes=at)
            match step:
                case DealInput():
                    record_deal_stages(actor=None, source="crm", deals=[step],
                                       recorded_at=recorded_at)  # fmt: skip
                case ActivityInput():
                    record_activities(actor=None, source="crm", records=[step],
                                      recorded_at=recorded_at)  # fmt: skip
                case None:
                    recompute_touched()

        the_same((parse_period("2026-03"), parse_period("2026-W14")), ("person", "team"))
        middle = LATELY + timedelta(minutes=len(steps) // 2)
        the_same((parse_period("2026-Q2"),), ("account",), known_at=middle)
        transaction.set_rollback(True)
