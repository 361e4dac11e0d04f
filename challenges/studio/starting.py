"""Rules to start from, one of each format: complete, and changed as a document."""

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from string import Template

from challenges.calc import parse_rules
from challenges.calc.formats import FORMATS
from kernel.periods import Period

FOLDER = Path(__file__).parent / "starts"
LENGTH = timedelta(weeks=4)
HEAD = """\
key: $key
name: {en: $title, fr: $title_fr}
timezone: $timezone
window: {start: $start, end: $end}
"""


@dataclass(frozen=True, slots=True)
class Start:
    """A format to start from; `title` is in English, for translation."""

    key: str
    title: str


def starts() -> tuple[Start, ...]:
    """One of each format that the product knows, in the order of the catalogue."""
    return tuple(Start(key, one.title) for key, one in FORMATS.items())


def document_to_start(
    format_key: str,
    *,
    titles: tuple[str, str],
    today: date,
    timezone: str,
    currency: str,
    seed: str,
) -> str:
    """Rules of a format over the four weeks from the next Monday on; over the next month where each
    one's own target counts, because objectives are set by months and do not hold across two.

    `titles` are the English and the French name; draws are made with `seed`.
    """
    monday = today + timedelta(days=7 - today.weekday())

    def over(window: Period) -> str:
        return _filled(format_key, window, titles, timezone, currency, seed)

    proposed = over(Period(monday, monday + LENGTH))
    rules = parse_rules(proposed)
    if rules.format.own_targets(rules.params):
        return over(Period.month(Period.month(today).end))
    return proposed


def _filled(
    format_key: str,
    window: Period,
    titles: tuple[str, str],
    timezone: str,
    currency: str,
    seed: str,
) -> str:
    body = (FOLDER / f"{format_key}.yaml").read_text(encoding="utf-8")
    return Template(HEAD + body).substitute(
        key=format_key.replace("_", "-"),
        title=titles[0],
        title_fr=titles[1],
        start=window.start,
        end=window.end,
        before=window.start - LENGTH,
        timezone=timezone,
        currency=currency,
        seed=seed,
    )
