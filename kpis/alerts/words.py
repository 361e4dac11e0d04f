"""An alert in words: for who leads the person, and for the person, who reads it as a help."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.formats import day_text, in_unit_text, number_text, percent_text, span_text
from common.labels import label
from kernel.numbers import from_text
from kernel.periods import Period
from kpis.alerts import outgoing
from kpis.calc.alerts.rules import Kind
from kpis.choices import Unit
from kpis.models import Alert, AlertRule
from kpis.queries.catalogue import Catalogue

KINDS: Mapping[Kind, str | Promise] = {
    Kind.LEVEL: gettext_lazy("Level: below or above a limit"),
    Kind.TREND: gettext_lazy("Trend: worse than in the days before"),
    Kind.PACE: gettext_lazy("Pace: an objective at risk"),
    Kind.STALL: gettext_lazy("Stall: nothing comes any more"),
    Kind.SILENCE: gettext_lazy("Silence: nothing is recorded"),
    Kind.BAND: gettext_lazy("Band: the KPI's own alarm limit is crossed"),
    Kind.DEAL: gettext_lazy("Deal at risk: nothing happens with it, or its day has passed"),
    Kind.DEMOTIVATION: gettext_lazy("Signs of demotivation: a lasting fall against the own past"),
}
_GENERAL = {
    Kind.LEVEL: gettext_lazy("%(kpi)s: %(value)s (%(span)s), the limit is %(against)s."),
    Kind.TREND: gettext_lazy("%(kpi)s: %(value)s (%(span)s), %(part)s of the %(against)s before."),
    Kind.PACE: gettext_lazy(
        "%(kpi)s: %(value)s of %(against)s, %(part)s of where today should be."
    ),
    Kind.STALL: gettext_lazy("%(kpi)s: nothing since %(first)s, %(against)s before."),
    Kind.SILENCE: gettext_lazy("No record since %(first)s, and no absence."),
    Kind.BAND: gettext_lazy("%(kpi)s: %(value)s (%(span)s), the alarm limit is %(against)s."),
    Kind.DEAL: gettext_lazy("%(name)s: nothing recorded for %(value)s working days."),
    Kind.DEMOTIVATION: gettext_lazy(
        "%(value)s records per day at work (%(span)s), %(part)s of the usual %(against)s."
    ),
}
_KIND_TO_SELF = {
    Kind.LEVEL: gettext_lazy("%(kpi)s: %(value)s (%(span)s). What would help you here?"),
    Kind.TREND: gettext_lazy(
        "%(kpi)s: %(value)s (%(span)s), after %(against)s. What has changed, and what would help?"
    ),
    Kind.PACE: gettext_lazy(
        "%(kpi)s: %(missing)s to go until %(last)s. Choose the next step, alone or with your "
        "manager."
    ),
    Kind.STALL: gettext_lazy("%(kpi)s: nothing since %(first)s. Is something in the way?"),
    Kind.SILENCE: gettext_lazy(
        "Nothing is recorded since %(first)s. What you have done counts once it is recorded."
    ),
    Kind.BAND: gettext_lazy("%(kpi)s: %(value)s (%(span)s). A talk about the approach may help."),
    Kind.DEAL: gettext_lazy("%(name)s: quiet for %(value)s working days. A call today?"),
}
_LATE = gettext_lazy("%(name)s: planned to close by %(planned)s, and open still.")
_LATE_TO_SELF = gettext_lazy(
    "%(name)s: planned to close by %(planned)s. Close it, or say a new day?"
)
_OUT_OF_REACH = gettext_lazy("%(kpi)s: %(value)s so far, %(missing)s to go until %(last)s.")


@dataclass(frozen=True, slots=True)
class Teller:
    """Puts alerts into words, in the active language."""

    known: Catalogue
    currency: str

    def sentence(self, alert: Alert, *, to_self: bool = False) -> str:
        """What was seen."""
        kind = Kind(alert.rule.document["kind"])
        words = self.words(kind, alert.seen)
        if words["planned"]:
            return str(_LATE_TO_SELF if to_self else _LATE) % words
        if to_self and kind in _KIND_TO_SELF:
            return str(_KIND_TO_SELF[kind]) % words
        if kind is Kind.PACE and alert.is_grave:
            return str(_OUT_OF_REACH) % words
        return str(_GENERAL[kind]) % words

    def words(self, kind: Kind, seen: Mapping[str, Any]) -> dict[str, str]:
        """The parts of a sentence as texts."""
        value, against = from_text(seen["value"]), from_text(seen["against"])
        part = None if seen["part"] is None else from_text(seen["part"])
        window = window_of(seen)
        planned = seen.get("planned")  # alerts kept by earlier versions do not know it
        return {
            "kpi": self.kpi_name(seen),
            "name": seen["name"],
            "planned": day_text(date.fromisoformat(planned)) if planned else "",
            "value": self.figure(kind, seen, value),
            "against": self.figure(kind, seen, against),
            "missing": self.figure(kind, seen, max(Fraction(0), against - value)),
            "part": "–" if part is None else percent_text(part * 100, 0),
            "span": span_text(window.start, window.end),
            "first": day_text(window.start),
            "last": day_text(window.last),
        }

    def kpi_name(self, seen: Mapping[str, Any]) -> str:
        """The KPI's name; its key when it has gone from the dictionary."""
        info = self.known.kpis.get(seen["kpi"])
        return seen["kpi"] if info is None else info.name

    def figure(self, kind: Kind, seen: Mapping[str, Any], value: Fraction) -> str:
        """A value in the unit of the KPI."""
        info = self.known.kpis.get(seen["kpi"])
        if info is not None:
            return in_unit_text(value, self.currency if info.unit == Unit.MONEY else info.unit)
        return number_text(value, 1 if kind is Kind.DEMOTIVATION else 0)

    def value(self, alert: Alert, seen: Mapping[str, Any]) -> str:
        """The figure that was seen, for what it did since."""
        return self.figure(Kind(alert.rule.document["kind"]), seen, from_text(seen["value"]))


def rule_name(rule: AlertRule) -> str:
    """The name of a rule in the active language."""
    return label(rule.name_fr, rule.name_en)


_PROBLEMS = {
    outgoing.TOO_SLOW: gettext_lazy("No answer in time."),
    outgoing.TOO_LONG: gettext_lazy("The answer was too long to be one of a webhook."),
    outgoing.REFUSED: gettext_lazy("The message was refused (HTTP %(detail)s)."),
    outgoing.NO_CONNECTION: gettext_lazy("No connection (%(detail)s)."),
    outgoing.NO_ADDRESS: gettext_lazy("The address cannot be used. Enter the webhook anew."),
    outgoing.PRIVATE: gettext_lazy("The name leads into a private network."),
    outgoing.NO_KEY: gettext_lazy("The address cannot be read any more. Enter the webhook anew."),
}


def problem_text(problem: str) -> str:
    """Why a message was not sent, in the active language."""
    reason, _colon, detail = problem.partition(":")
    said = _PROBLEMS.get(reason)
    return problem if said is None else str(said) % {"detail": detail}


def title(alert: Alert) -> str:
    """The name of the rule; of an objective that cannot be reached any more, that."""
    if alert.is_grave and alert.rule.document["kind"] == Kind.PACE:
        return _("Objective slipping out of reach")
    return rule_name(alert.rule)


def window_of(seen: Mapping[str, Any]) -> Period:
    """The days that were looked at."""
    return Period(date.fromisoformat(seen["from"]), date.fromisoformat(seen["to"]))
