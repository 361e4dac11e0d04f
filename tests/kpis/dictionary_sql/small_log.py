"""A small log that feeds every kind of metric, and the one question asked after each change."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from activities.inputs import ActivityInput, CreditInput, DealInput
from activities.models import Account
from activities.services import record_activities, record_deal_stages
from kernel.periods import Period, parse_period
from kpis.models import Kpi, Objective
from kpis.services import recompute_touched, verify_cells
from people.models import Role
from tests.kpis.crew import Crew
from tests.kpis.dictionary_sql.comparing import Differences, compare, lay_out_all

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


def moved(one: ActivityInput, by: timedelta, **more: Any) -> ActivityInput:
    """The same at another time."""
    assert one.occurred_at is not None
    return replace(one, occurred_at=one.occurred_at + by, **more)


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


def objectives_of(crew: Crew) -> None:
    agree("calls_count", 2, role=Role.objects.get(key="ae"))
    agree("closing_rate", 50, person=crew.lea)
    agree("sales_cycle", 20, person=crew.hugo)


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
