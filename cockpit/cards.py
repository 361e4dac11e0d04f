"""KPI cards of one person as plain values: value, objective, pace, previous period, course."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from django.utils.translation import gettext as _

from common.formats import day_text, percent_text, span_text
from kernel.periods import Period
from kpis.choices import Better
from kpis.moves.presenters import change_of, move_address, tone_of
from kpis.moves.queries import Subject, windows_of
from kpis.presenters import explain_address, figure_text
from kpis.queries import Card, Scorecard


@dataclass(frozen=True, slots=True)
class KpiCard:
    """One card; every text is formatted, percentages are for drawing."""

    key: str
    label: str
    value: str
    why: str
    move: str
    delta: str
    delta_tone: str
    before: str
    target: str
    attained: str
    percent: Fraction | None
    pace: Fraction | None
    band: str
    against_pace: str
    points: Sequence[Fraction | None]
    course: str


def kpi_cards(found: Scorecard, currency: str) -> list[KpiCard]:
    """The cards of a scorecard, most important first."""
    return [_card(card, found.person_id, currency) for card in found.cards]


def compared_with(found: Scorecard) -> str:
    """The days that the changes on the cards are measured against, or nothing."""
    if not found.cards:
        return ""
    period = found.cards[0].period
    same = windows_of(period, found.day).previous
    return _("Changes are against %(days)s.") % {"days": span_text(same.start, same.end)}


def _card(card: Card, person_id: int, currency: str) -> KpiCard:
    info = card.kpi
    return KpiCard(
        key=info.key,
        label=info.name,
        value=figure_text(card.value, info, currency),
        why=explain_address(info.key, person_id, card.period),
        move=move_address(info.key, Subject(person_id=person_id), card.period),
        delta=change_of(card.change, info, currency),
        delta_tone=tone_of(card.change, info),
        before=figure_text(card.previous.value, info, currency),
        target=figure_text(card.target.value, info, currency) if card.target else "",
        attained="" if card.attainment is None else share_text(card.attainment),
        percent=None if card.attainment is None else card.attainment * 100,
        # a rate has no half way: its mark would always stand at the end
        pace=None if card.pace in (None, 1) else card.pace * 100,
        band=card.band,
        against_pace=_against_pace(card, currency),
        points=card.history,
        course=_course(card, currency),
    )


def _against_pace(card: Card, currency: str) -> str:
    """How far the value is from where today should be, in words; nothing for a rate."""
    if card.expected is None or card.value is None or card.pace == 1:
        return ""
    away = card.value - card.expected
    amount = figure_text(abs(away), card.kpi, currency)
    if not away:
        return _("level with the pace")
    if (away > 0) == (card.kpi.better == Better.UP):
        return _("%(amount)s ahead of the pace") % {"amount": amount}
    return _("%(amount)s behind the pace") % {"amount": amount}


def _course(card: Card, currency: str) -> str:
    """The sparkline as a sentence."""
    known = [value for value in card.history if value is not None]
    if len(known) < 2:
        return ""
    return _("%(kpi)s over the last %(n)s periods: from %(first)s to %(last)s") % {
        "kpi": card.kpi.name,
        "n": len(card.history),
        "first": figure_text(known[0], card.kpi, currency),
        "last": figure_text(known[-1], card.kpi, currency),
    }


def month_title(period: Period) -> str:
    """The name of a month."""
    return day_text(period.start, "month")


def share_text(value: Fraction | None) -> str:
    """A part of one as a whole percentage."""
    return percent_text(None if value is None else value * 100, 0)
