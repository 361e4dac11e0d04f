"""What the small texts on the cockpits say, in both languages."""

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

import pytest
from django.utils import translation

from cockpit.company_page import bars
from cockpit.races import left_text
from kernel.periods import Period

NOW = datetime(2026, 3, 20, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("left", "text"),
    [
        (timedelta(days=6, hours=23), "6 days left"),
        (timedelta(days=2), "2 days left"),
        (timedelta(days=1, hours=23, minutes=59), "47 hours left"),
        (timedelta(hours=2), "2 hours left"),
        (timedelta(minutes=119), "119 minutes left"),
        (timedelta(seconds=61), "1 minute left"),
        (timedelta(seconds=1), "1 minute left"),
        (timedelta(0), "over"),
        (timedelta(days=-3), "over"),
    ],
)
def test_how_long_a_challenge_still_runs(left: timedelta, text: str) -> None:
    with translation.override("en"):
        assert left_text(NOW + left, NOW) == text


def test_bars_are_drawn_against_the_largest_and_never_below_the_line() -> None:
    months = {
        date(2026, 1, 1): Fraction(50),
        date(2026, 2, 1): Fraction(-10),
        date(2026, 3, 1): Fraction(200),
        date(2026, 4, 1): Fraction(0),
    }
    with translation.override("en"):
        drawn = bars(months, Period.month(date(2026, 3, 1)), "EUR")
    assert [(bar["height"], bar["top"], bar["is_now"]) for bar in drawn] == [
        (25, 75, False),
        (0, 100, False),
        (100, 0, True),
        (0, 100, False),
    ]
    assert [bar["value"] for bar in drawn] == ["€50", "−€10", "€200", "€0"]
