"""Format 26, mission path: personal acts with prerequisites and recurrence; nobody competes.

An act opens when all that it comes after are done, and counts what happens from that moment on.
It is done when its records reach the target; one that recurs, when so many days or weeks have
reached it.  Records of one moment count together.  A record never counts for an act and again for
one that follows it, directly or over others; acts beside each other may both count it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from fractions import Fraction
from itertools import groupby

from challenges.calc.formats.acts import SHAPE, Act, acts_from, check_acts, in_order
from challenges.calc.formats.base import (
    Bar,
    Case,
    Contestant,
    Decision,
    Effect,
    Format,
    Score,
    Verdict,
    day_in,
    last_moment,
    text_of,
)
from challenges.calc.formats.progress import ActProgress, ActState
from challenges.calc.notes import Note, note
from challenges.calc.records import Record
from challenges.calc.shapes import Choice, Field, ListOf, Obj, Values
from kernel.issues import N_

Key = tuple[str, str, str]
BEFORE_ITS_TURN = note("before_its_turn", N_("It happened before its act was open."))
ACT_DONE = note("act_done", N_("Its act was done already."))


@dataclass(frozen=True, slots=True)
class Mission:
    """The acts as written, and whether every one done pays, or only the highest number."""

    acts: tuple[Act, ...]
    every: bool


@dataclass(frozen=True, slots=True)
class _Walk:
    """What became of one act; `used` are records that no act after it may count."""

    progress: ActProgress
    used: frozenset[Key]


@dataclass(slots=True)
class _Tally:
    """The totals of an act by day, by week or in all, and which of them have reached the target."""

    totals: dict[date | None, Fraction] = field(default_factory=dict)
    reached: set[date | None] = field(default_factory=set)
    latest: date | None = None
    records: list[Record] = field(default_factory=list)
    done_at: datetime | None = None


def _build(values: Values) -> Mission:
    return Mission(acts_from(values["acts"]), values["pays"] == "every")


def _score(params: Mission, case: Case) -> Score:
    walks: dict[str, _Walk] = {}
    for act in in_order(params.acts):
        walks[act.key] = _walk(act, walks, case)
    found = [walks[act.key].progress for act in params.acts]
    effects = _effects(params, found)
    points = sum((act.points for act in params.acts), Fraction(0))
    return Score(
        sum((effect.amount for effect in effects), Fraction(0)),
        effects,
        target=points,
        achieved_at=last_moment(effects),
        set_aside=tuple(_set_aside(params, found, case)),
        acts=tuple(found),
    )


def _walk(act: Act, walks: dict[str, _Walk], case: Case) -> _Walk:
    before = [walks[key] for key in act.after]
    used = frozenset().union(*(walk.used for walk in before))
    moments = [walk.progress.done_at for walk in before]
    opened = [moment for moment in moments if moment is not None]
    if len(opened) < len(before):
        return _Walk(_progress(act, _Tally(), None), used)
    opened_at = max(opened, default=case.ground.start)
    mine = [
        record
        for record in case.records
        if record.metric == act.measure.metric
        and record.occurred_at >= opened_at
        and record.key not in used
    ]
    tally = _tally(act, mine, case)
    return _Walk(_progress(act, tally, opened_at), used | {r.key for r in tally.records})


def _tally(act: Act, records: Sequence[Record], case: Case) -> _Tally:
    """Replay in business time until the act is done."""
    tally = _Tally()
    for moment, group in groupby(records, key=lambda record: record.occurred_at):
        together = list(group)
        unit = _unit(act, together[0], case)
        total = tally.totals.get(unit, Fraction(0)) + act.measure.total(together)
        tally.totals[unit] = total
        tally.latest = unit
        tally.records.extend(together)
        if total >= act.target:
            tally.reached.add(unit)
        if len(tally.reached) == act.times:
            tally.done_at = moment
            break
    return tally


def _unit(act: Act, record: Record, case: Case) -> date | None:
    """The day or the Monday of the week that has to reach the target."""
    if act.per is None:
        return None
    day = day_in(record, case.ground)
    return day if act.per == "day" else day - timedelta(days=day.weekday())


def _progress(act: Act, tally: _Tally, opened_at: datetime | None) -> ActProgress:
    state = ActState.LOCKED if opened_at is None else ActState.OPEN
    return ActProgress(
        key=act.key,
        names=act.names,
        state=ActState.DONE if tally.done_at is not None else state,
        value=tally.totals.get(tally.latest, Fraction(0)),
        target=act.target,
        times=len(tally.reached),
        of_times=act.times,
        opened_at=opened_at,
        done_at=tally.done_at,
        records=tuple(tally.records),
    )


def _effects(params: Mission, found: Sequence[ActProgress]) -> tuple[Effect, ...]:
    """The last record of a done act brings its points, the others led there."""
    effects: list[Effect] = []
    for act, progress in zip(params.acts, found, strict=True):
        mine = [Effect(record, Fraction(0), act.key) for record in progress.records]
        if progress.state is ActState.DONE:
            done = note("act", N_("Act “{act}” is done."), act=act.key)
            mine[-1] = replace(mine[-1], amount=act.points, notes=(done,))
        effects.extend(mine)
    return tuple(sorted(effects, key=lambda e: (e.record.occurred_at, e.record.key, e.part)))


def _set_aside(
    params: Mission, found: Sequence[ActProgress], case: Case
) -> Iterator[tuple[Record, Note]]:
    counted = {record.key for progress in found for record in progress.records}
    for record in case.records:
        acts = [
            progress
            for act, progress in zip(params.acts, found, strict=True)
            if act.measure.metric == record.metric
        ]
        if acts and record.key not in counted:
            early = any(a.opened_at is None or record.occurred_at < a.opened_at for a in acts)
            yield record, BEFORE_ITS_TURN if early else ACT_DONE


def _decide(
    params: Mission,
    contestants: Sequence[Contestant],
    bar: Bar,  # noqa: ARG001 - the signature of every format
) -> Decision:
    return Decision({c.id: _verdict(params, c.score) for c in contestants})


def _verdict(params: Mission, score: Score) -> Verdict:
    done = sum(1 for act in score.acts if act.state is ActState.DONE)
    if done == len(params.acts):
        return Verdict(winner=True, tier=done)
    template = N_("{done} of {count} acts are done.")
    reason = note("acts_open", template, done=str(done), count=str(len(params.acts)))
    return Verdict(winner=False, tier=done, reason=reason)


def _describe(params: Mission) -> Sequence[Note]:
    return (
        note("path", N_("Everyone walks the path alone; who has done all acts has won.")),
        *(said for act in params.acts for said in _sentences(act)),
        note(
            "turn",
            N_("An act counts what happens from the moment on at which it opens; no record counts "
               "again for an act that comes after."),
        ),
        note("every_act", N_("Every act done pays."))
        if params.every
        else note("highest_tier", N_("Only the highest tier reached pays.")),
    )  # fmt: skip


def _all_points(params: Mission) -> Fraction:
    return sum((act.points for act in params.acts), Fraction(0))


def _sentences(act: Act) -> Iterator[Note]:
    given = {"act": act.key, "metric": act.measure.metric, "goal": text_of(act.target)}
    match act.per:
        case None if act.measure.count:
            yield note("act", N_("Act “{act}”: {goal} “{metric}” records."), **given)
        case None:
            yield note("act", N_("Act “{act}”: a total of {goal} of “{metric}”."), **given)
        case "day":
            template = N_("Act “{act}”: {goal} of “{metric}” on each of {times} days.")
            yield note("act_days", template, times=str(act.times), **given)
        case _:
            template = N_("Act “{act}”: {goal} of “{metric}” in each of {times} weeks.")
            yield note("act_weeks", template, times=str(act.times), **given)
    if act.after:
        after = ", ".join(act.after)
        yield note("act_after", N_("It opens when these are done: {acts}."), acts=after)
    if act.points != 1:
        points = text_of(act.points)
        yield note("act_points", N_("It brings {points} points."), points=points)


FORMAT = Format(
    key="mission_path",
    title=N_("Mission path"),
    highest=_all_points,
    shape=Obj(
        {
            "acts": Field(ListOf(SHAPE, 1, 50), "what is to be done", required=True),
            "pays": Field(
                Choice(("every", "highest")),
                "tier n is n acts done: whether each one passed pays, or only the highest",
                default="every",
            ),
        }
    ),
    build=_build,
    check=check_acts,
    metrics=lambda params: frozenset(act.measure.metric for act in params.acts),
    score=_score,
    describe=_describe,
    decide=_decide,
    competitive=False,
    tiers=lambda values: len(values["acts"]),
    pays_every_tier=lambda params: params.every,
    team_scores=frozenset(),
    takes_charges=False,
)
