"""Qualitative objectives (MBO): pay x the weighted scores, with evidence if the plan asks."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction

from incentives.calc.facts import Review
from incentives.calc.fields import Amount, Block, Choice, Day, Field, Key, ListOf, Number, Text
from incentives.calc.measured import no_value
from incentives.calc.mechanic import Mechanic
from incentives.calc.quantities import Quantity, constant
from incentives.calc.reader import Reader
from incentives.calc.state import PAYS_NOTHING, Outcome, Reading, State, reported, without_value
from incentives.calc.steps.scorecard import check_items
from incentives.calc.telling import told
from kernel.issues import N_, Issue, Place, warning
from kernel.trace import Step

DEMANDS = ("evidence", "evaluator", "on")


@dataclass(frozen=True, slots=True)
class Goal:
    """One objective: where its score comes from, the top of its scale, its weight, its criteria."""

    key: str
    value: Quantity | None
    target: Quantity
    weight: Fraction
    criteria: str
    known_on: date | None
    least: Fraction
    most: Fraction | None


@dataclass(frozen=True, slots=True)
class Scored:
    """A goal with its result (None: no score that counts) and what was read for it."""

    goal: Goal
    result: Fraction | None
    readings: Sequence[Reading]
    review: Review | None


@dataclass(frozen=True, slots=True)
class Mbo:
    """``pay`` x the sum of weight x score / top of the scale.

    A score is the payee's review of that key, or a value. A review that lacks what the plan
    ``demands`` does not count. ``missing`` as for a scorecard.
    """

    pay: Quantity
    items: tuple[Goal, ...]
    demands: tuple[str, ...]
    missing: str

    def apply(self, state: State) -> Outcome:
        pay = state.read(self.pay, "pay")
        found = [self._scored(state, goal) for goal in self.items]
        present = sum((one.goal.weight for one in found if one.result is not None), Fraction(0))
        nothing = {"spread": present == 0, "none": present < 1}.get(self.missing, False)
        issues = [issue for one in found for issue in self._issues(state, one)]
        state = replace(state, issues=(*state.issues, *issues))
        if pay.value is None or nothing:
            readings = [pay, *(reading for one in found for reading in one.readings)]
            return without_value(state, "mbo", readings, PAYS_NOTHING)
        scale = 1 / present if self.missing == "spread" else Fraction(1)
        score = sum((one.goal.weight * scale * (one.result or 0) for one in found), Fraction(0))
        trace = told(
            "mbo",
            N_("weighted score {score} × {pay} = {value}"),
            score * pay.value,
            children=(pay.trace, *(_told(one, scale) for one in found)),
            score=score,
            pay=pay.value,
        )
        lacking = [r for one in found if one.result is None for r in one.readings]
        after = reported(state, "mbo", lacking) if lacking and not issues else state
        return after.earned(score * pay.value), trace

    def _scored(self, state: State, goal: Goal) -> Scored:
        review = state.desk.payee.reviews.get(goal.key) if goal.value is None else None
        target = state.read(goal.target, "target")
        value = state.read(goal.value, "value") if goal.value else _of_review(goal, review)
        lacks = review is not None and any(not getattr(review, word) for word in self.demands)
        score, top = value.value, target.value
        if score is None or top is None or top <= 0 or lacks:
            return Scored(goal, None, (value, target), review)
        result = max(score / top, goal.least)
        if goal.most is not None:
            result = min(result, goal.most)
        return Scored(goal, result, (value, target), review)

    def _issues(self, state: State, one: Scored) -> list[Issue]:
        """What a review lacks of what the plan demands, and criteria that came too late."""
        payee, goal, review = state.desk.payee.id, one.goal, one.review
        missing = [word for word in self.demands if review and not getattr(review, word)]
        found = [_incomplete(state, goal, missing)] if missing else []
        if goal.known_on is not None and goal.known_on > state.desk.world.inputs.period.start:
            found.append(
                warning(
                    "calculation.criteria_late",
                    N_("{payee}: the criteria of {goal} were known on {day} only."),
                    N_("Criteria must be known before the period begins."),
                    Place(path=state.path),
                    payee=payee,
                    goal=goal.key,
                    day=goal.known_on,
                )
            )
        return found


def _incomplete(state: State, goal: Goal, missing: Sequence[str]) -> Issue:
    return warning(
        "calculation.review_incomplete",
        N_("{payee}: the score of {goal} does not count: it lacks {missing}."),
        N_("Complete the review; the plan demands it."),
        Place(path=state.path),
        payee=state.desk.payee.id,
        goal=goal.key,
        missing=", ".join(missing),
    )


def _of_review(goal: Goal, review: Review | None) -> Reading:
    score = None if review is None else review.score
    if score is None:
        return Reading(None, no_value(goal.key))
    return Reading(score, told("score", N_("score of {name}: {value}"), score, name=goal.key))


def _told(one: Scored, scale: Fraction) -> Step:
    goal, review = one.goal, one.review
    weight = goal.weight * scale
    label = (
        N_("{key}: no value")
        if one.result is None
        else N_("{key}: result {result} × weight {weight} = {value}")
    )
    return told(
        "item",
        label,
        None if one.result is None else one.result * weight,
        children=[reading.trace for reading in one.readings],
        key=goal.key,
        result="" if one.result is None else one.result,
        weight=weight,
        criteria=goal.criteria,
        known_on=goal.known_on or "",
        evidence=review.evidence if review else "",
        evaluator=review.evaluator if review else "",
        on=(review.on or "") if review else "",
    )


def _check(reader: Reader, step: Mbo, path: str) -> None:
    check_items(reader, [(goal.key, goal.weight) for goal in step.items], path)


_GOAL = Block(
    (
        Field("key", Key(), "the objective's key; its review in the inputs has the same"),
        Field("value", Amount(), "the score; when absent, that of the review", None),
        Field("target", Amount(), "the top of the scale", constant(1)),
        Field("weight", Number(Fraction(0), strict=True), "its weight; all together make 1"),
        Field("criteria", Text(), "what is judged, and how", ""),
        Field("known_on", Day(), "when the payee learned of the criteria", None),
        Field("least", Number(), "the smallest result", Fraction(0)),
        Field("most", Number(Fraction(0)), "the largest result; else without limit", None),
    ),
    Goal,
)
MECHANIC = Mechanic(
    key="mbo",
    make=Mbo,
    fields=(
        Field("pay", Amount(Fraction(0)), "the pay for a weighted result of 100 %"),
        Field("items", ListOf(_GOAL), "the objectives"),
        Field("demands", ListOf(Choice(DEMANDS)), "what a review must have to count", ()),
        Field(
            "missing",
            Choice(("zero", "spread", "none")),
            "a missing score counts 0, leaves its weight to the others, or nothing is paid",
            "zero",
        ),
    ),
    kind="earns",
    summary=N_("pay × Σ weight × score"),
    title=N_("Qualitative objectives (MBO)"),
    sentence=N_("{pay} times the weighted scores:"),
    check=_check,
)
