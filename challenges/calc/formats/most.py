"""Format 1, most at the end: the sum or the number in the window; ranks 1..N win."""

from collections.abc import Sequence
from dataclasses import dataclass

from challenges.calc.formats.base import Case, Format, Score, additive, last_moment
from challenges.calc.formats.measure import MEASURE_FIELDS, Measure, measure_from
from challenges.calc.notes import Note, note
from challenges.calc.shapes import Obj, Values
from kernel.issues import N_


@dataclass(frozen=True, slots=True)
class Most:
    """What is added up."""

    measure: Measure


def _build(values: Values) -> Most:
    return Most(measure_from(values))


def _score(params: Most, case: Case) -> Score:
    effects = additive(case.records, params.measure)
    value = params.measure.total(case.records)
    return Score(value, effects, achieved_at=last_moment(effects))


def _describe(params: Most) -> Sequence[Note]:
    if params.measure.count:
        template = N_("The score is the number of “{metric}” records in the window.")
    else:
        template = N_("The score is the total of “{metric}” in the window.")
    return (note("score", template, metric=params.measure.metric), HIGHEST_WINS)


HIGHEST_WINS = note("highest_wins", N_("The highest score is first."))

FORMAT = Format(
    key="most",
    title=N_("Most at the end"),
    shape=Obj(MEASURE_FIELDS),
    build=_build,
    metrics=lambda params: frozenset({params.measure.metric}),
    score=_score,
    describe=_describe,
)
