"""What pages and other rooms may ask of challenges; read only."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db.models import Count, Exists, OuterRef, QuerySet

from challenges import rights, visibility
from challenges.calc import Rules, Standings, standings
from challenges.calc.tallies import KEEPING, players
from challenges.duels.titles import titled
from challenges.gathering.inputs import (
    entrants_of,
    frame_of,
    latest_rules,
    parsed,
    rules_at,
    with_records,
)
from challenges.gathering.rosters import Audience
from challenges.models import (
    Challenge,
    ChallengeState,
    Entrant,
    Result,
    RulesVersion,
    ScoreChange,
    Standing,
    Transition,
)
from challenges.seen_boards import Board, BoardRow, Look, board, boards, entrant_of
from common import shared
from people.access import Viewer

__all__ = ["Board", "BoardRow", "Look", "board", "boards", "entrant_of"]
RUNNING = (ChallengeState.LIVE, ChallengeState.PAUSED, ChallengeState.PROVISIONAL)
COMING = (ChallengeState.DRAFT, ChallengeState.SCHEDULED)


@dataclass(frozen=True, slots=True)
class ListedChallenge:
    """A challenge of the list, with the viewer's own place in it."""

    challenge: Challenge
    rules: Rules
    entrants: int
    my_rank: int | None
    plays: bool


def listed(
    viewer: Viewer, states: Collection[str] = ChallengeState.values
) -> list[ListedChallenge]:
    """What exists for the viewer: running ones by their end, then coming, then done. 6 queries,
    and one with duels."""
    seen = rights.visible(viewer).filter(state__in=states)
    rows = list(seen.annotate(heads=Count("standings", distinct=True)))
    ids = [row.pk for row in rows]
    newest = RulesVersion.objects.filter(challenge_id__in=ids).order_by("challenge_id", "-number")
    documents = dict(newest.distinct("challenge_id").values_list("challenge_id", "document"))
    places = Standing.objects.filter(challenge_id__in=ids, person_id=viewer.person_id or 0)
    mine = dict(places.values_list("challenge_id", "rank")) | _frozen_ranks(rows, viewer)
    told = titled(viewer, {row: parsed(documents[row.pk]) for row in rows})
    found = [
        ListedChallenge(row, told[row.pk], row.heads, mine.get(row.pk), row.pk in mine)
        for row in rows
    ]  # fmt: skip
    return sorted(found, key=_order)


def _frozen_ranks(rows: Iterable[Challenge], viewer: Viewer) -> dict[int, int | None]:
    """The viewer's own rank on boards that stand still."""
    return {
        one.pk: place.rank
        for one in rows
        if visibility.sees_frozen(viewer, one)
        for place in visibility.frozen_rows(one).places
        if place.person_id is not None and place.person_id == viewer.person_id
    }


def _order(one: ListedChallenge) -> tuple[int, float, int]:
    row = one.challenge
    if row.state in RUNNING:
        return (0, row.ends_at.timestamp(), row.pk)
    if row.state in COMING:
        return (1, row.starts_at.timestamp(), row.pk)
    return (2, -row.ends_at.timestamp(), row.pk)


def rules_now(challenge: Challenge) -> Rules:
    """The rules that hold, a lasting pause included."""
    version = latest_rules(challenge)
    return rules_at(challenge, version.document, challenge.scored_at or challenge.starts_at)


def explained(
    challenge: Challenge, at: datetime | None = None, entrants: Collection[str] | None = None
) -> Standings:
    """The whole computation behind the board, recomputed from the log as it was scored (or as it
    was known `at` a moment).

    With `entrants` (the engine's names) only their rows are of use, and in formats that keep
    tallies only their records are read: scores and their explanation, not ranks and prizes.
    """
    moment = at or challenge.scored_at or challenge.starts_at
    frame = frame_of(challenge, moment, entrants)
    if entrants is not None and frame.rules.integrity is not None:
        # what is odd about a record may be seen only beside those of others
        return explained(challenge, moment)
    if entrants is None or frame.rules.format.key not in KEEPING:
        inputs = with_records(frame)
    else:
        playing = players(frame.rules, frame.roster)
        chosen = {one.id: one for entrant in entrants for one in playing.get(entrant, ())}
        alone = replace(frame.roster, people=tuple(chosen.values()))
        ids = [frame.people[number].person_id for number in chosen]
        inputs = with_records(replace(frame, roster=alone), ids)
    return standings(
        inputs.rules, inputs.entries, inputs.roster, inputs.rules.calendar, inputs.as_of
    )


def heads(challenge: Challenge, rules: Rules, on_board: int) -> int:
    """How many play; of a draft, which has no board yet, who would play as the roster stands."""
    if challenge.state != ChallengeState.DRAFT:
        return on_board
    teams = tuple(challenge.teams.values_list("pk", flat=True))
    return entrants_of(rules, Audience(teams, tuple(challenge.role_keys)))


def seen_until(challenge: Challenge, viewer: Viewer) -> datetime | None:
    """The moment at which the viewer's board stands still; None for a board of now."""
    return challenge.frozen_from if visibility.sees_frozen(viewer, challenge) else None


def person_names(challenge: Challenge) -> list[tuple[str, str]]:
    """Number and name of everybody who plays, in teams too. One query."""
    rows = Entrant.objects.filter(challenge=challenge).select_related("person")
    return [(row.person.number, row.person.name) for row in rows]


def entrant_names(challenge: Challenge) -> list[tuple[str, str]]:
    """The engine's name of each row, and the name that people read. One query."""
    rows = Standing.objects.filter(challenge=challenge).select_related("person", "team")
    return [(entrant_of(row), (row.person or row.team).name) for row in rows]  # type: ignore[union-attr]  # one of the two is set


@dataclass(frozen=True, slots=True)
class History:
    """How the challenge came to be what it is, newest first."""

    moves: tuple[Transition, ...]
    rules: tuple[RulesVersion, ...]


def history(challenge: Challenge) -> History:
    """Transitions and versions of the rules. Two queries."""
    moves = Transition.objects.filter(challenge=challenge).select_related("by__person")
    rules = RulesVersion.objects.filter(challenge=challenge)
    return History(tuple(moves.order_by("-number")), tuple(rules.order_by("-number")))


def score_changes(
    challenge: Challenge,
    entrant_keys: Collection[str] | None,
    until: datetime | None = None,
    limit: int = 8,
) -> list[ScoreChange]:
    """The latest lines (until a moment) about these entrants, or (None) about all who are on the
    board, newest first. One query."""
    rows = ScoreChange.objects.filter(challenge=challenge)
    if entrant_keys is None:
        on_board = Standing.objects.filter(challenge=challenge, entrant_key=OuterRef("entrant_key"))
        rows = rows.filter(Exists(on_board))
    else:
        rows = rows.filter(entrant_key__in=entrant_keys)
    return list(_until(rows, until).order_by("-id")[:limit])


def _until(rows: QuerySet[ScoreChange], moment: datetime | None) -> QuerySet[ScoreChange]:
    return rows if moment is None else rows.filter(at__lte=moment)


def passed_by(
    challenge: Challenge, entrant_key: str, until: datetime | None = None, limit: int = 8
) -> list[ScoreChange]:
    """The latest lines of others that put them ahead of this entrant, newest first. One query."""
    rows = ScoreChange.objects.filter(challenge=challenge, detail__passed__contains=[entrant_key])
    return list(_until(rows, until).order_by("-id")[:limit])


def results(challenge: Challenge) -> list[Result]:
    """The signed result and its amendments, oldest first."""
    return list(Result.objects.filter(challenge=challenge).order_by("number"))


def cached_by_version(challenge: Challenge, what: str, make: Any) -> Any:
    """`make()` once per version of the board; forgotten by Redis when it is not asked for."""
    key = f"challenge:{challenge.pk}:{challenge.version}:{what}"
    found = shared.recall(key)
    if found is None:
        found = make()
        shared.keep(key, found, 86_400)
    return found
