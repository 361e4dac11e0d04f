"""Who wears the jerseys of a team's month: official ones from their rows, else as it stands now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any

from django.core.cache import cache
from django.utils import timezone

from challenges.badges.riders import field_of
from challenges.badges.services.signing import classified, document_of
from challenges.calc.badges.jerseys import Jersey
from challenges.models import JerseyHolder, JerseyMonth
from kernel.numbers import from_text
from kernel.periods import Period
from people import queries as people

KEPT_SECONDS = 3_600
Document = Mapping[str, Any]
Standing = dict[int, tuple[dict[str, Any], dict[str, int]]]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a classification."""

    rank: int
    person_id: int
    value: Fraction
    newcomer: bool


@dataclass(frozen=True, slots=True)
class Worn:
    """One jersey of a team's month with all lines, best first."""

    kind: Jersey
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Month:
    """The four jerseys of a team's month; `signed_at` None while they are provisional."""

    period: Period
    signed_at: datetime | None
    jerseys: tuple[Worn, ...]


def month_of(team_id: int, period: Period) -> Month:
    """The jerseys of a team's month. Three queries for an official one; a provisional one is
    computed for all teams at once and kept for a minute."""
    row = JerseyMonth.objects.filter(team_id=team_id, valid_from=period.start).first()
    if row is not None:
        return Month(period, row.at, _read(row.document, _ids(row.document)))
    document, ids = _provisional(period).get(team_id, ({"jerseys": []}, {}))
    return Month(period, None, _read(document, ids))


def worn_now(person_id: int, team_ids: Sequence[int], period: Period) -> list[Jersey]:
    """Which provisional jerseys the person wears in their own teams, in the order of `Jersey`."""
    kept = _provisional(period)
    found = {
        one.kind
        for team_id in team_ids
        if team_id in kept
        for one in _read(*kept[team_id])
        for line in one.lines
        if line.rank == 1 and line.person_id == person_id
    }
    return [kind for kind in Jersey if kind in found]


def holders_of(person_id: int, limit: int = 12) -> list[JerseyHolder]:
    """The official jerseys of a person, newest first. One query."""
    rows = JerseyHolder.objects.filter(person_id=person_id).select_related("month__team")
    return list(rows.order_by("-month__valid_from", "month__team__name", "kind")[:limit])


def _provisional(period: Period) -> Standing:
    """By team: the document as it stands in this minute, and the people of its numbers."""
    now = timezone.now()
    key, minute = f"jerseys:{period.start.isoformat()}", now.replace(second=0, microsecond=0)
    kept: tuple[datetime, Standing] | None = cache.get(key)
    if kept is None or kept[0] != minute:
        field = field_of(period, now, as_known=False)
        ids = {place.number: pk for pk, place in field.places.items()}
        found: Standing = {
            team.id: (document := document_of(jerseys), _named(document, ids))
            for team, jerseys in classified(field, period)
        }
        kept = (minute, found)
        cache.set(key, kept, timeout=KEPT_SECONDS)
    return kept[1]


def _named(document: Document, ids: Mapping[str, int]) -> dict[str, int]:
    return {number: ids[number] for number in _numbers(document)}


def _ids(document: Document) -> dict[str, int]:
    numbers = set(_numbers(document))
    return {one.number: one.person_id for one in people.directory() if one.number in numbers}


def _numbers(document: Document) -> list[str]:
    return [line["person"] for one in document["jerseys"] for line in one["lines"]]


def _read(document: Document, ids: Mapping[str, int]) -> tuple[Worn, ...]:
    return tuple(
        Worn(
            Jersey(one["kind"]),
            tuple(
                Line(line["rank"], ids[line["person"]], from_text(line["value"]), line["newcomer"])
                for line in one["lines"]
                if line["person"] in ids
            ),
        )
        for one in document["jerseys"]
    )
