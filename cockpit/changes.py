"""The talk between manager and rep: what changed in each figure, beside whom, and why."""

from datetime import date
from fractions import Fraction
from typing import Any

from django.utils.translation import gettext as _

from kernel.periods import Period
from kpis.moves.presenters import change_of, move_address, sentence_of, tone_of
from kpis.moves.queries import Move, Subject, Windows, moves_against, others_of, split, windows_of
from kpis.presenters import figure_text
from kpis.queries import Catalogue, KpiInfo, catalogue
from kpis.queries.catalogue import scorecards
from kpis.queries.labels import NAMELESS
from people import queries as people

Cells = dict[str, Any]


def changes_of(person_id: int, day: date) -> list[Cells]:
    """A line for each KPI of the person's scorecard in the month up to `day`: against the same
    days of the month before and of a year ago, the team and the job; largest fall first."""
    period, currency = Period.month(day), people.company().currency
    known = catalogue(period.last)
    places = people.assignments_between(Period.day(day), [person_id])
    role_key = places[-1].role_key if places else ""
    keys = [key for key in scorecards().get(role_key, []) if key in known.kpis]
    if not keys:
        return []
    subject = Subject(person_id=person_id)
    windows = windows_of(period, day)
    previous, year = moves_against(
        keys, subject, windows.now, (windows.previous, windows.year_before), known=known
    )
    others = others_of(person_id, keys, windows.now, known=known)
    rows = [
        {
            "kpi": known.kpi(key).name,
            "value": figure_text(previous[key].now.value, known.kpi(key), currency),
            "previous": _beside(previous[key], previous[key].before.value, currency),
            "year": _beside(year[key], year[key].before.value, currency),
            "team": _beside(previous[key], others[key].team, currency),
            "role": _beside(previous[key], others[key].role, currency),
            "why": sentence_of(previous[key], known, currency)
            or _strongest(subject, windows, previous[key], known, currency),
            "move": move_address(key, subject, period),
            "worst": previous[key].shift,
        }
        for key in keys
    ]
    return sorted(rows, key=lambda row: row["worst"])


def _strongest(
    subject: Subject, windows: Windows, move: Move, known: Catalogue, currency: str
) -> str:
    """Of a figure that adds up, the product that moved it most; nothing where none did."""
    if not move.change:
        return ""
    key = move.info.key
    found = split(key, "product", subject, windows.now, windows.previous, move, known=known)
    if found is None:
        return ""
    named = [one for one in found.effects.effects if found.names[one.key] != NAMELESS]
    if not named or not named[0].effect:
        return ""
    words = {
        "product": found.names[named[0].key],
        "effect": change_of(named[0].effect, move.info, currency),
    }
    return _("Mostly %(product)s: %(effect)s") % words


def _beside(move: Move, other: Fraction | None, currency: str) -> Cells:
    """Another value, and how far this one is from it."""
    info: KpiInfo = move.info
    away = None if move.now.value is None or other is None else move.now.value - other
    return {
        "value": figure_text(other, info, currency),
        "change": change_of(away, info, currency),
        "tone": tone_of(away, info),
    }
