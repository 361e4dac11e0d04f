"""Whatever happens in whatever order: the whole dictionary, from cells kept up step by step."""

from dataclasses import replace
from datetime import timedelta
from fractions import Fraction

from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from activities.inputs import ActivityInput, DealInput, Entry
from activities.services import record_activities, record_deal_stages
from kernel.periods import parse_period
from kpis.services import recompute_touched
from tests.kpis.crew import Crew, cancel
from tests.kpis.dictionary_sql.small_log import HALVES, LATELY, moment, row, the_same

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
