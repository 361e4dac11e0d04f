"""The executive's page: what is coming in, what was promised, what the incentives cost."""

from collections.abc import Mapping
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from cockpit.group_cards import group_cards
from cockpit.together import of_company
from common.formats import day_text, delta_text, money_text, percent_text
from incentives import queries as incentives
from incentives.periods.pages import SMALL_GROUP, period_name
from kernel.money import Money
from kernel.periods import Period
from kpis.forecast.queries import COMPANY
from kpis.forecast.showing import card_of
from kpis.moves.presenters import move_address
from kpis.moves.queries import Subject
from kpis.presenters import board_lines
from kpis.queries import catalogue, kpi_values, leaderboard
from kpis.queries.catalogue import scorecards
from people import access
from people import queries as people
from people.access import Viewer

REVENUE = "revenue_booked"
MONTHS = 12
DIRECTOR = "director"
"""The role whose scorecard the page shows, of the whole company."""
COSTED = 6
"""Pay periods in the table of costs."""
Cells = dict[str, Any]


def page_of(viewer: Viewer) -> Cells:
    """Everything on the page; every figure is a total of many people."""
    if REVENUE not in catalogue(viewer.day).kpis:
        return {"figures": []}
    company = people.company()
    month = Period.month(viewer.day)
    quarter = Period.quarter(viewer.day, company.fiscal_year_start_month)
    by_month = _revenue_by_month(month)
    board = leaderboard(REVENUE, month, "region", viewer=viewer)
    return {
        "month_name": day_text(month.start, "month"),
        "forecast": card_of(viewer, COMPANY),
        "figures": [
            _against_target(_("Revenue this month"), month, viewer.day, company.currency),
            _against_target(_("Revenue this quarter"), quarter, viewer.day, company.currency),
        ],
        "cards_url": reverse("cockpit:direction_cards"),
        "bars": bars(by_month, month, company.currency),
        "regions": board_lines(board, access.figures_scope(viewer), company.currency),
        "costs": _costs(by_month, company.currency),
        "small_group": SMALL_GROUP,
        "rankings": f"{reverse('kpis:leaderboard')}?kpi={REVENUE}&by=team",
    }


def scorecard_of(day: date) -> list[Cells]:
    """The director's KPIs, of the whole company."""
    return group_cards(scorecards().get(DIRECTOR, []), Subject(), day)


def _total(kpi: str, period: Period) -> Fraction | None:
    rows = kpi_values(kpi, period=period)
    return rows[0].figure.value if rows else None


def _against_target(title: str, period: Period, day: date, currency: str) -> Cells:
    value, goal = _total(REVENUE, period), of_company(REVENUE, period, day)
    before = _last_year(period, day)
    info = catalogue(period.last).kpi(REVENUE)
    part = None if goal is None else goal.attained(info.better)
    paced = None if goal is None else goal.pace
    return {
        "label": title,
        "value": money_text(value, currency, 0),
        "target": "" if goal is None else money_text(goal.target, currency, 0),
        "reached": "" if goal is None else money_text(goal.reached, currency, 0),
        "of": "" if goal is None else goal.note(value, info, currency),
        "percent": None if part is None else part * 100,
        "pace": None if paced is None else paced * 100,
        "tone": _tone(part, paced),
        "delta": _against(value, before),
        "delta_tone": "" if not before or value is None else "good" if value >= before else "bad",
        "note": _("against the same days of last year") if before else "",
        "why": move_address(REVENUE, Subject(), period),
    }


def _last_year(period: Period, day: date) -> Fraction | None:
    """The same days a year ago, if the log reaches further back than these; else nothing."""
    before = period.year_before()
    if not _total(REVENUE, before.previous()):
        return None
    return _total(REVENUE, _same_days(before, period, day))


def _same_days(before: Period, period: Period, day: date) -> Period:
    begun = max(1, min((day - period.start).days + 1, period.days))
    return Period(before.start, min(before.start + timedelta(days=begun), before.end))


def _tone(part: Fraction | None, paced: Fraction | None) -> str:
    if part is None or paced is None:
        return ""
    return "good" if part >= paced else "warn" if part >= paced * Fraction(4, 5) else "bad"


def _against(value: Fraction | None, before: Fraction | None) -> str:
    if value is None or not before:
        return ""
    return delta_text((value - before) / before * 100, "percent")


# --- twelve months ---------------------------------------------------------------------------


def _revenue_by_month(last: Period) -> dict[date, Fraction]:
    first = last
    for _number in range(MONTHS - 1):
        first = first.previous()
    rows = kpi_values(REVENUE, by="month", period=Period(first.start, last.end))
    months = [first]
    while months[-1] < last:
        months.append(Period.month(months[-1].end))
    values = [row.figure.value or Fraction(0) for row in rows]
    return dict(zip([one.start for one in months], values, strict=False))


def bars(by_month: Mapping[date, Fraction], current: Period, currency: str) -> list[Cells]:
    """One bar a month; heights per hundred of the largest, for drawing."""
    most = max(by_month.values(), default=Fraction(0)) or Fraction(1)
    width = Fraction(100, max(1, len(by_month)))
    return [
        {
            "month": day_text(start, "month"),
            "short": day_text(start, "short").split("\u00a0")[-1].split(" ")[-1],
            "value": money_text(value, currency, 0),
            "height": max(Fraction(0), value) / most * 100,
            "top": 100 - max(Fraction(0), value) / most * 100,
            "x": number * width + width / 8,
            "middle": number * width + width / 2,
            "width": width * 3 / 4,
            "is_now": start == current.start,
        }
        for number, (start, value) in enumerate(by_month.items())
    ]


# --- what it costs ---------------------------------------------------------------------------


def _costs(by_month: Mapping[date, Fraction], currency: str) -> list[Cells]:
    """Total variable pay of each calculated period, and its part of the revenue.

    Nothing for a group so small that its sum would tell what one person gets.
    """
    found = []
    for row in incentives.periods():
        if not row.currency or row.run_number is None:
            continue
        shown = row.payees >= SMALL_GROUP
        cost = Money(row.total_minor, row.currency).amount
        revenue = _revenue_in(Period(row.starts_on, row.ends_on), by_month)
        found.append(
            {
                "period": period_name(row.kind, row.starts_on, row.ends_on),
                "state": row.state,
                "payees": row.payees,
                "cost": money_text(cost, row.currency) if shown else "–",
                "revenue": money_text(revenue, currency, 0),
                "share": percent_text(cost / revenue * 100) if shown and revenue else "–",
            }
        )
    return found[:COSTED]


def _revenue_in(period: Period, by_month: Mapping[date, Fraction]) -> Fraction | None:
    """The revenue of a month that is known already, or asked for."""
    if Period.month(period.start) == period and period.start in by_month:
        return by_month[period.start]
    return _total(REVENUE, period)
