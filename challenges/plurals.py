"""Sentences of the engine about one thing: the same in the singular, in the reader's language.

The engine writes each sentence once, in the plural. Here stands by which of its parameters it
counts, and how it reads for one.
"""

from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import lru_cache

from django.utils.translation import gettext, ngettext, override

Counted = tuple[str, Callable[[int], str]]

SENTENCES: tuple[Counted, ...] = (
    ("points", lambda n: ngettext(
        "It brings {points} point.", "It brings {points} points.", n)),
    ("points", lambda n: ngettext(
        "Each “{metric}” record earns {points} point{caps}.",
        "Each “{metric}” record earns {points} points{caps}.", n)),
    ("points", lambda n: ngettext(
        "Each unit of “{metric}” earns {points} point{caps}.",
        "Each unit of “{metric}” earns {points} points{caps}.", n)),
    ("win", lambda n: ngettext(
        "A win brings {win} point, a draw {draw}, a loss {loss}, a round of rest {rest}.",
        "A win brings {win} points, a draw {draw}, a loss {loss}, a round of rest {rest}.", n)),
    ("days", lambda n: ngettext(
        "Entered {days} day after it happened.", "Entered {days} days after it happened.", n)),
    ("days", lambda n: ngettext(
        "Looked at: records entered more than {days} day after they happened.",
        "Looked at: records entered more than {days} days after they happened.", n)),
    ("minutes", lambda n: ngettext(
        "Looked at: {count} records or more entered within {minutes} minute.",
        "Looked at: {count} records or more entered within {minutes} minutes.", n)),
    ("days", lambda n: ngettext(
        "Looked at: {count} records or more with one customer within {days} day.",
        "Looked at: {count} records or more with one customer within {days} days.", n)),
    ("count", lambda n: ngettext(
        "Only the person named.", "Only the {count} people named.", n)),
    ("best", lambda n: ngettext(
        "Teams compete by their best member.",
        "Teams compete by their best {best} members.", n)),
    ("most", lambda n: ngettext(
        "For every {every}: {what}, at most once.",
        "For every {every}: {what}, at most {most} times.", n)),
    ("repairs", lambda n: ngettext(
        "{repairs} missed one is forgiven.", "{repairs} missed ones are forgiven.", n)),
    ("move", lambda n: ngettext(
        "The first of a league goes up, the last goes down; of equal ones who do not all fit in, "
        "nobody moves.",
        "The first {move} of a league go up, the last {move} go down; of equal ones who do not all "
        "fit in, nobody moves.", n)),
    ("times", lambda n: ngettext(
        "Act “{act}”: {goal} of “{metric}” on {times} day.",
        "Act “{act}”: {goal} of “{metric}” on each of {times} days.", n)),
    ("times", lambda n: ngettext(
        "Act “{act}”: {goal} of “{metric}” in {times} week.",
        "Act “{act}”: {goal} of “{metric}” in each of {times} weeks.", n)),
    ("most", lambda n: ngettext(
        "Nobody has more than {most} ticket.", "Nobody has more than {most} tickets.", n)),
    ("have", lambda n: ngettext(
        "{have} record; at least {least} are needed.",
        "{have} records; at least {least} are needed.", n)),
    ("least", lambda n: ngettext(
        "It needs at least {least} record.", "It needs at least {least} records.", n)),
    ("best", lambda n: ngettext(
        "Of {count} stages each one's best counts.",
        "Of {count} stages each one's best {best} count.", n)),
    ("done", lambda n: ngettext(
        "{done} of {count} acts is done.", "{done} of {count} acts are done.", n)),
    ("count", lambda n: ngettext(
        "In {count} of {plays} replays nothing was counted; it is left out of the rest.",
        "In {count} of {plays} replays nothing was counted; they are left out of the rest.", n)),
    ("count", lambda n: ngettext(
        "{count} entrant would have won over {plays} replays.",
        "{count} different entrants would have won over {plays} replays.", n)),
    ("winners", lambda n: ngettext(
        "On average {winners} of {entrants} entrants would have won.",
        "On average {winners} of {entrants} entrants would have won.", n)),
    ("winners", lambda n: ngettext(
        "With this target {winners} of {entrants} entrants would have won on average.",
        "With this target {winners} of {entrants} entrants would have won on average.", n)),
    ("prized", lambda n: ngettext(
        "On average {prized} of {entrants} entrants would have had a prize.",
        "On average {prized} of {entrants} entrants would have had a prize.", n)),
    ("plays", lambda n: ngettext(
        "Points to consider before the launch, from {plays} replay: {count}.",
        "Points to consider before the launch, from {plays} replays: {count}.", n)),
    ("times", lambda n: ngettext(
        "{times} time {every}.", "{times} times {every}.", n)),
    ("top", lambda n: ngettext(
        "Everybody sees the first, and {neighbours} on each side of their own.",
        "Everybody sees the first {top}, and {neighbours} on each side of their own.", n)),
    ("top", lambda n: ngettext(
        "Everybody sees the first (or {share} % of the ranked, if that is more), and {neighbours} "
        "on each side of their own.",
        "Everybody sees the first {top} (or {share} % of the ranked, if that is more), and "
        "{neighbours} on each side of their own.", n)),
)  # fmt: skip
MANY = 2


@lru_cache(maxsize=1)
def plurals() -> dict[str, Counted]:
    """By the English plural, which the engine writes."""
    with override(None):
        return {said(MANY): (by, said) for by, said in SENTENCES}


def template_of(template: str, params: Mapping[str, str]) -> str:
    """A template of the engine in the reader's language, in the number that its figure asks for."""
    counted = plurals().get(template)
    if counted is None:
        return gettext(template)
    by, said = counted
    return said(_number(params.get(by, "")))


def _number(text: str) -> int:
    """What a language counts by: 0 and 1 are told apart, everything else is many."""
    try:
        value = abs(Fraction(text))
    except (ValueError, ZeroDivisionError):
        return MANY
    return int(value) if value in (0, 1) else MANY
