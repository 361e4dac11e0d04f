"""Shapes of single values: a text, a word, a number, a date.

A shape reads a node into a plain typed value and appends to a list of issues, so that a reader
sees all mistakes at once.  `MISSING` marks what could not be read; its issue is told already.
"""

import re
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from fractions import Fraction
from typing import Any, Final, Protocol

from challenges.calc.moments import WRITTEN
from kernel.documents import Part
from kernel.issues import N_, Invalid, Issue, Place, error
from kernel.money import digits_of
from kernel.numbers import parse_rate, refuse_ambiguous

MISSING: Final = object()
MOST_MINUTES: Final = 24 * 60
YES: Final = ("true", "True", "TRUE", "yes", "Yes", "on")
NO: Final = ("false", "False", "FALSE", "no", "No", "off")
DAY: Final = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
WHOLE: Final = r"[+-]?[0-9]{1,11}"


class Shape(Protocol):
    """Reads one node, and says in JSON Schema what it reads."""

    def read(self, node: Part, issues: list[Issue]) -> Any:
        """The value, or MISSING after appending an issue."""

    def schema(self) -> dict[str, Any]:
        """JSON Schema (draft 2020-12)."""


@dataclass(frozen=True, slots=True)
class Text:
    """Any short text."""

    longest: int = 200

    def read(self, node: Part, issues: list[Issue]) -> Any:
        """The text."""
        text = scalar_text(node, issues, N_("A text is expected here."))
        if text is MISSING:
            return MISSING
        if len(text) > self.longest:
            issues.append(
                error(
                    "too_long",
                    N_("The text has more than {longest} characters."),
                    N_("Shorten it."),
                    node.place,
                    longest=self.longest,
                )
            )
            return MISSING
        return text

    def schema(self) -> dict[str, Any]:
        """A text of limited length; what looks like a number or like true is a text here too."""
        kinds = ["string", "number", "boolean"]
        return {"type": kinds, "minLength": 1, "maxLength": self.longest}


@dataclass(frozen=True, slots=True)
class Currency(Text):
    """A currency code of ISO 4217."""

    longest: int = 3

    def read(self, node: Part, issues: list[Issue]) -> Any:
        """The code."""
        code = scalar_text(node, issues, N_("A text is expected here."))
        if code is MISSING:
            return MISSING
        try:
            digits_of(code, node.place)
        except Invalid as invalid:
            issues.extend(invalid.issues)
            return MISSING
        return code

    def schema(self) -> dict[str, Any]:
        """Three capital letters."""
        return {"type": "string", "pattern": "^[A-Z]{3}$"}


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few words."""

    options: tuple[str, ...]

    def read(self, node: Part, issues: list[Issue]) -> Any:
        """The word."""
        text = scalar_text(
            node, issues, N_("One of these is expected here: {options}."), self.options
        )
        if text is MISSING or text in self.options:
            return text
        issues.append(not_an_option(text, self.options, node.place))
        return MISSING

    def schema(self) -> dict[str, Any]:
        """An enumeration."""
        return {"enum": list(self.options)}


@dataclass(frozen=True, slots=True)
class YesNo:
    """true or false."""

    def read(self, node: Part, issues: list[Issue]) -> Any:
        """The truth value."""
        text = scalar_text(node, issues, N_("true or false is expected here."))
        if text in YES or text in NO:
            return text in YES
        if text is not MISSING:
            issues.append(not_an_option(text, ("true", "false"), node.place))
        return MISSING

    def schema(self) -> dict[str, Any]:
        """A boolean, or a word for it."""
        return {"enum": [True, False, *YES, *NO]}


@dataclass(frozen=True, slots=True)
class Number:
    """An exact number; written with a decimal point, or as a percentage ("15 %" is 0.15)."""

    above: int | None = None
    at_least: int | None = None

    def read(self, node: Part, issues: list[Issue]) -> Any:
        """The Fraction."""
        text = scalar_text(node, issues, N_("A number is expected here."))
        if text is MISSING:
            return MISSING
        try:
            value = parse_rate(text.replace("_", ""), decimal_comma=False, place=node.place)
            refuse_ambiguous(text, node.place)
        except Invalid as invalid:
            issues.extend(invalid.issues)
            return MISSING
        return value if self._fits(value, node.place, issues) else MISSING

    def _fits(self, value: Fraction, place: Place, issues: list[Issue]) -> bool:
        if self.above is not None and value <= self.above:
            issues.append(
                error(
                    "too_small",
                    N_("The number must be more than {limit}."),
                    N_("Write a larger number."),
                    place,
                    limit=self.above,
                )
            )
            return False
        if self.at_least is not None and value < self.at_least:
            issues.append(
                error(
                    "too_small",
                    N_("The number must be at least {limit}."),
                    N_("Write a larger number."),
                    place,
                    limit=self.at_least,
                )
            )
            return False
        return True

    def schema(self) -> dict[str, Any]:
        """A number, or the same written as text (the reader knows more exactly what may stand)."""
        number: dict[str, Any] = {"type": "number"}
        if self.above is not None:
            number["exclusiveMinimum"] = self.above
        if self.at_least is not None:
            number["minimum"] = self.at_least
        digits = r"^\s*[-+\u2212]?[0-9.][0-9_., '\u2019\u00a0\u202f]*([eE][-+]?[0-9]+)?\s*%?\s*$"
        return {"anyOf": [number, {"type": "string", "pattern": digits}]}


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number within limits."""

    at_least: int = 0
    at_most: int = 1_000_000

    def read(self, node: Part, issues: list[Issue]) -> Any:
        """The int."""
        text = scalar_text(node, issues, N_("A whole number is expected here."))
        if text is MISSING:
            return MISSING
        value = int(text) if re.fullmatch(WHOLE, text) else None
        if value is None or not self.at_least <= value <= self.at_most:
            issues.append(
                error(
                    "not_whole",
                    N_("“{text}” is not a whole number from {low} to {high}."),
                    N_("Write digits only."),
                    node.place,
                    text=text,
                    low=self.at_least,
                    high=self.at_most,
                )
            )
            return MISSING
        return value

    def schema(self) -> dict[str, Any]:
        """An integer within limits, or the same written as text."""
        limits = {"minimum": self.at_least, "maximum": self.at_most}
        return {"type": ["integer", "string"], "pattern": f"^{WHOLE}$", **limits}


@dataclass(frozen=True, slots=True)
class WholeOr:
    """A whole number, or one word."""

    word: str
    whole: Whole

    def read(self, node: Part, issues: list[Issue]) -> Any:
        """The int, or the word."""
        if node.text == self.word:
            return self.word
        return self.whole.read(node, issues)

    def schema(self) -> dict[str, Any]:
        """Any of the two."""
        return {"anyOf": [{"const": self.word}, self.whole.schema()]}


@dataclass(frozen=True, slots=True)
class NumberOr:
    """A number, or one word."""

    word: str
    number: Number

    def read(self, node: Part, issues: list[Issue]) -> Any:
        """The Fraction, or the word."""
        if node.text == self.word:
            return self.word
        return self.number.read(node, issues)

    def schema(self) -> dict[str, Any]:
        """Any of the two."""
        return {"anyOf": [{"const": self.word}, self.number.schema()]}


@dataclass(frozen=True, slots=True)
class Day:
    """A date, YYYY-MM-DD."""

    def read(self, node: Part, issues: list[Issue]) -> Any:
        """The date."""
        text = scalar_text(node, issues, N_("A date is expected here."))
        if text is MISSING:
            return MISSING
        try:
            if not re.fullmatch(DAY, text):
                raise ValueError
            return date.fromisoformat(text)
        except ValueError:
            issues.append(
                error(
                    "not_a_date",
                    N_("“{text}” is not a date."),
                    N_("Write year-month-day, for example 2026-11-30."),
                    node.place,
                    text=text,
                )
            )
            return MISSING

    def schema(self) -> dict[str, Any]:
        """A string in the date format."""
        return {"type": "string", "format": "date", "pattern": f"^{DAY}$"}


@dataclass(frozen=True, slots=True)
class Clock:
    """A time of the clock, HH:MM from 00:00 to 24:00, as minutes since midnight."""

    def read(self, node: Part, issues: list[Issue]) -> Any:
        """The minutes."""
        text = scalar_text(node, issues, N_("A time is expected here."))
        if text is MISSING:
            return MISSING
        found = re.fullmatch(r"([0-9]{1,2}):([0-5][0-9])", text)
        minutes = int(found[1]) * 60 + int(found[2]) if found else MOST_MINUTES + 1
        if minutes > MOST_MINUTES:
            issues.append(
                error(
                    "not_a_time",
                    N_("“{text}” is not a time."),
                    N_("Write hours and minutes from 00:00 to 24:00, for example 14:30."),
                    node.place,
                    text=text,
                )
            )
            return MISSING
        return minutes

    def schema(self) -> dict[str, Any]:
        """A string of hours and minutes."""
        return {"type": "string", "pattern": r"^(([01]?[0-9]|2[0-3]):[0-5][0-9]|24:00)$"}


@dataclass(frozen=True, slots=True)
class MomentText:
    """A date or a date with time; read as text because the zone is known only later."""

    def read(self, node: Part, issues: list[Issue]) -> Any:
        """The text as written."""
        return scalar_text(node, issues, N_("A date, or a date with a time, is expected here."))

    def schema(self) -> dict[str, Any]:
        """A date, optionally with a time and an offset."""
        return {"type": "string", "pattern": rf"^\s*{WRITTEN}\s*$"}


def scalar_text(
    node: Part, issues: list[Issue], message: str, options: tuple[str, ...] = ()
) -> Any:
    """The text of a scalar that is not empty, or MISSING after an issue with the message."""
    if node.text:
        return node.text
    issues.append(expected(message, node.place, options))
    return MISSING


def expected(message: str, place: Place, options: tuple[str, ...] = ()) -> Issue:
    """Something else stands where the message says what should."""
    return error(
        "unexpected",
        message,
        N_("Look at the documented format of this key."),
        place,
        options=", ".join(options),
    )


def not_an_option(text: str, options: tuple[str, ...], place: Place) -> Issue:
    """A word that is none of the options; names the closest one."""
    close = get_close_matches(text, options, n=1)
    return error(
        "not_an_option",
        N_("“{text}” is not possible here."),
        N_("Write “{close}”.") if close else N_("Write one of: {options}."),
        place,
        text=text,
        options=", ".join(options),
        close=close[0] if close else "",
    )
