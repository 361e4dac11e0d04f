"""What is charged, as plain values for pages."""

from collections.abc import Collection, Iterable, Sequence
from itertools import islice
from typing import Any

from django.utils.translation import get_language, ngettext

from challenges import rights
from challenges.calc.charges import Left
from challenges.charging import queries
from challenges.gathering.newest_rules import newest_rules
from challenges.models import Challenge, ChargedRevision
from challenges.words import Words, record_text
from common.formats import delta_text, moment_text, number_text
from common.states import look_of
from people import access
from people.access import Viewer
from people.models import Person

MOST_LOOKED_AT = 20


def rows(left: Collection[Left], viewer: Viewer, words: Words) -> list[dict[str, str]]:
    """The differences of people whose figures the viewer may read. One query."""
    people = {
        one.number: one for one in Person.objects.filter(number__in={one.person for one in left})
    }
    scope = access.figures_scope(viewer)
    return [
        {
            "who": people[one.person].name,
            "record": record_text(one.revision),
            "at": moment_text(one.occurred_at),
            "value": delta_text(one.value, words.worth_unit(one.metric)),
        }
        for one in left
        if one.person in people and people[one.person].pk in scope
    ]


def choices(
    targets: Iterable[tuple[Challenge, Sequence[Left]]], left: Collection[Left]
) -> list[tuple[str, str]]:
    """The challenges that fit, each with its state, its start, and how much of it fits."""
    found = list(targets)
    rules = newest_rules([target.pk for target, _fits in found])
    language = (get_language() or "en")[:2]
    return [
        (
            str(target.pk),
            " · ".join(
                (
                    rules[target.pk].name(language),
                    str(look_of(target.state).label),
                    moment_text(target.starts_at),
                    _so_many(len(fits), len(left)),
                )
            ),
        )
        for target, fits in found
    ]


def _so_many(count: int, whole: int) -> str:
    said = ngettext("%(n)s of %(whole)s difference", "%(n)s of %(whole)s differences", whole)
    return said % {"n": number_text(count), "whole": number_text(whole)}


def went_to(taken: Sequence[ChargedRevision], viewer: Viewer) -> list[dict[str, Any]]:
    """Where differences went: a line for each challenge, open to whom it exists for. Two queries,
    and none without any."""
    into = {one.into_id: one.into for one in taken}
    if not into:
        return []
    rules = newest_rules(into)
    language = (get_language() or "en")[:2]
    open_to = set(rights.visible(viewer).filter(pk__in=into).values_list("pk", flat=True))
    return [
        {
            "text": _charged_text(
                sum(one.into_id == pk for one in taken), rules[pk].name(language)
            ),
            "challenge_id": pk if pk in open_to else None,
        }
        for pk in into
        # of a draft others than those who make it hear nothing
        if pk in open_to or into[pk].state != "draft"
    ]


def _charged_text(count: int, name: str) -> str:
    said = ngettext(
        "%(n)s difference is charged to “%(name)s”.",
        "%(n)s differences are charged to “%(name)s”.",
        count,
    )
    return said % {"n": number_text(count), "name": name}


def fits_for(
    challenge: Challenge, left: Collection[Left], viewer: Viewer, at: Any
) -> list[tuple[Challenge, list[Left]]]:
    """The challenges that the viewer may change and that take in something of it, the next ones;
    each costs its roster, so of those that could only the first `MOST_LOOKED_AT` are looked at."""
    if not left:
        return []
    later = queries.next_periods(challenge, left)
    mine = islice((one for one in later if rights.can_change(viewer, one)), MOST_LOOKED_AT)
    found = ((one, queries.fitting(left, one, at)) for one in mine)
    return [(one, fits) for one, fits in found if fits]
