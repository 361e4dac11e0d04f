"""Reading the prizes of a rules document."""

from collections.abc import Sequence
from fractions import Fraction

from challenges.calc.formats.base import Format
from challenges.calc.rules import Budget, Prize, PrizeFor, PrizeKind, TieRule
from challenges.calc.shapes import Values, told
from kernel.issues import N_, Invalid, Issue, error
from kernel.money import Money

PRICED = (PrizeKind.MONEY, PrizeKind.POINTS)
OWN_FORMAT = {"pot": "ranking_with_pot", "share": "proportional_share", "draw": "lottery"}


def check_prizes(values: Values, format_: Format | None, issues: list[Issue]) -> None:
    """Append an issue for everything that does not fit together; `format_` None is not known."""
    ties: Values | None = told(values.get, "ties")
    told(_budget, values, issues)
    pooled = ties is not None and told(ties.get, "rule") == TieRule.POOL
    for prize in told(values.get, "prizes") or ():
        if "of_total" in prize:
            told(_pot_limit, prize, issues)
        elif "amount" in prize:
            told(_amount, prize, issues)
        told(_cost, prize, issues)
        match told(prize.get, "for"):
            case ("pot" | "share" | "draw") as purpose:
                told(_check_own, prize, purpose, format_, issues)
                told(_check_split, prize, purpose, issues)
            case "rank":
                told(_check_rank, prize, format_, issues)
                told(_check_divisible, prize, pooled, issues)
            case "tier" if format_ is not None:
                told(_check_tier, prize, format_, values, issues)


def prizes_from(listed: Sequence[Values]) -> tuple[Prize, ...]:
    """The prizes, after `check_prizes` had nothing to say."""
    return tuple(_prize(number, values) for number, values in enumerate(listed, start=1))


def _prize(number: int, values: Values) -> Prize:
    kind = PrizeKind(values["kind"])
    first = values.get("rank") or values.get("from") or 0
    return Prize(
        number=number,
        purpose=PrizeFor(values["for"]),
        kind=kind,
        amount=_amount(values, []) if "amount" in values else 0,
        currency=values["currency"] if kind is PrizeKind.MONEY else None,
        label=values["label"] or "",
        first=first,
        last=values.get("to") or first,
        at=values.get("at") or Fraction(0),
        tier=values.get("tier") or 0,
        every=values.get("every") or Fraction(1),
        at_most=_pot_limit(values, []) if "of_total" in values else values.get("at_most"),
        of_total=values.get("of_total") or Fraction(0),
        split=values.get("split") or (),
        times=values.get("times") or 1,
        taxable=values["taxable"],
        cost_minor=_cost(values, []),
        cost_currency=values["cost_currency"],
    )


def _amount(values: Values, issues: list[Issue]) -> int:
    """Minor units for money, otherwise a whole number (1 when not written)."""
    kind = PrizeKind(values["kind"])
    amount: Fraction | None = values["amount"]
    if kind is PrizeKind.MONEY:
        if amount is None or values["currency"] is None:
            _need_money(values, N_("Add for example “amount: 500” and “currency: EUR”."), issues)
            return 0
        return _minor(amount, values["currency"], values, "amount", issues)
    _no_currency(values, issues)
    if amount is None and kind is not PrizeKind.POINTS:
        return 1
    return _whole(values, "amount", issues)


def _need_money(values: Values, remedy: str, issues: list[Issue]) -> None:
    message = N_("A money prize needs an amount and a currency.")
    issues.append(error("money_without_amount", message, remedy, values.place))


def _no_currency(values: Values, issues: list[Issue]) -> None:
    if values["currency"] is not None:
        issues.append(
            error(
                "currency_without_money",
                N_("Only a money prize has a currency."),
                N_("Remove “currency”, or write “kind: money”."),
                values.at("currency"),
            )
        )


def _whole(values: Values, key: str, issues: list[Issue]) -> int:
    amount: Fraction | None = values[key]
    if amount is None or amount.denominator != 1:
        issues.append(
            error(
                "whole_amount",
                N_("The amount must be a whole number."),
                N_("Write a number without decimals."),
                values.at(key),
            )
        )
        return 0
    return amount.numerator


def _pot_limit(values: Values, issues: list[Issue]) -> int | None:
    """The most that is in a pot, in minor units of money."""
    if values["kind"] == PrizeKind.MONEY and values["currency"] is None:
        _need_money(values, N_("Add for example “currency: EUR”."), issues)
        return None
    if values["kind"] != PrizeKind.MONEY:
        _no_currency(values, issues)
    if values["at_most"] is None:
        return None
    if values["kind"] == PrizeKind.MONEY:
        return _minor(values["at_most"], values["currency"], values, "at_most", issues)
    return _whole(values, "at_most", issues)


def _cost(values: Values, issues: list[Issue]) -> int | None:
    if (values["cost"] is None) != (values["cost_currency"] is None):
        issues.append(
            error(
                "cost_currency",
                N_("“cost” and “cost_currency” belong together."),
                N_("Write both, or neither."),
                values.at("cost"),
            )
        )
        return None
    if values["cost"] is None or values["kind"] == PrizeKind.MONEY:
        return None
    return _minor(values["cost"], values["cost_currency"], values, "cost", issues)


def budget_from(values: Values | None) -> Budget | None:
    """The budget, after `check_prizes` had nothing to say."""
    if values is None:
        return None
    minor = _minor(values["amount"], values["currency"], values, "amount", [])
    return Budget(Money(minor, values["currency"]), refuses=values["over"] == "refuse")


def _budget(values: Values, issues: list[Issue]) -> None:
    if values["budget"] is not None:
        budget: Values = values["budget"]
        _minor(budget["amount"], budget["currency"], budget, "amount", issues)


def _minor(amount: Fraction, currency: str, values: Values, key: str, issues: list[Issue]) -> int:
    try:
        return Money.of(amount, currency).minor
    except Invalid as invalid:
        issues.extend(issue.at(values.at(key)) for issue in invalid.issues)
        return 0


def _check_tier(values: Values, format_: Format, rules: Values, issues: list[Issue]) -> None:
    count = format_.tiers(rules["score"])
    if values["tier"] > count:
        issues.append(
            error(
                "no_such_tier",
                N_("There is no tier {tier}: the format {format} has {count} here."),
                N_("Use a tier that “score” names, or another “for”."),
                values.at("tier"),
                tier=values["tier"],
                format=format_.key,
                count=count,
            )
        )


def _check_own(values: Values, purpose: str, format_: Format | None, issues: list[Issue]) -> None:
    """A pot, a shared pool and a draw belong to one format each."""
    if format_ is None or purpose in format_.prizes:
        return
    issues.append(
        error(
            "prize_of_another_format",
            N_("The format {format} has no prize “for: {purpose}”."),
            N_("Write “format: {other}”, or another “for”."),
            values.at("for"),
            format=format_.key,
            purpose=purpose,
            other=OWN_FORMAT[purpose],
        )
    )


def _check_split(values: Values, purpose: str, issues: list[Issue]) -> None:
    if purpose != "draw" and PrizeKind(values["kind"]) not in PRICED:
        issues.append(
            error(
                "cannot_share",
                N_("This prize cannot be shared between several."),
                N_("Write “kind: money” or “kind: points”."),
                values.at("kind"),
            )
        )
    if sum(values.get("split") or (), Fraction(0)) > 1:
        issues.append(
            error(
                "split_above_all",
                N_("The places split more than the whole pot."),
                N_("Write parts that add up to at most 100 %."),
                values.at("split"),
            )
        )


def _check_rank(values: Values, format_: Format | None, issues: list[Issue]) -> None:
    if format_ is not None and not format_.competitive:
        issues.append(
            error(
                "no_ranks",
                N_("The format {format} has no ranks."),
                N_("Use “for: winners”, “tier”, “threshold”, “unit” or “all”."),
                values.at("for"),
                format=format_.key,
            )
        )
    one, first, last = values["rank"], values["from"], values["to"]
    if (one is None) == (first is None) or (first is None) != (last is None):
        issues.append(
            error(
                "rank_or_range",
                N_("A rank prize names one rank, or a first and a last one."),
                N_("Write “rank: 1”, or “from: 2” with “to: 5”."),
                values.place,
            )
        )
    elif first is not None and last < first:
        issues.append(
            error(
                "ranks_reversed",
                N_("The last rank comes before the first."),
                N_("Swap “from” and “to”."),
                values.at("to"),
            )
        )


def _check_divisible(values: Values, pooled: bool, issues: list[Issue]) -> None:
    if pooled and PrizeKind(values["kind"]) not in PRICED:
        issues.append(
            error(
                "cannot_split",
                N_("This prize cannot be split between equal scores."),
                N_("Use another tie rule, or money or points as the prize."),
                values.at("kind"),
            )
        )
