"""What pages and other rooms may ask of challenges; read only."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction
from typing import Any

from django.core.cache import cache
from django.db.models import Count, QuerySet

from challenges import rights, visibility
from challenges.calc import Rules, Standings, standings
from challenges.calc.tallies import KEEPING, players
from challenges.duels.titles import titled
from challenges.gathering.inputs import (
    Audience,
    entrants_of,
    frame_of,
    latest_rules,
    parsed,
    rules_at,
    with_records,
)
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
from people import access
from people.access import Viewer

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
        one.pk: row.rank
        for one in rows
        if visibility.sees_frozen(viewer, one)
        for row in visibility.frozen_rows(one)
        if row.person_id is not None and row.person_id == viewer.person_id
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


@dataclass(frozen=True, slots=True)
class BoardRow:
    """One visible row; `hidden_before` places stand between it and the row above."""

    standing: Standing
    name: str
    initials: str
    team: str
    is_me: bool
    open: bool
    hidden_before: int

    @property
    def score(self) -> Fraction | None:
        """The exact score."""
        text = self.standing.score_text
        return None if text is None else Fraction(text)

    @property
    def detail(self) -> dict[str, Any]:
        """What `challenges.rows` keeps about the row."""
        kept: dict[str, Any] = self.standing.detail
        return kept


@dataclass(frozen=True, slots=True)
class Board:
    """The rows that the viewer may see, best first, and the score to beat for each rank."""

    rows: tuple[BoardRow, ...]
    total: int
    my_row: BoardRow | None
    next_rank: int | None
    next_score: Fraction | None
    best: Fraction | None


def board(challenge: Challenge, viewer: Viewer) -> Board:
    """The board as the viewer may see it: everything, or top, own neighbourhood and own people.

    The bottom is nobody's business: who has no rank sees themselves and the top.
    """
    return boards([challenge], viewer)[challenge.pk]


def boards(challenges: Collection[Challenge], viewer: Viewer) -> dict[int, Board]:
    """`board` of several challenges, by id. One query where nothing is frozen."""
    by_id = {one.pk: one for one in challenges}
    rows = visibility.rows_for(challenges, viewer)
    return {pk: _board(by_id[pk], standings, viewer) for pk, standings in rows.items()}


def _board(challenge: Challenge, everybody: Sequence[Standing], viewer: Viewer) -> Board:
    scope = access.figures_scope(viewer)
    rows = [row for row in everybody if not _is_out(row) or _is_own(row, viewer, scope)]
    shown = visibility.shown_keys(challenge, rows, viewer)
    found: list[BoardRow] = []
    hidden = 0
    for row in rows:
        if row.entrant_key not in shown:
            hidden += 1
            continue
        found.append(_board_row(row, viewer, hidden, is_open=_is_open(row, viewer, scope)))
        hidden = 0
    mine = next((row for row in found if row.is_me), None)
    ahead = _ahead(rows, mine)
    best = rows[0].score_text if rows and rows[0].rank is not None else None
    return Board(
        rows=tuple(found),
        total=len(everybody),
        my_row=mine,
        next_rank=ahead.rank if ahead else None,
        next_score=Fraction(ahead.score_text) if ahead and ahead.score_text else None,
        best=None if best is None else Fraction(best),
    )


def _is_out(row: Standing) -> bool:
    """Eliminated: such a row is not even counted among those between two shown ones."""
    return row.detail.get("eliminated") is not None


def _is_own(row: Standing, viewer: Viewer, scope: access.Scope) -> bool:
    """The viewer's own row, or of somebody whose figures they may read."""
    if row.team_id is not None:
        return row.team_id in viewer.own_team_ids or _is_open(row, viewer, scope)
    return row.person_id in scope


def _is_open(row: Standing, viewer: Viewer, scope: access.Scope) -> bool:
    """Whether the records behind the row may be read."""
    if row.team_id is not None:
        return scope.everyone or row.team_id in viewer.led_team_ids
    return row.person_id in scope


def _board_row(row: Standing, viewer: Viewer, hidden: int, *, is_open: bool) -> BoardRow:
    name, initials = visibility.name_for(row, viewer)
    if row.person is not None:
        mine = row.person_id == viewer.person_id
        return BoardRow(row, name, initials, "", mine, is_open, hidden)
    mine = row.team_id in viewer.own_team_ids
    return BoardRow(row, name, initials, name, mine, is_open, hidden)


def _ahead(rows: Sequence[Standing], mine: BoardRow | None) -> Standing | None:
    """Who holds the next better rank."""
    if mine is None:
        return None
    my_rank = mine.standing.rank
    better = [r for r in rows if r.rank is not None and (my_rank is None or r.rank < my_rank)]
    return max(better, key=lambda r: (r.rank or 0, -r.position)) if better else None


def explained(
    challenge: Challenge, at: datetime | None = None, entrants: Collection[str] | None = None
) -> Standings:
    """The whole computation behind the board, recomputed from the log as it was scored (or as it
    was known `at` a moment).

    With `entrants` (the engine's names) only their rows are of use, and in formats that keep
    tallies only their records are read: scores and their explanation, not ranks and prizes.
    """
    frame = frame_of(challenge, at or challenge.scored_at or challenge.starts_at)
    # what is odd about a record may be seen only beside those of others
    alone_known = frame.rules.format.key in KEEPING and frame.rules.integrity is None
    if entrants is None or not alone_known:
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


def entrant_of(row: Standing) -> str:
    """The engine's name of a row: the person's number or the team's key."""
    if row.person is not None:
        return row.person.number
    return row.team.key if row.team else ""


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
    entrant_keys: Sequence[str],
    until: datetime | None = None,
    limit: int = 8,
) -> list[ScoreChange]:
    """The latest lines (until a moment) about these entrants, newest first. One query."""
    rows = ScoreChange.objects.filter(challenge=challenge, entrant_key__in=entrant_keys)
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
    return cache.get_or_set(key, make, timeout=86_400)
