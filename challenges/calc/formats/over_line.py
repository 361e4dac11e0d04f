"""Format 10, over the line: everyone who reaches the target wins; there are no ranks."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from challenges.calc.formats.base import (
    Bar,
    Case,
    Contestant,
    Decision,
    Format,
    Score,
    Verdict,
    additive,
    last_moment,
    text_of,
)
from challenges.calc.formats.measure import MEASURE_FIELDS, Measure, measure_from
from challenges.calc.formats.percent import NO_TARGET, ZERO_TARGET
from challenges.calc.notes import Note, note
from challenges.calc.shapes import Field, Number, NumberOr, Obj, Values
from kernel.issues import N_


@dataclass(frozen=True, slots=True)
class OverTheLine:
    """What is added up, and the line: one for all, or None for each one's own target."""

    measure: Measure
    target: Fraction | None


def _build(values: Values) -> OverTheLine:
    target = values["target"]
    return OverTheLine(measure_from(values), None if target == "own" else target)


def _score(params: OverTheLine, case: Case) -> Score:
    effects = additive(case.records, params.measure)
    score = Score(
        params.measure.total(case.records),
        effects,
        target=params.target,
        achieved_at=last_moment(effects),
    )
    if params.target is not None:
        return score
    own = case.target(params.measure.metric)
    if own is None or own.value == 0:
        return replace(score, missing=NO_TARGET if own is None else ZERO_TARGET)
    return replace(score, target=own.value, own_target=True, notes=own.notes)


def _decide(
    params: OverTheLine,  # noqa: ARG001 - the signature of every format
    contestants: Sequence[Contestant],
    bar: Bar,  # noqa: ARG001 - one signature for all formats
) -> Decision:
    return Decision({c.id: _verdict(c.score) for c in contestants})


def _verdict(score: Score) -> Verdict:
    if score.value is None or score.target is None:
        return Verdict(winner=False, reason=score.missing)
    if score.value >= score.target:
        return Verdict(winner=True, tier=1)
    missing = text_of(score.target - score.value)
    reason = note("line_not_reached", N_("{missing} short of the line."), missing=missing)
    return Verdict(winner=False, reason=reason)


def _describe(params: OverTheLine) -> Sequence[Note]:
    metric = params.measure.metric
    if params.target is None:
        template = N_("Everyone who reaches their own target of “{metric}” wins.")
        return (note("score", template, metric=metric),)
    template = N_("Everyone who reaches {target} of “{metric}” wins.")
    return (note("score", template, target=text_of(params.target), metric=metric),)


FORMAT = Format(
    key="over_the_line",
    title=N_("Over the line"),
    shape=Obj(
        {
            **MEASURE_FIELDS,
            "target": Field(
                NumberOr("own", Number(above=0)),
                "the line for all, or own: each one's own target",
                required=True,
            ),
        }
    ),
    build=_build,
    metrics=lambda params: frozenset({params.measure.metric}),
    score=_score,
    describe=_describe,
    decide=_decide,
    competitive=False,
    own_targets=lambda params: params.target is None,
    tiers=lambda values: 1,  # noqa: ARG005 - the line is the only tier
)
