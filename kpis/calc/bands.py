"""Bands: the limits beyond which a figure is good or bad whatever the objective."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Any

from kernel.issues import N_, NOWHERE, Invalid, Issue, Place, error
from kernel.numbers import as_text, parse_number

# Below this part of the pace a figure needs attention; between it and the pace, a look.
BEHIND = Fraction(4, 5)


class Band(StrEnum):
    """How a figure is to be shown; NONE where nothing says."""

    GOOD = "good"
    WARN = "warn"
    BAD = "bad"
    NONE = ""


@dataclass(frozen=True, slots=True)
class Limit:
    """One side of a limit: "< 25", ">= 3"."""

    operator: str
    value: Fraction

    @property
    def text(self) -> str:
        """As it is written down."""
        return f"{self.operator} {as_text(self.value)}"

    def met_by(self, figure: Fraction) -> bool:
        """Whether the figure lies on this side."""
        match self.operator:
            case "<":
                return figure < self.value
            case "<=":
                return figure <= self.value
            case ">":
                return figure > self.value
            case _:
                return figure >= self.value


@dataclass(frozen=True, slots=True)
class Bands:
    """What is bad and what is good; in between is a warning only where both are stated."""

    bad: Limit | None = None
    good: Limit | None = None

    def of(self, figure: Fraction | None) -> Band:
        """The band of a figure."""
        if figure is None:
            return Band.NONE
        if self.bad is not None and self.bad.met_by(figure):
            return Band.BAD
        if self.good is not None and self.good.met_by(figure):
            return Band.GOOD
        return Band.WARN if self.bad is not None and self.good is not None else Band.NONE


def band_of_pace(attained: Fraction | None, paced: Fraction | None) -> Band:
    """Good at or above the pace, a warning down to 80 % of it, bad below."""
    if attained is None or paced is None:
        return Band.NONE
    if attained >= paced:
        return Band.GOOD
    return Band.WARN if attained >= paced * BEHIND else Band.BAD


_LIMIT = re.compile(r"(?P<operator><=|>=|<|>)\s*(?P<number>\S+)")


def parse_bands(data: object, place: Place = NOWHERE) -> Bands:
    """Bands from {"bad": "< 25", "good": ">= 40"}, or `Invalid` with all that is wrong."""
    if not isinstance(data, Mapping):
        raise Invalid(_unreadable(str(data), place))
    issues: list[Issue] = []
    issues += [_unreadable(str(key), place) for key in data if key not in ("bad", "good")]
    bad, good = (_limit(data, side, place, issues) for side in ("bad", "good"))
    if issues:
        raise Invalid(issues)
    return Bands(bad, good)


def _limit(data: Mapping[str, Any], side: str, place: Place, issues: list[Issue]) -> Limit | None:
    if side not in data:
        return None
    where = place.under(side)
    found = _LIMIT.fullmatch(str(data[side]).strip())
    if found is None:
        issues.append(_unreadable(str(data[side]), where))
        return None
    try:
        return Limit(found["operator"], parse_number(found["number"], decimal_comma=False))
    except Invalid as invalid:
        issues.extend(issue.at(where) for issue in invalid.issues)
        return None


def _unreadable(text: str, place: Place) -> Issue:
    return error(
        "bands.unreadable",
        N_('"{text}" is not a limit.'),
        N_('Write limits as bad: "< 25" and good: ">= 40".'),
        place,
        text=text,
    )
