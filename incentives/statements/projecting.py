"""The projection as plain values for the page of one's own pay."""

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from common.formats import moment_text, money_text, number_text, percent_text
from common.labels import label
from incentives.calc import Plan
from incentives.calc.measures import Stated
from incentives.periods.pages import named, signed
from incentives.statements.goals import OpenGoals
from incentives.statements.projection import NextStep, Projection, Waits
from kernel.money import Money

Cells = dict[str, Any]


def projection_cards(found: Iterable[Projection | Waits]) -> list[Cells]:
    """One card for each plan and running period."""
    return [_waits(one) if isinstance(one, Waits) else _card(one) for one in found]


def _waits(one: Waits) -> Cells:
    return {
        "plan": label(one.plan.name["fr"], one.plan.name["en"]),
        "period": named(one.period),
        "waits": True,
    }


def _card(one: Projection) -> Cells:
    low, expected, high = one.low, one.expected, one.high
    most = max((abs(money.minor) for money in one.outcomes), default=0) or 1
    return {
        "plan": label(one.plan.name["fr"], one.plan.name["en"]),
        "period": named(one.period),
        "booked": _money(one.booked),
        "has_range": low is not None,
        "low": _about(low),
        "expected": _about(expected),
        "high": _about(high),
        "booked_at": _at(one.booked, most),
        "low_at": _at(low, most),
        "expected_at": _at(expected, most),
        "high_at": _at(high, most),
        "method": " ".join(filter(None, (_method(one), _as_they_stand(one.plan)))),
        "goals": [_unscored(goals) for goals in one.goals],
        "steps": [next_step_cells(step, one.plan) for step in one.next_steps],
        "what_if": reverse("incentives:what_if", args=[one.period.pk, one.version_id]),
    }


def _money(money: Money | None) -> str:
    return "–" if money is None else money_text(money.amount, money.currency)


def _about(money: Money | None) -> str:
    """What may come, in whole units: nobody knows it to the cent."""
    return "–" if money is None else money_text(money.amount, money.currency, 0)


def _at(money: Money | None, most: int) -> Fraction:
    """Where an amount stands on the drawing, per hundred; the greatest is at 95."""
    return Fraction(95 * (money.minor if money else 0), most)


def _method(one: Projection) -> str:
    if one.others_at:
        return _(
            "Your own deals are counted as they are now, what your colleagues did as the "
            "calculation of %(moment)s has found it. What everybody will still do decides as well, "
            "so no range is shown."
        ) % {"moment": moment_text(one.others_at)}
    if one.rests.is_over:
        return _("This plan pays none of the days that are left: only what is booked counts.")
    if one.rests.forecast_at:
        return _(
            "Booked so far, plus what the forecast of %(moment)s says of your revenue in the rest "
            "of the period, in deals like your last ones, calculated by your plan. Low and high "
            "are what it pays at the ends of the forecast's range, which eight outcomes of ten "
            "should fall into."
        ) % {"moment": moment_text(one.rests.forecast_at)}
    pasts = len(one.outcomes)
    if not pasts:
        return _("No earlier period to compare with yet: only what is booked counts.")
    return ngettext(
        "Booked so far, plus the rest of the period as in your last one "
        "(after the same number of working days), calculated by your plan.",
        "Booked so far, plus the rest of the period as in each of your last %(n)s periods "
        "(after the same number of working days), calculated by your plan: "
        "the weakest, the middle and the best of these totals.",
        pasts,
    ) % {"n": pasts}


def _as_they_stand(plan: Plan) -> str:
    """Figures of a plan that no record in it moves."""
    names = [
        label(one.name["fr"], one.name["en"])
        for one in plan.measures.values()
        if isinstance(one.source, Stated) and one.source.part == "kpis"
    ]
    if not names:
        return ""
    return _("KPIs that the plan reads count as they are now: %(names)s.") % {
        "names": ", ".join(names)
    }


def _unscored(goals: OpenGoals) -> str:
    """What has no score yet, how it counts here, and what it may still bring."""
    words = {"names": ", ".join(goals.names)}
    match goals.missing:
        case "spread":
            text = _("Not scored yet, the other objectives count instead: %(names)s.")
        case "none":
            text = _("Not scored yet, so nothing is counted for the objectives here: %(names)s.")
        case _:
            text = _("Not scored yet, counted as 0 here: %(names)s.")
    if goals.worth.minor <= 0:
        return text % words
    more = _("Full marks would add %(worth)s.") % {"worth": _money(goals.worth)}
    return f"{text % words} {more}"


def next_step_cells(step: NextStep, plan: Plan) -> Cells:
    """What is missing to the next limit of a plan, and what reaching it is worth."""
    component = next(part for part in plan.components if part.key == step.component)
    currency = plan.currency
    return {
        "component": label(component.name["fr"], component.name["en"]),
        "missing": money_text(step.missing, currency)
        if step.currency
        else ngettext("%(n)s record", "%(n)s records", int(step.missing))
        % {"n": number_text(step.missing, 0)},
        "limit": _figure(step.limit, step.unit, currency),
        "level": _figure(step.level, step.unit, currency),
        "share": step.level / step.limit * 100 if step.limit > 0 else None,
        "worth": signed(step.worth.minor, currency),
    }


def _figure(value: Fraction, unit: str, currency: str) -> str:
    match unit:
        case "money":
            return money_text(value, currency)
        case "ratio":
            return percent_text(value * 100, 2)
    return number_text(value)
