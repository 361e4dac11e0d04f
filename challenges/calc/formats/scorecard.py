"""Format 4, scorecard: the weighted mean of the attainment of several objectives.

Attainment is actual / target.  Below an objective's floor it counts as zero (or as the floor, when
so stated), above its cap as the cap.  Weights are shares of their sum.  Where someone has no target
for an objective (or a target of zero), the others carry its weight, or it counts as zero.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from challenges.calc.formats.base import (
    Case,
    Effect,
    Format,
    OwnTarget,
    Pooling,
    Score,
    last_moment,
    text_of,
)
from challenges.calc.formats.kinds import Part
from challenges.calc.formats.measure import MEASURE_FIELDS, Measure, measure_from
from challenges.calc.formats.most import HIGHEST_WINS
from challenges.calc.formats.percent import PERCENT
from challenges.calc.notes import Note, note
from challenges.calc.shapes import Choice, Field, ListOf, Number, NumberOr, Obj, Values, told
from kernel.issues import N_, Issue, error

NOTHING_TO_ATTAIN = note("no_target", N_("No target for any of the objectives, so no score."))


@dataclass(frozen=True, slots=True)
class Objective:
    """One objective; `target` None is each one's own. Floor and cap are shares of the target."""

    measure: Measure
    weight: Fraction
    target: Fraction | None
    floor: Fraction | None
    below_floor: str
    cap: Fraction | None

    def counted(self, attainment: Fraction) -> Fraction:
        """The attainment between floor and cap; exactly on the floor counts as it is."""
        if self.floor is not None and attainment < self.floor:
            return self.floor if self.below_floor == "floor" else Fraction(0)
        return attainment if self.cap is None else min(attainment, self.cap)


@dataclass(frozen=True, slots=True)
class Scorecard:
    """The objectives, and whether a missing one counts as zero."""

    objectives: tuple[Objective, ...]
    missing_is_zero: bool


@dataclass(frozen=True, slots=True)
class _Found:
    """What was done and what was to be done; no target is missing."""

    objective: Objective
    actual: Fraction
    target: OwnTarget | None


def _build(values: Values) -> Scorecard:
    parts = tuple(_objective(part) for part in values["parts"])
    return Scorecard(parts, values["missing"] == "zero")


def _objective(values: Values) -> Objective:
    target = values["target"]
    return Objective(
        measure_from(values),
        values["weight"],
        None if target == "own" else target,
        values["floor"],
        values["below_floor"],
        values["cap"],
    )


def _check(values: Values, issues: list[Issue]) -> None:
    seen: set[tuple[str, str]] = set()
    for part in values["parts"]:
        told(_check_range, part, issues)
        told(_check_once, part, seen, issues)


def _check_range(part: Values, issues: list[Issue]) -> None:
    if part["floor"] is not None and part["cap"] is not None and part["cap"] < part["floor"]:
        issues.append(
            error(
                "cap_below_floor",
                N_("The cap lies below the floor."),
                N_("Swap “floor” and “cap”; both are shares of the target, such as 50 %."),
                part.at("cap"),
            )
        )


def _check_once(part: Values, seen: set[tuple[str, str]], issues: list[Issue]) -> None:
    key = (part["metric"], part["measure"])
    if key in seen:
        issues.append(
            error(
                "objective_twice",
                N_("“{metric}” is an objective twice."),
                N_("Keep one entry for each metric and measure."),
                part.at("metric"),
                metric=part["metric"],
            )
        )
    seen.add(key)


def _score(params: Scorecard, case: Case) -> Score:
    return _pool(params, (case,))


def _pool(params: Scorecard, cases: Sequence[Case]) -> Score:
    """The scorecard of all the cases together: actuals and targets are added by objective."""
    found = [_find(objective, cases) for objective in params.objectives]
    parts = tuple(_part(params, found, one) for one in found)
    effects = _effects(params, cases)
    value = _value(params, found)
    return Score(
        value,
        effects,
        achieved_at=last_moment(effects),
        missing=NOTHING_TO_ATTAIN if value is None else None,
        notes=tuple(n for part in parts for n in part.notes),
        parts=parts,
    )


def _find(objective: Objective, cases: Sequence[Case]) -> _Found:
    """Members without a target are left out of both sides, unless nobody has one."""
    pairs = [(case, _target(objective, case)) for case in cases]
    held = [(case, target) for case, target in pairs if target is not None]
    actual = sum((objective.measure.total(case.records) for case, _ in held or pairs), Fraction(0))
    if not held:
        return _Found(objective, actual, None)
    value = sum((target.value for _, target in held), Fraction(0))
    notes = tuple(n for _, target in held for n in target.notes)
    return _Found(objective, actual, OwnTarget(value, notes))


def _target(objective: Objective, case: Case) -> OwnTarget | None:
    if objective.target is not None:
        return OwnTarget(objective.target)
    own = case.target(objective.measure.metric)
    return own if own is not None and own.value > 0 else None


def _value(params: Scorecard, found: Iterable[_Found]) -> Fraction | None:
    total = weights = Fraction(0)
    none = True
    for one in found:
        attained = _counted(one)
        if attained is not None or params.missing_is_zero:
            weights += one.objective.weight
        if attained is not None:
            none = False
            total += one.objective.weight * attained
    return None if none else PERCENT * total / weights


def _counted(found: _Found) -> Fraction | None:
    if found.target is None:
        return None
    return found.objective.counted(found.actual / found.target.value)


def _part(params: Scorecard, all_found: Sequence[_Found], found: _Found) -> Part:
    objective, target = found.objective, found.target
    counted = _counted(found)
    present = [o for o in all_found if params.missing_is_zero or o.target is not None]
    weights = sum((o.objective.weight for o in present), Fraction(0))
    share = objective.weight / weights if found in present else Fraction(0)
    figures = (
        ("actual", found.actual),
        ("target", None if target is None else target.value),
        ("attainment", None if target is None else found.actual / target.value),
        ("counted", Fraction(0) if counted is None and params.missing_is_zero else counted),
        ("weight", share),
    )
    return Part(objective.measure.metric, figures, _notes(params, found, counted, share))


def _notes(
    params: Scorecard, found: _Found, counted: Fraction | None, share: Fraction
) -> tuple[Note, ...]:
    metric = found.objective.measure.metric
    if found.target is None or counted is None:
        template = (
            N_("“{metric}”: no target, so it counts as zero.")
            if params.missing_is_zero
            else N_("“{metric}”: no target, so the others carry its weight.")
        )
        return (note("part_missing", template, metric=metric),)
    said = note(
        "part",
        N_("“{metric}”: {actual} of {goal}; {percent} % counts with a weight of {weight} %."),
        metric=metric,
        actual=text_of(found.actual),
        goal=text_of(found.target.value),
        percent=text_of(PERCENT * counted),
        weight=text_of(PERCENT * share),
    )
    return (said, *found.target.notes)


def _effects(params: Scorecard, cases: Sequence[Case]) -> tuple[Effect, ...]:
    """What each record adds to the actual of its objective."""
    effects = [
        Effect(record, objective.measure.of(record), objective.measure.metric)
        for objective in params.objectives
        for case in cases
        for record in case.records
        if record.metric == objective.measure.metric
    ]
    return tuple(sorted(effects, key=lambda e: (e.record.occurred_at, e.record.key, e.part)))


def _describe(params: Scorecard) -> Sequence[Note]:
    weights = sum((objective.weight for objective in params.objectives), Fraction(0))
    found = [note("score", N_("The score is the weighted mean of the attainment of objectives."))]
    for objective in params.objectives:
        found += _sentences(objective, objective.weight / weights)
    missing = (
        note("missing_zero", N_("An objective for which someone has no target counts as zero."))
        if params.missing_is_zero
        else note(
            "missing_reweight",
            N_("Where someone has no target for an objective, the others carry its weight."),
        )
    )
    return (*found, missing, HIGHEST_WINS)


def _sentences(objective: Objective, share: Fraction) -> list[Note]:
    metric, weight = objective.measure.metric, text_of(PERCENT * share)
    if objective.target is None:
        template = N_("“{metric}” against each one's own target: {weight} %.")
        found = [note("objective", template, metric=metric, weight=weight)]
    else:
        template = N_("“{metric}” against {goal}: {weight} %.")
        goal = text_of(objective.target)
        found = [note("objective", template, metric=metric, weight=weight, goal=goal)]
    if objective.floor is not None:
        template = (
            N_("“{metric}”: below {floor} % of the target it counts as {floor} %.")
            if objective.below_floor == "floor"
            else N_("“{metric}”: below {floor} % of the target it counts as zero.")
        )
        found.append(
            note("floor", template, metric=metric, floor=text_of(PERCENT * objective.floor))
        )
    if objective.cap is not None:
        template = N_("“{metric}”: it counts up to {cap} % of the target.")
        found.append(note("cap", template, metric=metric, cap=text_of(PERCENT * objective.cap)))
    return found


OBJECTIVE = Obj(
    {
        **MEASURE_FIELDS,
        "weight": Field(Number(above=0), "its part of the sum of all weights", default=Fraction(1)),
        "target": Field(
            NumberOr("own", Number(above=0)),
            "one target for each person, or own: each one's own target",
            default="own",
        ),
        "floor": Field(Number(at_least=0), "least attainment that counts as it is: 50 %"),
        "below_floor": Field(
            Choice(("zero", "floor")), "what an attainment below the floor counts as",
            default="zero",
        ),
        "cap": Field(Number(above=0), "highest attainment that counts: 150 %"),
    }
)  # fmt: skip

FORMAT = Format(
    key="scorecard",
    title=N_("Scorecard"),
    shape=Obj(
        {
            "parts": Field(ListOf(OBJECTIVE, 1, 12), "1 to 12 objectives", required=True),
            "missing": Field(
                Choice(("reweight", "zero")),
                "an objective without a target: the others carry its weight, or it counts as zero",
                default="reweight",
            ),
        }
    ),
    build=_build,
    check=_check,
    metrics=lambda params: frozenset(o.measure.metric for o in params.objectives),
    score=_score,
    describe=_describe,
    pooling=Pooling.RATIO,
    pool_cases=_pool,
    own_targets=lambda params: any(one.target is None for one in params.objectives),
    team_scores=frozenset({"sum", "mean", "best_n"}),
)
