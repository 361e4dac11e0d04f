"""Format 18, tug of war: over as soon as one has the target and leads by the gap, or at the end."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction
from itertools import groupby
from zoneinfo import ZoneInfo

from challenges.calc.formats.base import (
    Bar,
    Case,
    Contestant,
    Decision,
    Effect,
    Format,
    Frame,
    Score,
    Verdict,
    additive,
    last_moment,
    text_of,
)
from challenges.calc.formats.duels import (
    WRONG_NUMBER,
    check_two,
    how_decided,
    of,
    outcome,
    verdict_between,
    wrong_number,
)
from challenges.calc.formats.measure import MEASURE_FIELDS, Measure, measure_from
from challenges.calc.formats.rounds import RoundLine, RoundResult, RoundSpan
from challenges.calc.moments import day_of, start_of
from challenges.calc.notes import Note, note
from challenges.calc.shapes import Field, Number, Obj, Values
from kernel.issues import N_

TUG_OVER = note("tug_over", N_("It happened after the tug of war was decided."))
UTC_ZONE = ZoneInfo("UTC")


@dataclass(frozen=True, slots=True)
class Tug:
    """What is added up, the total to reach, and the lead that it takes."""

    measure: Measure
    target: Fraction
    gap: Fraction
    span: RoundSpan | None = None
    zone: ZoneInfo = UTC_ZONE


def _build(values: Values) -> Tug:
    return Tug(measure_from(values), values["target"], values["gap"])


def _timed(params: Tug, values: Values, frame: Frame) -> Tug:  # noqa: ARG001 - one signature for all formats
    span = RoundSpan(1, frame.start, frame.end, frame.cut_off_at, last=True)
    return replace(params, span=span, zone=frame.zone)


def _score(params: Tug, case: Case) -> Score:
    effects = additive(case.records, params.measure)
    total = params.measure.total(case.records)
    return Score(total, effects, target=params.target, achieved_at=last_moment(effects))


def _decide(params: Tug, contestants: Sequence[Contestant], bar: Bar) -> Decision:
    if wrong_number(contestants):
        return Decision({c.id: Verdict(reason=WRONG_NUMBER, winner=False) for c in contestants})
    over_at = _over_at(params, contestants)
    by_day = _by_day(contestants)
    final = [c if over_at is None else _until(params, c, over_at, by_day) for c in contestants]
    one, two = final
    pairs = ((one, two), (two, one))
    lines = tuple(_line(own, other, over_at) for own, other in pairs)
    return Decision(
        {own.id: verdict_between(own, other, bar) for own, other in pairs},
        decided_at=over_at,
        scores={c.id: c.score for c in final},
        rounds=() if params.span is None else (RoundResult(params.span, lines, "tug_of_war"),),
    )


def _over_at(params: Tug, contestants: Sequence[Contestant]) -> datetime | None:
    """The first moment (or day) after which one has the target and the lead."""
    totals = dict.fromkeys((c.id for c in contestants), Fraction(0))
    for moment, gains in _course(params, contestants):
        for id_, amount in gains:
            totals[id_] += amount
        ahead, behind = max(totals.values()), min(totals.values())
        if ahead >= params.target and ahead - behind >= params.gap:
            return moment
    return None


def _course(
    params: Tug, contestants: Sequence[Contestant]
) -> Iterator[tuple[datetime, list[tuple[str, Fraction]]]]:
    by_day = _by_day(contestants)
    gains = sorted(
        (_moment(params, e, by_day), c.id, e.amount) for c in contestants for e in c.score.effects
    )
    for moment, group in groupby(gains, key=lambda gain: gain[0]):
        yield moment, [(id_, amount) for _, id_, amount in group]


def _by_day(contestants: Sequence[Contestant]) -> bool:
    """As soon as one record carries only a date, the day decides."""
    return any(e.record.date_only for c in contestants for e in c.score.effects)


def _moment(params: Tug, effect: Effect, by_day: bool) -> datetime:
    at = effect.record.occurred_at
    return start_of(day_of(at, params.zone), params.zone) if by_day else at


def _until(params: Tug, contestant: Contestant, over_at: datetime, by_day: bool) -> Contestant:
    """The score as it was decided; what happened later is set aside."""
    counted: list[Effect] = []
    later: list[Effect] = []
    for effect in contestant.score.effects:
        (counted if _moment(params, effect, by_day) <= over_at else later).append(effect)
    total = sum((effect.amount for effect in counted), Fraction(0))
    score = replace(
        contestant.score,
        value=total,
        effects=tuple(counted),
        achieved_at=last_moment(counted),
        set_aside=(*contestant.score.set_aside, *((e.record, TUG_OVER) for e in later)),
    )
    return replace(contestant, score=score)


def _line(own: Contestant, other: Contestant, over_at: datetime | None) -> RoundLine:
    how = how_decided(of(own), of(other))
    return RoundLine(
        own.id,
        own.score.value,
        other.id,
        outcome(of(own), of(other)),
        how="target_and_lead" if how and over_at is not None else how,
    )


def _describe(params: Tug) -> Sequence[Note]:
    metric = params.measure.metric
    return (
        note(
            "score",
            N_(
                "A tug of war between two: it is over as soon as one has {target} of “{metric}” "
                "and leads by {value}."
            ),
            target=text_of(params.target),
            value=text_of(params.gap),
            metric=metric,
        ),
        note(
            "tug_end", N_("If that never happens, who has more at the end wins; equal is a draw.")
        ),
        note("tug_moment", N_("What happened at the same moment counts together.")),
    )


FORMAT = Format(
    key="tug_of_war",
    title=N_("Tug of war"),
    shape=Obj(
        {
            **MEASURE_FIELDS,
            "target": Field(Number(above=0), "the total to reach", required=True),
            "gap": Field(Number(at_least=0), "the lead that it also takes", required=True),
        }
    ),
    build=_build,
    check_whole=check_two,
    timed=_timed,
    metrics=lambda params: frozenset({params.measure.metric}),
    score=_score,
    describe=_describe,
    decide=_decide,
    barred=True,
    team_scores=frozenset({"sum", "mean", "per_fte"}),
    takes_charges=False,
)
