"""Which rows of a board somebody may see, under which name, and of when.

The one place for it: pages, fragments, streams and other rooms ask here.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from fractions import Fraction
from typing import Any

from django.core.cache import cache
from django.utils import timezone

from challenges.board_rows import stored_rows
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


def rows_for(challenges: Collection[Challenge], viewer: Viewer) -> dict[int, list[Standing]]:
    """The rows of the boards, all of them, as they are or as they were frozen. One query, and
    those of a frozen board once."""
    frozen = [one for one in challenges if sees_frozen(viewer, one)]
    live = stored_rows([one for one in challenges if one not in frozen])
    return {**live, **{one.pk: frozen_rows(one) for one in frozen}}


def frozen_rows(challenge: Challenge) -> list[Standing]:
    """The rows of the board as it was known at the moment of the freeze; nothing is stored."""
    at = challenge.frozen_from
    if at is None:
        raise ValueError("this board is not frozen")
    number = challenge.summary.get("rules")
    key = f"challenge:{challenge.pk}:frozen:{number}:{at.isoformat()}"
    kept: list[dict[str, Any]] | None = cache.get(key)
    if kept is None:
        kept = _kept_rows(challenge, at)
        cache.set(key, kept, timeout=KEPT_SECONDS)
    ids = {row["person_id"] for row in kept if row["person_id"] is not None}
    people = Person.objects.select_related("challenge_face").in_bulk(ids)
    teams = Team.objects.in_bulk({row["team_id"] for row in kept if row["team_id"] is not None})
    return [
        Standing(
            **row,
            challenge=challenge,
            person=people.get(row["person_id"]),
            team=teams.get(row["team_id"]),
            since=at,
        )
        for row in kept
    ]


def _kept_rows(challenge: Challenge, at: datetime) -> list[dict[str, Any]]:
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
    rows: Sequence[Standing],
    viewer: Viewer,
    scope: access.Scope | None = None,
) -> frozenset[str]:
    """The keys of the rows that the viewer may see: all, or the top, the own neighbourhood, who was
    drawn in a lottery, and the people whose figures are open (today, or as `scope` says); never
    the bottom, and nobody who wants no public rank."""
    scope = scope or access.figures_scope(viewer)
    if scope.everyone:
        return frozenset(row.entrant_key for row in rows)
    rule = _rule(challenge)
    ranked = [row for row in rows if row.rank is not None]
    shown = ranked[: rule.places(len(ranked))]
    at = next((n for n, row in enumerate(ranked) if _is_mine(row, viewer)), None)
    if at is not None and ranked[at].person_id is not None:
        shown = [*shown, *ranked[max(0, at - rule.neighbours) : at + rule.neighbours + 1]]
    drawn = [row for row in rows if _is_drawn(row)]
    public = {row.entrant_key for row in (*shown, *drawn) if not _hides(row)}
    if viewer.wall_team_id is not None:
        public -= _off_screens()
    own = {row.entrant_key for row in rows if _is_open_to(row, viewer, scope)}
    found = frozenset(public | own)
    if len(found) < len(rows) == 2 and _is_own_duel(challenge, rows, viewer):
        return frozenset(row.entrant_key for row in rows)
    return found


@once_per_request
def _off_screens() -> frozenset[str]:
    """The keys of the people whom no screen on a wall shows. One query."""
    ids = Face.objects.filter(off_screens=True).values_list("person_id", flat=True)
    return frozenset(f"person:{one}" for one in ids)


def _is_own_duel(challenge: Challenge, rows: Sequence[Standing], viewer: Viewer) -> bool:
    """Two who agreed to compare themselves: both see both, also one who wants no public rank."""
    mine = any(row.person_id is not None and _is_mine(row, viewer) for row in rows)
    return mine and DuelProposal.objects.filter(challenge=challenge).exists()


def _is_drawn(row: Standing) -> bool:
    """A draw is public, and a lottery has no ranks of which there could be a top."""
    return any(award["reason"]["code"] == "drawn" for award in row.detail["awards"])


def _rule(challenge: Challenge) -> Visibility:
    seen = challenge.seen
    if not seen:
        return Visibility()
    return Visibility(seen["top"], Fraction(seen["top_share"]), seen["neighbours"])


def _is_mine(row: Standing, viewer: Viewer) -> bool:
    if row.person_id is not None:
        return row.person_id == viewer.person_id
    return row.team_id in viewer.own_team_ids


def _is_open_to(row: Standing, viewer: Viewer, scope: access.Scope) -> bool:
    if row.person_id is not None:
        return row.person_id in scope or row.person_id == viewer.person_id
    return row.team_id in viewer.own_team_ids | viewer.led_team_ids


def _face(row: Standing) -> Face | None:
    return getattr(row.person, "challenge_face", None)


def _hides(row: Standing) -> bool:
    face = _face(row)
    return face is not None and face.hidden


def name_for(row: Standing, viewer: Viewer) -> tuple[str, str]:
    """Name and initials as the viewer reads them: a nickname, unless the figures are open."""
    if row.person is None:
        name = row.team.name if row.team else ""
        return name, name[:2].upper()
    face = _face(row)
    own = row.person_id == viewer.person_id
    if face is None or not face.nickname:
        return row.person.name, row.person.initials
    if not own and row.person_id in access.figures_scope(viewer):
        return row.person.name, row.person.initials
    return face.nickname, face.nickname[:2].upper()
