"""The board as HTML: drawn once for each version, language, day, kind of viewer and page of it."""

from typing import Any
from urllib.parse import urlencode

from django.template.loader import render_to_string
from django.urls import reverse

from challenges import queries, visibility
from challenges.boards import presenters, rounds
from challenges.calc import Rules
from challenges.gathering.inputs import measures_of
from challenges.models import Challenge
from challenges.queries import Board, Look
from challenges.words import Words
from common import shared
from kpis.queries.catalogue import catalogue
from people import access
from people.access import Viewer
from people.queries import company

KEPT_SECONDS = 86_400


def words_of(rules: Rules, challenge: Challenge | None = None) -> Words:
    """Who speaks about the challenge in the reader's language; rules that are not those of a
    challenge yet are told by the metrics of now."""
    known = catalogue(rules.start.astimezone(rules.zone).date())
    if challenge is not None:
        known = measures_of(challenge, known)
    return Words(rules, known, company().currency)


def board_html(challenge: Challenge, viewer: Viewer, look: Look, shown: Board | None = None) -> str:
    """The fragment; `shown` is the first page of the board, for who has it already.

    What is looked for by name is drawn each time: few ask for the same.
    """
    if look.find:
        return _draw(challenge, viewer, queries.board(challenge, viewer, look), look)
    key = f"challenge:board:{challenge.version}:{name_of(challenge, viewer, look)}"
    html: str | None = shared.recall(key)
    if html is None:
        if shown is None or look != Look():
            shown = queries.board(challenge, viewer, look)
        html = _draw(challenge, viewer, shown, look)
        shared.keep(key, html, KEPT_SECONDS)
    return html


def name_of(challenge: Challenge, viewer: Viewer, look: Look) -> str:
    """What decides the board beside its version: language, day, kind of viewer, and the page."""
    frozen = visibility.sees_frozen(viewer, challenge)
    return (
        f"{challenge.pk}:{presenters.language()}:{viewer.day}:{_kind(viewer)}"
        f":{int(frozen)}:{look.page}"
    )


def _kind(viewer: Viewer) -> str:
    """Viewers of one kind see the same board; who has figures of their own is a kind."""
    if access.figures_scope(viewer).everyone and viewer.person_id is None:
        return "all"
    if viewer.wall_team_id is not None:
        return f"wall:{viewer.wall_team_id}"
    teams = ",".join(str(one) for one in sorted(viewer.led_team_ids))
    return f"person:{viewer.person_id}:{int(access.figures_scope(viewer).everyone)}:{teams}"


def _draw(challenge: Challenge, viewer: Viewer, shown: Board, look: Look) -> str:
    rules = queries.rules_now(challenge)
    words = words_of(rules, challenge)
    frozen = visibility.sees_frozen(viewer, challenge)
    context = {
        "challenge_id": challenge.pk,
        "topic": visibility.topic_of(viewer, challenge),
        "state": challenge.state,
        "lines": presenters.board_lines(challenge, shown, words, viewer.day),
        "my_rank": shown.my_row.standing.rank if shown.my_row else None,
        "entrants": shown.total,
        "head": words.head,
        "rounds": [] if frozen else rounds.rounds_of(challenge, rules, shown, viewer, words),
        "bracket": rules.format.key == "knockout",
        "individuals": [] if frozen else rounds.individuals_of(challenge, viewer, words),
        **_parts(challenge, shown, look),
    }
    return render_to_string("challenges/board.html", context)


def _parts(challenge: Challenge, shown: Board, look: Look) -> dict[str, Any]:
    """Where the fragment and the pages beside it are; a small board has one page."""
    address = reverse("challenges:board", args=[challenge.pk])
    own = {"find": look.find} if look.find else {"page": shown.page} if shown.page > 1 else {}
    found: dict[str, Any] = {
        "url": f"{address}?{urlencode(own)}" if own else address,
        "fragment_url": address,
        "page_url": reverse("challenges:page", args=[challenge.pk]),
        "find": look.find,
        "nobody": shown.found == 0,
        "page": shown.page,
        "pages": shown.pages,
    }
    if not look.find:
        found["before"] = shown.page - 1
        found["after"] = shown.page + 1 if shown.page < shown.pages else 0
    return found
