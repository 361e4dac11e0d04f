"""The scorecard of a team or of the company: each figure to date, beside the same days before."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from common.formats import day_text, span_text
from kernel.numbers import as_text
from kernel.periods import Period
from kpis.choices import Cadence
from kpis.moves.presenters import change_of, move_address, sentence_of, tone_of
from kpis.moves.queries import Move, Subject, Windows, moves_against, windows_of
from kpis.presenters import figure_text
from kpis.queries import Catalogue, catalogue
from people import queries as people

Cells = dict[str, Any]


def group_cards(keys: Sequence[str], subject: Subject, day: date) -> list[Cells]:
    """A card for each KPI that the company measures, in the order given.

    What is looked at each quarter is told over the quarter, everything else over the month, both
    up to `day`. Statements: those of six windows at most, whatever the size of the team.
    """
    company = people.company()
    known = catalogue(day)
    spans = {
        True: Period.quarter(day, company.fiscal_year_start_month),
        False: Period.month(day),
    }
    found: dict[str, Cells] = {}
    for is_quarterly, period in spans.items():
        mine = [key for key in keys if key in known.kpis
                and (known.kpis[key].cadence == Cadence.QUARTERLY) is is_quarterly]  # fmt: skip
        if mine:
            found |= _cards(mine, subject, period, day, company.currency)
    return [found[key] for key in keys if key in found]


def cards_over(keys: Sequence[str], subject: Subject, period: Period, day: date) -> list[Cells]:
    """A card for each KPI that the company measures over one period up to `day`, with the exact
    value (`exact`) and how far it moved (`shift`). Statements: those of three windows."""
    windows = windows_of(period, day)
    known = catalogue(period.last)
    mine = [key for key in keys if key in known.kpis]
    found = _cards_of(mine, subject, period, windows, people.company().currency)
    return [found[key] for key in mine]


def _cards(
    keys: Sequence[str],
    subject: Subject,
    period: Period,
    day: date,
    currency: str,
) -> dict[str, Cells]:
    found = _cards_of(keys, subject, period, windows_of(period, day), currency)
    # what is only known when a period is over is told of the last one that is
    missing = [key for key in keys if found[key]["is_missing"]]
    if missing:
        over = period.previous()
        missing = [key for key in missing if key in catalogue(over.last).kpis]
        past = _cards_of(missing, subject, over, windows_of(over, day), currency)
        found |= {key: card for key, card in past.items() if not card["is_missing"]}
    return found


def _cards_of(
    keys: Sequence[str],
    subject: Subject,
    period: Period,
    windows: Windows,
    currency: str,
) -> dict[str, Cells]:
    known = catalogue(period.last)
    previous, year = moves_against(
        keys, subject, windows.now, (windows.previous, windows.year_before), known=known
    )
    return {
        key: {
            **_card(previous[key], year[key], windows, known, currency),
            "move": move_address(key, subject, period),
        }
        for key in keys
    }


def _card(move: Move, year: Move, windows: Windows, known: Catalogue, currency: str) -> Cells:
    info, value = move.info, move.now.value
    return {
        "key": info.key,
        "label": info.name,
        "is_missing": value is None,
        "exact": "" if value is None else as_text(value),
        "shift": move.shift,
        "value": figure_text(value, info, currency),
        "delta": change_of(move.change, info, currency),
        "tone": tone_of(move.change, info),
        "band": info.bands.of(value).value,
        "note": info.note,
        "window": window_name(windows.now),
        "before": _beside(move, windows.previous, currency),
        "year": _beside(year, windows.year_before, currency),
        "why": sentence_of(move, known, currency),
    }


def _beside(move: Move, window: Period, currency: str) -> str:
    """The value of an earlier window, with its days; nothing where there was none."""
    if move.before.value is None:
        return ""
    return _("%(days)s: %(value)s") % {
        "days": span_text(window.start, window.end),
        "value": figure_text(move.before.value, move.info, currency),
    }


def window_name(window: Period) -> str:
    """The month by its name while the window lies in one, otherwise its days."""
    if Period.month(window.start).contains(window.last) and window.start.day == 1:
        return day_text(window.start, "month")
    return span_text(window.start, window.end)
