"""The way from a meeting to a won deal, step by step: where a team loses more than it used to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from common.formats import percent_text
from kernel.periods import Period
from kpis.moves.queries import Subject, windows_of
from kpis.presenters import metric_text
from kpis.queries import catalogue, metric_values
from people import queries as people

STEPS = ("meetings_held", "opportunities_created", "proposals_sent", "deals_won")
"""Metrics, in the order in which a deal comes about."""
ENOUGH = 10
"""Of fewer entries, then or now, a rate of passing says nothing."""
PAST_MONTHS = 3
Cells = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Passage:
    """From one step to the next: the rates of passing now and in the past, if there are enough."""

    rate: Fraction | None
    past: Fraction | None

    @property
    def held(self) -> Fraction | None:
        """The rate of now in terms of the past: under 1 the step loses more than it used to."""
        return self.rate / self.past if self.rate is not None and self.past else None


def passages(now: Sequence[Fraction], past: Sequence[Fraction]) -> list[Passage]:
    """The passage into each step but the first."""
    return [
        Passage(_rate(now[at], now[at + 1]), _rate(past[at], past[at + 1]))
        for at in range(len(now) - 1)
    ]


def _rate(entered: Fraction, passed: Fraction) -> Fraction | None:
    return passed / entered if entered >= ENOUGH else None


def weakest(found: Sequence[Passage]) -> int | None:
    """The passage that has lost most against its own past; None while each holds. Of equals the
    earliest: what is lost there is lost to all that follow."""
    held = [(one.held, at) for at, one in enumerate(found) if one.held is not None]
    least = min(held, default=None)
    return least[1] if least and least[0] < 1 else None


def funnel_of(team_ids: frozenset[int], period: Period, day: date) -> list[Cells]:
    """The steps of the teams in the period up to `day`, beside the three months before it; nothing
    for a company that does not measure these steps."""
    known = catalogue(period.last).metrics
    keys = [key for key in STEPS if key in known]
    if len(keys) < 2:
        return []
    subject = Subject(team_ids=people.team_ids_below(team_ids))
    now = _values(keys, subject, windows_of(period, day).now)
    past = _values(keys, subject, _past(period))
    found = passages([now[key] for key in keys], [past[key] for key in keys])
    weak = weakest(found)
    most = max(now.values()) or Fraction(1)
    return [
        {
            "label": known[key].name,
            "value": metric_text(now[key], known[key].definition, ""),
            "percent": now[key] / most * 100,
            **(_passage(found[at - 1], at - 1 == weak) if at else {}),
        }
        for at, key in enumerate(keys)
    ]


def _past(period: Period) -> Period:
    """The three months before, whether a week, a month or a quarter is looked at."""
    month = first = Period.month(period.start)
    for _number in range(PAST_MONTHS):
        first = first.previous()
    return Period(first.start + (period.start - month.start), period.start)


def _passage(one: Passage, is_weakest: bool) -> Cells:
    return {
        "rate": _percent(one.rate),
        "past": _percent(one.past),
        "is_weakest": is_weakest,
    }


def _percent(rate: Fraction | None) -> str:
    return "" if rate is None else percent_text(rate * 100, 0)


def _values(keys: Sequence[str], subject: Subject, window: Period) -> Mapping[str, Fraction]:
    rows = metric_values(keys, period=window, team_ids=subject.team_ids)
    values = rows[0].values if rows else {}
    return {key: values[key].value or Fraction(0) if key in values else Fraction(0) for key in keys}
