"""The rule of a badge: a small document, read with every mistake named at once."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from functools import lru_cache
from typing import Any

from challenges.calc.formats.measure import Measure
from challenges.calc.shapes import (
    Choice,
    Clock,
    Field,
    ListOf,
    Number,
    Obj,
    Tagged,
    Text,
    UnreadError,
    Values,
    Whole,
)
from kernel.documents import Document, load_object, load_text
from kernel.issues import N_, Invalid, Issue, error

PERIODS = ("day", "week", "month", "quarter")


@dataclass(frozen=True, slots=True)
class Threshold:
    """A metric adds up to at least a value in a period: earned with the record that reaches it."""

    measure: Measure
    at_least: Fraction
    per: str


@dataclass(frozen=True, slots=True)
class Figure:
    """A KPI reaches a value in a period: looked at when the period is over, because a rate of the
    first days says nothing. `limit` is a floor, or a ceiling where less is better."""

    kpi: str
    limit: Fraction
    is_floor: bool
    per: str


@dataclass(frozen=True, slots=True)
class First:
    """A person's first record ever, or the first record of the day among all people."""

    metric: str
    ever: bool

    @property
    def per(self) -> str:
        """Each day is looked at by itself."""
        return "day"


@dataclass(frozen=True, slots=True)
class Slot:
    """So many records on one day within hours of the day, [start, end) in minutes."""

    metric: str
    start: int
    end: int
    at_least: int

    @property
    def per(self) -> str:
        """Hours are hours of one day."""
        return "day"


@dataclass(frozen=True, slots=True)
class Best:
    """More than in any earlier period of the kind; at least `minimum`, and only once there were
    `after` earlier periods with something in them."""

    measure: Measure
    minimum: Fraction
    after: int
    per: str


@dataclass(frozen=True, slots=True)
class Streak:
    """So many own working days or weeks in a row, each with at least a minimum."""

    measure: Measure
    minimum: Fraction
    length: int
    per: str


@dataclass(frozen=True, slots=True)
class Combination:
    """All of other badges, or any, in one period."""

    keys: tuple[str, ...]
    all_of: bool
    per: str


@dataclass(frozen=True, slots=True)
class Given:
    """Given by a manager, or by any colleague, with a sentence; so many per giver and month."""

    by_managers: bool
    monthly_cap: int

    @property
    def per(self) -> str:
        """Once per person and month, whoever gives it."""
        return "month"


Rule = Threshold | Figure | First | Slot | Best | Streak | Combination | Given


class Form(StrEnum):
    """The forms that a document may have, as they are written."""

    THRESHOLD = "threshold"
    KPI = "kpi"
    FIRST = "first"
    HOURS = "hours"
    RECORD = "record"
    STREAK = "streak"
    COMBINATION = "combination"
    GIVEN = "given"


_METRIC = Field(Text(100), "the metric of the records that count", required=True)
_MEASURE = {
    "metric": _METRIC,
    "measure": Field(
        Choice(("sum", "count")),
        "sum adds up the values of the records, count their number",
        default="sum",
    ),
}
_PER = Field(Choice(PERIODS), "the period in which it is earned", required=True)

SHAPE = Tagged(
    "form",
    {
        Form.THRESHOLD: Obj(
            {**_MEASURE, "at_least": Field(Number(above=0), "the value to reach", required=True),
             "per": _PER}
        ),
        Form.KPI: Obj(
            {
                "kpi": Field(Text(100), "the KPI", required=True),
                "at_least": Field(Number(), "the value to reach"),
                "at_most": Field(Number(), "the value not to pass, where less is better"),
                "per": _PER,
            }
        ),
        Form.FIRST: Obj(
            {
                "metric": _METRIC,
                "of": Field(
                    Choice(("ever", "day")),
                    "a person's first ever, or the first of the day among all",
                    required=True,
                ),
            }
        ),
        Form.HOURS: Obj(
            {
                "metric": _METRIC,
                "from": Field(Clock(), "the beginning of the hours", required=True),
                "to": Field(Clock(), "their end, exclusive", required=True),
                "at_least": Field(Whole(1, 10_000), "how many records", required=True),
            }
        ),
        Form.RECORD: Obj(
            {
                **_MEASURE,
                "at_least": Field(Number(above=0), "what it must come to", default=Fraction(1)),
                "after": Field(Whole(1, 120), "how many earlier periods must exist", default=1),
                "per": _PER,
            }
        ),
        Form.STREAK: Obj(
            {
                **_MEASURE,
                "at_least": Field(
                    Number(above=0), "what each day or week must reach", default=Fraction(1)
                ),
                "length": Field(Whole(2, 260), "how many in a row", required=True),
                "per": Field(
                    Choice(("day", "week")), "working days or ISO weeks", default="day"
                ),
            }
        ),
        Form.COMBINATION: Obj(
            {
                "of": Field(ListOf(Text(60), 1, 20), "the other badges", required=True),
                "need": Field(Choice(("all", "any")), "all of them, or any", default="all"),
                "per": _PER,
            }
        ),
        Form.GIVEN: Obj(
            {
                "by": Field(Choice(("manager", "anyone")), "who may give it", default="anyone"),
                "monthly_cap": Field(
                    Whole(1, 100), "how many one person may give in a month", default=3
                ),
            }
        ),
    },
    doc="the form of the rule",
)  # fmt: skip


def parse_badge(document: str | Mapping[str, object]) -> Rule:
    """A rule from YAML or JSON text, or from loaded data; `Invalid` carries all issues."""
    return _from_text(document) if isinstance(document, str) else _from(load_object(document))


# rules never change under their text
@lru_cache(maxsize=512)
def _from_text(text: str) -> Rule:
    return _from(load_text(text))


def _from(document: Document) -> Rule:
    issues: list[Issue] = []
    values = SHAPE.read(document.root, issues)
    rule: Rule | None = None
    if isinstance(values, Values):
        try:
            rule = _rule(values, issues)
        except UnreadError:
            rule = None
    if issues or rule is None:
        raise Invalid(issues)
    return rule


def _rule(values: Values, issues: list[Issue]) -> Rule:
    match values["form"]:
        case Form.THRESHOLD:
            return Threshold(_measure(values), values["at_least"], values["per"])
        case Form.KPI:
            return _figure(values, issues)
        case Form.FIRST:
            return First(values["metric"], values["of"] == "ever")
        case Form.HOURS:
            return _slot(values, issues)
        case Form.RECORD:
            return Best(_measure(values), values["at_least"], values["after"], values["per"])
        case Form.STREAK:
            return Streak(_measure(values), values["at_least"], values["length"], values["per"])
        case Form.COMBINATION:
            return Combination(tuple(values["of"]), values["need"] == "all", values["per"])
    return Given(values["by"] == "manager", values["monthly_cap"])


def _measure(values: Values) -> Measure:
    return Measure(values["metric"], values["measure"] == "count")


def _figure(values: Values, issues: list[Issue]) -> Figure:
    low, high = values["at_least"], values["at_most"]
    if (low is None) == (high is None):
        issues.append(
            error(
                "badge.one_limit",
                N_("A KPI needs either “at_least” or “at_most”."),
                N_("Write one of the two."),
                values.place,
            )
        )
    limit: Any = low if low is not None else high
    return Figure(values["kpi"], limit, low is not None, values["per"])


def _slot(values: Values, issues: list[Issue]) -> Slot:
    start, end = values["from"], values["to"]
    if start >= end:
        issues.append(
            error(
                "badge.hours_in_order",
                N_("The hours end before they begin."),
                N_("Write an end after the beginning, on the same day."),
                values.at("to"),
            )
        )
    return Slot(values["metric"], start, end, values["at_least"])


def metric_of(rule: Rule) -> str | None:
    """The metric whose records the rule reads, if any."""
    match rule:
        case Threshold(measure) | Best(measure) | Streak(measure):
            return measure.metric
        case First(metric) | Slot(metric):
            return metric
    return None
