"""Format 9, race to target: first to reach it in business time wins.

The race is over when winner k has reached the target, or at the end of the window.  Records of
one moment count together.  As soon as one counted record carries only a date, the whole race is
decided by the day (`decided_by: auto`): whoever reaches the target on the same day is equal,
and the value shown is the total of that day.  A reach stands when a later record is negative; it
moves when an earlier record is cancelled, corrected, or arrives late.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from heapq import nlargest
from itertools import groupby

from challenges.calc.formats.base import (
    Bar,
    Case,
    Contestant,
    Decision,
    Effect,
    Format,
    Ground,
    Pooling,
    Score,
    TeamView,
    Verdict,
    last_moment,
    text_of,
)
from challenges.calc.formats.measure import MEASURE_FIELDS, Measure, measure_from
from challenges.calc.moments import day_of, microseconds, start_of
from challenges.calc.notes import Note, note
from challenges.calc.records import Record
from challenges.calc.shapes import Choice, Field, Number, Obj, Values
from kernel.issues import N_

NOT_REACHED = note("not_reached", N_("The target has not been reached."))
RACE_OVER = note("race_over", N_("The target was reached after the race was over."))
ALONE = TeamView(Fraction(1), None)


@dataclass(frozen=True, slots=True)
class Race:
    """What is added up, the target, and what precision decides."""

    measure: Measure
    target: Fraction
    decided_by: str = "auto"


def _build(values: Values) -> Race:
    return Race(measure_from(values), values["target"], values["decided_by"])


def _score(params: Race, case: Case) -> Score:
    return _score_team(params, (case,), ALONE)


def _score_team(params: Race, cases: Sequence[Case], view: TeamView) -> Score:
    """Replay the entrant's records in business time until the target is reached."""
    entries = sorted(
        ((record, case.person.id) for case in cases for record in _own(params, case)),
        key=lambda pair: (pair[0].occurred_at, pair[0].key),
    )
    totals: dict[str, Fraction] = {case.person.id: Fraction(0) for case in cases}
    reached: tuple[datetime, Fraction, tuple[str, ...]] | None = None
    for moment, group in _moments(params, entries, cases[0].ground if cases else None):
        for record, person in group:
            totals[person] += params.measure.of(record)
        if reached is None and _level(totals, view) >= params.target:
            reached = (moment, _level(totals, view), tuple(sorted({r.id for r, _ in group})))
    effects = _effects(params, entries, totals, view)
    return Score(
        _level(totals, view),
        effects,
        target=params.target,
        achieved_at=last_moment(effects),
        reached_at=reached[0] if reached else None,
        reached_value=reached[1] if reached else None,
        reached_by=reached[2] if reached else (),
    )


def _own(params: Race, case: Case) -> Iterator[Record]:
    return (record for record in case.records if record.metric == params.measure.metric)


def _moments(
    params: Race, entries: Sequence[tuple[Record, str]], ground: Ground | None
) -> Iterator[tuple[datetime, list[tuple[Record, str]]]]:
    if ground is None:
        return
    by_day = ground.by_day if params.decided_by == "auto" else params.decided_by == "day"

    def moment(pair: tuple[Record, str]) -> datetime:
        at = pair[0].occurred_at
        return start_of(day_of(at, ground.zone), ground.zone) if by_day else at

    for at, group in groupby(entries, key=moment):
        yield at, list(group)


def _level(totals: dict[str, Fraction], view: TeamView) -> Fraction:
    if view.best_n is not None:
        return sum(nlargest(view.best_n, totals.values()), Fraction(0))
    everything = sum(totals.values(), Fraction(0))
    return everything / view.divisor if view.divisor else Fraction(0)


def _effects(
    params: Race,
    entries: Sequence[tuple[Record, str]],
    totals: dict[str, Fraction],
    view: TeamView,
) -> tuple[Effect, ...]:
    """Each record's part of the present level; under best-N only the best members' records."""
    counted = set(totals)
    if view.best_n is not None:
        counted = set(nlargest(view.best_n, sorted(totals), key=lambda person: totals[person]))
    divisor = view.divisor or Fraction(1)
    return tuple(
        Effect(record, params.measure.of(record) / divisor)
        for record, person in entries
        if person in counted
    )


def _decide(params: Race, contestants: Sequence[Contestant], bar: Bar) -> Decision:  # noqa: ARG001 - one signature for all formats
    moments = sorted(c.score.reached_at for c in contestants if c.score.reached_at is not None)
    full = bar.winners is not None and len(moments) >= bar.winners
    over_at = moments[bar.winners - 1] if full and bar.winners is not None else None
    verdicts = {c.id: _verdict(c.score, over_at) for c in contestants}
    return Decision(verdicts, decided_at=over_at)


def _verdict(score: Score, over_at: datetime | None) -> Verdict:
    if score.reached_at is None:
        return Verdict(reason=NOT_REACHED, winner=False)
    if over_at is not None and score.reached_at > over_at:
        return Verdict(reason=RACE_OVER, winner=False)
    return Verdict(place=(-Fraction(microseconds(score.reached_at)),), winner=True)


def _describe(params: Race) -> Sequence[Note]:
    template = (
        N_("The first to reach {target} “{metric}” records wins.")
        if params.measure.count
        else N_("The first to reach a total of {target} of “{metric}” wins.")
    )
    return (
        note("score", template, target=text_of(params.target), metric=params.measure.metric),
        note(
            "race_clock",
            N_(
                "What counts is when it happened, not when it was entered. Until the cut-off a "
                "record that arrives late can still change the winner."
            ),
        ),
        _precision(params),
    )


def _precision(params: Race) -> Note:
    match params.decided_by:
        case "day":
            return note("race_day", N_("Reaching the target on the same day is equal."))
        case "moment":
            return note("race_moment", N_("The minute decides; a date counts as its first minute."))
    return note(
        "race_auto",
        N_("The minute decides; when records carry only a date, the same day is equal."),
    )


FORMAT = Format(
    key="race",
    title=N_("Race to target"),
    shape=Obj(
        {
            **MEASURE_FIELDS,
            "target": Field(Number(above=0), "the total to reach", required=True),
            "decided_by": Field(
                Choice(("auto", "moment", "day")),
                "auto: by the moment, or by the day when a counted record carries only a date",
                default="auto",
            ),
        }
    ),
    build=_build,
    metrics=lambda params: frozenset({params.measure.metric}),
    score=_score,
    describe=_describe,
    decide=_decide,
    pooling=Pooling.OWN,
    score_team=_score_team,
)
