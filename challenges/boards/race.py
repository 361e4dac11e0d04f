"""The race on the page of a challenge: the scores of the first few and one's own, day by day."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.db.models import TextField
from django.db.models.fields.json import KT
from django.db.models.functions import MD5, Cast

from challenges import queries
from challenges.boards import charts, presenters
from challenges.calc import Rules
from challenges.models import Challenge, Standing
from challenges.queries import Board
from challenges.seen_boards import BoardRow
from challenges.words import Words
from common import shared
from kernel.issues import Invalid
from people.access import Viewer

DRAWN_LINES = 4
KEPT_SECONDS = 86_400
Course = dict[str, str]


def race(
    challenge: Challenge, rules: Rules, shown: Board, viewer: Viewer, words: Words
) -> dict[str, Any]:
    """What the drawing needs; empty where nobody has a rank or the format has no course."""
    if not shown.rows or shown.rows[0].standing.rank is None or not charts.is_drawn(rules):
        return {}
    drawn = list(shown.rows[: DRAWN_LINES - 1])
    if shown.my_row is not None and shown.my_row not in drawn:
        drawn.append(shown.my_row)
    until = queries.seen_until(challenge, viewer)
    ids = {queries.entrant_of(row.standing): row.name for row in drawn}
    kept_as = f"courses:{'|'.join(sorted(ids))}:{'' if until is None else 'frozen'}"
    try:
        courses = queries.cached_by_version(
            challenge, kept_as, lambda: _courses(challenge, drawn, until)
        )
    except Invalid:  # a metric is no longer what it was: the board stands, its course is unknown
        return {}
    chosen = {entrant: courses[entrant] for entrant in ids if entrant in courses}
    target = getattr(rules.params, "target", None) if rules.format.key == "race" else None
    last = viewer.day if until is None else until.astimezone(rules.zone).date()
    drawing = charts.chart(charts.window_of(rules), chosen, until=last, target=target)
    return presenters.chart_context(drawing, ids, words)


def _courses(
    challenge: Challenge, drawn: Sequence[BoardRow], until: datetime | None
) -> dict[str, Course]:
    """By entrant. Most versions of a large board come from the records of others: a course is
    kept until another record of the entrant counts, and read from the log only then."""
    names = {row.standing.entrant_key: queries.entrant_of(row.standing) for row in drawn}
    kept_as = _names_of_courses(challenge, names) if until is None else {}
    found: dict[str, Course] = {}
    for key, name in kept_as.items():
        course: Course | None = shared.recall(name)
        if course is not None:
            found[names[key]] = course
    missing = set(names.values()) - found.keys()
    read = _read(challenge, missing, until)
    for key, name in kept_as.items():
        if names[key] in read:
            shared.keep(name, read[names[key]], KEPT_SECONDS)
    return found | read


def _read(
    challenge: Challenge, entrants: Collection[str], until: datetime | None
) -> dict[str, Course]:
    if not entrants:
        return {}
    courses = charts.courses(queries.explained(challenge, until, entrants))
    return {entrant: courses[entrant] for entrant in entrants if entrant in courses}


def _names_of_courses(challenge: Challenge, keys: Collection[str]) -> Mapping[str, str]:
    """By key of the row: what its course is kept as. A course is what each record counts, by the
    day of the record, under these rules. None where the board has moved on meanwhile."""
    rows = Standing.objects.filter(
        challenge=challenge, challenge__version=challenge.version, entrant_key__in=keys
    ).exclude(effects=None)
    said = rows.annotate(
        counts=MD5(Cast("effects", TextField())), divisor=KT("detail__denominator")
    ).values_list("entrant_key", "counts", "divisor", "challenge__summary__basis")
    return {
        key: f"challenge:{challenge.pk}:course:{sha256(repr(rest).encode()).hexdigest()}"
        for key, *rest in said
    }
