"""Whether the most that the prizes can cost fits into the budget of the challenge."""

from dataclasses import replace

from challenges.calc.liability import maximum_liability
from challenges.calc.rules import Prize, PrizeFor, PrizeKind, Rules
from kernel.issues import N_, Issue, Place, error, warning
from kernel.money import Money


def largest_cost(rules: Rules, entrants: int) -> dict[str, int | None]:
    """The worst case by currency, in minor units: prizes in money, and others by what one of them
    costs. None is without limit."""
    priced = tuple(_priced(prize) for prize in rules.prizes if _has_price(prize))
    due = maximum_liability(replace(rules, prizes=priced), entrants)
    return {one.currency: one.most for one in due if one.currency is not None}


def _has_price(prize: Prize) -> bool:
    return prize.kind is PrizeKind.MONEY or prize.cost_minor is not None


def _priced(prize: Prize) -> Prize:
    """A gift as the money that it costs; a pot of points costs that at its most."""
    cost = prize.cost_minor
    if prize.kind is PrizeKind.MONEY or cost is None:
        return prize
    most = prize.at_most
    if prize.purpose is PrizeFor.POT and most is not None:
        most = cost
    return replace(
        prize, kind=PrizeKind.MONEY, amount=cost, currency=prize.cost_currency, at_most=most
    )


def budget_issues(rules: Rules, entrants: int) -> list[Issue]:
    """What does not fit, for that many entrants: errors, or warnings where the rules say so."""
    budget = rules.budget
    if budget is None:
        return []
    told = error if budget.refuses else warning
    place = Place(path="budget")
    costs = largest_cost(rules, entrants)
    found = [
        told(
            "budget_currency",
            N_("The budget is in {currency}, and does not cover prizes in {other}."),
            N_("Write all prizes and costs in the currency of the budget."),
            place,
            currency=budget.envelope.currency,
            other=other,
        )
        for other in sorted(costs.keys() - {budget.envelope.currency})
    ]
    most = costs.get(budget.envelope.currency, 0)
    if most is None or most > budget.envelope.minor:
        found.append(_over(rules, budget.envelope, most, entrants, place))
    return found


def _over(rules: Rules, envelope: Money, most: int | None, entrants: int, place: Place) -> Issue:
    told = error if rules.budget is None or rules.budget.refuses else warning
    remedy = N_("Lower the prizes, add “at_most”, split tied prizes (pool), or raise the budget.")
    if most is None:
        message = N_("These prizes have no limit, but the budget is {budget}.")
        return told("over_budget", message, remedy, place, budget=envelope)
    message = N_("With {entrants} entrants the prizes can cost {most}, but the budget is {budget}.")
    return told(
        "over_budget", message, remedy, place,
        entrants=entrants, most=Money(most, envelope.currency), budget=envelope,
    )  # fmt: skip
