"""Measures: the named values that a plan's steps read, each with one source."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any, TypeAlias

from incentives.calc.conditions import Condition, Where
from incentives.calc.fields import (
    Amount,
    Choice,
    Field,
    Flag,
    Key,
    ListOf,
    MeasureName,
    Number,
    Schema,
    Text,
    Wording,
    block_schema,
    read_partly,
)
from incentives.calc.presence import COUNTED
from incentives.calc.quantities import Quantity
from incentives.calc.reader import FAILED, Reader
from incentives.calc.spans import RUNNING_TOTAL, span_balance
from kernel.documents import joined
from kernel.issues import N_

ONE = Fraction(1)


@dataclass(frozen=True, slots=True)
class SumOf:
    """The sum over the payee's credits of the amount or an attribute, times the share."""

    what: str
    where: tuple[Condition, ...]
    shared: bool


@dataclass(frozen=True, slots=True)
class CountOf:
    """How many of the payee's credits pass the conditions, each counting one."""

    where: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Stated:
    """A figure of the inputs: in ``objectives``, ``kpis``, ``measures`` or ``carried``."""

    part: str
    key: str


@dataclass(frozen=True, slots=True)
class TeamOf:
    """The sum of a measure over the people whose manager is the payee.

    ``hierarchy``: what belongs to a deal goes to who managed on the deal's day, or to who manages
    on the last day of the period; figures without deals always to the latter.
    """

    measure: str
    depth: str
    hierarchy: str = "deal_date"


@dataclass(frozen=True, slots=True)
class EveryoneOf:
    """The sum of a measure over all payees of the inputs."""

    measure: str


@dataclass(frozen=True, slots=True)
class PeersOf:
    """The sum of a measure over the payees who have the same manager, the payee included."""

    measure: str


@dataclass(frozen=True, slots=True)
class Formula:
    """Computed from other measures and parameters."""

    quantity: Quantity


@dataclass(frozen=True, slots=True)
class Presence:
    """Days of presence, days of the period, or their ratio; ``counted`` says which days.

    Absences of the kinds in ``absent``, and those that the plan's table deducts under ``switch``,
    are not presence.
    """

    what: str
    counted: str = "calendar"
    absent: tuple[str, ...] = ()
    switch: str | None = None


CALENDAR = ("month", "month_of_quarter", "quarter", "year", "seniority_months")


@dataclass(frozen=True, slots=True)
class CalendarOf:
    """Where the period ends in the year, or how many whole months the payee has been employed."""

    what: str


@dataclass(frozen=True, slots=True)
class ToDate:
    """The running total of a measure since a span of time began, with or without this period.

    ``formerly``: what the measure was called in earlier versions, the last one last; None: unsaid.
    """

    measure: str
    since: str
    before: bool
    first_month: int
    formerly: tuple[str, ...] | None = None

    def balance(self, start: date) -> str:
        """The name in ``carried`` of the total of the span that holds a day."""
        return self._balance_of(self.measure, start)

    @property
    def names_before(self) -> tuple[str, ...]:
        """The keys that the measure had."""
        return self.formerly or ()

    def brought(self, carried: Mapping[str, Fraction], start: date) -> tuple[str, Fraction]:
        """What the span has brought so far, and the name under which it is carried."""
        called = (self.measure, *reversed(self.names_before))
        names = [self._balance_of(one, start) for one in called]
        found = next((name for name in names if name in carried), names[0])
        return found, carried.get(found, Fraction(0))

    def _balance_of(self, measure: str, start: date) -> str:
        return span_balance(f"{RUNNING_TOTAL}{measure}", start, self.since, self.first_month)


Source: TypeAlias = (
    SumOf | CountOf | Stated | TeamOf | EveryoneOf | PeersOf
    | Formula | Presence | ToDate | CalendarOf
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Measure:
    """A named value of a plan; ``default`` stands in when the inputs give none."""

    key: str
    name: Mapping[str, str]
    unit: str
    source: Source
    default: Fraction | None


UNITS = ("money", "ratio", "count", "days", "number")
STATED = {"objective": "objectives", "kpi": "kpis", "given": "measures", "carried": "carried"}

SOURCES = ("sum", "count", "objective", "kpi", "given", "carried", "team", "everyone", "peers",
           "formula", "presence", "to_date", "calendar")  # fmt: skip
# which sources an option is for
OPTIONS = {
    "where": ("sum", "count"),
    "share": ("sum",),
    "depth": ("team",),
    "hierarchy": ("team",),
    "counted": ("presence",),
    "absent": ("presence",),
    "switch": ("presence",),
    "since": ("to_date",),
    "before": ("to_date",),
    "year_starts": ("to_date",),
    "formerly": ("to_date",),
}
FIELDS = (
    Field("sum", Text(), "`amount` or an attribute: summed over the payee's credits", None),
    Field("count", Choice(("credits",)), "`credits`: how many credits pass `where`", None),
    Field("objective", Key(), "the key of the payee's objective in the inputs", None),
    Field("kpi", Key(), "the key of a KPI of the payee in the inputs", None),
    Field("given", Key(), "the key of a figure in `measures` of the payee or the inputs", None),
    Field("carried", Key(), "the key of a balance carried from the period before", None),
    Field("team", MeasureName(), "a measure, summed over the people the payee manages", None),
    Field("everyone", MeasureName(), "a measure, summed over all payees of the inputs", None),
    Field("peers", MeasureName(), "a measure, summed over those with the same manager", None),
    Field("formula", Amount(), "computed from other measures and parameters", None),
    Field(
        "presence",
        Choice(("share", "thirtieths", "days", "period_days")),
        "days present / days of the period, or one of the two; thirtieths: see `counted`",
        None,
    ),
    Field("to_date", MeasureName(), "the running total of a measure over the periods", None),
    Field("calendar", Choice(CALENDAR), "of the last day of the period; or seniority then", None),
    Field("where", Where(), "conditions that a credit must all meet (sum and count)", ()),
    Field("share", Flag(), "sum only: count the payee's share of each credit", True),
    Field("depth", Choice(("direct", "all")), "team only: direct reports, or all below", "direct"),
    Field(
        "hierarchy",
        Choice(("deal_date", "period_end")),
        "team only: who managed on the deal's day, or who manages at the end of the period",
        "deal_date",
    ),
    Field("counted", Choice(COUNTED), "presence only: which days count", "calendar"),
    Field("absent", ListOf(Text()), "presence only: kinds of absence that do not count", ()),
    Field(
        "switch",
        Choice(("objective", "payout")),
        "presence only: deduct what the plan's `absences` switch on for this",
        None,
    ),
    Field("since", Choice(("year", "half", "quarter", "ever")), "to_date only: since when", "year"),
    Field("before", Flag(), "to_date only: without this period", False),
    Field("year_starts", Number(ONE, whole=True), "to_date only: first month of the year", ONE),
    Field(
        "formerly",
        ListOf(Key(), 0),
        "to_date only: what the totalled measure was called before, the last name last",
        None,
    ),
    Field("name", Wording(), "what people call it, in French and English", None),
    Field("unit", Choice(UNITS), "for display; `money` attributes are converted", "number"),
    Field("default", Number(), "the value when the inputs give none (else: no value)", None),
)


def schema() -> Schema:
    """The JSON Schema of one measure."""
    fitting = {
        option: {"anyOf": [{"required": [source]} for source in sources]}
        for option, sources in OPTIONS.items()
    }
    one = [{"required": [source]} for source in SOURCES]
    return block_schema(FIELDS, oneOf=one, dependentSchemas=fitting)


def read_measure(reader: Reader, key: str, value: Any, path: str) -> Measure | None:
    """Read one measure; None after reporting what is wrong with it."""
    found, _ = read_partly(reader, value, path, FIELDS)
    if not found:
        return None
    sources = [source for source in SOURCES if found[source] is not None]
    if len(sources) != 1:
        reader.error(
            path,
            "plan.one_source",
            N_("The measure {key} needs exactly one source; found: {found}."),
            N_("Keep one of: {sources}."),
            key=key,
            found=", ".join(sources) or "–",
            sources=", ".join(SOURCES),
        )
        return None
    _check_options(reader, sources[0], value, path)
    _check_formerly(reader, value, path)
    if found[sources[0]] is FAILED:
        return None
    # the plan is refused when anything failed: what remains only says what the measure is made of
    usual = {one.name: one.default for one in FIELDS}
    found = {name: usual[name] if item is FAILED else item for name, item in found.items()}
    name = found["name"] or {"fr": key, "en": key}
    return Measure(key, name, found["unit"], _source(sources[0], found), found["default"])


def _check_options(reader: Reader, source: str, body: Mapping[str, Any], path: str) -> None:
    """An option of another source would change nothing, silently."""
    for option, sources in OPTIONS.items():
        if source not in sources and body.get(option) is not None:
            reader.unfit(
                joined(path, option),
                "plan.not_of_source",
                N_("The key {option} says nothing about a measure that is a {source}."),
                N_("Remove the key; it is for: {sources}."),
                option=option,
                source=source,
                sources=", ".join(sources),
            )


def _check_formerly(reader: Reader, body: Mapping[str, Any], path: str) -> None:
    """A measure that is still there has its own running total: it would be taken for two."""
    top = reader.document.value
    known = top.get("measures") if isinstance(top, dict) else None
    names = body.get("formerly")
    for number, name in enumerate(names if isinstance(names, list) else ()):
        if isinstance(known, dict) and isinstance(name, str) and name in known:
            reader.error(
                joined(joined(path, "formerly"), number),
                "plan.still_a_measure",
                N_("{name} is still a measure of this plan, with a running total of its own."),
                N_("Name a measure of an earlier version that has another key now."),
                name=name,
            )


def _source(kind: str, found: Mapping[str, Any]) -> Source:
    match kind:
        case "sum":
            return SumOf(found["sum"], found["where"], found["share"])
        case "count":
            return CountOf(found["where"])
        case "team":
            return TeamOf(found["team"], found["depth"], found["hierarchy"])
        case "everyone":
            return EveryoneOf(found["everyone"])
        case "peers":
            return PeersOf(found["peers"])
        case "formula":
            return Formula(found["formula"])
        case "presence":
            return _presence(found)
        case "calendar":
            return CalendarOf(found["calendar"])
        case "to_date":
            month = min(int(found["year_starts"]), 12)
            return ToDate(
                found["to_date"], found["since"], found["before"], month, found["formerly"]
            )
    return Stated(STATED[kind], found[kind])


def _presence(found: Mapping[str, Any]) -> Presence:
    """`presence: thirtieths` is the share of presence, counted in thirtieths."""
    what, counted = found["presence"], found["counted"]
    if what == "thirtieths":
        what, counted = "share", "thirtieths"
    return Presence(what, counted, found["absent"], found["switch"])


def needs(source: Source) -> frozenset[str]:
    """The names that a measure is made of."""
    match source:
        case TeamOf() | EveryoneOf() | PeersOf() | ToDate():
            return frozenset((source.measure,))
        case Formula(quantity=quantity):
            return quantity.names
    return frozenset()
