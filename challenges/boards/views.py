"""Pages of this room that show: the list, a challenge with its live board, why a score is so."""

from collections.abc import Collection
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone

from challenges import queries, rights, visibility
from challenges.boards import (
    beside,
    fragments,
    log_lines,
    paths,
    presenters,
    prizes,
    steps,
)
from challenges.boards.amendments import amendments
from challenges.boards.carried import carried
from challenges.boards.fragments import words_of as words_of
from challenges.boards.outside import lost_charges, outside
from challenges.boards.race import race
from challenges.duels.titles import rules_for
from challenges.entrants import reading
from challenges.fairness import words as fair_words
from challenges.fairness.keeping import issue_of
from challenges.gathering.inputs import parsed
from challenges.models import Challenge, Standing
from challenges.queries import Board, Look
from challenges.words import Words
from common.issues import message_of, remedy_of
from common.numbers import whole
from people import access
from people.access import Area, Viewer

MOST_PAGES = 1_000


def seen_challenge(request: HttpRequest, challenge_id: int) -> tuple[Challenge, Viewer]:
    """The challenge, when it exists for who asks; otherwise 404."""
    challenge = get_object_or_404(Challenge, pk=challenge_id)
    viewer = access.viewer_in(request)
    access.require(rights.can_see(viewer, challenge))
    return challenge, viewer


@access.needs("anyone")
def challenge_list(request: HttpRequest) -> HttpResponse:
    """Running, coming, done."""
    viewer = access.viewer_in(request)
    context = {
        "groups": presenters.cards(queries.listed(viewer)),
        "may_create": access.can_configure(viewer, Area.CHALLENGES),
        "is_person": viewer.person_id is not None,
    }
    return render(request, "challenges/list.html", context)


@access.needs("anyone")
def page(request: HttpRequest, challenge_id: int) -> HttpResponse:
    """One challenge: rules, board, prizes, race, log."""
    challenge, viewer = seen_challenge(request, challenge_id)
    known = queries.history(challenge)
    rules = rules_for(viewer, challenge, queries.rules_now(challenge))
    words = words_of(rules, challenge)
    shown, look = queries.board(challenge, viewer), _look(request)
    until = queries.seen_until(challenge, viewer)
    may_change = rights.can_change(viewer, challenge)
    heads = queries.heads(challenge, rules, shown.total) if may_change else shown.total
    context = {
        "board_html": fragments.board_html(challenge, viewer, look, shown),
        "parted": shown.pages > 1,
        "find": look.find,
        "challenge_id": challenge.pk,
        "topic": visibility.topic_of(viewer, challenge),
        "frozen": presenters.frozen_text(challenge) if until is not None else "",
        "name": rules.name(presenters.language()),
        "state": challenge.state,
        "running": challenge.state in queries.RUNNING and until is None,
        "settled": rules.format.frozen,
        "reviewed": rules.integrity is not None,
        "rehearsed": challenge.state in queries.COMING,
        "refused": _refused(challenge),
        "when": presenters.window_text(challenge),
        "facts": presenters.facts(challenge, rules, shown),
        "rulebook": words.rulebook(presenters.language()),
        "prizes": prizes.prize_rows(shown, words, rules),
        "changes": log_lines.change_rows(
            queries.score_changes(challenge, _told(shown), until), shown.seen, words
        ),
        "events": presenters.history_events(known),
        "rules_events": presenters.rules_events(
            known,
            lambda document: words_of(
                rules_for(viewer, challenge, parsed(document)), challenge
            ).rulebook(presenters.language()),
        ),
        "lost_charges": lost_charges(challenge, rules) if may_change else [],
        "over_budget": fair_words.budget_texts(rules, heads) if may_change else [],
        "reading": reading.reading_of(challenge, viewer, known),
        "path": _path(shown.my_row.standing if shown.my_row else None, words),
        "race": race(challenge, rules, shown, viewer, words),
        "amendments": [] if until else _amendments(challenge, viewer, words),
        "carried": {} if until else carried(challenge, viewer, words, may_change=may_change),
        "outside": outside(challenge, viewer, words, may_change=may_change),
        "verbs": _verbs(challenge) if may_change else [],
        "liability": prizes.liability_texts(rules, heads) if may_change else [],
    }
    return render(request, "challenges/page.html", context)


def _refused(challenge: Challenge) -> str:
    """Why a draft did not start when it was due."""
    if challenge.state != "draft" or challenge.refused is None:
        return ""
    issue = issue_of(challenge.refused)
    return f"{message_of(issue)} {remedy_of(issue)}"


def _path(standing: Standing | None, words: Words) -> list[dict[str, Any]]:
    """The acts of a mission path; empty in all other formats."""
    kept = [] if standing is None else standing.detail.get("acts", [])
    return paths.act_items(kept, words, presenters.language())


def _verbs(challenge: Challenge) -> list[str]:
    by_state = {
        "draft": ["launch", "change", "cancel"],
        "scheduled": ["change", "extend", "cancel"],
        "live": ["pause", "extend", "close", "change", "cancel"],
        "paused": ["resume", "extend", "cancel"],
        "provisional": ["official", "change", "cancel"],
    }
    if visibility.waits_for_reveal(challenge):
        return ["reveal"]
    return by_state.get(challenge.state, [])


@access.needs("anyone")
def board(request: HttpRequest, challenge_id: int) -> HttpResponse:
    """The live fragment."""
    challenge, viewer = seen_challenge(request, challenge_id)
    look = _look(request)
    response = HttpResponse(fragments.board_html(challenge, viewer, look))
    if not look.find:
        freeze = challenge.frozen_from
        left = beside.SECONDS if freeze is None else abs((freeze - timezone.now()).total_seconds())
        name = fragments.name_of(challenge, viewer, look)
        response[beside.HEADER] = beside.named(challenge.version, name, left)
    return response


def _look(request: HttpRequest) -> Look:
    """Which part of the board is asked for; what is no page is the first."""
    page = min(whole(request.GET.get("page", "")) or 1, MOST_PAGES)  # each is kept
    return Look(max(1, page), request.GET.get("find", "").strip()[:80])


def _told(shown: Board) -> Collection[str] | None:
    """Whose lines of the log are told: of who is seen, or (None) of everybody on the board."""
    return None if len(shown.seen) == shown.total else shown.seen.keys


def _amendments(challenge: Challenge, viewer: Viewer, words: Words) -> list[dict[str, Any]]:
    if challenge.state != "amended":
        return []
    return amendments(challenge, queries.results(challenge), viewer, words)


@access.needs("anyone")
def explain(request: HttpRequest, challenge_id: int, entrant_key: str) -> HttpResponse:
    """Why a score is what it is: every record with its plus or minus, and what was left out."""
    challenge, viewer = seen_challenge(request, challenge_id)
    standing = get_object_or_404(
        Standing.objects.select_related("person", "team"),
        challenge=challenge,
        entrant_key=entrant_key,
    )
    seen = queries.board(challenge, viewer).seen
    access.require(entrant_key in seen.keys)
    row_shown = seen.by_key([entrant_key])[entrant_key]
    access.require(row_shown.open)
    until = queries.seen_until(challenge, viewer)
    result = queries.explained(challenge, until, [queries.entrant_of(standing)])
    try:
        row = result.row(queries.entrant_of(standing))
    except KeyError:
        raise Http404 from None
    words = words_of(result.rules, challenge)
    context = {
        "base": "drawer.html" if getattr(request, "htmx", False) else "base.html",
        "title": row.name,
        "name": rules_for(viewer, challenge, result.rules).name(presenters.language()),
        "path": _path(row_shown.standing, words),
        "steps": steps.steps(result, row, words, seen, row_shown),
        "changes": log_lines.change_rows(
            queries.score_changes(challenge, [entrant_key], until), seen, words
        ),
        "passed": log_lines.change_rows(
            queries.passed_by(challenge, entrant_key, until), seen, words
        ),
        "back": reverse("challenges:page", args=[challenge.pk]),
    }
    return render(request, "challenges/explain.html", context)
