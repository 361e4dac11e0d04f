"""Screens as plain values: the rows of their page, and the pictures that turn on the wall."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from challenges import queries as boards
from challenges import visibility
from challenges.boards.fragments import words_of
from challenges.boards.presenters import board_lines, language
from challenges.duels.titles import newest_titled
from challenges.feed.presenters import celebration_rows
from challenges.models import Challenge, Screen
from challenges.queries import Board
from challenges.screens.queries import celebrated, shown_challenges
from challenges.words import Words
from common.formats import moment_text
from kpis.queries.catalogue import catalogue
from people.access import Viewer

Cells = dict[str, Any]
MOST_LINES = 7
"""So many rows are readable from five metres."""
MOST_LEADERS = 3


def screen_rows(found: Sequence[Screen]) -> list[Cells]:
    """The screens of the page, open ones first."""
    rows = [
        {
            "id": one.pk,
            "name": one.name,
            "team": one.team.name,
            "shows": ", ".join(sorted(game.name for game in one.challenges.all())),
            "seen_at": one.seen_at,
            "made_by": one.made_by.name if one.made_by else "",
            "withdrawn_at": one.withdrawn_at,
        }
        for one in found
    ]
    return sorted(rows, key=lambda row: row["withdrawn_at"] is not None)


def choices(found: Sequence[Challenge]) -> list[tuple[str, str]]:
    """The challenges that the form offers."""
    return [(str(one.pk), f"{one.name} ({moment_text(one.ends_at)})") for one in found]


def wall(screen: Screen, viewer: Viewer, at: datetime) -> Cells:
    """Everything that turns, as the whole team may read it: boards first, then celebrations."""
    found = shown_challenges(screen)
    rules = newest_titled(viewer, found)
    seen = boards.boards(found, viewer)
    events = celebrated(viewer, at)
    topics = [visibility.topic_of(viewer, one) for one in found]
    return {
        "team": screen.team.name,
        "topics": " ".join([*topics, "feed", f"wall:{screen.team_id}"]),
        "boards": [
            _board(one, seen[one.pk], words_of(rules[one.pk], one), viewer) for one in found
        ],
        "celebrations": celebration_rows(events, viewer, catalogue(viewer.day)),
        "at": at,
    }


def _board(challenge: Challenge, shown: Board, words: Words, viewer: Viewer) -> Cells:
    lines = board_lines(challenge, shown, words, viewer.day)
    leaders = [line for line, row in zip(lines, shown.rows, strict=True) if row.standing.rank == 1]
    return {
        "id": challenge.pk,
        "name": words.rules.name(language()),
        "state": challenge.state,
        "when": _when(challenge, viewer),
        "leaders": leaders[:MOST_LEADERS],
        "tied": len(leaders) > 1,
        "value": leaders[0].value if leaders else "",
        "lines": lines[:MOST_LINES],
    }


def _when(challenge: Challenge, viewer: Viewer) -> str:
    if visibility.sees_frozen(viewer, challenge):
        since = moment_text(challenge.frozen_from)
        return _("The board stands still since %(since)s.") % {"since": since}
    if challenge.state == "provisional":
        return _("Over. The result is being checked.")
    return _("Until %(moment)s") % {"moment": moment_text(challenge.ends_at)}
