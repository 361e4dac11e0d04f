"""How figures, days and moments are written for a reader: by language, exact, never a float.

Pure functions of the language; `common.templatetags.figures` gives them to the templates.
A missing value is a dash, never 0. French: "1 234,56 €"; English: "€1,234.56" (day before month).
"""

from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

from babel import Locale
from babel.dates import format_date, format_interval, format_skeleton, format_time
from babel.numbers import format_currency, format_decimal, get_currency_symbol
from django.utils import timezone
from django.utils.translation import get_language, gettext, ngettext

from kernel.money import CURRENCIES, digits_of
from kernel.numbers import fraction_of, round_to

MISSING = "–"
MINUS = "\u2212"
# English readers here are Europeans: 12 Nov 2026, not Nov 12.
_LOCALES = {"en": "en_GB"}


@lru_cache(maxsize=8)
def _locale(language: str) -> Locale:
    return Locale.parse(_LOCALES.get(language, language).replace("-", "_"))


def current_locale() -> Locale:
    """The Babel locale of the reader's language."""
    return _locale(get_language() or "en")


def exact(value: object) -> Fraction | None:
    """`value` (also as machine text, "12.5" or "1/3"), None when missing; float: TypeError."""
    if value is None or value == "":
        return None
    if isinstance(value, str):
        return Fraction(value)
    if isinstance(value, (int, Decimal, Fraction)) and not isinstance(value, bool):
        return fraction_of(value)
    raise TypeError(f"a figure is an int, Decimal, Fraction or text, not {type(value).__name__}")


def _signed(text: str) -> str:
    return text.replace("-", MINUS, 1) if text.startswith("-") else text


def number_text(value: object, places: int = 2, *, fixed: bool = False) -> str:
    """At most `places` decimals (exactly that many when `fixed`), rounded half up for reading."""
    known = exact(value)
    if known is None:
        return MISSING
    decimals = ("0" if fixed else "#") * places
    pattern = f"#,##0.{decimals}" if decimals else "#,##0"
    return _signed(format_decimal(round_to(known, places), pattern, locale=current_locale()))


def money_text(value: object, currency: str, places: int | None = None) -> str:
    """Major units of `currency` with its own number of digits, or rounded half up to `places`."""
    known = exact(value)
    if known is None:
        return MISSING
    digits = digits_of(currency) if places is None else places
    locale = current_locale()
    pattern = locale.currency_formats["standard"].pattern
    shown = pattern.replace("0.00", "0." + "0" * digits if digits else "0")
    if get_currency_symbol(currency, locale)[-1].isalpha():
        # CLDR keeps a code apart from its number: "KWD 1.234"
        shown = shown.replace("¤#", "¤\u00a0#")
    amount = round_to(known, digits)
    return _signed(format_currency(amount, currency, shown, locale=locale, currency_digits=False))


def minor_text(minor: object, currency: str, *, whole: bool = False) -> str:
    """`minor` units of `currency`; `whole` rounds half up to major units, for overviews only."""
    known = exact(minor)
    if known is None:
        return MISSING
    return money_text(known / 10 ** digits_of(currency), currency, 0 if whole else None)


def percent_text(points: object, places: int = 1) -> str:
    """`points` per hundred: 31.4 -> "31,4 %" in French, "31.4%" in English."""
    if exact(points) is None:
        return MISSING
    space = "\u00a0" if current_locale().language == "fr" else ""
    return f"{number_text(points, places)}{space}%"


def in_unit_text(value: object, unit: str) -> str:
    """`value` in the unit of its KPI: a currency code, "percent", "days", "hours", "points", ...

    Amounts of 1,000 and more are shown in whole units here: the exact one is a click away.
    """
    known = exact(value)
    if known is None:
        return MISSING
    if unit in CURRENCIES:
        return money_text(known, unit, 0 if abs(known) >= 1000 or known.denominator == 1 else None)
    if unit == "percent":
        return percent_text(known)
    shown = number_text(known, 0 if abs(known) >= 1000 else 2)
    word = _unit_word(known, unit)
    return f"{shown}\u00a0{word}" if word else shown


def _unit_word(value: Fraction, unit: str) -> str:
    many = 1 if abs(value) < 2 else 2
    match unit:
        case "days":
            return ngettext("day", "days", many)
        case "hours":
            return gettext("h")
        case "points":
            return ngettext("pt", "pts", many)
        case "ratio" | "times":
            return "×"
        case _:
            return ""


def delta_text(change: object, unit: str = "") -> str:
    """A change with its sign, always: "+310", "−3 %", "±0"."""
    known = exact(change)
    if known is None:
        return MISSING
    sign = "+" if known > 0 else MINUS if known < 0 else "±"
    return sign + (in_unit_text(abs(known), unit) if unit else number_text(abs(known)))


def day_text(day: date | None, style: str = "medium") -> str:
    """A day: "12 nov. 2026", style "long": with its weekday, style "short": without its year."""
    if day is None:
        return MISSING
    locale = current_locale()
    match style:
        case "short":
            return format_skeleton("MMMd", _day(day), locale=locale)
        case "month":
            return format_skeleton("yMMMM", _day(day), locale=locale)
        case "long":
            return format_date(_day(day), "full", locale=locale)
        case _:
            return format_date(_day(day), "medium", locale=locale)


def _day(moment: date) -> date:
    return local(moment).date() if isinstance(moment, datetime) else moment


def local(moment: datetime) -> datetime:
    """An aware moment in the active time zone."""
    return timezone.localtime(moment)


def clock_text(moment: datetime | None) -> str:
    """Hours and minutes in the active time zone."""
    if moment is None:
        return MISSING
    return format_time(local(moment).time(), "short", locale=current_locale())


def moment_text(moment: datetime | None) -> str:
    """Day and clock in the active time zone."""
    if moment is None:
        return MISSING
    return f"{day_text(moment)} {clock_text(moment)}"


def span_text(start: date | None, end: date | None) -> str:
    """A half-open period; its last day is shown inclusive: "1–30 nov. 2026"."""
    if start is None or end is None:
        return MISSING
    return format_interval(start, end - timedelta(days=1), "yMMMd", locale=current_locale())


def share(value: object, target: object) -> Decimal | None:
    """`value` per hundred of `target` for drawing; None when one is missing or the target is 0."""
    part, whole = exact(value), exact(target)
    if part is None or not whole:
        return None
    return round_to(part / whole * 100, 2)
