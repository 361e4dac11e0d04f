"""What the engine writes as templates, said in the reader's language with readable figures."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from fractions import Fraction
from functools import reduce

from django.utils import timezone
from django.utils.translation import get_language, gettext, gettext_lazy, ngettext

from challenges.calc import Rules, rulebook
from challenges.calc.formats.base import Format
from challenges.calc.formats.measure import Measure
from challenges.calc.formats.tiered import League
from challenges.calc.names import name_in
from challenges.calc.records import CHARGE, Charge
from challenges.calc.rulebook import criterion
from challenges.calc.rules import Prize, PrizeFor, PrizeKind
from challenges.charging.queries import names_of
from challenges.plurals import MANY, template_of
from common.formats import (
    in_unit_text,
    minor_text,
    moment_text,
    money_text,
    number_text,
    percent_text,
)
from kernel.issues import fill
from kernel.money import CURRENCIES
from kpis.calc.metrics import is_money
from kpis.queries.catalogue import Catalogue

MOMENTS = frozenset({"frozen", "start", "end", "cut_off", "known", "decided"})
FIGURES = frozenset({"target", "minimum", "at", "every", "above", "whole", "value", "total"})
OF_METRIC = frozenset({"goal", "actual", "step"})
NAMED = {"act": "acts", "acts": "acts", "league": "leagues", "leagues": "leagues"}
SIDES = frozenset({"above", "below"})
SIDES_OF_A_RATE = {
    "numerator": gettext_lazy("Above the line"),
    "denominator": gettext_lazy("Below the line"),
}
SHARES = frozenset({"percent", "weight", "floor", "cap", "share"})
_MONEY = re.compile(r"([\d.]+) ([A-Z]{3})")
_THINGS = re.compile(r"(\d+(?:\.\d+)?) (.+)")

CAUSES = {
    "opening": gettext_lazy("starting position"),
    "charged": gettext_lazy("charged from an earlier challenge"),
    "discharged": gettext_lazy("no longer charged here"),
    "counted": gettext_lazy("counts now"),
    "corrected": gettext_lazy("corrected"),
    "cancelled": gettext_lazy("cancelled"),
    "recounted": gettext_lazy("counts differently"),
    "paused": gettext_lazy("happened in a pause"),
    "after_cut_off": gettext_lazy("arrived after the cut-off"),
    "before_joining": gettext_lazy("happened before joining"),
    "after_signing": gettext_lazy("revised after signing"),
    "rejected": gettext_lazy("rejected in the review"),
    "elsewhere": gettext_lazy("no longer counts here"),
    "rules": gettext_lazy("the rules changed"),
    "target": gettext_lazy("the target changed"),
    "baseline": gettext_lazy("the baseline changed"),
    "circumstances": gettext_lazy("team or presence changed"),
}


class Words:
    """Speaks about one challenge: its metric by its label, its score in its unit."""

    def __init__(self, rules: Rules, known: Catalogue, currency: str) -> None:
        self.rules, self.known, self.currency = rules, known, currency
        self._origins: dict[str, dict[str, str]] = {}

    @property
    def unit(self) -> str:
        """Unit of the score as `common.formats` names units."""
        format_: Format = self.rules.format
        match format_.key:
            case "percent_of_target" | "rate" | "scorecard":
                return "percent"
            case "most_improved" if getattr(self.rules.params, "ratio", False):
                return "percent"
            case "weighted_points" | "championship" | "mission_path" | "league":
                return "points"
            case "streak" | "lottery":
                return "count"
        return self.metric_unit

    @property
    def metric_unit(self) -> str:
        """Unit of what the records are worth: the currency for money."""
        params: object = self.rules.params
        measure = getattr(params, "measure", None)
        if measure is not None and measure.count:
            return "count"
        money = (
            key in self.known.metrics and is_money(self.known.metrics[key].definition)
            for key in self.rules.metrics
        )
        return self.currency if any(money) else "count"

    def unit_of(self, metric: str) -> str:
        """Unit of one metric of several, counted where the rules count its records."""
        measures = self._measures
        if metric not in self.known.metrics or not measures:
            return self.metric_unit
        counted = any(one.count for one in measures if one.metric == metric)
        money = is_money(self.known.metrics[metric].definition)
        return self.currency if money and not counted else "count"

    @property
    def _measures(self) -> Sequence[Measure]:
        """How each of several metrics adds up; empty where there is one."""
        params: object = self.rules.params
        parts = getattr(params, "objectives", ()) or getattr(params, "acts", ())
        sides = (*getattr(params, "above", ()), *getattr(params, "below", ()))
        return [one.measure for one in parts] or sides

    @property
    def sides(self) -> tuple[str, str]:
        """Units of what stands above and below the line where a score is divided."""
        params: object = self.rules.params
        above, below = (getattr(params, side, ()) for side in ("above", "below"))
        if above and below:
            return self.unit_of(above[0].metric), self.unit_of(below[0].metric)
        counted = self.rules.format.key == "average"
        return self.metric_unit, "count" if counted else self.metric_unit

    def part(self, key: str) -> str:
        """The side of a score on which records count: a metric, an act, a round, an hour."""
        if key in SIDES_OF_A_RATE:
            return str(SIDES_OF_A_RATE[key])
        if key in self.known.metrics:
            return self.metric(key)
        if key.isdecimal():
            return gettext("Round %(number)s") % {"number": key}
        if self.rules.format.key == "power_hour" and key:
            return moment_text(datetime.fromisoformat(key))
        return self._named("act", key) if key else gettext("Records")

    def effect_unit(self, metric: str) -> str:
        """Unit of what one record does to the score: points where records earn points."""
        earning = self.rules.format.key in ("weighted_points", "mission_path")
        return "points" if earning else self.unit_of(metric)

    @property
    def head(self) -> str:
        """What the scores of the board are: points, or the metric."""
        if self.unit == "points":
            return gettext("Points")
        if self.rules.format.key == "lottery":
            return gettext("Tickets")
        if self.rules.format.key == "scorecard":
            return gettext("Score")
        return self.metric(sorted(self.rules.metrics)[0])

    def score(self, value: Fraction | None) -> str:
        """A score in its unit; a dash for none."""
        return in_unit_text(value, self.unit)

    def metric(self, key: str) -> str:
        """The label of a metric, in the reader's language."""
        info = self.known.metrics.get(key)
        return info.name if info else key

    def rulebook(self, language: str) -> list[str]:
        """The rules as sentences, the title left out."""
        return [
            self.sentence(template, params)
            for template, params in rulebook(self.rules, language)[1:]
        ]

    def sentence(self, template: str, params: Mapping[str, str]) -> str:
        """One sentence of the engine."""
        unit = self.unit_of(params.get("metric", ""))
        said = template_of(template, params)
        # a sentence that names the zone says it once
        texts = {k: self._moment(v, named="zone" not in params) for k, v in params.items()
                 if k in MOMENTS}  # fmt: skip
        others = {k: self._param(k, v, unit) for k, v in params.items() if k not in MOMENTS}
        return fill(said, {**texts, **others})

    def _moment(self, value: str, *, named: bool) -> str:
        """A moment on the clock of the challenge, with its zone where the reader has another."""
        moment = datetime.fromisoformat(value)
        here = moment_text(moment)
        with timezone.override(self.rules.zone):
            there = moment_text(moment)
        return there if here == there or not named else f"{there} ({self.rules.zone.key})"

    def _param(self, key: str, value: str, unit: str) -> str:
        if key == "metric":
            return self.metric(value)
        if key in SIDES and self.rules.format.key == "rate":
            return " + ".join(self.metric(one) for one in value.split(" + "))
        if key == "format":
            return gettext(value)
        if key == "challenge":
            return self.origin(value)
        if key == "what":
            return thing_text(value)
        if key in NAMED:
            return ", ".join(self._named(key, one) for one in value.split(", "))
        if key == "chain":
            return self._chain()
        if key in FIGURES:
            return self._figure(key, value)
        if key in OF_METRIC:
            return _in_unit(value, unit)
        if key in SHARES:
            return _in_unit(value, "count")
        if key == "levels":
            return "; ".join(_in_unit(level, self.metric_unit) for level in value.split("; "))
        return value

    def _chain(self) -> str:
        """What decides between equal scores, one after the other."""
        told = [criterion(link) for link in self.rules.ties.chain]
        links = [self.sentence(one.template, dict(one.params)) for one in told]
        return reduce(
            lambda all_, link: gettext("{before}, then {link}").format(before=all_, link=link),
            links,
        )

    def worth_unit(self, metric: str) -> str:
        """Unit of the value of one record, also where records are counted."""
        info = self.known.metrics.get(metric)
        return self.currency if info is not None and is_money(info.definition) else "count"

    def origin(self, origin: str) -> str:
        """The name of the challenge that a charge comes from."""
        language = (get_language() or "en")[:2]
        if language not in self._origins:
            self._origins[language] = names_of((one.origin for one in self.rules.charges), language)
        return self._origins[language].get(origin, origin)

    def charged(self, charge: Charge) -> str:
        """What a charge is, in words."""
        said = {
            -1: gettext("Charged from %(challenge)s: %(record)s, taken away after the signature"),
            0: gettext("Charged from %(challenge)s: %(record)s, corrected after the signature"),
            1: gettext("Charged from %(challenge)s: %(record)s, added after the signature"),
        }[charge.count]
        name = self.origin(charge.origin)
        return said % {"challenge": name, "record": record_text(charge.revision)}

    @property
    def leagues(self) -> bool:
        """Whether there are tiered leagues."""
        return self.rules.format.key == "tiered_leagues"

    def league(self, tier: int) -> str:
        """The name of the n-th league from below."""
        leagues: Sequence[League] = self.rules.params.leagues  # type: ignore[attr-defined]  # `leagues` says so
        return self._named("league", leagues[-tier].key)

    def group(self, key: str) -> str:
        """The name of the group of a round, where it is a league."""
        return self._named("league", key) if self.leagues else key

    def _named(self, key: str, value: str) -> str:
        """The name of an act or a league, in the reader's language."""
        parts = getattr(self.rules.params, NAMED[key], ())
        names = next((one.names for one in parts if one.key == value), ())
        return name_in(names, (get_language() or "en")[:2], value)

    def _figure(self, key: str, value: str) -> str:
        of_records = key in ("target", "whole", "value", "above", "total")
        return _in_unit(value, self.metric_unit if of_records else self.unit)


def _in_unit(value: str, unit: str) -> str:
    """A figure of a sentence; what is none stays as it is."""
    try:
        return in_unit_text(Fraction(value), unit)
    except ValueError:
        return value


def thing_text(text: str) -> str:
    """A prize as the engine writes it: "500.00 EUR", "100 points", "1 day off"; a mean of several
    may be "33.3 points"."""
    money = _MONEY.fullmatch(text)
    if money and money[2] in CURRENCIES:
        return money_text(Fraction(money[1]), money[2])
    thing = _THINGS.fullmatch(text)
    return counted_text(Fraction(thing[1]), thing[2]) if thing else text


def counted_text(count: int | Fraction, thing: str) -> str:
    """So many of a thing, with the words of the kinds of prizes; not whole ones are several."""
    many = int(count) if count == int(count) else MANY
    match thing:
        case "points":
            return ngettext("%(n)s point", "%(n)s points", many) % {"n": number_text(count)}
        case "day off" | "day_off":
            return ngettext("%(n)s day off", "%(n)s days off", many) % {"n": number_text(count)}
        case "gift":
            return ngettext("%(n)s gift", "%(n)s gifts", many) % {"n": number_text(count)}
        case "trip":
            return ngettext("%(n)s trip", "%(n)s trips", many) % {"n": number_text(count)}
        case "trophy":
            return ngettext("%(n)s trophy", "%(n)s trophies", many) % {"n": number_text(count)}
    return thing if count == 1 else f"{number_text(count)} × {thing}"


def pot_text(prize: Prize) -> str:
    """What is in a pot, before anybody has scored."""
    share = percent_text(prize.of_total * 100)
    if prize.at_most is None:
        return gettext("%(share)s of everyone's total") % {"share": share}
    most = award_text({"currency": prize.currency, "amount": prize.at_most, "label": "",
                       "kind": prize.kind.value})  # fmt: skip
    return gettext("%(share)s of everyone's total, at most %(most)s") % {
        "share": share, "most": most,
    }  # fmt: skip


def award_text(award: Mapping[str, object]) -> str:
    """What somebody would get, from the row of a board or a result."""
    if award["currency"]:
        return minor_text(award["amount"], str(award["currency"]))
    return counted_text(int(str(award["amount"])), str(award["label"] or award["kind"]))


def prize_text(prize: Prize) -> str:
    """What one prize is."""
    if prize.purpose is PrizeFor.POT:
        return pot_text(prize)
    if prize.kind is PrizeKind.MONEY and prize.currency:
        return minor_text(prize.amount, prize.currency)
    return counted_text(prize.amount, prize.label or prize.kind.value)


def cause_text(cause: str) -> str:
    """Why a score moved."""
    return str(CAUSES.get(cause, cause))


def record_text(record: str) -> str:
    """The id in the source, without source and revision; of what a deal brought, the deal's."""
    record = record.removeprefix(CHARGE)
    said = record.partition(":")[2].rpartition("#")[0] or record
    kind, _colon, rest = said.partition(":")
    return rest.rpartition(":")[0] if kind == "deal" and ":" in rest else said
