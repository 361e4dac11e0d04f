"""Which rows of a board somebody may see, under which name, and of when.

The one place for it: pages, fragments, streams and other rooms ask here.
"""

from collections.abc import Collection, Sequence
from copy import copy
from datetime import datetime
from fractions import Fraction
from functools import partial
from typing import Any

from django.utils import timezone

from challenges.board_rows import (
    SMALL,
    BoardRows,
    Key,
    Place,
    keep,
    recall,
    stored_rows,
)
from challenges.calc import standings
from challenges.calc.rules import EntrantKind, Visibility
from challenges.gathering.inputs import inputs_of
from challenges.models import (
    Challenge,
    ChallengeState,
    DuelProposal,
    Entrant,
    Face,
    Standing,
)
from challenges.rows import rows_of
from common import shared
from common.memo import once_per_request
from kernel.issues import Invalid
from people import access
from people.access import Viewer
from people.models import Person, Team
from people.queries import team_tree

RUNNING = (ChallengeState.LIVE, ChallengeState.PAUSED, ChallengeState.PROVISIONAL)
SIGNED = (ChallengeState.OFFICIAL, ChallengeState.AMENDED)
KEPT_SECONDS = 86_400


# --- frozen or live ---------------------------------------------------------------------------


def is_frozen(challenge: Challenge, at: datetime) -> bool:
    """Whether the public board stands still at that moment."""
    if challenge.frozen_from is None or at < challenge.frozen_from:
        return False
    return challenge.state in RUNNING or waits_for_reveal(challenge)


def waits_for_reveal(challenge: Challenge) -> bool:
    """Whether a signed result is still hidden, until somebody reveals it."""
    signed = challenge.state in SIGNED and challenge.frozen_from is not None
    return signed and bool(challenge.seen.get("at_ceremony")) and challenge.revealed_at is None


def sees_live(viewer: Viewer, challenge: Challenge) -> bool:
    """Whether a freeze does not concern the viewer: who sees everybody's figures, and who leads
    people that play. Who plays is never ahead of the others."""
    scope = access.figures_scope(viewer)
    if viewer.person_id is not None and _plays(viewer.person_id, challenge):
        return False
    if scope.everyone:
        return True
    return bool(viewer.led_team_ids) and bool(viewer.led_team_ids & _below(challenge))


def sees_frozen(viewer: Viewer, challenge: Challenge) -> bool:
    """Whether the viewer gets the board as it stood when it was frozen."""
    return is_frozen(challenge, timezone.now()) and not sees_live(viewer, challenge)


def topic_of(viewer: Viewer, challenge: Challenge) -> str:
    """What the viewer's pages listen to: moves of a frozen board are told to few."""
    if challenge.frozen_from is not None and sees_live(viewer, challenge):
        return f"challenge-live:{challenge.pk}"
    return f"challenge:{challenge.pk}"


def _plays(person_id: int, challenge: Challenge) -> bool:
    """By themselves or in a team."""
    return Entrant.objects.filter(challenge=challenge, person_id=person_id).exists()


def _below(challenge: Challenge) -> set[int]:
    """The teams that play, with all below them."""
    found = set(challenge.teams.values_list("pk", flat=True))
    for team in team_tree():  # parents come first
        if team.parent_id in found:
            found.add(team.id)
    return found


# --- rows -------------------------------------------------------------------------------------


def rows_for(challenges: Collection[Challenge], viewer: Viewer) -> dict[int, BoardRows]:
    """The boards as they are or as they were frozen. One query for all small ones that move."""
    frozen = [one for one in challenges if sees_frozen(viewer, one)]
    live = stored_rows([one for one in challenges if one not in frozen])
    return {**live, **{one.pk: frozen_rows(one) for one in frozen}}


def frozen_rows(challenge: Challenge) -> BoardRows:
    """The board as it was known at the moment of the freeze; nothing is stored."""
    at = challenge.frozen_from
    if at is None:
        raise ValueError("this board is not frozen")
    board = _board_at(challenge, at)
    # how people are seen is as it is now
    hiding = set(Face.objects.filter(hidden=True).values_list("person_id", flat=True))
    places = [one._replace(hides=True) if one.person_id in hiding else one for one in board.places]
    return BoardRows(places, {}, partial(_named, challenge, board))


def _board_at(challenge: Challenge, at: datetime) -> BoardRows:
    """The rows without the names of who holds them; those of a large board are kept."""
    key = Key(challenge.pk, challenge.created_at, at, challenge.summary.get("rules") or 0)
    if (known := recall(key)) is not None:
        return known
    rows = [Standing(**row, since=at) for row in _kept_rows(challenge, at)]
    for row in rows:
        row._state.fields_cache["person"] = None  # nobody asks for them one by one
    board = BoardRows.of(rows)
    return board if len(board.places) <= SMALL else keep(key, board)


def _named(challenge: Challenge, board: BoardRows, chosen: Collection[int]) -> list[Standing]:
    rows = [copy(row) for row in board.at(chosen).values()]
    ids = [row.person_id for row in rows if row.person_id is not None]
    people = Person.objects.select_related("challenge_face").in_bulk(ids)
    teams = Team.objects.in_bulk([row.team_id for row in rows if row.team_id is not None])
    for row in rows:
        row.challenge = challenge
        row.person = None if row.person_id is None else people.get(row.person_id)
        row.team = None if row.team_id is None else teams.get(row.team_id)
    return rows


def _kept_rows(challenge: Challenge, at: datetime) -> list[dict[str, Any]]:
    number = challenge.summary.get("rules")
    key = f"challenge:{challenge.pk}:frozen:{number}:{at.isoformat()}"
    kept: list[dict[str, Any]] | None = shared.recall(key)
    if kept is None:
        kept = _rows_at(challenge, at)
        shared.keep(key, kept, KEPT_SECONDS)
    return kept


def _rows_at(challenge: Challenge, at: datetime) -> list[dict[str, Any]]:
    try:
        inputs = inputs_of(challenge, at)
        result = standings(inputs.rules, inputs.entries, inputs.roster, inputs.rules.calendar, at)
    except Invalid:  # a metric is no longer what it was: nothing can be told of then
        return []
    of_teams = inputs.rules.entrants.kind is EntrantKind.TEAM
    found = []
    for row in rows_of(result):
        person_id = None if of_teams else inputs.people[row.entrant].person_id
        team_id = inputs.teams[row.entrant][0] if of_teams else None
        found.append(
            {
                "entrant_key": f"team:{team_id}" if of_teams else f"person:{person_id}",
                "person_id": person_id,
                "team_id": team_id,
                "position": row.position,
                "rank": row.rank,
                "score_text": row.score_text,
                "detail": row.detail,
            }
        )
    return found


def shown_keys(
    challenge: Challenge,
    places: Sequence[Place],
    viewer: Viewer,
    scope: access.Scope | None = None,
) -> frozenset[str]:
    """The keys of the rows that the viewer may see: all, or the top, the own neighbourhood, who was
    drawn in a lottery, and the people whose figures are open (today, or as `scope` says); never
    the bottom, and nobody who wants no public rank."""
    scope = scope or access.figures_scope(viewer)
    if scope.everyone:
        return frozenset(one.key for one in places)
    rule = neighbourhood(challenge)
    ranked = [one for one in places if one.rank is not None]
    shown = ranked[: rule.places(len(ranked))]
    at = next((n for n, one in enumerate(ranked) if _is_mine(one, viewer)), None)
    if at is not None and ranked[at].person_id is not None:
        shown = [*shown, *ranked[max(0, at - rule.neighbours) : at + rule.neighbours + 1]]
    drawn = [one for one in places if one.drawn]
    public = {one.key for one in (*shown, *drawn) if not one.hides}
    if viewer.wall_team_id is not None:
        public -= _off_screens()
    own = {one.key for one in places if _is_open_to(one, viewer, scope)}
    found = frozenset(public | own)
    if len(found) < len(places) == 2 and _is_own_duel(challenge, places, viewer):
        return frozenset(one.key for one in places)
    return found


@once_per_request
def _off_screens() -> frozenset[str]:
    """The keys of the people whom no screen on a wall shows. One query."""
    ids = Face.objects.filter(off_screens=True).values_list("person_id", flat=True)
    return frozenset(f"person:{one}" for one in ids)


def _is_own_duel(challenge: Challenge, places: Sequence[Place], viewer: Viewer) -> bool:
    """Two who agreed to compare themselves: both see both, also one who wants no public rank."""
    mine = any(one.person_id is not None and _is_mine(one, viewer) for one in places)
    return mine and DuelProposal.objects.filter(challenge=challenge).exists()


def neighbourhood(challenge: Challenge) -> Visibility:
    """How much entrants see of the board, as the rules say."""
    seen = challenge.seen
    if not seen:
        return Visibility()
    return Visibility(seen["top"], Fraction(seen["top_share"]), seen["neighbours"])


def _is_mine(row: Place, viewer: Viewer) -> bool:
    if row.person_id is not None:
        return row.person_id == viewer.person_id
    return row.team_id in viewer.own_team_ids


def _is_open_to(row: Place, viewer: Viewer, scope: access.Scope) -> bool:
    if row.person_id is not None:
        return row.person_id in scope or row.person_id == viewer.person_id
    return row.team_id in viewer.own_team_ids | viewer.led_team_ids


def _face(row: Standing) -> Face | None:
    return getattr(row.person, "challenge_face", None)


def name_for(row: Standing, viewer: Viewer) -> tuple[str, str]:
    """Name and initials as the viewer reads them: a nickname, unless the figures are open."""
    if row.person is None:
        name = row.team.name if row.team else ""
        return name, name[:2].upper()
    face = _face(row)
    nickname = face.nickname if face is not None else ""
    if is_by_nickname(row.person.pk, nickname, viewer):
        return nickname, nickname[:2].upper()
    return row.person.name, row.person.initials


def is_by_nickname(person_id: int, nickname: str, viewer: Viewer) -> bool:
    """Whether the viewer reads the nickname and not the name: oneself, and whose figures are
    closed."""
    if not nickname:
        return False
    return person_id == viewer.person_id or person_id not in access.figures_scope(viewer)
