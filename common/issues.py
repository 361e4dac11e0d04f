"""Issues of the pure core, said in the reader's language."""

from collections.abc import Iterable

from django.utils.translation import gettext

from common.formats import day_text
from kernel.issues import Invalid, Issue


def localized(issue: Issue) -> dict[str, object]:
    """The issue as plain data with message and remedy in the active language.

    Keys: level, code, message, remedy, where (one line of text), place, params.
    """
    return {
        **issue.as_json(),
        "message": message_of(issue),
        "remedy": remedy_of(issue),
        "where": str(issue.place),
    }


def localized_all(issues: Iterable[Issue] | Invalid) -> list[dict[str, object]]:
    """Each of the issues, in their order."""
    return [localized(issue) for issue in _issues(issues)]


def message_of(issue: Issue) -> str:
    """What is wrong, in the active language."""
    return issue.text(gettext, day_text)


def remedy_of(issue: Issue) -> str:
    """What to do about it, in the active language; may be empty."""
    return issue.remedy_text(gettext, day_text)


def text_of(issue: Issue) -> str:
    """Place, message and remedy in one line, for commands and form errors."""
    place = str(issue.place)
    said = " ".join(part for part in (message_of(issue), remedy_of(issue)) if part)
    return f"{place}: {said}" if place else said


def _issues(issues: Iterable[Issue] | Invalid) -> Iterable[Issue]:
    return issues.issues if isinstance(issues, Invalid) else issues
