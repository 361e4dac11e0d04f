"""The trace of a statement in the reader's words: labels translated, figures as they are read.

Exactness: a figure is shown with all its decimals when it ends within six, otherwise rounded with
a sign that says so. Units come from the plan's measures; what an amount is made of is in its own.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any

from django.utils.translation import gettext, pgettext

from common.formats import MISSING, day_text, money_text, number_text, percent_text
from common.labels import label
from incentives.calc import Plan
from kernel.issues import N_, fill
from kernel.money import digits_of
from kernel.trace import Step

PLACES = 6
_NUMBER = re.compile(r"-?\d+(\.\d+)?(/\d+)?")
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_DAYS = re.compile(rf"\b{_DAY.pattern}\b")
_RATIOS = frozenset({"rate", "payout", "weight", "factor", "slope"})
# results of objectives are parts of what was to be reached, whatever their line pays
_SHARES = frozenset({"item", "score"})
_SHARE_PARAMS = {"item": ("result",), "mbo": ("score",), "scorecard": ("score",)}
_OWN_UNIT = frozenset(
    {"target", "level", "lower", "width", "base", "size", "running", "weighed", "limit", "at"}
    | {"room"}
)
_READS = ("base", "value", "level", "measure")
MEASURES = frozenset({"sum", "given", "default", "formula", "presence", "team", "member"})
# the keys of a plan document, and other words of the engine, as people say them
WORDS = {
    "base": N_("base"),
    "rate": N_("rate"),
    "unit": N_("unit of the limits"),
    "start": N_("reached before"),
    "level": N_("level"),
    "value": N_("value"),
    "pay": N_("target pay"),
    "pays": N_("payout"),
    "quota": N_("quota"),
    "multiple": N_("multiple"),
    "at": N_("limit"),
    "already": N_("already paid"),
    "amount": N_("amount"),
    "share": N_("share"),
    "draw": N_("draw"),
    "advanced": N_("advanced"),
    "pool": N_("pool"),
    "weight": N_("weight"),
    "at_least": N_("at least"),
    "above": N_("above"),
    "at_most": N_("at most"),
    "below": N_("below"),
    "else_multiple": N_("otherwise times"),
    "else_cap": N_("otherwise at most"),
    "else_rate": N_("otherwise the rate"),
    "else_of": N_("of"),
    "prizes": N_("prize"),
    "half_up": N_("half up"),
    "half_even": N_("half to even"),
    "down": N_("down"),
    "up": N_("up"),
}


@dataclass(frozen=True, slots=True)
class Teller:
    """Tells the steps of one statement. `records` gives label and address of a record id."""

    plan: Plan
    names: Mapping[str, str]
    records: Mapping[str, Mapping[str, str]]
    # the same figure stands in the words of a step, in its value and in the steps around it
    _shown: dict[tuple[str, str], str] = field(default_factory=dict, repr=False, compare=False)

    def lines(self, trace: Step) -> list[dict[str, Any]]:
        """One entry for each payment line, and the total last, for the part `c-steps`."""
        lines = [self.told(child, "money") for child in trace.children]
        total = {"label": gettext("Total"), "value": self.money(trace.value), "total": True}
        return [*lines, total]

    def words(self, step: Step, around: str) -> str:
        """A step alone in one phrase."""
        return self._words(step, self.unit_in(step, around))

    def unit_in(self, step: Step, around: str) -> str:
        """The unit of what a step works on, for the steps below it."""
        return self._unit_read(step) or around

    def told(self, step: Step, around: str) -> dict[str, Any]:
        """A step and all below it; `around` is the unit of what the step above works on."""
        unit = self.unit_in(step, around)
        children = [self.told(child, unit) for child in step.children if not is_noise(child)]
        return {
            "label": self._words(step, unit),
            "value": self.value(step, unit),
            "children": children,
            "sources": [self._source(one) for one in step.sources],
        }

    # --- words -------------------------------------------------------------------------------

    def _words(self, step: Step, unit: str) -> str:
        if step.code == "component":
            return self._component(dict(step.params).get("name", ""))
        params = {key: self._param(step, key, text, unit) for key, text in step.params}
        # labels of the engine are marked there; gettext finds them by their English text
        return fill(gettext(step.label), params) + self._scored(step)

    def _scored(self, step: Step) -> str:
        """Who gave the score of a goal, and on which visits; what they saw stays where it is."""
        params = dict(step.params)
        if step.code != "item" or not params.get("evaluator"):
            return ""
        ids = params["evaluator"].split(", ")
        by = ", ".join(self.names.get(one, one) for one in ids)
        visits = _DAYS.sub(lambda day: day_text(date.fromisoformat(day[0])), params["evidence"])
        text = gettext("; scored by {by}, visits: {visits}")
        return text.format(by=by, visits=visits or MISSING)

    def _param(self, step: Step, key: str, text: str, unit: str) -> str:
        if key == "value":
            return self.value(step, unit)
        if key in ("name", "measure", "text", "formula"):
            return self._named(text)
        if key in ("payee", "member"):
            return self.names.get(text.partition("@")[0], text)
        if key == "id":
            return self.records.get(text, {}).get("label", text)
        if key in ("word", "mode", "test", "step"):
            return gettext(WORDS[text]) if text in WORDS else text.replace("_", " ")
        if _DAY.fullmatch(text):
            return day_text(date.fromisoformat(text))
        return self._figure(text, self._unit_of_param(step, key, unit))

    def _unit_of_param(self, step: Step, key: str, unit: str) -> str:
        if key in _SHARE_PARAMS.get(step.code, ()):
            return "ratio"
        if key in _RATIOS:
            return _unit_of_ratio(key, unit)
        if key in ("before", "after", "over", "pay") and step.code != "round":
            return "money"
        return unit if key in _OWN_UNIT else "number"

    def _named(self, text: str) -> str:
        """A measure or parameter by its name; in a formula, each of them."""
        if _NUMBER.fullmatch(text):
            return self._figure(text, "number")
        return _NAME.sub(lambda found: self._name(found[0]), text)

    def _name(self, key: str) -> str:
        known = self.plan.measures.get(key) or self.plan.parameters.get(key)
        return label(known.name["fr"], known.name["en"]) if known else key

    def _component(self, key: str) -> str:
        for part in self.plan.components:
            if part.key == key:
                return label(part.name["fr"], part.name["en"])
        return key

    # --- figures -----------------------------------------------------------------------------

    def _unit_read(self, step: Step) -> str | None:
        """The unit of what a mechanic reads, from the measure that its base names."""
        if step.code == "threshold":
            return self._unit_named(dict(step.params).get("measure", ""))
        for child in step.children:
            params = dict(child.params)
            if child.code in ("read", "parameter") and params.get("word") in _READS:
                return self._unit_named(params.get("text", "")) or "number"
        return None

    def _unit_named(self, text: str) -> str | None:
        known = self.plan.measures.get(text) or self.plan.parameters.get(text)
        return known.unit if known is not None else None

    def value(self, step: Step, unit: str) -> str:
        """The value of a step in its unit."""
        params = dict(step.params)
        if step.code in MEASURES:
            name = params.get("name", "")
            return self._figure(step.value, self._unit_named(name) or unit)
        if step.code in ("read", "parameter"):
            word = params.get("word", "")
            texts = (params.get("text", ""), params.get("name", ""))
            named = next((known for text in texts if (known := self._unit_named(text))), None)
            return self._figure(
                step.value, named or (_unit_of_ratio(word, unit) if word in _RATIOS else "number")
            )
        if step.code in _SHARES:
            return self._figure(step.value, "ratio")
        if step.code in ("threshold", "windfall", "no_value", "prorate_measure", "target_part"):
            return self._figure(step.value, unit)
        return self.money(step.value)

    def money(self, text: str) -> str:
        """An amount of the plan's currency, with more decimals than it has where there are any."""
        return self._figure(text, "money")

    def _figure(self, text: str, unit: str) -> str:
        shown = self._shown.get((text, unit))
        if shown is None:
            shown = self._shown[text, unit] = self._written(text, unit)
        return shown

    def _written(self, text: str, unit: str) -> str:
        if not text:
            return MISSING
        if not _NUMBER.fullmatch(text):
            return text
        value = Fraction(text)
        match unit:
            case "money":
                currency = self.plan.currency
                places = max(_decimals(value), digits_of(currency))
                shown = money_text(value, currency, places)
            case "ratio":
                value *= 100
                shown = percent_text(value, _decimals(value))
            case _:
                shown = number_text(value, _decimals(value))
        return shown if _ends(value) else pgettext("rounded", "about {value}").format(value=shown)

    def _source(self, record: str) -> Mapping[str, str]:
        return self.records.get(record) or {"label": record, "url": ""}


def is_noise(step: Step) -> bool:
    """Defaults that say nothing: a unit of 1, a start of 0, nothing already paid."""
    params = dict(step.params)
    silent = {"unit": "1", "start": "0", "already": "0"}
    return step.code == "parameter" and silent.get(params.get("word", "")) == step.value


def _unit_of_ratio(word: str, unit: str) -> str:
    """The rate of something counted is an amount for each of it."""
    return "money" if word == "rate" and unit == "count" else "ratio"


def _ends(value: Fraction) -> bool:
    return bool((value * 10**PLACES).denominator == 1)


def _decimals(value: Fraction) -> int:
    """How many decimals show the value exactly, at most six."""
    return next((n for n in range(PLACES) if (value * 10**n).denominator == 1), PLACES)


def component_names(plan: Plan) -> Mapping[str, str]:
    """The names of a plan's payment lines in the reader's language."""
    return {part.key: label(part.name["fr"], part.name["en"]) for part in plan.components}


def deals_of(payees: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The records of a statement's inputs as rows, in order, each with an anchor."""
    rows: list[dict[str, Any]] = []
    seen: set[str] = set()
    for payee in payees:
        if payee.get("counts_in") == "shares":
            continue  # a colleague's: what the payee has a part in stands with the payee
        for credit in payee.get("credits", []):
            if credit["id"] not in seen:
                seen.add(credit["id"])
                rows.append({**credit, "payee": payee["id"], "anchor": f"deal-{len(rows) + 1}"})
    return rows
