"""The board: always what the pure function says; written only where something changed.

After news about some people only their records are read, and the others are ranked by their
tallies, as long as these hold (`challenges.gathering.tallies`). A full scoring makes all tallies
anew; where records only add up it asks the database for the sums, and reads the records of those
whose tally is another than the stored one, because each record that moved a score has its line in
the log. The result is the same.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

import structlog
from django.db import transaction
from django.db.models import Q

from challenges.calc import Record, Standings, standings
from challenges.calc.clock import State
from challenges.calc.digests import adds_up, digested, tallies_from
from challenges.calc.tallies import KEEPING, Tally, grounds, players
from challenges.calc.turns import next_turn
from challenges.gathering.inputs import Inputs, Keys, frame_of, with_records
from challenges.gathering.summed import tallies_of_sums
from challenges.gathering.sums import (
    revised_of,
    sums_of,
    told_sums,
    with_effects,
    with_other_records,
)
from challenges.gathering.tallies import bare, holding
from challenges.models import Challenge, ChallengeState
from challenges.rows import Detail, rows_of, summary_of
from challenges.services.locking import announce, database_clock, locked
from challenges.services.results import note_amendment
from challenges.services.storing import begin_standings
from challenges.services.writing import (
    Stored,
    Summed,
    stored_effects,
    stored_rows,
    sync_entrants,
    write_board,
)
from common.memo import remembering

log = structlog.get_logger(__name__)

MOVING = (ChallengeState.LIVE, ChallengeState.PAUSED, ChallengeState.PROVISIONAL)
SIGNED = (ChallengeState.OFFICIAL, ChallengeState.AMENDED)
MAY_AMEND = ("amend", "amend_above", "next_period")
OPEN = Q(state__in=MOVING) | Q(state__in=SIGNED, after_official__in=MAY_AMEND)


@transaction.atomic
def rescore_challenge(*, challenge_id: int, at: datetime | None = None) -> bool:
    """Score from nothing what is known at `at` (default: now); whether anything was written.

    Any number of workers may do it at any time: the lock makes them follow one another, each reads
    after it holds the lock, and who finds the board as it should be writes nothing. Challenges that
    are not open are left alone.
    """
    with remembering():
        challenge = locked(challenge_id)
        if not may_move(challenge):
            return False
        return score_locked(challenge, at or database_clock()).changed


def may_move(challenge: Challenge) -> bool:
    """Whether the board may still move: what `OPEN` asks of the database."""
    state = challenge.state
    return state in MOVING or (state in SIGNED and challenge.after_official in MAY_AMEND)


@dataclass(frozen=True, slots=True)
class Scored:
    """What was computed, from what, and whether the board moved.

    `inputs` has the records that were read: all of them unless the caller named who is touched.
    """

    inputs: Inputs
    result: Standings
    changed: bool


def score_locked(
    challenge: Challenge,
    at: datetime,
    *,
    opening: bool = False,
    touched: Collection[int] | None = None,
) -> Scored:
    """`rescore_challenge` for a caller that holds the lock, in any state.

    With `opening` the log of changes tells the starting position, not record by record. With
    `touched`, the ids of all people whose records are news since the last scoring, only their
    records are read, and those of entrants about whom the roster says something new.

    A signed board moves only when other revisions of records count than before, as the rules say:
    a name or an absence that is changed afterwards does not reach it by itself.
    """
    frame, stored = frame_of(challenge, at), stored_rows(challenge)
    _note_turn(challenge, frame, at)
    if opening and not stored and adds_up(frame.rules):
        basis = _opening(challenge, frame)
    else:
        basis = _basis(challenge, frame, stored, touched)
    inputs = with_records(frame, basis.readers)
    result = standings(
        inputs.rules, inputs.entries, inputs.roster, inputs.rules.calendar, at, basis.kept
    )
    if challenge.state in SIGNED and not _revised(challenge, inputs, result):
        return Scored(inputs, result, _carry_over(challenge, summary_of(result), at))
    if basis.roster_moved:
        sync_entrants(challenge, inputs)
    changed = write_board(
        challenge, inputs, result, at,
        stored=stored, kept=basis.kept, grounds=basis.grounds, opening=opening, summed=basis.summed,
    )  # fmt: skip
    if challenge.state in SIGNED and changed:
        note_amendment(challenge, inputs, result, at)
    return Scored(inputs, result, changed)


def _note_turn(challenge: Challenge, frame: Inputs, at: datetime) -> None:
    """Write down when the clock alone moves this board next; of a signed one, never."""
    turn = next_turn(frame.rules, at) if challenge.state in MOVING else None
    if turn != challenge.turns_at:
        challenge.turns_at = turn
        challenge.save(update_fields=["turns_at"])


@dataclass(frozen=True, slots=True)
class _Basis:
    """What need not be scored again: `readers` are the people whose records must be read (None:
    all), `grounds` what the tallies of now stand on."""

    kept: dict[str, Tally]
    grounds: dict[str, str]
    readers: frozenset[int] | None
    roster_moved: bool
    summed: Summed | None = None


def _opening(challenge: Challenge, frame: Inputs) -> _Basis:
    """The first scoring over records that are there already: they are added up where they lie, and
    read only of those with any that is revised or does not count."""
    entrants = players(frame.rules, frame.roster)
    metric, told = with_effects(frame)
    begun = begin_standings(challenge.pk, told, list(frame.numbers), frame.as_of)
    entries = tuple(sums_of(frame, {metric: begun}))
    sums = tallies_from(frame.rules, entries, frame.roster, frame.as_of)
    others = with_other_records(frame) | {charge.person for charge in frame.rules.charges}
    whole = {id_: one for id_, one in sums.items() if id_ not in others}
    ids = frozenset(frame.people[number].person_id for number in entrants.keys() - whole.keys())
    counts = {id_: digested(one) for id_, one in whole.items()}
    having = frozenset(id_ for id_, one in whole.items() if one.score.effects)
    kept = {id_: bare(one) for id_, one in whole.items()}
    rows = {key: row.pk for key, row in stored_rows(challenge).items()}
    summed = Summed(counts, having, rows)
    return _Basis(kept, grounds(entrants), ids, roster_moved=True, summed=summed)


def _basis(
    challenge: Challenge, frame: Inputs, stored: dict[str, Stored], touched: Collection[int] | None
) -> _Basis:
    entrants = players(frame.rules, frame.roster)
    now = grounds(entrants)
    whole = touched is None and not adds_up(frame.rules)
    if whole or not _keeps(challenge, frame):
        return _Basis({}, now, None, roster_moved=True)
    keys = Keys(frame)
    rows = {id_: stored.get(keys.key(id_)) for id_ in entrants}
    held = holding({id_: row.tally for id_, row in rows.items() if row and row.tally}, now)
    if touched is None:
        kept = _confirmed(challenge, frame, held, now)
    else:
        news = {frame.numbers[one] for one in touched if one in frame.numbers}
        kept = {
            id_: one for id_, one in held.items()
            if not any(person.id in news for person in entrants[id_])
        }  # fmt: skip
    readers = {person.id for id_ in entrants.keys() - kept.keys() for person in entrants[id_]}
    ids = frozenset(frame.people[number].person_id for number in readers)
    moved = touched is None or len(held) < len(entrants)
    return _Basis(kept, now, ids, roster_moved=moved)


def _confirmed(
    challenge: Challenge, frame: Inputs, held: dict[str, Tally], grounds: dict[str, str]
) -> dict[str, Tally]:
    """The tallies that sums give as well, of entrants without a revision that nobody scored: it
    may leave the sum as it is, but not the explanation."""
    told, entries = told_sums(frame), revised_of(frame)
    sums = tallies_of_sums(frame, grounds, told, entries)
    since = challenge.scored_at or frame.rules.start
    revised = {one.supersedes for one in entries if one.recorded_at > since} - {None}
    touched = {one.person for one in entries if isinstance(one, Record) and one.id in revised}
    return {id_: one for id_, one in held.items() if id_ not in touched and sums.get(id_) == one}


def _keeps(challenge: Challenge, frame: Inputs) -> bool:
    """Whether tallies of before may hold now: a signed board looks at all revisions anew."""
    same = challenge.summary.get("basis") == frame.basis and frame.rules.integrity is None
    return same and challenge.state in MOVING and frame.rules.format.key in KEEPING


def _revised(challenge: Challenge, inputs: Inputs, result: Standings) -> bool:
    """Whether other records count for somebody than on the stored board."""
    if result.state is not State.AMENDED:
        return False
    keys = Keys(inputs)
    before = {key: effects for key, effects in stored_effects(challenge).items() if effects}
    after = {keys.key(row.entrant): row.effects for row in rows_of(result)}
    return before != {key: effects for key, effects in after.items() if effects}


def _carry_over(challenge: Challenge, summary: Detail, at: datetime) -> bool:
    """What a signed result leaves to the next period, beside its board; whether it changed."""
    board = {**challenge.summary["board"], "carried": summary["carried"]}
    if board == challenge.summary["board"]:
        return False
    challenge.summary = {**challenge.summary, "board": board}
    challenge.version += 1
    challenge.scored_at = at
    challenge.save()
    announce(challenge)
    return True


def rescore_each(
    ids: Iterable[int],
    *,
    at: datetime | None = None,
    by: Callable[..., object] = rescore_challenge,
) -> list[int]:
    """Rescore one after the other; the ids of those that changed.

    Each in a transaction of its own: one that cannot be scored is reported and does not stop the
    others.
    """
    return [pk for pk in ids if unstopped(by, challenge_id=pk, at=at)]


def unstopped(
    work: Callable[..., object], *, challenge_id: int, at: datetime | None = None
) -> bool:
    """Whether the work did something; what it raises is logged, because others wait behind it."""
    try:
        return bool(work(challenge_id=challenge_id, at=at))
    except Exception:  # one broken challenge must not hold up all others
        log.exception("challenge_not_scored", challenge_id=challenge_id)
        return False
