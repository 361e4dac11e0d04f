"""Who wears the jerseys of a team's month: official ones from their rows, else as it stands now."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any

from celery import current_app
from django.core.cache import cache
from django.utils import timezone
from kombu.exceptions import OperationalError

from challenges.badges.riders import field_of
from challenges.badges.services.signing import classified, document_of
from challenges.calc.badges.jerseys import Jersey
from challenges.models import JerseyHolder, JerseyMonth
from kernel.numbers import from_text
from kernel.periods import Period
from people import queries as people

KEPT_SECONDS = 86_400
FRESH = timedelta(minutes=1)
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
    """The four jerseys of a team's month as of a moment; that of the signature when official."""

    period: Period
    as_of: datetime
    is_official: bool
    jerseys: tuple[Worn, ...]


def month_of(team_id: int, period: Period) -> Month:
    """The jerseys of a team's month. Three queries for an official one; provisional ones are kept
    for all teams at once."""
    row = JerseyMonth.objects.filter(team_id=team_id, valid_from=period.start).first()
    if row is not None:
        return Month(period, row.at, True, _read(row.document, _ids(row.document)))
    as_of, standing = _provisional(period)
    document, ids = standing.get(team_id, ({"jerseys": []}, {}))
    return Month(period, as_of, False, _read(document, ids))


def worn_now(person_id: int, team_ids: Sequence[int], period: Period) -> list[Jersey]:
    """Which provisional jerseys the person wears in their own teams, in the order of `Jersey`."""
    _, standing = _provisional(period)
    found = {
        one.kind
        for team_id in team_ids
        if team_id in standing
        for one in _read(*standing[team_id])
        for line in one.lines
        if line.rank == 1 and line.person_id == person_id
    }
    return [kind for kind in Jersey if kind in found]


def holders_of(person_id: int, limit: int = 12) -> list[JerseyHolder]:
    """The official jerseys of a person, newest first. One query."""
    rows = JerseyHolder.objects.filter(person_id=person_id).select_related("month__team")
    return list(rows.order_by("-month__valid_from", "month__team__name", "kind")[:limit])


def keep_standing(first: date) -> tuple[datetime, Standing]:
    """Look at the month that begins on this day and keep, by team, the document as it stands and
    the people of its numbers. It reads the figures of everybody who sells: a worker's work."""
    period, now = Period.month(first), timezone.now()
    field = field_of(period, now, as_known=False)
    ids = {place.number: pk for pk, place in field.places.items()}
    found: Standing = {
        team.id: (document := document_of(jerseys), _named(document, ids))
        for team, jerseys in classified(field, period)
    }
    cache.set(_key(period), (now, found), timeout=KEPT_SECONDS)
    return now, found


def _provisional(period: Period) -> tuple[datetime, Standing]:
    """What is kept; older than a minute, a worker is asked for a newer one, which the next reader
    sees. Only where nothing is kept does the reader wait for it."""
    kept: tuple[datetime, Standing] | None = cache.get(_key(period))
    if kept is None:
        return keep_standing(period.start)
    asked = f"{_key(period)}:asked"
    if timezone.now() - kept[0] > FRESH and cache.add(asked, 1, timeout=FRESH.seconds):
        with suppress(OperationalError):  # without a broker the next reader asks again
            first = period.start.isoformat()
            current_app.send_task("challenges.keep_jerseys", args=[first], retry=False)
    return kept


def _key(period: Period) -> str:
    return f"jerseys:{period.start.isoformat()}"


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
