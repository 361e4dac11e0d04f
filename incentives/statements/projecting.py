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
from incentives.periods.pages import named, signed
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
        "low": _money(low),
        "expected": _money(expected),
        "high": _money(high),
        "booked_at": _at(one.booked, most),
        "low_at": _at(low, most),
        "expected_at": _at(expected, most),
        "high_at": _at(high, most),
        "method": _method(one),
        "steps": [next_step_cells(step, one.plan) for step in one.next_steps],
        "what_if": reverse("incentives:what_if", args=[one.period.pk, one.version_id]),
    }


def _money(money: Money | None) -> str:
    return "–" if money is None else money_text(money.amount, money.currency)


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
