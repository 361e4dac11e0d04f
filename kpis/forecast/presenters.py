"""Plain values for the pages of the forecast."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from activities.choices import Stage
from common.formats import (
    MISSING,
    day_text,
    minor_text,
    moment_text,
    number_text,
    percent_text,
    span_text,
)
from kernel.periods import Period
from kpis.forecast.queries import DealRow, Group, LineRow, RunRow, StatedRow
from kpis.presenters import address
from kpis.windows import PageWindow

Cells = dict[str, Any]
KINDS = ("month", "quarter", "custom")


@dataclass(frozen=True, slots=True)
class Names:
    """What people and teams are called."""

    people: Mapping[int, str]
    teams: Mapping[int, str]

    def knows(self, group: Group) -> bool:
        """Whether there is such a person or team."""
        if group.person_id is not None:
            return group.person_id in self.people
        return group.team_id is None or group.team_id in self.teams

    def of(self, group: Group) -> str:
        """The name of a group."""
        if group.person_id is not None:
            return self.people.get(group.person_id, MISSING)
        if group.team_id is not None:
            return self.teams.get(group.team_id, MISSING)
        return _("The whole company")


def group_text(group: Group) -> str:
    """A group in an address: "company", "team:3", "person:7"."""
    if group.person_id is not None:
        return f"person:{group.person_id}"
    return "company" if group.team_id is None else f"team:{group.team_id}"


def forecast_address(window: PageWindow, group: Group) -> str:
    """The address of a group's forecast of a period."""
    return address("kpis:forecast", {**window.query(), "of": group_text(group)})


def period_title(window: PageWindow) -> str:
    """The period as people call it."""
    if window.kind == "month":
        return day_text(window.period.start, "month")
    return span_text(window.period.start, window.period.end)


def tabs(window: PageWindow, group: Group, day: date, first_month: int) -> list[Cells]:
    """The month, the quarter, and any other period."""
    month = PageWindow("month", Period.month(day))
    quarter = PageWindow("quarter", Period.quarter(day, first_month))
    other = window if window.kind == "custom" else PageWindow("custom", Period.month(day))
    labels = (_("This month"), _("This quarter"), _("Other period"))
    return [
        {
            "label": label,
            "url": forecast_address(one, group),
            "active": one.kind == window.kind if one.kind == "custom" else one == window,
        }
        for label, one in zip(labels, (month, quarter, other), strict=True)
    ]


# --- the line --------------------------------------------------------------------------------


def range_cells(line: LineRow, currency: str) -> Cells:
    """Low, expected and high, formatted, with their places on a scale from 0."""
    most = max(line.high, 1)
    return {
        "low": minor_text(line.low, currency, whole=True),
        "expected": minor_text(line.expected, currency, whole=True),
        "high": minor_text(line.high, currency, whole=True),
        "low_at": _at(line.low, most),
        "expected_at": _at(line.expected, most),
        "high_at": _at(line.high, most),
    }


def _at(value: int, most: int) -> Decimal:
    return max(Decimal(0), min(Decimal(100), Decimal(100 * value) / most))


def step_cells(line: LineRow, learnt: Mapping[str, Any], currency: str) -> list[Cells]:
    """What the expected value is made of, and why."""

    def money(minor: int) -> str:
        return minor_text(minor, currency, whole=True)

    deals = ngettext("%(n)s open deal", "%(n)s open deals", line.open_deals)
    begun = ngettext(
        "%(n)s deal begun in the last 91 days",
        "%(n)s deals begun in the last 91 days",
        line.begun_deals,
    )
    return [
        {"label": _("Booked"), "value": money(line.booked), "rule": _("won in the period so far")},
        {
            "label": _("Open deals, weighed"),
            "value": money(line.pipeline),
            "rule": deals % {"n": number_text(line.open_deals)}
            + " · "
            + _("each times its chance to be won before the period ends"),
        },
        {
            "label": _("New business to come"),
            "value": money(line.new),
            "rule": begun % {"n": number_text(line.begun_deals)}
            + " · "
            + _("as many again for each working day that is left"),
        },
        {
            "label": _("Correction"),
            "value": money(line.correction),
            "rule": _correction_rule(learnt["correction"]),
        },
        {"label": _("Expected"), "value": money(line.expected), "total": True},
    ]


def _correction_rule(correction: Mapping[str, Any]) -> str:
    periods = int(correction["periods"])
    if not periods:
        return _("none yet: no earlier period of this kind is known whole")
    said = ngettext(
        "the rest times %(factor)s, as in %(n)s earlier period at this place",
        "the rest times %(factor)s, as in %(n)s earlier periods at this place",
        periods,
    )
    return said % {"factor": number_text(Decimal(correction["factor"])), "n": number_text(periods)}


def line_rows(
    lines: Sequence[LineRow], names: Names, window: PageWindow, currency: str
) -> list[Cells]:
    """A table of teams and people; ranges share one scale."""
    most = max((line.high for line in lines), default=1) or 1
    rows = []
    for line in lines:
        group = Group(line.person_id, line.team_id)
        rows.append(
            {
                **range_cells(line, currency),
                "name": names.of(group),
                "is_team": line.team_id is not None,
                "url": forecast_address(window, group),
                "booked": minor_text(line.booked, currency, whole=True),
                "sort": line.expected,
                "low_at": _at(line.low, most),
                "expected_at": _at(line.expected, most),
                "high_at": _at(line.high, most),
            }
        )
    return rows


def deal_cells(deals: Sequence[DealRow], currency: str) -> list[Cells]:
    """Open deals, each with its chance and why."""
    return [
        {
            "name": deal.name,
            "account": deal.account if deal.account != deal.name else "",
            "stage": str(Stage(deal.stage).label),
            "since": MISSING
            if deal.age is None
            else ngettext("%(n)s day", "%(n)s days", deal.age) % {"n": number_text(deal.age)},
            "worth": minor_text(deal.worth, currency, whole=True),
            "chance": percent_text(deal.chance * 100, 0),
            "weight": minor_text(deal.weight, currency, whole=True),
        }
        for deal in deals
    ]


# --- stages ----------------------------------------------------------------------------------


def stage_cells(run: RunRow, stated: Mapping[str, StatedRow], may_change: bool) -> list[Cells]:
    """The stages with what was learnt of them, and what somebody stated instead."""
    found = []
    for stage in run.learnt["stages"]:
        own = stated.get(stage["stage"])
        found.append(
            {
                "name": str(Stage(stage["stage"]).label),
                "learnt": _part(stage["learnt"]),
                "stated": "" if own is None else _part(own.probability),
                "who": ""
                if own is None
                else _("%(who)s, %(when)s: %(reason)s")
                % {"who": own.by or _("the product"), "when": moment_text(own.at),
                   "reason": own.reason},
                "waits": own is not None and own.at >= run.as_of,
                "url": reverse("kpis:forecast_odds", args=[stage["stage"]]) if may_change else "",
                "bands": [_band(one) for one in stage["bands"]],
            }
        )  # fmt: skip
    return found


def _part(value: object) -> str:
    return MISSING if value is None else percent_text(Decimal(str(value)) * 100, 1)


def _band(band: Mapping[str, Any]) -> Cells:
    last = _("and more") if band["to"] is None else number_text(band["to"] - 1)
    return {
        "from": number_text(band["from"]),
        "to": last,
        "at_risk": number_text(band["at_risk"]),
        **{name: number_text(band[name]) for name in ("won", "lost", "moved")},
    }


def stated_events(rows: Sequence[StatedRow]) -> list[Cells]:
    """What was stated of a stage, as a timeline."""
    return [
        {
            "at": moment_text(row.at),
            "title": _("As learnt") if row.probability is None else _part(row.probability),
            "text": row.reason,
            "who": row.by,
        }
        for row in rows
    ]


# --- the past --------------------------------------------------------------------------------


def measure_cells(learnt: Mapping[str, Any], group: Group) -> Cells | None:
    """How good the method was for groups of this kind; None without any past."""
    kind = group_text(group).partition(":")[0]
    every = learnt["measures"].get(kind)
    if not every:
        return None
    middle = learnt["middle"].get(kind) or {"inside": None, "error": None}
    return {
        "count": number_text(every["count"]),
        "inside": _part(every["inside"]),
        "error": _part(every["error"]),
        "middle_inside": _part(middle["inside"]),
        "middle_error": _part(middle["error"]),
        "periods": [
            {
                "name": name,
                "count": number_text(one["count"]),
                "inside": _part(one["inside"]),
                "error": _part(one["error"]),
            }
            for name, one in sorted(learnt["by_period"].get(kind, {}).items(), reverse=True)
        ],
    }


WIDTH, HEIGHT = 100, 50


def chart_cells(outcomes: Sequence[Mapping[str, Any]], currency: str) -> Cells | None:
    """The last whole period as it was forecast week by week, for drawing and as a table."""
    if not outcomes:
        return None
    last = max(one["from"] for one in outcomes)
    weeks = [one for one in outcomes if one["from"] == last]
    period = Period(date.fromisoformat(last), date.fromisoformat(weeks[0]["to"]))
    became = weeks[0]["became"]
    most = max(1, became, *(one["high"] for one in weeks)) * Decimal("1.05")
    lows, highs, middles = (
        [_point(one["offset"], one[name], period, most) for one in weeks]
        for name in ("low", "high", "expected")
    )
    return {
        "title": span_text(period.start, period.end),
        "area": "M" + " L".join([*highs, *reversed(lows)]) + " Z",
        "line": "M" + " L".join(middles),
        "became_at": f"{_height(became, most):.2f}",
        "became": minor_text(became, currency, whole=True),
        "weeks": [
            {
                "day": day_text(period.start + timedelta(days=one["offset"])),
                **{
                    name: minor_text(one[name], currency, whole=True)
                    for name in ("low", "expected", "high")
                },
                "is_inside": one["low"] <= became <= one["high"],
            }
            for one in weeks
        ],
        "first": day_text(period.start, "short"),
        "last": day_text(period.last, "short"),
    }


def _point(offset: int, minor: int, period: Period, most: Decimal) -> str:
    return f"{Decimal(WIDTH * offset) / period.days:.2f} {_height(minor, most):.2f}"


def _height(minor: int, most: Decimal) -> Decimal:
    return HEIGHT - max(Decimal(0), Decimal(minor)) / most * HEIGHT


# --- a card on other pages -------------------------------------------------------------------


def card_cells(run: RunRow | None, line: LineRow | None, window: PageWindow, group: Group) -> Cells:
    """The forecast of a group in one card; without a line it says that there is none yet."""
    found: Cells = {"url": forecast_address(window, group), "title": period_title(window)}
    if run is None or line is None:
        return found
    return {
        **found,
        **range_cells(line, run.currency),
        "booked": minor_text(line.booked, run.currency, whole=True),
        "as_of": moment_text(run.as_of),
    }
