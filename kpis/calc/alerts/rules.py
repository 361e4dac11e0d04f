"""The rules of alerts: a tagged union, read from a document with all issues at once.

Rules and their parameters: docs/algorithms/alerts.md. None of them compares people with each
other: somebody is held against a limit, the own objective, the own past or the calendar.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from fractions import Fraction
from typing import Any

from kernel.issues import N_, NOWHERE, Invalid, Issue, Place, error
from kernel.numbers import as_text, parse_number


class Kind(StrEnum):
    """What a rule looks at."""

    LEVEL = "level"
    TREND = "trend"
    PACE = "pace"
    STALL = "stall"
    SILENCE = "silence"
    BAND = "band"
    DEAL = "deal"
    DEMOTIVATION = "demotivation"


@dataclass(frozen=True, slots=True)
class Level:
    """The figure of the last `days` working days lies below (or above) `limit`."""

    kpi: str
    days: int
    limit: Fraction
    above: bool = False


@dataclass(frozen=True, slots=True)
class Trend:
    """The figure is worse by `percent` than in as many working days before, where it was at least
    `least`."""

    kpi: str
    days: int
    percent: Fraction
    least: Fraction


@dataclass(frozen=True, slots=True)
class Pace:
    """An objective is met by less than `percent` of where today should be, once `after` percent of
    its period are over; out of reach when the rest asks for over `times` the speed so far."""

    kpi: str
    percent: Fraction
    after: Fraction
    times: Fraction


@dataclass(frozen=True, slots=True)
class Stall:
    """Nothing came in the last `days` working days, after at least `least` in twice as many."""

    kpi: str
    days: int
    least: Fraction


@dataclass(frozen=True, slots=True)
class Silence:
    """No record of any kind in the last `days` working days."""

    days: int


@dataclass(frozen=True, slots=True)
class Crossed:
    """The figure of the last `days` working days lies in the KPI's own bad band."""

    kpi: str
    days: int


@dataclass(frozen=True, slots=True)
class DealAtRisk:
    """An open deal about which nothing was recorded for `days` working days, or whose planned
    closing date lies `late` days or more back."""

    days: int
    late: int


@dataclass(frozen=True, slots=True)
class Demotivation:
    """In each of the last `weeks` weeks the records per day at work were fewer by `percent` than in
    the middle one of the `past` weeks before, in which there was at least `least` a day."""

    weeks: int
    past: int
    percent: Fraction
    least: Fraction


Rule = Level | Trend | Pace | Stall | Silence | Crossed | DealAtRisk | Demotivation


@dataclass(frozen=True, slots=True)
class Number:
    """A parameter: its limits, both inside, and what is usual."""

    name: str
    least: int
    most: int
    usual: str
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Shape:
    """What a document of a kind may say. A KPI that may be left out means each one that fits."""

    of: type[Rule]
    numbers: tuple[Number, ...]
    has_kpi: bool = True
    needs_kpi: bool = False


def _days(usual: int, most: int = 60) -> Number:
    return Number("days", 1, most, str(usual), whole=True)


MOST = 10**12
SHAPES: Mapping[Kind, Shape] = {
    Kind.LEVEL: Shape(Level, (_days(5), Number("limit", -MOST, MOST, "")), needs_kpi=True),
    Kind.TREND: Shape(Trend, (_days(20), Number("percent", 1, 100, "40"),
                              Number("least", 0, MOST, "10"))),
    Kind.PACE: Shape(Pace, (Number("percent", 1, 100, "80"), Number("after", 0, 100, "20"),
                            Number("times", 1, 100, "2"))),
    Kind.STALL: Shape(Stall, (_days(8), Number("least", 1, MOST, "6"))),
    Kind.SILENCE: Shape(Silence, (_days(3),), has_kpi=False),
    Kind.BAND: Shape(Crossed, (_days(20),)),
    Kind.DEAL: Shape(DealAtRisk, (_days(15), Number("late", 1, 365, "1", whole=True)),
                          has_kpi=False),
    Kind.DEMOTIVATION: Shape(Demotivation, (Number("weeks", 2, 12, "3", whole=True),
                                            Number("past", 4, 52, "12", whole=True),
                                            Number("percent", 10, 100, "35"),
                                            Number("least", 0, MOST, "1")), has_kpi=False),
}  # fmt: skip
COMMON = frozenset({"kind", "roles"})


@dataclass(frozen=True, slots=True)
class RuleSheet:
    """A rule with the roles that it is for; none means every role that sells."""

    kind: Kind
    rule: Rule
    roles: tuple[str, ...] = ()

    def as_document(self) -> dict[str, Any]:
        """The stored form; `parse_rule` reads it back."""
        shape = SHAPES[self.kind]
        found: dict[str, Any] = {"kind": self.kind.value}
        if kpi := getattr(self.rule, "kpi", ""):
            found["kpi"] = kpi
        for number in shape.numbers:
            found[number.name] = as_text(getattr(self.rule, number.name))
        if isinstance(self.rule, Level):
            found["side"] = "above" if self.rule.above else "below"
        if self.roles:
            found["roles"] = list(self.roles)
        return found


def parse_rule(
    document: object, *, kpis: Collection[str], roles: Collection[str], place: Place = NOWHERE
) -> RuleSheet:
    """The rule that a document states, or `Invalid` with everything that is wrong in it."""
    if not isinstance(document, Mapping):
        raise Invalid(_unreadable(place))
    kind = _kind(document, place)
    shape = SHAPES[kind]
    known = COMMON | {one.name for one in shape.numbers}
    known |= {"kpi"} if shape.has_kpi else set()
    known |= {"side"} if kind is Kind.LEVEL else set()
    issues = [_unknown_key(str(key), known, place) for key in document if key not in known]
    values: dict[str, Any] = {}
    for number in shape.numbers:
        value = _number(document, number, place, issues)
        values[number.name] = int(value) if number.whole else value
    if shape.has_kpi:
        values["kpi"] = _kpi(document, shape, kpis, place, issues)
    if kind is Kind.LEVEL:
        values["above"] = _is_above(document, place, issues)
    wanted = _roles(document, roles, place, issues)
    if issues:
        raise Invalid(issues)
    return RuleSheet(kind, shape.of(**values), wanted)


def _kind(document: Mapping[str, Any], place: Place) -> Kind:
    try:
        return Kind(str(document.get("kind", "")))
    except ValueError:
        raise Invalid(_not_one_of(str(document.get("kind", "")), list(Kind),
                                  place.under("kind"))) from None  # fmt: skip


def _number(
    document: Mapping[str, Any], number: Number, place: Place, issues: list[Issue]
) -> Fraction:
    where = place.under(number.name)
    try:
        value = parse_number(document.get(number.name, number.usual), place=where)
    except Invalid as invalid:
        issues.extend(one.at(where) for one in invalid.issues)
        return Fraction(number.least)
    if not number.least <= value <= number.most or (number.whole and value.denominator != 1):
        issues.append(_out_of_range(number, as_text(value), where))
        return Fraction(number.least)
    return value


def _kpi(
    document: Mapping[str, Any],
    shape: Shape,
    kpis: Collection[str],
    place: Place,
    issues: list[Issue],
) -> str:
    key = str(document.get("kpi", ""))
    if key in kpis or not (key or shape.needs_kpi):
        return key
    issues.append(_not_one_of(key, sorted(kpis), place.under("kpi")))
    return ""


def _is_above(document: Mapping[str, Any], place: Place, issues: list[Issue]) -> bool:
    side = str(document.get("side", "below"))
    if side not in ("below", "above"):
        issues.append(_not_one_of(side, ["below", "above"], place.under("side")))
    return side == "above"


def _roles(
    document: Mapping[str, Any], known: Collection[str], place: Place, issues: list[Issue]
) -> tuple[str, ...]:
    given = document.get("roles", [])
    if not isinstance(given, list | tuple):
        issues.append(_unreadable(place.under("roles")))
        return ()
    names = [str(one) for one in given]
    issues += [_not_one_of(one, sorted(known), place.under("roles"))
               for one in names if one not in known]  # fmt: skip
    return tuple(dict.fromkeys(names))


def _unreadable(place: Place) -> Issue:
    return error(
        "alerts.unreadable",
        N_("This is not a rule of an alert."),
        N_("Write its kind and its parameters, as the guide of alerts shows."),
        place,
    )


def _not_one_of(text: str, known: Collection[str], place: Place) -> Issue:
    near = get_close_matches(text, known, n=1)
    return error(
        "alerts.unknown_word",
        N_('"{text}" is not known here.'),
        N_('Did you mean "{closest}"?') if near else N_("Use one of: {known}."),
        place,
        text=text,
        closest=near[0] if near else "",
        known=", ".join(known),
    )


def _unknown_key(key: str, known: Collection[str], place: Place) -> Issue:
    return _not_one_of(key, sorted(known), place.under(key))


def _out_of_range(number: Number, text: str, place: Place) -> Issue:
    return error(
        "alerts.out_of_range",
        N_("{name} is {text}; it must lie between {least} and {most}.")
        if not number.whole
        else N_("{name} is {text}; it must be a whole number between {least} and {most}."),
        N_("Choose a number between these limits."),
        place,
        name=number.name,
        text=text,
        least=number.least,
        most=number.most,
    )
