"""The filters of docs/components.md: built into every template, thin over `common.formats`."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from functools import cache, lru_cache
from importlib.resources import files
from xml.etree import ElementTree
from zipfile import ZipFile

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext, override

from common import formats
from common.states import StateLook, look_of
from kernel.money import Money
from kernel.numbers import round_to

register = template.Library()


@register.filter
def money(minor: object, currency: str = "") -> str:
    """Minor units and a currency, or a `Money`, with all its digits."""
    if isinstance(minor, Money):
        return formats.minor_text(minor.minor, minor.currency)
    return formats.minor_text(minor, currency)


@register.filter
def money_whole(minor: object, currency: str = "") -> str:
    """Like `money`, rounded half up to major units: for overviews, never on a statement."""
    if isinstance(minor, Money):
        return formats.minor_text(minor.minor, minor.currency, whole=True)
    return formats.minor_text(minor, currency, whole=True)


@register.filter
def number(value: object, places: int = 2) -> str:
    """At most `places` decimals."""
    return formats.number_text(value, places)


@register.filter
def percent(ratio: object, places: int = 1) -> str:
    """A ratio as percent: 0.314 -> 31.4 %."""
    known = formats.exact(ratio)
    return formats.percent_text(None if known is None else known * 100, places)


@register.filter
def percent_points(points: object, places: int = 1) -> str:
    """A figure that is already per hundred: 31.4 -> 31.4 %."""
    return formats.percent_text(points, places)


@register.filter
def in_unit(value: object, unit: str) -> str:
    """A figure in its KPI's unit (money: pass the currency code)."""
    return formats.in_unit_text(value, unit)


@register.filter
def delta(change: object, unit: str = "") -> str:
    """A change, always signed."""
    return formats.delta_text(change, unit)


@register.filter
def day(value: date | None, style: str = "medium") -> str:
    """A day; style "long", "short" or "month"."""
    return formats.day_text(value, style)


@register.filter
def day_short(value: date | None) -> str:
    """A day without its year."""
    return formats.day_text(value, "short")


@register.filter
def moment(value: datetime | None) -> str:
    """Day and clock in the active time zone, as a <time> element."""
    return _time(value, formats.moment_text(value))


@register.filter
def clock(value: datetime | None) -> str:
    """Hours and minutes in the active time zone, as a <time> element."""
    return _time(value, formats.clock_text(value))


def _time(value: datetime | None, text: str) -> str:
    if value is None:
        return text
    iso = timezone.localtime(value).isoformat(timespec="seconds")
    return format_html('<time datetime="{}">{}</time>', iso, text)


@register.filter
def span(start: date | None, end: date | None) -> str:
    """A half-open period, with its last day inclusive."""
    return formats.span_text(start, end)


@register.filter
def share_of(value: object, target: object) -> Decimal | None:
    """Per hundred of `target`, for drawing."""
    return formats.share(value, target)


@register.filter
def drawn(points: object) -> str:
    """A percentage clamped to 0..100 for an SVG attribute, with a point in every language."""
    known = formats.exact(points)
    return "0" if known is None else str(round_to(min(max(known, Fraction(0)), Fraction(100)), 2))


@register.filter
def whole(value: object) -> int | None:
    """An integer from an integer or its text; None when missing."""
    known = formats.exact(value)
    return None if known is None else int(known)


@cache
def _drawings() -> ZipFile:
    """The icons of the package, open: to read the list of its 1,700 files for each icon took
    longer than the rest of the first page of a process."""
    return ZipFile(files("lucide").joinpath("lucide.zip").open("rb"))


@lru_cache(maxsize=256)
def _icon(name: str, size: int) -> SafeString:
    svg = ElementTree.fromstring(_drawings().read(f"{name}.svg"))  # noqa: S314 - of the package
    for node in svg.iter():
        node.tag = node.tag.removeprefix("{http://www.w3.org/2000/svg}")
    svg.attrib |= {"width": str(size), "height": str(size)}
    svg.attrib |= {"aria-hidden": "true", "focusable": "false"}
    return mark_safe(ElementTree.tostring(svg, encoding="unicode"))  # noqa: S308 - no input of a user


@register.simple_tag
def icon(name: str, size: int = 20) -> SafeString:
    """A decorative lucide icon; an unknown name is our bug and raises."""
    return _icon(name + "", int(size))


_UP, _DOWN = "M5 1.5 9 8.5H1Z", "M5 8.5 1 1.5H9Z"


@lru_cache(maxsize=512)
def _rank_change_in(language: str, change: int | None) -> SafeString:
    """Kept by language: a board asks for the same few of them on every row."""
    with override(language):
        return _rank_change(change)


def _rank_change(change: int | None) -> SafeString:
    if change is None:
        return format_html('<span class="rank-change new">{}</span>', gettext("new"))
    if change == 0:
        return format_html(
            '<span class="rank-change"><span aria-hidden="true">=</span>'
            '<span class="visually-hidden">{}</span></span>',
            gettext("unchanged"),
        )
    kind, path, word = (
        ("up", _UP, gettext("up")) if change > 0 else ("down", _DOWN, gettext("down"))
    )
    return format_html(
        '<span class="rank-change {}"><svg viewBox="0 0 10 10" aria-hidden="true">'
        '<path d="{}"/></svg><span class="visually-hidden">{} </span>{}</span>',
        *(kind, path, word, abs(change)),
    )


@register.simple_tag
def rank_change(change: object) -> SafeString:
    """Places climbed (positive) or lost; None: new on the board."""
    return _rank_change_in(get_language() or "en", whole(change))


@register.simple_tag
def sparkline_paths(points: Sequence[object], width: int = 120, height: int = 32) -> dict[str, str]:
    """Where a sparkline goes: `line` (a path; a missing point leaves a gap), `x`, `y` of its end.

    Coordinates have one decimal and a point in every language; the line keeps 3 px from the edges.
    """
    known = [formats.exact(point) for point in points]
    values = [value for value in known if value is not None]
    if len(values) < 2:
        return {"line": "", "x": "", "y": ""}
    low, high = min(values), max(values)
    commands, x, y, pen_down = [], "", "", False
    for index, value in enumerate(known):
        if value is None:
            pen_down = False
            continue
        x = str(round_to(3 + (width - 6) * Fraction(index, len(known) - 1), 1))
        level = (value - low) / (high - low) if high > low else Fraction(1, 2)
        y = str(round_to(height - 3 - (height - 6) * level, 1))
        commands.append(f"{'L' if pen_down else 'M'}{x} {y}")
        pen_down = True
    return {"line": " ".join(commands), "x": x, "y": y}


@register.filter
def look(state: object) -> StateLook:
    """Word, icon and tone of a state."""
    return look_of(str(state))
