"""Format 2, percent of own target: 100 x actual / target; no target or zero is not ranked."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from challenges.calc.formats.base import Case, Format, Pooling, Score, additive, last_moment
from challenges.calc.formats.measure import MEASURE_FIELDS, Measure, measure_from
from challenges.calc.formats.most import HIGHEST_WINS
from challenges.calc.notes import Note, note
from challenges.calc.shapes import Obj, Values
from kernel.issues import N_

PERCENT = Fraction(100)
NO_TARGET = note("no_target", N_("No target for this challenge, so there is no percentage."))
ZERO_TARGET = note("zero_target", N_("The target is zero, so there is no percentage."))


@dataclass(frozen=True, slots=True)
class PercentOfTarget:
    """What is added up and held against the person's target of the same metric."""

    measure: Measure


def _build(values: Values) -> PercentOfTarget:
    return PercentOfTarget(measure_from(values))


def _score(params: PercentOfTarget, case: Case) -> Score:
    actual = params.measure.total(case.records)
    target = case.target(params.measure.metric)
    if target is None or target.value == 0:
        missing = NO_TARGET if target is None else ZERO_TARGET
        notes = () if target is None else target.notes
        return Score(None, numerator=actual, missing=missing, notes=notes)
    effects = additive(case.records, params.measure)
    return Score(
        PERCENT * actual / target.value,
        effects,
        numerator=actual,
        denominator=target.value,
        target=target.value,
        achieved_at=last_moment(effects),
        notes=target.notes,
    )


def _describe(params: PercentOfTarget) -> Sequence[Note]:
    template = N_("The score is “{metric}” in percent of each one's own target.")
    return (
        note("score", template, metric=params.measure.metric),
        HIGHEST_WINS,
        note("no_target_rule", N_("Without a target, or with a target of zero, there is no rank.")),
    )


FORMAT = Format(
    key="percent_of_target",
    title=N_("Percent of own target"),
    shape=Obj(MEASURE_FIELDS),
    build=_build,
    metrics=lambda params: frozenset({params.measure.metric}),
    score=_score,
    describe=_describe,
    pooling=Pooling.RATIO,
    own_targets=lambda params: True,  # noqa: ARG005 - the signature of every format
    team_scores=frozenset({"sum", "mean", "best_n"}),
)
