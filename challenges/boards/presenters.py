"""Plain values for the pages of this room."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from fractions import Fraction
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext as _

from challenges.boards.charts import Chart
from challenges.calc.rules import Rules
from challenges.models import Challenge, ChallengeState
from challenges.queries import Board, BoardRow, History, ListedChallenge
from challenges.words import Words, award_text, prize_text
from common.boards import BoardLine
from common.formats import (
    MISSING,
    day_text,
    moment_text,
    share,
)

NOT_BY_SCORE = frozenset({"knockout", "elimination"})
"""Formats in which more score is not a better rank."""


def language() -> str:
    """Two letters of the reader's language."""
    return (get_language() or "en")[:2]


# --- the list ---------------------------------------------------------------------------------


def cards(found: Sequence[ListedChallenge]) -> list[tuple[str, list[dict[str, Any]]]]:
    """Groups with a heading each: running, coming, done; empty groups are left out."""
    groups: dict[str, list[dict[str, Any]]] = {
        _("Running"): [],
        _("Coming"): [],
        _("Done"): [],
    }
    running, coming, done = groups.values()
    for one in found:
        match one.challenge.state:
            case "live" | "paused" | "provisional":
                running.append(_card(one))
            case "draft" | "scheduled":
                coming.append(_card(one))
            case _:
                done.append(_card(one))
    return [(title, rows) for title, rows in groups.items() if rows]


def _card(one: ListedChallenge) -> dict[str, Any]:
    place = ""
    if one.plays:
        place = (
            _("you: not ranked yet")
            if one.my_rank is None
            else _("you: %(rank)s of %(total)s") % {"rank": one.my_rank, "total": one.entrants}
        )
    return {
        "url": reverse("challenges:page", args=[one.challenge.pk]),
        "name": one.rules.name(language()),
        "state": one.challenge.state,
        "format": gettext(one.rules.format.title),
        "when": window_text(one.challenge),
        "place": place,
        "prizes": ", ".join(prize_text(prize) for prize in one.rules.prizes[:3]),
    }


def window_text(challenge: Challenge) -> str:
    """From when until when, in the reader's zone."""
    return f"{moment_text(challenge.starts_at)} – {moment_text(challenge.ends_at)}"


# --- the board --------------------------------------------------------------------------------


def board_lines(challenge: Challenge, board: Board, words: Words, today: date) -> list[BoardLine]:
    """The visible rows; rank 1 wears yellow."""
    return [_line(challenge, board, row, words, today) for row in board.rows]


def _line(
    challenge: Challenge, board: Board, row: BoardRow, words: Words, today: date
) -> BoardLine:
    standing = row.standing
    url = reverse("challenges:explain", args=[challenge.pk, standing.entrant_key])
    return BoardLine(
        key=standing.entrant_key.replace(":", "-"),
        rank=MISSING if standing.rank is None else str(standing.rank),
        name=row.name,
        value=words.score(row.score),
        initials=row.initials,
        change=_climbed(row, today),
        jersey="yellow" if standing.rank == 1 else "",
        percent=_drawn(board, row, words),
        gap=_gap(board, row, words),
        detail=" · ".join(part for part in (_won(row, words), _review_text(row)) if part),
        me=row.is_me,
        tie=bool(row.detail["tied"]),
        url=url if row.open else "",
        hidden=row.hidden_before,
    )


def _climbed(row: BoardRow, today: date) -> int | None:
    """Places won since the day began; 0 when it had no rank to compare with."""
    moved = row.detail.get("moved", {})
    before, rank = moved.get("rank"), row.standing.rank
    if moved.get("day") != today.isoformat() or before is None or rank is None:
        return 0
    return int(before) - rank


def _drawn(board: Board, row: BoardRow, words: Words) -> object:
    if row.score is None or row.score < 0:
        return None
    if words.unit == "percent":
        return row.score
    target = row.detail["target"]
    return share(row.score, Fraction(target) if target else board.best)


def _gap(board: Board, row: BoardRow, words: Words) -> str:
    if not row.is_me or row.standing.rank == 1 or words.leagues:
        return ""
    if words.rules.format.key in NOT_BY_SCORE:
        return ""
    target = row.detail["target"]
    if words.rules.format.key in ("race", "over_the_line") and target and row.score is not None:
        left = Fraction(target) - row.score
        return _("%(amount)s to go") % {"amount": words.score(left)} if left > 0 else ""
    if board.next_score is None or board.next_rank is None:
        return ""
    apart = abs(board.next_score - (row.score or Fraction(0)))
    return _("%(amount)s to rank %(rank)s") % {
        "amount": words.score(apart),
        "rank": board.next_rank,
    }


def _review_text(row: BoardRow) -> str:
    return _("under review") if row.detail.get("under_review") else ""


def _won(row: BoardRow, words: Words) -> str:
    """What it would bring now (in leagues: in which one), or why there is no rank."""
    league = [words.league(row.detail["tier"])] if row.detail["tier"] and words.leagues else []
    awards = row.detail["awards"]
    if awards:
        return " · ".join([*league, " + ".join(award_text(award) for award in awards)])
    reason = row.detail["reason"]
    if row.standing.rank is None and reason and row.is_me:
        return words.sentence(reason["template"], reason["params"])
    return "".join(league)


# --- explanation, log, history ----------------------------------------------------------------


def history_events(known: History) -> list[dict[str, Any]]:
    """What happened to the challenge itself, newest first."""
    labels = dict(ChallengeState.choices)
    moves: list[tuple[datetime, dict[str, Any]]] = [
        (
            move.at,
            {
                "at": moment_text(move.at),
                "title": str(labels[move.to_state]),
                "text": move.reason or _sent_back(move.to_state),
                "who": move.by.name if move.by else "",
            },
        )
        for move in known.moves
    ]
    return [event for _at, event in sorted(moves, key=lambda pair: pair[0], reverse=True)]


def _sent_back(state: str) -> str:
    return _("Its records arrived too slowly to start.") if state == "draft" else ""


def rules_events(known: History, say: Callable[[str], Sequence[str]]) -> list[dict[str, Any]]:
    """Each change of the rules with its reason, and the sentences that it took away and added;
    `say` gives the sentences of a document."""
    before = {version.number + 1: version.document for version in known.rules}
    own = {"signed": _("The result was signed."), "paused": _("A pause was added.")}
    return [
        {
            "at": moment_text(version.at),
            "title": _("Rules, version %(number)s") % {"number": version.number},
            "text": own.get(version.reason, version.reason),
            "changes": _sentences_changed(before.get(version.number), version.document, say),
        }
        for version in known.rules
        if version.reason
    ]


def _sentences_changed(
    before: str | None, after: str, say: Callable[[str], Sequence[str]]
) -> dict[str, list[str]]:
    if before is None:
        return {"gone": [], "new": []}
    old, new = say(before), say(after)
    return {
        "gone": [one for one in old if one not in new],
        "new": [one for one in new if one not in old],
    }


def frozen_text(challenge: Challenge) -> str:
    """From when the board stands still, and until when."""
    since = moment_text(challenge.frozen_from)
    if challenge.seen.get("at_ceremony"):
        return _("It stands as it did at %(since)s, until it is revealed.") % {"since": since}
    return _("It stands as it did at %(since)s, until the result is official.") % {"since": since}


def facts(challenge: Challenge, rules: Rules, board: Board) -> list[dict[str, Any]]:
    """The frame of the challenge."""
    return [
        {"label": _("Format"), "value": gettext(rules.format.title)},
        {"label": _("Starts"), "value": _here(challenge.starts_at, rules)},
        {"label": _("Ends"), "value": _here(challenge.ends_at, rules)},
        {"label": _("Late arrivals count until"), "value": _here(challenge.cut_off_at, rules)},
        {"label": _("Entrants"), "value": str(board.total)},
        *_seed(challenge, rules),
    ]


def _here(moment: datetime, rules: Rules) -> str:
    """A moment on the reader's clock, with the name of its zone where the challenge has another."""
    here = timezone.get_current_timezone()
    if moment.astimezone(here).utcoffset() == moment.astimezone(rules.zone).utcoffset():
        return moment_text(moment)
    return f"{moment_text(moment)} ({timezone.get_current_timezone_name()})"


def _seed(challenge: Challenge, rules: Rules) -> list[dict[str, Any]]:
    """Of a lottery: the commitment, and once the tickets are frozen the seed itself."""
    asked = rules.format.tickets(rules.params)
    if asked is None:
        return []
    found = [{"label": _("Seed, as SHA-256"), "value": asked.seed_sha256}]
    if asked.seed is not None and challenge.summary.get("board", {}).get("complete"):
        found.append({"label": _("Seed of the draw"), "value": asked.seed})
    return found


def chart_context(drawing: Chart | None, names: Mapping[str, str], words: Words) -> dict[str, Any]:
    """The race over time for the template; empty without a drawing."""
    if drawing is None:
        return {}
    return {
        "lines": [
            {"number": number, "name": names.get(line.key, ""), "points": line.points,
             "x": line.end_x, "y": line.end_y}
            for number, line in enumerate(drawing.lines)
        ],
        "first": day_text(drawing.first, "short"),
        "last": day_text(drawing.last, "short"),
        "top": words.score(drawing.top),
        "target_y": drawing.target_y,
    }  # fmt: skip
