"""Currencies: a credit is converted once, by a dated rate; without rate it has no value."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction
from functools import lru_cache

from incentives.calc.facts import Credit, Inputs, Rate
from incentives.calc.telling import told
from kernel.issues import N_
from kernel.numbers import Rounding, round_to
from kernel.periods import Period
from kernel.trace import Step

RATE_OF = ("deal", "average", "plan", "payment")
AVERAGE_OVER = ("quotes", "days")


@dataclass(frozen=True, slots=True)
class Conversion:
    """Which rate a plan converts by, and how a converted amount is rounded (None: not at all).

    ``average_over``: the mean of the daily rates that are dated in the period, each once, or of the
    rate in force on each of its days.
    """

    rate_of: str = "deal"
    average_over: str = "quotes"
    rates: Mapping[str, Fraction] = field(default_factory=dict)
    max_age_days: Fraction | None = None
    round_places: Fraction | None = None
    round_mode: str = "half_up"


@dataclass(frozen=True, slots=True)
class Converted:
    """A foreign credit: as it was, as it counts (amount None without rate), the rate, the trace."""

    original: Credit
    valued: Credit
    rate: Fraction | None
    trace: Step


def converted(rule: Conversion, inputs: Inputs, credit: Credit, currency: str) -> Converted:
    """A credit of another currency in the plan's; its amount is None when no rate fits."""
    rate, of = _rate(rule, inputs, credit)
    amount = None if rate is None or credit.amount is None else credit.amount * rate
    if amount is not None and rule.round_places is not None:
        amount = Fraction(round_to(amount, int(rule.round_places), Rounding(rule.round_mode)))
    label = (
        N_("{id}: {amount} {currency} × {rate} ({of}) = {value}")
        if rate is not None
        else N_("{id}: {amount} {currency}: no rate ({of})")
    )
    trace = told(
        "converted",
        label,
        amount,
        sources=(credit.id,),
        id=credit.id,
        amount="" if credit.amount is None else credit.amount,
        currency=credit.currency or "",
        rate="" if rate is None else rate,
        of=of,
        places="" if rule.round_places is None else int(rule.round_places),
        mode=rule.round_mode,
    )
    return Converted(credit, replace(credit, amount=amount, currency=currency), rate, trace)


def _rate(rule: Conversion, inputs: Inputs, credit: Credit) -> tuple[Fraction | None, str]:
    """The rate, None when there is none, and what it is the rate of (a day, a period, the plan)."""
    known = [rate for rate in inputs.rates if rate.currency == credit.currency]
    period = inputs.period
    match rule.rate_of:
        case "plan":
            stated = rule.rates.get(credit.currency or "")
            if stated is not None:
                return stated, "plan"
            return _newest(known, "plan", period.start, None), "plan"
        case "average":
            return _average(rule, known, inputs), period.name
        case "payment":
            day = inputs.paid_on or period.last
        case _:
            day = credit.closed_on(inputs.timezone) or period.start
    return _newest(known, "daily", day, rule.max_age_days), day.isoformat()


def _newest(
    known: Iterable[Rate], kind: str, day: date, max_age: Fraction | None
) -> Fraction | None:
    """The rate of a kind in force on a day: the newest one, if it is not too old."""
    found: Rate | None = None
    for rate in known:
        if rate.kind == kind and rate.on <= day and (found is None or rate.on >= found.on):
            found = rate
    if found is None:
        return None
    if max_age is not None and (day - found.on).days > max_age:
        return None
    return found.rate


def _average(rule: Conversion, known: Sequence[Rate], inputs: Inputs) -> Fraction | None:
    """The stated average of the period; else the mean that the rule says, None without a rate."""
    inside = [rate for rate in known if inputs.period.contains(rate.on)]
    stated = [rate.rate for rate in inside if rate.kind == "average"]
    if stated:
        return stated[-1]
    if rule.average_over == "quotes":
        return _mean([rate.rate for rate in inside if rate.kind == "daily"])
    return _mean_of_days(tuple(known), inputs.period, rule.max_age_days)


# the same for every credit of a currency in a period
@lru_cache(maxsize=64)
def _mean_of_days(
    known: tuple[Rate, ...], period: Period, max_age: Fraction | None
) -> Fraction | None:
    in_force = (_newest(known, "daily", day, max_age) for day in period.dates())
    return _mean([rate for rate in in_force if rate is not None])


def _mean(rates: Sequence[Fraction]) -> Fraction | None:
    return sum(rates, Fraction(0)) / len(rates) if rates else None
