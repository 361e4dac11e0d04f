"""Format 7, largest single record: the best one counts; cancelled, the next best does."""

from collections.abc import Sequence
from dataclasses import dataclass

from challenges.calc.formats.base import Case, Effect, Format, Score
from challenges.calc.notes import Note, note
from challenges.calc.shapes import Field, Obj, Text, Values
from kernel.issues import N_

NO_RECORD = note("no_record", N_("No record."))


@dataclass(frozen=True, slots=True)
class Largest:
    """Which records."""

    metric: str


def _build(values: Values) -> Largest:
    return Largest(values["metric"])


def _score(params: Largest, case: Case) -> Score:
    """The record of the highest value; of equal ones the earliest is shown."""
    mine = [record for record in case.records if record.metric == params.metric]
    best = max(mine, key=lambda record: record.value, default=None)
    if best is None:
        return Score(None, missing=NO_RECORD)
    return Score(best.value, (Effect(best, best.value),), achieved_at=best.occurred_at)


def _describe(params: Largest) -> Sequence[Note]:
    template = N_("Each one's largest single “{metric}” record counts.")
    return (note("score", template, metric=params.metric),)


FORMAT = Format(
    key="largest_record",
    title=N_("Largest single record"),
    shape=Obj({"metric": Field(Text(100), "the metric of the records", required=True)}),
    build=_build,
    metrics=lambda params: frozenset({params.metric}),
    score=_score,
    describe=_describe,
    takes_charges=False,
)
