"""Re-evaluation of a trace: every value again from the words and the children of its step.

Independent of the engine: it knows formulas of codes, not plans. What only the inputs know
(records, figures, parameters) is a leaf and taken as it stands.
"""

from collections.abc import Callable, Iterable
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, ROUND_UP, Context, Decimal
from fractions import Fraction

from kernel.expressions import evaluate, parse
from kernel.trace import Step

Rule = Callable[[Step], Fraction]
MODES = {
    "half_up": ROUND_HALF_UP,
    "half_even": ROUND_HALF_EVEN,
    "down": ROUND_DOWN,
    "up": ROUND_UP,
}
WIDE = Context(prec=200)


def word(step: Step, key: str) -> str:
    return dict(step.params)[key]


def number(step: Step, key: str) -> Fraction:
    return Fraction(word(step, key))


def value(step: Step) -> Fraction:
    return Fraction(step.value)


def children(step: Step, *codes: str) -> list[Step]:
    return [child for child in step.children if child.code in codes]


def read(step: Step, key: str) -> Fraction | None:
    """The parameter of a step that a child has read; one without value counts 0."""
    for child in children(step, "read", "parameter"):
        if dict(child.params).get("word") == key:
            return Fraction(child.value or 0)
    return None


def total(steps: Iterable[Step]) -> Fraction:
    return sum((value(step) for step in steps), Fraction(0))


def product(*keys: str) -> Rule:
    def rule(step: Step) -> Fraction:
        found = Fraction(1)
        for key in keys:
            found *= number(step, key)
        return found

    return rule


def sum_of(*codes: str) -> Rule:
    return lambda step: total(children(step, *codes))


def rounded(step: Step) -> Fraction:
    """By the library of decimals: the engine rounds with whole numbers."""
    exact, places = number(step, "before"), int(word(step, "places"))
    size = exact * Fraction(10) ** places
    # a decimal so long that cutting it off cannot move it over a half
    cut = WIDE.divide(Decimal(size.numerator), Decimal(size.denominator))
    whole = cut.to_integral_value(rounding=MODES[word(step, "mode")])
    return Fraction(int(whole)) / Fraction(10) ** places


def formula(step: Step) -> Fraction:
    # a threshold calls the name that it has changed "measure"
    named = [(dict(child.params), child) for child in step.children]
    names = {params.get("name") or params["measure"]: child for params, child in named}
    known = {key: value(child) if child.value else None for key, child in names.items()}
    text = word(step, "formula" if step.code == "formula" else "text")
    found = evaluate(parse(text), known)
    assert found is not None
    return found


def closed_or_open(step: Step) -> Fraction:
    level, limit, before = number(step, "level"), number(step, "limit"), number(step, "before")
    tests = {
        "at_least": level >= limit, "above": level > limit,
        "at_most": level <= limit, "below": level < limit,
    }  # fmt: skip
    if tests[word(step, "test")]:
        return before
    multiple, cap, rate = (read(step, f"else_{key}") for key in ("multiple", "cap", "rate"))
    if multiple is None and cap is None and rate is None:
        return Fraction(0)
    found = before if rate is None else rate * (read(step, "else_of") or 0)
    found *= Fraction(1) if multiple is None else multiple
    return found if cap is None else min(found, cap)


def changes(step: Step) -> Fraction:
    moved = children(step, "deal_change")
    return number(step, "before") + sum(
        (value(one) - number(one, "before") for one in moved), Fraction(0)
    )


def capped(step: Step) -> Fraction:
    if word(step, "scope") == "deal":
        return changes(step)
    return min(number(step, "before"), number(step, "room"))


def floored(step: Step) -> Fraction:
    if word(step, "scope") == "deal":
        return changes(step)
    return max(number(step, "before"), number(step, "at"))


def threshold(step: Step) -> Fraction:
    measured, level, at = value(step.children[0]), number(step, "level"), number(step, "at")
    met = level > at if word(step, "reached") == "above" else level >= at
    if not met:
        return Fraction(0)
    return measured if word(step, "counts") == "all" else measured - at


def limited(step: Step) -> Fraction:
    moved = children(step, "limited")
    return number(step, "before") + sum(
        (value(one) - number(one, "size") for one in moved), Fraction(0)
    )


def trued_up(step: Step) -> Fraction:
    rest = number(step, "earned") - number(step, "already") + number(step, "brought")
    return rest if word(step, "negative") == "allow" else max(rest, Fraction(0))


def drawn(step: Step) -> Fraction:
    opening = value(children(step, "carried")[0])
    gross, due = number(step, "gross"), number(step, "due")
    assert due >= gross + opening
    return due - number(step, "advanced")


def presence(step: Step) -> Fraction:
    days, of = number(step, "days"), number(step, "of")
    return {"share": days / of if of else days, "days": days, "period_days": of}[word(step, "what")]


def deal(step: Step) -> Fraction:
    keys = dict(step.params)
    if "weighed" in keys:
        return value(step)  # the accelerator checks it with its own rate
    if "before" in keys:
        return number(step, "before") * number(step, "share")
    return number(step, "rate") * number(step, "size") if "rate" in keys else value(step)


def shared(step: Step) -> Fraction:
    """Whole units by largest remainder, ties to the earlier place."""
    unit: int = 10 ** int(word(step, "places"))
    units = abs(number(step, "before")) * unit
    exact = [units * Fraction(share) for share in word(step, "shares").split("; ")]
    parts = [Fraction(one // 1) for one in exact]
    by_rest = sorted(range(len(exact)), key=lambda n: (parts[n] - exact[n], n))
    for n in by_rest[: int(units - sum(parts))]:
        parts[n] += 1
    part = parts[int(word(step, "place")) - 1] / unit
    return -part if number(step, "before") < 0 else part


def accelerated(step: Step) -> Fraction:
    deals, slices = children(step, "deal"), children(step, "slice")
    rate = read(step, "rate") or Fraction(0)
    for one in deals:
        assert value(one) == rate * number(one, "weighed")
    assert not slices or sum((number(s, "width") for s in slices), Fraction(0)) == read(
        step, "base"
    )
    return total(deals or slices)


def sliced(step: Step) -> Fraction:
    slices = children(step, "slice")
    assert sum((number(one, "width") for one in slices), Fraction(0)) == read(step, "base")
    return total(slices)


def scored(step: Step) -> Fraction:
    items = [one for one in children(step, "item") if one.value]
    assert number(step, "score") == total(items)
    return number(step, "score") * number(step, "pay")


def converted(step: Step) -> Fraction:
    exact = number(step, "amount") * number(step, "rate")
    if not word(step, "places"):
        return exact
    places = (
        ("before", str(exact)),
        ("mode", word(step, "mode")),
        ("places", word(step, "places")),
    )
    return rounded(Step("round", "", places))


def to_date(step: Step) -> Fraction:
    if "now" in dict(step.params):
        assert value(step.children[0]) == number(step, "before")
        return number(step, "before") + number(step, "now")
    return value(step.children[0])


def slice_of(step: Step) -> Fraction:
    found = number(step, "rate") * number(step, "width")
    return found * number(step, "multiple") if "multiple" in dict(step.params) else found


RULES: dict[str, Rule] = {
    "sum": lambda step: value(step) if len(step.sources) == number(step, "count") else Fraction(-1),
    "team": sum_of("member"),
    "member": lambda step: value(step.children[0]),
    "formula": formula,
    "read": formula,
    "presence": presence,
    "to_date": to_date,
    "converted": converted,
    "flat_rate": product("rate", "base"),
    "slice": slice_of,
    "marginal_tiers": sliced,
    "retroactive_tiers": product("rate", "base"),
    "top_tier_excess": lambda s: number(s, "rate") * (number(s, "base") - number(s, "lower")),
    "deal": deal,
    "deal_tiers": sum_of("deal"),
    "quota_rate": lambda s: number(s, "pay") / number(s, "quota") * number(s, "base"),
    "accelerator": accelerated,
    "payout_curve": product("payout", "pay"),
    "step_curve": product("payout", "pay"),
    "matrix": product("cell", "pay"),
    "item": product("result", "weight"),
    "scorecard": scored,
    "mbo": scored,
    "spiff": product("count", "amount"),
    "bonus_steps": product("count", "amount"),
    "challenge_prize": sum_of("award"),
    "fixed_amount": lambda step: value(step.children[0]),
    "money_split": sum_of("deal", "deal_shared"),
    "deal_shared": shared,
    "multiplier": product("before", "factor"),
    "leverage": product("before", "factor"),
    "prorate_pay": product("before", "factor"),
    "weight": product("before", "weight"),
    "gate": closed_or_open,
    "cap": capped,
    "floor": floored,
    "threshold": threshold,
    "windfall": limited,
    "ramp": product("before", "share"),
    "true_up": trued_up,
    "draw": drawn,
    "round": rounded,
    "rounding": rounded,
    "target_part": lambda s: number(s, "target") * number(s, "days") / number(s, "of"),
    "prorated": sum_of("target_part"),
}
MEASURING = (
    "threshold", "windfall", "prorate_measure", "ramp",
    # how deals are settled is a rule; what it comes to is the step "settlement"
    "holdback", "payment_schedule", "clawback",
)  # fmt: skip
EARNING = (
    "flat_rate", "marginal_tiers", "retroactive_tiers", "top_tier_excess", "deal_tiers",
    "quota_rate", "accelerator", "payout_curve", "step_curve", "matrix", "scorecard", "mbo",
    "spiff", "bonus_steps", "challenge_prize", "fixed_amount", "team_pool",
)  # fmt: skip


def recheck(step: Step) -> None:
    """Every step below, then this one; AssertionError where a value does not follow."""
    for child in step.children:
        recheck(child)
    rule = RULES.get(step.code)
    if rule is not None and step.value:
        assert value(step) == rule(step), step.text()


def recheck_component(step: Step) -> None:
    """The running amount of a component, step by step, comes to the amount that it pays."""
    recheck(step)
    amount = Fraction(0)
    for child in step.children:
        if "before" in dict(child.params) and child.code not in MEASURING and child.code != "cap":
            assert number(child, "before") == amount, child.text()
        if child.code in EARNING:
            amount += value(child)
        elif child.code == "no_value":
            amount = Fraction(0) if "the amount becomes 0" in child.label else amount
        elif child.code not in MEASURING and child.value:
            amount = value(child)
    assert value(step) == amount


def recheck_payee(step: Step) -> None:
    """The whole trace of a payee: components, the steps of the plan, the total."""
    for child in step.children:
        if child.code == "component":
            recheck_component(child)
        else:
            recheck(child)
    assert value(step) == total(step.children)
