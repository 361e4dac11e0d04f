"""Running challenges on the pages of a role: my rank with the rows around me, or the top three."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice

from django.http import Http404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from challenges import queries
from challenges.boards.fragments import words_of
from challenges.boards.presenters import board_lines, language
from challenges.queries import RUNNING, Board, BoardRow, ListedChallenge, Look
from common.boards import BoardLine
from people.access import Viewer

MOST = 3
"""Challenges on a page; the list of all is one click away."""
AROUND = 1
"""Rows above and below one's own."""
TOP = 3
HOUR, DAY = 3600, 86_400


@dataclass(frozen=True, slots=True)
class Race:
    """One running challenge as a card."""

    id: int
    name: str
    url: str
    state: str
    left: str
    place: str
    lines: tuple[BoardLine, ...]


def races_of(viewer: Viewer, person_id: int | None) -> list[Race]:
    """Running challenges that a person plays in, or (without a person) those the viewer sees."""
    running = queries.listed(viewer, RUNNING)
    if not running:
        return []
    boards = queries.boards([one.challenge for one in running], viewer, Look(person_id=person_id))
    made = (_race(one, boards[one.challenge.pk], viewer, person_id) for one in running)
    return list(islice((race for race in made if race is not None), MOST))


def race_of(viewer: Viewer, challenge_id: int, person_id: int | None) -> Race:
    """One of them; 404 where it does not exist for the viewer."""
    for one in queries.listed(viewer):
        if one.challenge.pk == challenge_id:
            board = queries.board(one.challenge, viewer, Look(person_id=person_id))
            race = _race(one, board, viewer, person_id)
            if race is not None:
                return race
    raise Http404


def _race(one: ListedChallenge, board: Board, viewer: Viewer, person_id: int | None) -> Race | None:
    at = _place_of(board.rows, viewer, person_id)
    if person_id is not None and at is None:
        return None
    words = words_of(one.rules, one.challenge)
    shown = replace(board, rows=_shown(board.rows, at))
    return Race(
        id=one.challenge.pk,
        name=one.rules.name(language()),
        url=reverse("challenges:page", args=[one.challenge.pk]),
        state=one.challenge.state,
        left=left_text(one.challenge.ends_at, timezone.now()),
        place=_place_text(board, at),
        lines=tuple(board_lines(one.challenge, shown, words, viewer.day)),
    )


def _place_of(rows: Sequence[BoardRow], viewer: Viewer, person_id: int | None) -> int | None:
    """Where the person, or the person's team, stands among the visible rows."""
    if person_id is None:
        return None
    is_own = person_id == viewer.person_id
    for at, row in enumerate(rows):
        if row.standing.person_id == person_id or (is_own and row.is_me):
            return at
    return None


def _shown(rows: Sequence[BoardRow], at: int | None) -> tuple[BoardRow, ...]:
    """The rows around a place, or the top; what is left out before the first is not said."""
    if at is None:
        chosen = rows[:TOP]
    else:
        start = max(0, min(at - AROUND, len(rows) - 2 * AROUND - 1))
        chosen = rows[start : start + 2 * AROUND + 1]
    return tuple(
        replace(row, hidden_before=0) if number == 0 else row for number, row in enumerate(chosen)
    )


def _place_text(board: Board, at: int | None) -> str:
    if at is None:
        return ngettext("%(n)s entrant", "%(n)s entrants", board.total) % {"n": board.total}
    rank = board.rows[at].standing.rank
    if rank is None:
        return _("not ranked yet")
    return _("rank %(rank)s of %(total)s") % {"rank": rank, "total": board.total}


def left_text(ends_at: datetime, now: datetime) -> str:
    """How long it still runs: days, in its last two days hours, then minutes."""
    seconds = int((ends_at - now).total_seconds())
    if seconds <= 0:
        return _("over")
    if seconds >= 2 * DAY:
        return ngettext("%(n)s day left", "%(n)s days left", seconds // DAY) % {"n": seconds // DAY}
    if seconds >= 2 * HOUR:
        return ngettext("%(n)s hour left", "%(n)s hours left", seconds // HOUR) % {
            "n": seconds // HOUR
        }
    minutes = max(1, seconds // 60)
    return ngettext("%(n)s minute left", "%(n)s minutes left", minutes) % {"n": minutes}
