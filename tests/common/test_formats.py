"""How figures are written: exact, by language, a dash for what is missing."""

from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction

import pytest
from django.template import engines
from django.utils import timezone, translation
from hypothesis import given
from hypothesis import strategies as st

from common import formats
from kernel.money import Money

NARROW, HARD, MINUS = "\u202f", "\u00a0", "\u2212"


def shown(source: str, language: str = "fr", **values: object) -> str:
    with translation.override(language):
        return str(engines["django"].from_string(source).render(values)).strip()


@pytest.mark.parametrize(
    ("source", "value", "french", "english"),
    [
        ('{{ v|money:"EUR" }}', 123456, f"1{NARROW}234,56{HARD}€", "€1,234.56"),
        ('{{ v|money:"EUR" }}', -5, f"{MINUS}0,05{HARD}€", f"{MINUS}€0.05"),
        ('{{ v|money:"JPY" }}', 1234, f"1{NARROW}234{HARD}JPY", "JP¥1,234"),
        ('{{ v|money:"KWD" }}', 1234, f"1,234{HARD}KWD", f"KWD{HARD}1.234"),
        ("{{ v|money }}", Money(250, "EUR"), f"2,50{HARD}€", "€2.50"),
        ('{{ v|money_whole:"EUR" }}', 123450, f"1{NARROW}235{HARD}€", "€1,235"),
        ("{{ v|number }}", Fraction(1, 3), "0,33", "0.33"),
        ("{{ v|number }}", Decimal("2.5000"), "2,5", "2.5"),
        ("{{ v|number:0 }}", Decimal("0.5"), "1", "1"),
        ("{{ v|percent }}", "0.314", f"31,4{HARD}%", "31.4%"),
        ("{{ v|percent:0 }}", Fraction(2, 3), f"67{HARD}%", "67%"),
        ("{{ v|percent_points }}", "1/3", f"0,3{HARD}%", "0.3%"),
        ('{{ v|in_unit:"EUR" }}', Decimal("57800.40"), f"57{NARROW}800{HARD}€", "€57,800"),
        ('{{ v|in_unit:"EUR" }}', Decimal("12.4"), f"12,40{HARD}€", "€12.40"),
        ('{{ v|in_unit:"percent" }}', 31, f"31{HARD}%", "31%"),
        ('{{ v|delta:"percent" }}', -3, f"{MINUS}3{HARD}%", f"{MINUS}3%"),
        ("{{ v|delta }}", 310, "+310", "+310"),
        ("{{ v|delta }}", 0, "±0", "±0"),
        ("{{ v|day }}", date(2026, 11, 12), "12 nov. 2026", "12 Nov 2026"),
        ("{{ v|day_short }}", date(2026, 11, 12), "12 nov.", "12 Nov"),
        ("{{ v|drawn }}", Fraction(1234, 10), "100.00", "100.00"),
    ],
)
def test_a_figure_in_both_languages(source: str, value: object, french: str, english: str) -> None:
    assert shown(source, "fr", v=value) == french
    assert shown(source, "en", v=value) == english


@pytest.mark.parametrize(
    "filters",
    [
        *('money:"EUR"', 'money_whole:"EUR"', "number", "percent", "percent_points", "delta"),
        *('in_unit:"days"', "day", "day_short", "moment", "clock"),
    ],
)
def test_what_is_missing_is_a_dash_and_never_zero(filters: str) -> None:
    assert shown("{{ v|" + filters + " }}", v=None) == "–"


def test_a_float_is_refused() -> None:
    with pytest.raises(TypeError, match="float"):
        formats.number_text(0.1)


def test_a_half_open_period_shows_its_last_day() -> None:
    assert shown("{{ a|span:b }}", a=date(2026, 11, 1), b=date(2026, 12, 1)) == "1–30 nov. 2026"
    assert shown("{{ a|span:b }}", a=date(2026, 11, 1), b=date(2026, 11, 2)) == "1 nov. 2026"


def test_a_moment_is_told_in_the_active_time_zone() -> None:
    late = datetime(2026, 11, 30, 23, 30, tzinfo=UTC)
    with timezone.override("Europe/Paris"):
        assert shown("{{ v|day }}", v=late) == "1 déc. 2026"
        assert shown("{{ v|clock }}", v=late) == (
            '<time datetime="2026-12-01T00:30:00+01:00">00:30</time>'
        )


def test_a_share_of_nothing_is_unknown() -> None:
    assert formats.share(5, 0) is None
    assert formats.share(None, 10) is None
    assert formats.share(0, 10) == 0
    assert formats.share(1, 3) == Decimal("33.33")


def test_a_sparkline_leaves_a_gap_where_a_value_is_missing() -> None:
    source = "{% sparkline_paths v as p %}{{ p.line }}|{{ p.x }},{{ p.y }}"
    assert shown(source, v=[0, None, 10, 5]) == "M3.0 29.0 M79.0 3.0 L117.0 16.0|117.0,16.0"
    assert shown(source, v=[4, 4]) == "M3.0 16.0 L117.0 16.0|117.0,16.0"
    assert shown(source, v=[4]) == "|,"


@given(st.integers(-(10**15), 10**15))
def test_no_cent_is_lost_between_the_database_and_the_page(minor: int) -> None:
    with translation.override("fr"):
        text = formats.minor_text(minor, "EUR")
    digits = text.removesuffix(f"{HARD}€").replace(NARROW, "").replace(MINUS, "-")
    assert int(Decimal(digits.replace(",", ".")) * 100) == minor
