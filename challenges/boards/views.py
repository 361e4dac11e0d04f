"""Pages of this room that show: the list, a challenge with its live board, why a score is so."""

from dataclasses import replace
from typing import Any

from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from challenges import queries, rights, visibility
from challenges.boards import beside, charts, log_lines, paths, presenters, prizes, rounds, steps
from challenges.boards.amendments import amendments
from challenges.boards.carried import carried
from challenges.boards.outside import outside
from challenges.calc import Rules
from challenges.duels.titles import rules_for
from challenges.entrants import reading
from challenges.fairness import words as fair_words
from challenges.gathering.inputs import parsed
from challenges.models import Challenge, Standing
from challenges.queries import Board
from challenges.words import Words
from kernel.issues import Invalid
from kpis.queries.catalogue import catalogue
from people import access
from people.access import Area, Viewer
from people.queries import company

DRAWN_LINES = 4
DRAWN_ROWS = 200


def seen_challenge(request: HttpRequest, challenge_id: int) -> tuple[Challenge, Viewer]:
    """The challenge, when it exists for who asks; otherwise 404."""
    challenge = get_object_or_404(Challenge, pk=challenge_id)
    viewer = access.viewer_in(request)
    access.require(rights.can_see(viewer, challenge))
    return challenge, viewer


def words_of(rules: Rules) -> Words:
    """Who speaks about the challenge in the reader's language."""
    day = rules.start.astimezone(rules.zone).date()
    return Words(rules, catalogue(day), company().currency)


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
    words = words_of(rules)
    shown = queries.board(challenge, viewer)
    names = _names(shown)
    until = queries.seen_until(challenge, viewer)
    may_change = rights.can_change(viewer, challenge)
    heads = queries.heads(challenge, rules, shown.total) if may_change else shown.total
    context = {
        **_fragment(challenge, viewer, shown, everything=request.GET.get("all") == "1"),
        "challenge_id": challenge.pk,
        "topic": visibility.topic_of(viewer, challenge),
        "frozen": presenters.frozen_text(challenge) if until is not None else "",
        "name": rules.name(presenters.language()),
        "state": challenge.state,
        "running": challenge.state in queries.RUNNING and until is None,
        "settled": rules.format.frozen,
        "reviewed": rules.integrity is not None,
        "rehearsed": challenge.state in queries.COMING,
        "when": presenters.window_text(challenge),
        "facts": presenters.facts(challenge, rules, shown),
        "rulebook": words.rulebook(presenters.language()),
        "prizes": prizes.prize_rows(shown, words, rules),
        "changes": log_lines.change_rows(
            queries.score_changes(challenge, list(names), until),
            names,
            words,
            open_keys=_open(shown),
        ),
        "events": presenters.history_events(known),
        "rules_events": presenters.rules_events(
            known,
            lambda document: words_of(rules_for(viewer, challenge, parsed(document))).rulebook(
                presenters.language()
            ),
        ),
        "over_budget": fair_words.budget_texts(rules, heads) if may_change else [],
        "reading": reading.reading_of(challenge, viewer, known),
        "path": _path(shown.my_row.standing if shown.my_row else None, words),
        "race": _race(challenge, rules, shown, viewer, words),
        "amendments": [] if until else _amendments(challenge, viewer, words),
        "carried": {} if until else carried(challenge, viewer, words),
        "outside": outside(challenge, viewer, words, may_change=may_change),
        "verbs": _verbs(challenge) if may_change else [],
        "liability": prizes.liability_texts(rules, heads) if may_change else [],
    }
    return render(request, "challenges/page.html", context)


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
    everything = request.GET.get("all") == "1"
    response = HttpResponse(_fragment(challenge, viewer, everything=everything)["board_html"])
    freeze = challenge.frozen_from
    left = beside.SECONDS if freeze is None else abs((freeze - timezone.now()).total_seconds())
    name = _name(challenge, viewer, everything=everything)
    response[beside.HEADER] = beside.named(challenge.version, name, left)
    return response


def _name(challenge: Challenge, viewer: Viewer, *, everything: bool) -> str:
    """What decides the board beside its version: language, day and kind of viewer."""
    frozen = visibility.sees_frozen(viewer, challenge)
    return (
        f"{challenge.pk}:{presenters.language()}:{viewer.day}:{_kind(viewer)}"
        f":{int(frozen)}:{int(everything)}"
    )


def _fragment(
    challenge: Challenge, viewer: Viewer, shown: Board | None = None, *, everything: bool = False
) -> dict[str, Any]:
    """The board as HTML: drawn once per version, language, day and kind of viewer."""
    key = f"challenge:board:{challenge.version}:{_name(challenge, viewer, everything=everything)}"
    html = cache.get(key)
    if html is None:
        shown = shown or queries.board(challenge, viewer)
        html = _draw(challenge, viewer, shown, everything=everything)
        cache.set(key, html, timeout=86_400)
    return {"board_html": html}


def _kind(viewer: Viewer) -> str:
    """Viewers of one kind see the same board; who has figures of their own is a kind."""
    if access.figures_scope(viewer).everyone and viewer.person_id is None:
        return "all"
    teams = ",".join(str(one) for one in sorted(viewer.led_team_ids))
    return f"person:{viewer.person_id}:{int(access.figures_scope(viewer).everyone)}:{teams}"


def _draw(challenge: Challenge, viewer: Viewer, shown: Board, *, everything: bool) -> str:
    rules = queries.rules_now(challenge)
    words, drawn = words_of(rules), shown if everything else _first_rows(shown)
    frozen = visibility.sees_frozen(viewer, challenge)
    address = reverse("challenges:board", args=[challenge.pk])
    context = {
        "challenge_id": challenge.pk,
        "topic": visibility.topic_of(viewer, challenge),
        "state": challenge.state,
        "lines": presenters.board_lines(challenge, drawn, words, viewer.day),
        "my_rank": shown.my_row.standing.rank if shown.my_row else None,
        "entrants": shown.total,
        "head": words.head,
        "url": f"{address}?all=1" if everything else address,
        "page_url": reverse("challenges:page", args=[challenge.pk]),
        "all_url": f"{address}?all=1" if len(drawn.rows) < len(shown.rows) else "",
        "rounds": [] if frozen else rounds.rounds_of(challenge, rules, shown, viewer, words),
        "bracket": rules.format.key == "knockout",
        "individuals": [] if frozen else rounds.individuals_of(challenge, viewer, words),
    }
    return render_to_string("challenges/board.html", context)


def _first_rows(shown: Board) -> Board:
    """The first rows and the viewer's own: a long board is drawn whole for who asks for it."""
    first, mine = shown.rows[:DRAWN_ROWS], shown.my_row
    if mine is None or mine in first or mine not in shown.rows:
        return replace(shown, rows=first)
    between = shown.rows[DRAWN_ROWS : shown.rows.index(mine)]
    hidden = mine.hidden_before + sum(1 + row.hidden_before for row in between)
    return replace(shown, rows=(*first, replace(mine, hidden_before=hidden)))


def _race(
    challenge: Challenge, rules: Rules, shown: Board, viewer: Viewer, words: Words
) -> dict[str, Any]:
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
            challenge, kept_as, lambda: charts.courses(queries.explained(challenge, until, ids))
        )
    except Invalid:  # a metric is no longer what it was: the board stands, its course is unknown
        return {}
    chosen = {entrant: courses[entrant] for entrant in ids if entrant in courses}
    target = getattr(rules.params, "target", None) if rules.format.key == "race" else None
    last = viewer.day if until is None else until.astimezone(rules.zone).date()
    drawing = charts.chart(charts.window_of(rules), chosen, until=last, target=target)
    return presenters.chart_context(drawing, ids, words)


def _amendments(challenge: Challenge, viewer: Viewer, words: Words) -> list[dict[str, Any]]:
    if challenge.state != "amended":
        return []
    return amendments(challenge, queries.results(challenge), viewer, words)


def _names(shown: Board) -> dict[str, str]:
    return {row.standing.entrant_key: row.name for row in shown.rows}


def _open(shown: Board) -> frozenset[str]:
    return frozenset(row.standing.entrant_key for row in shown.rows if row.open)


@access.needs("anyone")
def explain(request: HttpRequest, challenge_id: int, entrant_key: str) -> HttpResponse:
    """Why a score is what it is: every record with its plus or minus, and what was left out."""
    challenge, viewer = seen_challenge(request, challenge_id)
    standing = get_object_or_404(
        Standing.objects.select_related("person", "team"),
        challenge=challenge,
        entrant_key=entrant_key,
    )
    shown = queries.board(challenge, viewer)
    access.require(entrant_key in _open(shown))
    row_shown = next(row for row in shown.rows if row.standing.entrant_key == entrant_key)
    until = queries.seen_until(challenge, viewer)
    result = queries.explained(challenge, until, [queries.entrant_of(standing)])
    try:
        row = result.row(queries.entrant_of(standing))
    except KeyError:
        raise Http404 from None
    words = words_of(result.rules)
    names, opened = {**_names(shown), entrant_key: row.name}, _open(shown)
    context = {
        "base": "drawer.html" if getattr(request, "htmx", False) else "base.html",
        "title": row.name,
        "name": rules_for(viewer, challenge, result.rules).name(presenters.language()),
        "path": _path(row_shown.standing, words),
        "steps": steps.steps(result, row, words, names, row_shown),
        "changes": log_lines.change_rows(
            queries.score_changes(challenge, [entrant_key], until), names, words, open_keys=opened
        ),
        "passed": log_lines.change_rows(
            queries.passed_by(challenge, entrant_key, until), names, words, open_keys=opened
        ),
        "back": reverse("challenges:page", args=[challenge.pk]),
    }
    return render(request, "challenges/explain.html", context)
