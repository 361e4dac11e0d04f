"""What each amendment of a signed result changed, for everybody who saw the result.

A board shows its top to all; who was shown there is told of here, also where the amendment took the
place away: a difference that leaves out who lost would be none. Where somebody came to stand below
the top is not told.
"""

from collections.abc import Collection, Mapping, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Any

from challenges import visibility
from challenges.board_rows import place_of
from challenges.models import Challenge, Result, Standing
from challenges.queries import entrant_of
from challenges.words import Words, award_text
from common.formats import MISSING, moment_text
from people.access import Viewer

Json = dict[str, Any]


def amendments(
    challenge: Challenge, results: Sequence[Result], viewer: Viewer, words: Words
) -> list[dict[str, Any]]:
    """The differences between each signed result and the one before it, newest first: who moved,
    from what to what, of those whom the viewer could see in one of the two. One query."""
    if len(results) < 2:
        return []
    rows = visibility.rows_for([challenge], viewer)[challenge.pk].whole()
    known = {entrant_of(row): row for row in rows}
    shown = [_shown(challenge, result, known, viewer) for result in results]
    found = [
        {
            "at": moment_text(after.at),
            "rows": _moved((before, seen_before), (after, seen_after), known, viewer, words),
        }
        for (before, seen_before), (after, seen_after) in pairwise(zip(results, shown, strict=True))
    ]
    return [one for one in reversed(found) if one["rows"]]


def _shown(
    challenge: Challenge, result: Result, known: Mapping[str, Standing], viewer: Viewer
) -> frozenset[str]:
    """The entrants whom the viewer may see in a signed result, as on the board of that moment."""
    awards: dict[str, list[Json]] = {}
    for award in result.document["awards"]:
        awards.setdefault(award["entrant"], []).append(award)
    then = [
        _then(challenge, known[row["entrant"]], row, awards.get(row["entrant"], []))
        for row in result.document["standings"]
        if row["entrant"] in known and row.get("eliminated") is None
    ]
    keys = visibility.shown_keys(challenge, [place_of(row) for row in then], viewer)
    return frozenset(one for one, row in known.items() if row.entrant_key in keys)


def _then(challenge: Challenge, now: Standing, row: Json, awards: list[Json]) -> Standing:
    return Standing(
        challenge=challenge,
        entrant_key=now.entrant_key,
        person=now.person,
        team=now.team,
        rank=row["rank"],
        detail={"awards": awards},
    )


def _moved(
    before: tuple[Result, Collection[str]],
    after: tuple[Result, Collection[str]],
    known: Mapping[str, Standing],
    viewer: Viewer,
    words: Words,
) -> list[dict[str, str]]:
    old, new = _lines(before[0], words), _lines(after[0], words)
    nothing = (MISSING, MISSING, MISSING)
    found = []
    for entrant in [*new, *(one for one in old if one not in new)]:
        was, now = old.get(entrant, nothing), new.get(entrant, nothing)
        if was == now or entrant not in {*before[1], *after[1]}:
            continue
        if entrant not in after[1]:
            now = (MISSING, MISSING, now[2])
        found.append(_row(visibility.name_for(known[entrant], viewer)[0], was, now))
    return found


def _row(name: str, was: tuple[str, str, str], now: tuple[str, str, str]) -> dict[str, str]:
    return {
        "name": name,
        "rank_before": was[0],
        "rank_after": now[0],
        "before": was[1],
        "after": now[1],
        "prize_before": was[2],
        "prize_after": now[2],
    }


def _lines(result: Result, words: Words) -> dict[str, tuple[str, str, str]]:
    """Rank, score and prizes of each entrant as they are read."""
    prizes: dict[str, list[str]] = {}
    for award in result.document["awards"]:
        prizes.setdefault(award["entrant"], []).append(award_text(award))
    return {
        row["entrant"]: (
            str(row["rank"] or MISSING),
            words.score(None if row["score"] is None else Fraction(row["score"])),
            " + ".join(prizes.get(row["entrant"], [])) or MISSING,
        )
        for row in result.document["standings"]
    }
