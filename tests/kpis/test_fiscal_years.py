"""A company whose year begins in February: its quarters are nobody else's."""

from datetime import date
from fractions import Fraction

import pytest
from django.urls import reverse

from kernel.periods import Period, parse_period
from kpis.dictionary.drafts import periods_of
from kpis.queries.scorecards import scorecard
from kpis.services import recompute_touched
from kpis.windows import window_of
from people.models import Company
from tests.kpis.crew import Crew, event, record
from tests.kpis.test_pages import signed_in

FEBRUARY_TO_APRIL = parse_period("2026-02-01/2026-05-01")


@pytest.fixture
def shifted(crew: Crew) -> Crew:
    """A proposal of Léa in January, two in March, four in May."""
    Company.objects.update(fiscal_year_start_month=2)
    days = ("01-20", "03-10", "03-11", "05-10", "05-11", "05-12", "05-13")
    for number, day in enumerate(days):
        record(event(f"p{number}", f"2026-{day} 10:00", "P1", kind="proposal_sent"))
    recompute_touched()
    return crew


@pytest.mark.parametrize("first_month", range(1, 13))
@pytest.mark.parametrize("kind", ["day", "week", "month", "quarter", "year"])
def test_from_window_to_window_no_day_is_left_out(kind: str, first_month: int) -> None:
    today = date(2026, 3, 20)
    window = window_of({"window": kind}, today, first_month)
    for _ in range(5):
        after = window_of(window.moved(forward=True).query(), today, first_month)
        before = window_of(after.moved(forward=False).query(), today, first_month)

        assert (after.kind, after.period.start) == (kind, window.period.end)
        assert before == window
        window = after


def test_the_reasons_are_of_the_company_s_quarter(shifted: Crew) -> None:
    client = signed_in(shifted.user_of(shifted.lea))
    address = reverse("kpis:explain", args=["proposals_count", shifted.lea.pk])

    page = client.get(address, {"window": "quarter", "on": "2026-03-20"})

    text = page.content.decode()
    assert [f"crm p{number}" in text for number in range(5)] == [False, True, True, False, False]


def test_a_formula_is_tried_on_the_company_s_quarters(shifted: Crew) -> None:
    assert periods_of("quarterly", date(2026, 3, 20)) == (
        FEBRUARY_TO_APRIL,
        parse_period("2025-11-01/2026-02-01"),
        parse_period("2025-08-01/2025-11-01"),
    )


@pytest.mark.parametrize(
    ("period", "value", "history"),
    [
        (FEBRUARY_TO_APRIL, 2, (0, 0, 0, 0, 1, 2)),
        # a quarter of other people's year is no bucket of this company's
        (parse_period("2026-Q1"), 3, ()),
    ],
)
def test_what_a_card_shows_of_the_past(
    shifted: Crew, period: Period, value: int, history: tuple[int, ...]
) -> None:
    (card,) = scorecard(
        shifted.lea.pk, date(2026, 4, 15), period=period, kpi_keys=["proposals_count"]
    ).cards

    assert card.value == value
    assert card.history == tuple(Fraction(one) for one in history)
