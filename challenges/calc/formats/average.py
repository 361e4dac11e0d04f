"""Format 6, average: the mean value per record; no record is no average."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from challenges.calc.formats.base import (
    Case,
    Format,
    Pooling,
    Score,
    additive,
    last_moment,
    text_of,
)
from challenges.calc.formats.measure import Measure
from challenges.calc.notes import Note, note
from challenges.calc.shapes import Field, Obj, Text, Values, Whole
from kernel.issues import N_

NO_RECORD = note("no_record", N_("No record, so there is no average."))


@dataclass(frozen=True, slots=True)
class Average:
    """Which records, and how many of them it takes."""

    metric: str
    minimum_records: int


def _build(values: Values) -> Average:
    return Average(values["metric"], values["minimum_records"])


def _score(params: Average, case: Case) -> Score:
    effects = additive(case.records, Measure(params.metric))
    total = sum((effect.amount for effect in effects), Fraction(0))
    count = Fraction(sum(effect.record.times for effect in effects))
    value, missing = _pool(params, total, count)
    return Score(
        value,
        effects,
        numerator=total,
        denominator=count,
        achieved_at=last_moment(effects),
        missing=missing,
    )


def _pool(params: Average, total: Fraction, count: Fraction) -> tuple[Fraction | None, Note | None]:
    if count <= 0:
        return None, NO_RECORD
    if count < params.minimum_records:
        template = N_("{have} records; at least {least} are needed.")
        least = str(params.minimum_records)
        return None, note("few_records", template, have=text_of(count), least=least)
    return total / count, None


def _describe(params: Average) -> Sequence[Note]:
    found = [note("score", N_("The score is the mean of “{metric}”."), metric=params.metric)]
    if params.minimum_records > 1:
        template = N_("It needs at least {least} records.")
        found.append(note("minimum_records", template, least=str(params.minimum_records)))
    return found


FORMAT = Format(
    key="average",
    title=N_("Average"),
    shape=Obj(
        {
            "metric": Field(Text(100), "the metric of the records that count", required=True),
            "minimum_records": Field(Whole(1, 1_000_000), "below it there is no rank", default=1),
        }
    ),
    build=_build,
    metrics=lambda params: frozenset({params.metric}),
    score=_score,
    describe=_describe,
    pooling=Pooling.RATIO,
    pool=_pool,
    lower_may_win=True,
    team_scores=frozenset({"sum", "mean", "best_n"}),
)
