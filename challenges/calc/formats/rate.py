"""Format 5, rate: numerator / denominator, with a minimum denominator; lower may win."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from challenges.calc.formats.base import (
    NOTHING_TO_DIVIDE,
    Case,
    Effect,
    Format,
    Pooling,
    Score,
    last_moment,
    text_of,
)
from challenges.calc.formats.measure import MEASURE_FIELDS, Measure, measure_from
from challenges.calc.notes import Note, note
from challenges.calc.shapes import Field, ListOf, Number, Obj, Values
from kernel.issues import N_


@dataclass(frozen=True, slots=True)
class Rate:
    """Sums of measures above and below the line; `factor` 100 makes a percentage."""

    above: tuple[Measure, ...]
    below: tuple[Measure, ...]
    minimum_denominator: Fraction
    factor: Fraction


def _build(values: Values) -> Rate:
    return Rate(
        tuple(measure_from(part) for part in values["numerator"]),
        tuple(measure_from(part) for part in values["denominator"]),
        values["minimum_denominator"],
        values["factor"],
    )


def _score(params: Rate, case: Case) -> Score:
    effects = [
        Effect(record, measure.of(record), part)
        for part, measures in (("numerator", params.above), ("denominator", params.below))
        for measure in measures
        for record in case.records
        if record.metric == measure.metric
    ]
    effects.sort(key=lambda e: (e.record.occurred_at, e.record.key, e.part))
    numerator, denominator = _side(effects, "numerator"), _side(effects, "denominator")
    value, missing = _pool(params, numerator, denominator)
    return Score(
        value,
        tuple(effects),
        numerator=numerator,
        denominator=denominator,
        achieved_at=last_moment(effects),
        missing=missing,
    )


def _side(effects: Sequence[Effect], part: str) -> Fraction:
    return sum((effect.amount for effect in effects if effect.part == part), Fraction(0))


def _pool(
    params: Rate, numerator: Fraction, denominator: Fraction
) -> tuple[Fraction | None, Note | None]:
    if denominator <= 0:
        return None, NOTHING_TO_DIVIDE
    if denominator < params.minimum_denominator:
        least = text_of(params.minimum_denominator)
        template = N_("The denominator is {have}; at least {least} is needed.")
        return None, note("small_denominator", template, have=text_of(denominator), least=least)
    return params.factor * numerator / denominator, None


def _describe(params: Rate) -> Sequence[Note]:
    above = " + ".join(measure.metric for measure in params.above)
    below = " + ".join(measure.metric for measure in params.below)
    found = [
        note("score", N_("The score is {above} divided by {below}."), above=above, below=below)
    ]
    if params.minimum_denominator > 0:
        least = text_of(params.minimum_denominator)
        template = N_("It needs at least {least} below the line.")
        found.append(note("minimum_denominator", template, least=least))
    return found


_SIDE = ListOf(Obj(MEASURE_FIELDS), 1, 12)

FORMAT = Format(
    key="rate",
    title=N_("Rate"),
    shape=Obj(
        {
            "numerator": Field(_SIDE, "measures that are added above the line", required=True),
            "denominator": Field(_SIDE, "measures that are added below the line", required=True),
            "minimum_denominator": Field(
                Number(at_least=0), "below it there is no rank", default=Fraction(0)
            ),
            "factor": Field(Number(above=0), "100 for a percentage", default=Fraction(100)),
        }
    ),
    build=_build,
    metrics=lambda params: frozenset(m.metric for m in (*params.above, *params.below)),
    score=_score,
    describe=_describe,
    pooling=Pooling.RATIO,
    pool=_pool,
    lower_may_win=True,
    team_scores=frozenset({"sum", "mean", "best_n"}),
)
