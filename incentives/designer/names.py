"""What the form calls the words of a plan document; the steps bring their own titles."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from incentives.calc.steps import MECHANICS

KINDS: Mapping[str, Promise] = {
    "measures": _("They change what a name means"),
    "earns": _("They earn"),
    "adjusts": _("They adjust the amount"),
    "settles": _("They settle deals over time"),
}
WORDS: Mapping[str, Promise] = {
    "add": _("add the factors"),
    "all": pgettext_lazy("designer", "all"),
    "allow": _("allowed"),
    "above": _("only above it"),
    "any": _("any period"),
    "at_least": _("at least"),
    "average": _("the average rate of the line"),
    "by_deal": _("deal by deal"),
    "calendar": _("calendar days"),
    "carried": _("carried on"),
    "carry": _("carried on"),
    "closed": _("closed"),
    "complete": _("complete months"),
    "contract": _("the contract"),
    "count": _("a number"),
    "credits": _("the records"),
    "days": _("days"),
    "deal": _("each deal"),
    "deal_date": _("on the day of the deal"),
    "direct": _("direct reports"),
    "down": _("towards zero"),
    "employer": _("the employer"),
    "ever": _("ever"),
    "everyone": _("everybody"),
    "excess": _("only what lies above"),
    "extend": _("go on in a straight line"),
    "false": _("no"),
    "forfeit": _("is lost"),
    "full": _("when all of it is collected"),
    "cap": _("the lower cap"),
    "evaluator": _("who evaluates"),
    "evidence": _("the evidence"),
    "excluded": _("excluded"),
    "first_full_month": _("the first full month"),
    "hire_month": _("the month of hire"),
    "included": _("included"),
    "on": _("the day"),
    "recover": _("is recovered"),
    "review": _("waits for a decision"),
    "waive": _("is waived"),
    "half": _("half-year"),
    "half_even": _("half to even"),
    "half_up": _("half up"),
    "higher": _("the higher one"),
    "hold": _("hold the last value"),
    "hours": _("hours"),
    "inside": _("inside"),
    "keep": _("keep as it is"),
    "line": _("each line rounded"),
    "lost": _("lost"),
    "lower": _("the lower one"),
    "lower_mirror": _("lower is better: 2 − value / target"),
    "lower_ratio": _("lower is better: target / value"),
    "marginal": _("slice by slice"),
    "money": _("money"),
    "month": _("month"),
    "month_of_quarter": _("month of the quarter"),
    "months": _("by months served"),
    "multiply": _("multiply the factors"),
    "none": pgettext_lazy("designer", "none"),
    "number": _("number"),
    "objective": _("the objective"),
    "open": pgettext_lazy("gate", "open"),
    "outside": _("outside"),
    "own": _("each their own"),
    "peers": _("those with the same manager"),
    "partial": _("in proportion to what is collected"),
    "payee": _("each payee"),
    "payout": _("the payout"),
    "period_days": _("days of the period"),
    "period_end": _("at the end of the period"),
    "plan": _("all payees together"),
    "quarter": _("quarter"),
    "quotes": _("each quote once"),
    "ratio": _("ratio"),
    "release": _("is released"),
    "retroactive": _("the whole base"),
    "seniority_months": _("months of seniority"),
    "share": _("share of the period"),
    "shared": _("shared by all"),
    "split": _("cut in two at the limit"),
    "spread": _("spread over the others"),
    "started": _("months begun"),
    "take": _("paid at the new rate"),
    "thirtieths": _("thirtieths"),
    "total": _("the total"),
    "true": _("yes"),
    "up": _("away from zero"),
    "week": _("week"),
    "whole": _("whole deal at its rate"),
    "working": _("working days"),
    "year": _("year"),
    "zero": _("zero"),
}
SOURCES: Mapping[str, Promise] = {
    "sum": _("sum of the records"),
    "count": _("number of records"),
    "objective": _("objective of the person"),
    "kpi": _("KPI of the person"),
    "given": _("figure that is given"),
    "carried": _("balance of the period before"),
    "team": _("sum over the people led"),
    "everyone": _("sum over everybody"),
    "peers": _("sum over the own team"),
    "formula": _("formula"),
    "presence": _("presence"),
    "to_date": _("running total"),
    "calendar": _("of the calendar"),
}
TESTS: Mapping[str, Promise] = {
    "is": _("is"),
    "is_not": _("is not"),
    "at_least": _("is at least"),
    "above": _("is above"),
    "at_most": _("is at most"),
    "below": _("is below"),
}


def step_name(key: str) -> str:
    """What people call a step; the key of one that there is not."""
    return gettext(MECHANICS[key].title) if key in MECHANICS else key


def word(text: str) -> str:
    """A word of the document as people say it."""
    return str(WORDS.get(text, text.replace("_", " ")))
