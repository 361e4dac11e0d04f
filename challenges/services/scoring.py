"""The board: always a full, pure recomputation; written only where something changed."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

import structlog
from django.db import transaction
from django.db.models import Q

from challenges.boards import Change, Detail, Row, changes_between, rows_of, summary_of
from challenges.calc import Person, Standings, standings
from challenges.calc.clock import State
from challenges.calc.rules import EntrantKind
from challenges.inputs import Inputs, inputs_of
from challenges.models import Challenge, ChallengeState, Entrant, ScoreChange, Standing
from challenges.services.locking import announce, database_clock, locked
from challenges.services.results import note_amendment
from kernel.numbers import as_text
from kernel.periods import Period, Window
from kpis.queries.versions import has_revisions
from people import queries as people

log = structlog.get_logger(__name__)

MOVING = (ChallengeState.LIVE, ChallengeState.PAUSED, ChallengeState.PROVISIONAL)
SIGNED = (ChallengeState.OFFICIAL, ChallengeState.AMENDED)
MAY_AMEND = ("amend", "amend_above", "next_period")
BEFORE_LAUNCH = (ChallengeState.DRAFT, ChallengeState.SCHEDULED)
OPEN = Q(state__in=MOVING) | Q(state__in=SIGNED, after_official__in=MAY_AMEND)


@transaction.atomic
def rescore_challenge(*, challenge_id: int, at: datetime | None = None) -> bool:
    """Score from nothing what is known at `at` (default: now); whether anything was written.

    Any number of workers may do it at any time: the lock makes them follow one another, each reads
    after it holds the lock, and who finds the board as it should be writes nothing. Challenges that
    are not open are left alone.
    """
    challenge = locked(challenge_id)
    if not Challenge.objects.filter(OPEN, pk=challenge_id).exists():
        return False
    return score_locked(challenge, at or database_clock()).changed


@dataclass(frozen=True, slots=True)
class Scored:
    """What was computed, from what, and whether the board moved."""

    inputs: Inputs
    result: Standings
    changed: bool


def score_locked(challenge: Challenge, at: datetime, *, opening: bool = False) -> Scored:
    """`rescore_challenge` for a caller that holds the lock, in any state.

    With `opening` the log of changes tells the starting position, not record by record.

    A signed board moves only when other revisions of records count than before, as the rules say:
    a name or an absence that is changed afterwards does not reach it by itself.
    """
    inputs = inputs_of(challenge, at)
    result = standings(inputs.rules, inputs.entries, inputs.roster, inputs.rules.calendar, at)
    if challenge.state in SIGNED and not _revised(challenge, inputs, result):
        return Scored(inputs, result, _carry_over(challenge, summary_of(result), at))
    changed = write_board(challenge, inputs, result, at, opening=opening)
    if challenge.state in SIGNED and changed:
        note_amendment(challenge, inputs, result, at)
    return Scored(inputs, result, changed)


def _revised(challenge: Challenge, inputs: Inputs, result: Standings) -> bool:
    """Whether other records count for somebody than on the stored board."""
    if result.state is not State.AMENDED:
        return False
    keys = _Keys(inputs)
    stored = Standing.objects.filter(challenge=challenge).values_list("entrant_key", "detail")
    before = {key: detail["effects"] for key, detail in stored if detail["effects"]}
    after = {keys.key(row.entrant): row.detail["effects"] for row in rows_of(result)}
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


def write_board(
    challenge: Challenge,
    inputs: Inputs,
    result: Standings,
    at: datetime,
    *,
    opening: bool = False,
) -> bool:
    """Bring entrants, rows and score changes in step with the result; whether anything moved."""
    sync_entrants(challenge, inputs)
    rows, summary = rows_of(result), summary_of(result)
    stored = {row.entrant_key: row for row in Standing.objects.filter(challenge=challenge)}
    keys = _Keys(inputs)
    before = {key: _row_of(row) for key, row in stored.items()}
    after = {keys.key(row.entrant): row for row in rows}
    if _same(before, after) and challenge.summary.get("board") == summary:
        return False
    rules_changed = challenge.summary.get("rules") not in (None, inputs.rules_number)
    named = [replace(row, entrant=key) for key, row in after.items()]
    changes = changes_between(before, named, rules_changed=rules_changed, opening=opening)
    ScoreChange.objects.bulk_create(
        [_line(challenge, change, inputs.rules_number, at) for change in changes]
    )
    _write_rows(challenge, keys, stored, before, after, at)
    challenge.summary = {"board": summary, "rules": inputs.rules_number}
    challenge.version += 1
    challenge.scored_at = at
    challenge.save()
    announce(challenge)
    return True


class _Keys:
    """Numbers of people and keys of teams, as keys of rows."""

    def __init__(self, inputs: Inputs) -> None:
        self.inputs = inputs
        self.teams = inputs.rules.entrants.kind is EntrantKind.TEAM

    def ids(self, entrant: str) -> tuple[int | None, int | None]:
        """(person, team)."""
        if self.teams:
            return None, self.inputs.teams[entrant][0]
        return self.inputs.people[entrant].person_id, None

    def key(self, entrant: str) -> str:
        person_id, team_id = self.ids(entrant)
        return f"team:{team_id}" if self.teams else f"person:{person_id}"


def _row_of(row: Standing) -> Row:
    detail = {key: value for key, value in row.detail.items() if key != "moved"}
    return Row(row.entrant_key, row.position, row.rank, row.score_text, detail)


def _content(row: Row) -> tuple[object, ...]:
    return (row.position, row.rank, row.score_text, row.detail)


def _same(before: Mapping[str, Row], after: Mapping[str, Row]) -> bool:
    return before.keys() == after.keys() and all(
        _content(before[key]) == _content(row) for key, row in after.items()
    )


def _line(challenge: Challenge, change: Change, rules_number: int, at: datetime) -> ScoreChange:
    return ScoreChange(
        challenge=challenge,
        entrant_key=change.entrant,
        at=at,
        record=change.record,
        cause=change.cause,
        detail=change.detail,
        delta=change.delta[:80],
        before=change.before[:80],
        after=change.after[:80],
        rules_number=rules_number,
    )


def _write_rows(
    challenge: Challenge,
    keys: _Keys,
    stored: Mapping[str, Standing],
    before: Mapping[str, Row],
    after: Mapping[str, Row],
    at: datetime,
) -> None:
    day = at.astimezone(keys.inputs.rules.zone).date()
    new: list[Standing] = []
    moved: list[Standing] = []
    for key, row in after.items():
        known = stored.get(key)
        if known is not None and _content(before[key]) == _content(row):
            continue
        person_id, team_id = keys.ids(row.entrant)
        fresh = Standing(
            pk=known.pk if known else None,
            challenge=challenge,
            entrant_key=key,
            person_id=person_id,
            team_id=team_id,
            position=row.position,
            rank=row.rank,
            score_text=row.score_text,
            detail={**row.detail, "moved": _moved(known, day)},
            since=at,
        )
        (moved if known else new).append(fresh)
    Standing.objects.bulk_create(new)
    Standing.objects.bulk_update(moved, ["position", "rank", "score_text", "detail", "since"])
    gone = [row.pk for key, row in stored.items() if key not in after]
    Standing.objects.filter(pk__in=gone).delete()


def _moved(known: Standing | None, day: date) -> dict[str, object]:
    """The rank with which the day began: what the arrow on the board compares with."""
    if known is None:
        return {"day": day.isoformat(), "rank": None}
    moved: dict[str, object] = known.detail.get("moved", {})
    if moved.get("day") == day.isoformat():
        return moved
    return {"day": day.isoformat(), "rank": known.rank}


def sync_entrants(challenge: Challenge, inputs: Inputs) -> None:
    """Who plays, as the roster stands, and from the launch on with which targets.

    Nobody who ever played is forgotten; before the launch, who no longer plays is.
    """
    begun = challenge.state not in BEFORE_LAUNCH
    known = {one.person_id: one for one in Entrant.objects.filter(challenge=challenge)}
    wanted = {inputs.people[one.id].person_id: one for one in inputs.roster.people}
    new = [
        _brought_up(Entrant(challenge=challenge, person_id=person_id), person, begun=begun)
        for person_id, person in wanted.items()
        if person_id not in known
    ]
    changed = [
        _brought_up(known[person_id], person, begun=begun)
        for person_id, person in wanted.items()
        if person_id in known and _is_behind(known[person_id], person, begun=begun)
    ]
    Entrant.objects.bulk_create(new)
    Entrant.objects.bulk_update(changed, ["joined_on", "left_on", "targets"])
    if not begun:
        gone = Entrant.objects.filter(challenge=challenge, target=None)
        gone.exclude(person_id__in=wanted).delete()


def _is_behind(entrant: Entrant, person: Person, *, begun: bool) -> bool:
    dates = (entrant.joined_on, entrant.left_on)
    return dates != (person.joined_on, person.left_on) or (begun and entrant.targets is None)


def _brought_up(entrant: Entrant, person: Person, *, begun: bool) -> Entrant:
    entrant.joined_on, entrant.left_on = person.joined_on, person.left_on
    if begun and entrant.targets is None:
        entrant.targets = [[one.metric, as_text(one.value)] for one in person.targets]
    return entrant


def rescore_people(
    *,
    person_ids: Collection[int],
    days: Collection[date] | None = None,
    at: datetime | None = None,
) -> list[int]:
    """Rescore the open challenges in which any of them plays; the ids of those that changed.

    With `days`, the business days whose records are news, challenges that these cannot concern are
    left alone: every revision of a record marks its own day, old and new, and the log keeps them
    all, so no revision of a counted type on these days and in the window means no news.
    """
    found = Challenge.objects.filter(OPEN, _touches(person_ids)).distinct().order_by("pk")
    news = _span(days) if days else None
    if days is None:
        chosen = list(found)
    else:
        chosen = [row for row in found if news and _concerned(row, person_ids, news)]
    return rescore_each([row.pk for row in chosen], at=at)


def rescore_each(ids: Iterable[int], *, at: datetime | None = None) -> list[int]:
    """Rescore one after the other; the ids of those that changed.

    Each in a transaction of its own: one that cannot be scored is reported and does not stop the
    others.
    """
    return [pk for pk in ids if unstopped(rescore_challenge, challenge_id=pk, at=at)]


def unstopped(
    work: Callable[..., object], *, challenge_id: int, at: datetime | None = None
) -> bool:
    """Whether the work did something; what it raises is logged, because others wait behind it."""
    try:
        return bool(work(challenge_id=challenge_id, at=at))
    except Exception:  # one broken challenge must not hold up all others
        log.exception("challenge_not_scored", challenge_id=challenge_id)
        return False


def _span(days: Collection[date]) -> Window:
    return Window.of(Period(min(days), max(days) + timedelta(days=1)), people.company().tz)


def _concerned(challenge: Challenge, person_ids: Collection[int], news: Window) -> bool:
    start, end = max(news.start, challenge.starts_at), news.end
    if challenge.state != ChallengeState.PAUSED:  # a pause that lasts moves the end
        end = min(end, challenge.ends_at)
    return start < end and has_revisions(challenge.metric_keys, Window(start, end), person_ids)


def _touches(person_ids: Collection[int]) -> Q:
    """They play already, or hold a place in the teams that play and may be about to."""
    today = Period.day(people.today())
    held = {row.team_id for row in people.assignments_between(today, person_ids)}
    parents = {team.id: team.parent_id for team in people.team_tree()}
    above: set[int] = set()
    for team_id in held:
        step: int | None = team_id
        while step is not None and step not in above:
            above.add(step)
            step = parents.get(step)
    return Q(entrants__person_id__in=person_ids) | Q(teams__in=above)
