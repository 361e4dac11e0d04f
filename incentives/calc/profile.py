"""A legal profile as data: its rules, and what they find in a plan and in how it was announced.

The rules, their levels, texts and parameters stand in a YAML file (``incentives/profiles``); this
module reads it and asks the checks of the same keys. A profile is help, not legal advice.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any

from kernel.documents import Document, Plain, load_text
from kernel.issues import NOWHERE, Issue, Level, Place, fill
from kernel.numbers import as_text, round_to

FOLDER = Path(__file__).parent.parent / "profiles"
LEVELS = {"blocks": Level.ERROR, "warns": Level.WARNING, "helps": Level.INFO}
LANGUAGES = ("fr", "en")
EXPOSED = {"fr": "Exposition : {amount} {currency} ({how}).",
           "en": "Exposure: {amount} {currency} ({how})."}  # fmt: skip
LEGAL = {"fr": "Base : {basis}.", "en": "Basis: {basis}."}


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: how grave it is, the law it stands on, its words, and its own parameters."""

    key: str
    level: Level
    basis: tuple[str, ...]
    text: Mapping[str, str]
    remedy: Mapping[str, str]
    parameters: Mapping[str, Plain]


@dataclass(frozen=True, slots=True)
class Profile:
    """The rules of a country in one version."""

    key: str
    country: str
    version: str
    note: Mapping[str, str]
    rules: Mapping[str, Rule]


@dataclass(frozen=True, slots=True)
class Exposure:
    """What may be due, in main units, and how it was computed, by language."""

    amount: Fraction
    currency: str
    how: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule found, where, and what it may cost."""

    rule: Rule
    place: Place = NOWHERE
    params: tuple[tuple[str, str], ...] = ()
    exposure: Exposure | None = None

    @property
    def blocks(self) -> bool:
        """Whether nothing may be published as long as this stands."""
        return self.rule.level is Level.ERROR

    @property
    def warns(self) -> bool:
        """Whether somebody must confirm it with a reason."""
        return self.rule.level is Level.WARNING

    def issue(self, language: str) -> Issue:
        """The finding in French or English as an issue: text, exposure, remedy, legal basis."""
        tongue = language if language in LANGUAGES else "en"
        message = fill(self.rule.text[tongue], self.params)
        if self.exposure is not None:
            words = {
                "amount": _money(self.exposure.amount),
                "currency": self.exposure.currency,
                "how": self.exposure.how[tongue],
            }
            message = f"{message} {fill(EXPOSED[tongue], words)}"
        legal = fill(LEGAL[tongue], {"basis": ", ".join(self.rule.basis)})
        remedy = f"{fill(self.rule.remedy[tongue], self.params)} {legal}"
        # whatever stands in braces now is text of the plan, not a parameter
        shown = (("message", message), ("remedy", remedy))
        return Issue(self.rule.level, self.code, "{message}", "{remedy}", self.place, shown)

    @property
    def code(self) -> str:
        """The code of the issue: the key of the rule."""
        return f"profile.{self.rule.key}"

    def as_json(self, language: str = "en") -> dict[str, object]:
        """Plain data: the issue, the rule, its basis and the exposure."""
        exposure = None
        if self.exposure is not None:
            exposure = {
                "amount": as_text(self.exposure.amount),
                "currency": self.exposure.currency,
                "how": self.exposure.how["fr" if language == "fr" else "en"],
            }
        found = self.issue(language).as_json()
        return {**found, "basis": list(self.rule.basis), "exposure": exposure}


@dataclass(frozen=True, slots=True)
class NoticeFact:
    """What is known of the notice of one payee for a period; None where it did not happen."""

    payee: str
    starts_on: date
    published_on: date | None = None
    read_on: date | None = None
    languages: tuple[str, ...] = ("fr",)
    exposure: Exposure | None = None


@dataclass(frozen=True, slots=True)
class RoleFact:
    """The share of fixed pay at target of a role, and whom it sells to (b2b or b2c)."""

    role: str
    market: str
    fixed_share: Fraction


@dataclass(frozen=True, slots=True)
class Facts:
    """What the profile is told besides the plan."""

    valid_from: date | None = None
    notices: Sequence[NoticeFact] = ()
    roles: Sequence[RoleFact] = ()
    first_month: int = 1


def read_profile(text: str) -> Profile:
    """The profile of a YAML text. It is shipped, so a mistake in it raises KeyError."""
    document: Any = load_text(text).value
    rules = [_rule(row) for row in document["rules"]]
    return Profile(
        document["key"],
        document["country"],
        document["version"],
        document["note"],
        {rule.key: rule for rule in rules},
    )


def _rule(row: Mapping[str, Any]) -> Rule:
    known = ("key", "level", "basis", "text", "remedy")
    own = {key: value for key, value in row.items() if key not in known}
    return Rule(row["key"], LEVELS[row["level"]], tuple(row["basis"]), row["text"],
                row["remedy"], own)  # fmt: skip


@lru_cache
def profile_of(key: str) -> Profile | None:
    """The shipped profile of a country code, None when there is none."""
    path = FOLDER / f"{key.lower()}.yaml"
    if not key.isalpha() or not path.is_file():
        return None
    return read_profile(path.read_text(encoding="utf-8"))


def place_in(document: Document | None, path: str) -> Place:
    """The place of a path, with its line when the text is known."""
    return Place(path=path) if document is None else document.place(path)


def found(
    profile: Profile,
    key: str,
    words: Mapping[str, object],
    place: Place = NOWHERE,
    exposure: Exposure | None = None,
) -> Finding:
    """A finding of a rule; ``words`` fill its text."""
    shown = tuple((name, str(value)) for name, value in sorted(words.items()))
    return Finding(profile.rules[key], place, shown, exposure)


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """What blocks first, then warnings, then help; each in order of line."""
    order = {Level.ERROR: 0, Level.WARNING: 1, Level.INFO: 2}
    return tuple(
        sorted(findings, key=lambda one: (order[one.rule.level], one.place.line or 0,
                                          one.place.path, one.params))
    )  # fmt: skip


def _money(value: Fraction) -> str:
    return as_text(Fraction(round_to(value, 2)))
