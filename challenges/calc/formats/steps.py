"""Format 12, steps: tiers of the own score; the highest reached pays, or every one passed."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

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
from challenges.calc.notes import Note, note
from challenges.calc.shapes import Choice, Field, ListOf, Number, Obj, Values
from kernel.issues import N_, Issue, Place, error


@dataclass(frozen=True, slots=True)
class Steps:
    """What is added up, the tiers from low to high, and whether each one passed pays."""

    measure: Measure
    tiers: tuple[Fraction, ...]
    every: bool


def rising(values: Sequence[Fraction], place: Place, issues: list[Issue]) -> None:
    """An issue when the tiers do not rise."""
    if any(later <= earlier for earlier, later in pairwise(values)):
        issues.append(
            error(
                "tiers_not_rising",
                N_("The tiers do not rise."),
                N_("Write each tier once, from low to high."),
                place,
            )
        )


def _build(values: Values) -> Steps:
    return Steps(measure_from(values), values["tiers"], values["pays"] == "every")


def _check(values: Values, issues: list[Issue]) -> None:
    rising(values["tiers"], values.at("tiers"), issues)


def _score(params: Steps, case: Case) -> Score:
    effects = additive(case.records, params.measure)
    return Score(params.measure.total(case.records), effects, achieved_at=last_moment(effects))


def _decide(
    params: Steps,
    contestants: Sequence[Contestant],
    bar: Bar,  # noqa: ARG001 - the signature of every format
) -> Decision:
    return Decision({c.id: _verdict(params, c.score) for c in contestants})


def _verdict(params: Steps, score: Score) -> Verdict:
    """A score exactly on a tier has reached it."""
    value = score.value or Fraction(0)
    tier = sum(1 for at in params.tiers if value >= at)
    if tier:
        return Verdict(winner=True, tier=tier)
    missing = text_of(params.tiers[0] - value)
    reason = note("no_tier", N_("{missing} short of the first tier."), missing=missing)
    return Verdict(winner=False, reason=reason)


def _describe(params: Steps) -> Sequence[Note]:
    tiers = ", ".join(text_of(at) for at in params.tiers)
    return (
        note(
            "score",
            N_("The total of “{metric}” climbs tiers at {tiers}; exactly on a tier reaches it."),
            metric=params.measure.metric,
            tiers=tiers,
        ),
        note("every_tier", N_("Every tier passed pays."))
        if params.every
        else note("highest_tier", N_("Only the highest tier reached pays.")),
    )


FORMAT = Format(
    key="steps",
    title=N_("Steps"),
    shape=Obj(
        {
            **MEASURE_FIELDS,
            "tiers": Field(ListOf(Number(), 1, 50), "scores to reach, rising", required=True),
            "pays": Field(
                Choice(("highest", "every")),
                "whether the highest tier reached pays, or every tier passed",
                required=True,
            ),
        }
    ),
    build=_build,
    check=_check,
    metrics=lambda params: frozenset({params.measure.metric}),
    score=_score,
    describe=_describe,
    decide=_decide,
    competitive=False,
    tiers=lambda values: len(values["tiers"]),
    pays_every_tier=lambda params: params.every,
)
