"""What is wrong with something that a user wrote, as data.

A user's mistake is never an exception inside a calculation: it is an `Issue` with a place and a
remedy, and all issues of a document are collected before anybody is told. `Invalid` carries them
to the edge (a form, a command, an API answer). Texts are English templates; the edge translates
the template and only then fills in the parameters.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Self

LONGEST_PARAM = 200


def N_(s: str) -> str:  # noqa: N802 - the name that gettext looks for
    """Mark `s` for the translation catalogue and return it unchanged."""
    return s


class Level(StrEnum):
    """How grave an issue is. Only errors stop something."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the user's own material: file, path in a document or column name, line, column.

    Lines and columns count from 1. `path` reads like "components[0].steps[2].rate".
    """

    file: str | None = None
    path: str = ""
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        parts = [part for part in (self.file, self.path) if part]
        if self.line is not None:
            parts.append(f"{self.line}" if self.column is None else f"{self.line}:{self.column}")
        return ":".join(parts)

    def under(self, path: str) -> "Place":
        """The same place with `path` appended: "a".under("b") is "a.b", under("[0]") is "a[0]"."""
        dot = "." if self.path and path and not path.startswith("[") else ""
        return Place(self.file, f"{self.path}{dot}{path}", self.line, self.column)

    def as_json(self) -> dict[str, object]:
        """Only the parts that are known."""
        known = {"file": self.file, "path": self.path, "line": self.line, "column": self.column}
        return {key: value for key, value in known.items() if value not in (None, "")}


class _Lenient(dict[str, str]):
    """A translation that names a parameter wrongly must not hide the issue itself."""

    def __missing__(self, key: str) -> str:
        return "{" + key + "}"


def fill(template: str, params: Mapping[str, str] | Iterable[tuple[str, str]]) -> str:
    """`template` with each `{name}` replaced; an unknown name stays as it is written."""
    return template.format_map(_Lenient(params))


def _same(template: str) -> str:
    return template


NOWHERE = Place()
Days = Callable[[date], str]


@dataclass(frozen=True, slots=True)
class Issue:
    """One thing that is wrong, where, and what to do about it."""

    level: Level
    code: str
    message: str
    remedy: str
    place: Place = NOWHERE
    params: tuple[tuple[str, str], ...] = ()
    days: frozenset[str] = frozenset()
    """The params that are days; they are kept as "2026-03-01"."""

    def text(self, translate: Callable[[str], str] = _same, day: Days = date.isoformat) -> str:
        """The message in the reader's language: translated first, filled in second. `day` puts a
        day into words."""
        return fill(translate(self.message), self._told(day))

    def remedy_text(
        self, translate: Callable[[str], str] = _same, day: Days = date.isoformat
    ) -> str:
        """The remedy in the reader's language."""
        # a catalogue answers its own header for an empty text
        return fill(translate(self.remedy), self._told(day)) if self.remedy else ""

    def _told(self, day: Days) -> dict[str, str]:
        return {
            key: day(date.fromisoformat(text)) if key in self.days else text
            for key, text in self.params
        }

    def at(self, place: Place) -> "Issue":
        """The same issue at another place."""
        return replace(self, place=place)

    def as_json(self) -> dict[str, object]:
        """Plain data for an API answer or `--json`; texts in English."""
        return {
            "level": self.level.value,
            "code": self.code,
            "message": self.text(),
            "remedy": self.remedy_text(),
            "place": self.place.as_json(),
            "params": dict(self.params),
        }


def _shown(value: object) -> str:
    """A parameter as text, cut so that hostile input cannot flood a log or a page."""
    if isinstance(value, float):
        raise TypeError("a float must not appear in an issue: pass exact text")
    text = str(value)
    return text if len(text) <= LONGEST_PARAM else text[: LONGEST_PARAM - 1] + "…"


def _issue(
    level: Level, code: str, message: str, remedy: str, place: Place, params: Mapping[str, object]
) -> Issue:
    shown = tuple((key, _shown(value)) for key, value in sorted(params.items()))
    # a moment is a `date` as well, and keeps its own text
    days = frozenset(key for key, value in params.items() if type(value) is date)
    return Issue(level, code, message, remedy, place, shown, days)


def error(code: str, message: str, remedy: str, place: Place = NOWHERE, **params: object) -> Issue:
    """An issue that stops the work. `params` fill the templates and are kept as text; a `date` is
    told as a day in the reader's language."""
    return _issue(Level.ERROR, code, message, remedy, place, params)


def warning(
    code: str, message: str, remedy: str, place: Place = NOWHERE, **params: object
) -> Issue:
    """An issue that the user should see but may leave as it is."""
    return _issue(Level.WARNING, code, message, remedy, place, params)


def info(
    code: str, message: str, remedy: str = "", place: Place = NOWHERE, **params: object
) -> Issue:
    """Something worth knowing; nothing needs to be done."""
    return _issue(Level.INFO, code, message, remedy, place, params)


class Invalid(Exception):  # noqa: N818 - it carries issues, it is not one error
    """Carries the issues of a refused input to the edge. Never empty."""

    issues: tuple[Issue, ...]

    def __init__(self, *issues: Issue | Iterable[Issue]) -> None:
        """Accept issues one by one or as iterables: `Invalid(a, b)` and `Invalid([a, b])`."""
        flat: list[Issue] = []
        for item in issues:
            if isinstance(item, Issue):
                flat.append(item)
            else:
                flat.extend(item)
        if not flat:
            raise ValueError("Invalid needs at least one issue")
        self.issues = tuple(flat)
        super().__init__(*self.issues)

    def __str__(self) -> str:
        return "\n".join(_line_of(issue) for issue in self.issues)

    @classmethod
    def if_any(cls, issues: Iterable[Issue]) -> Self | None:
        """An `Invalid` when `issues` contains an error, otherwise None."""
        found = tuple(issues)
        return cls(found) if any(issue.level is Level.ERROR for issue in found) else None


def _line_of(issue: Issue) -> str:
    place = str(issue.place)
    return f"{place}: {issue.text()}" if place else issue.text()


def refuse_errors(issues: Iterable[Issue]) -> None:
    """Raise `Invalid` with all of `issues` when at least one of them is an error."""
    invalid = Invalid.if_any(issues)
    if invalid is not None:
        raise invalid
