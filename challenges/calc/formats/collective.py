"""Format 11, collective goal: one total for all; at 100 % everyone with a part in it wins."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from challenges.calc.formats.base import (
    Bar,
    Case,
    Collective,
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
from challenges.calc.formats.steps import rising
from challenges.calc.notes import Note, note
from challenges.calc.shapes import Choice, Field, ListOf, Number, Obj, Values
from kernel.issues import N_, Issue

GOAL_NOT_REACHED = note("goal_not_reached", N_("The common goal has not been reached."))


@dataclass(frozen=True, slots=True)
class CollectiveGoal:
    """The goal, the totals of all tiers (the goal is the first), and each one's least part."""

    measure: Measure
    tiers: tuple[Fraction, ...]
    minimum_contribution: Fraction
    every: bool


def _build(values: Values) -> CollectiveGoal:
    target: Fraction = values["target"]
    return CollectiveGoal(
        measure_from(values),
        (target, *(target * share for share in values["stretch"])),
        values["minimum_contribution"],
        values["pays"] == "every",
    )


def _check(values: Values, issues: list[Issue]) -> None:
    rising((Fraction(1), *values["stretch"]), values.at("stretch"), issues)


def _score(params: CollectiveGoal, case: Case) -> Score:
    effects = additive(case.records, params.measure)
    return Score(params.measure.total(case.records), effects, achieved_at=last_moment(effects))


def _decide(
    params: CollectiveGoal,
    contestants: Sequence[Contestant],
    bar: Bar,  # noqa: ARG001 - the signature of every format
) -> Decision:
    total = sum(
        (c.score.numerator or c.score.value or Fraction(0) for c in contestants), Fraction(0)
    )
    tier = sum(1 for at in params.tiers if total >= at)
    verdicts = {c.id: _verdict(params, c.score, tier) for c in contestants}
    return Decision(verdicts, collective=Collective(total, params.tiers[0], tier))


def _verdict(params: CollectiveGoal, score: Score, tier: int) -> Verdict:
    part = score.value or Fraction(0)
    if part < params.minimum_contribution:
        least = text_of(params.minimum_contribution)
        template = N_("The own part is {have}; at least {least} is needed.")
        reason = note("small_part", template, have=text_of(part), least=least)
        return Verdict(winner=False, reason=reason)
    if tier == 0:
        return Verdict(winner=False, reason=GOAL_NOT_REACHED)
    return Verdict(winner=True, tier=tier)


def _describe(params: CollectiveGoal) -> Sequence[Note]:
    found = [
        note(
            "score",
            N_("All together aim at {target} of “{metric}”; when it is reached, everyone wins."),
            target=text_of(params.tiers[0]),
            metric=params.measure.metric,
        )
    ]
    if len(params.tiers) > 1:
        further = ", ".join(text_of(at) for at in params.tiers[1:])
        found.append(note("stretch", N_("Further tiers: {further}."), further=further))
    if params.minimum_contribution > 0:
        least = text_of(params.minimum_contribution)
        found.append(note("part", N_("Each one's own part must be at least {least}."), least=least))
    return found


FORMAT = Format(
    key="collective_goal",
    title=N_("Collective goal"),
    shape=Obj(
        {
            **MEASURE_FIELDS,
            "target": Field(Number(above=0), "the common goal", required=True),
            "stretch": Field(
                ListOf(Number(above=1), 0, 20),
                "further tiers as shares of the goal, rising: 120 %, 150 %",
                default=(),
            ),
            "minimum_contribution": Field(
                Number(at_least=0), "least own part of a winner", default=Fraction(0)
            ),
            "pays": Field(
                Choice(("highest", "every")),
                "whether the highest tier reached pays, or every tier passed",
                default="highest",
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
    tiers=lambda values: 1 + len(values["stretch"]),
    pays_every_tier=lambda params: params.every,
    team_scores=frozenset({"sum"}),
)
