"""Format 3, weighted points: value or count times points, with caps per day and in total."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from challenges.calc.formats.base import Case, Effect, Format, Score, day_in, last_moment, text_of
from challenges.calc.formats.measure import MEASURE_FIELDS, Measure, measure_from
from challenges.calc.formats.most import HIGHEST_WINS
from challenges.calc.notes import Note, note
from challenges.calc.records import Charge
from challenges.calc.shapes import Field, ListOf, Number, Obj, Values, told
from kernel.issues import N_, Issue, error

CAPPED = note("capped", N_("The cap was reached."))


@dataclass(frozen=True, slots=True)
class Part:
    """One metric with its points per unit; caps are in points."""

    measure: Measure
    points: Fraction
    cap_per_day: Fraction | None
    cap: Fraction | None


@dataclass(frozen=True, slots=True)
class WeightedPoints:
    """The metrics that earn points."""

    parts: tuple[Part, ...]


def _build(values: Values) -> WeightedPoints:
    return WeightedPoints(
        tuple(
            Part(measure_from(part), part["points"], part["cap_per_day"], part["cap"])
            for part in values["parts"]
        )
    )


def _check(values: Values, issues: list[Issue]) -> None:
    seen: set[str] = set()
    for part in values["parts"]:
        metric = told(part.get, "metric")
        if metric is None:
            continue
        if metric in seen:
            issues.append(
                error(
                    "metric_twice",
                    N_("“{metric}” earns points twice."),
                    N_("Keep one entry for each metric."),
                    part.at("metric"),
                    metric=metric,
                )
            )
        seen.add(metric)


def _score(params: WeightedPoints, case: Case) -> Score:
    effects = [effect for part in params.parts for effect in _effects(part, case)]
    effects.sort(key=lambda e: (e.record.occurred_at, e.record.key))
    value = sum((effect.amount for effect in effects), Fraction(0))
    return Score(value, tuple(effects), achieved_at=last_moment(effects))


def _effects(part: Part, case: Case) -> Sequence[Effect]:
    """What each record adds to the capped total: a day is the lesser of its points and its cap.

    Records are taken in business time, so a record's line shows what was left under the cap.
    """
    by_day: dict[date, Fraction] = {}
    days_total = Fraction(0)
    counted = Fraction(0)
    effects = []
    for record in case.records:
        if record.metric != part.measure.metric:
            continue
        raw = part.points * part.measure.of(record)
        if isinstance(record, Charge):  # of no day of this window
            days_total += raw
        else:
            day = day_in(record, case.ground)
            before = by_day.get(day, Fraction(0))
            by_day[day] = before + raw
            days_total += _capped(by_day[day], part.cap_per_day) - _capped(before, part.cap_per_day)
        amount = _capped(days_total, part.cap) - counted
        counted += amount
        notes = (CAPPED,) if amount != raw else ()
        effects.append(Effect(record, amount, part.measure.metric, notes))
    return effects


def _capped(value: Fraction, cap: Fraction | None) -> Fraction:
    return value if cap is None else min(value, cap)


def _describe(params: WeightedPoints) -> Sequence[Note]:
    return (*(_sentence(part) for part in params.parts), HIGHEST_WINS)


def _sentence(part: Part) -> Note:
    each = (
        N_("Each “{metric}” record earns {points} points{caps}.")
        if part.measure.count
        else N_("Each unit of “{metric}” earns {points} points{caps}.")
    )
    caps = ""
    if part.cap_per_day is not None:
        caps += f" (≤ {text_of(part.cap_per_day)} / 24 h)"
    if part.cap is not None:
        caps += f" (≤ {text_of(part.cap)})"
    params = {"metric": part.measure.metric, "points": text_of(part.points), "caps": caps}
    return note("points", each, **params)


PART = Obj(
    {
        **MEASURE_FIELDS,
        "points": Field(Number(), "points for each unit or record; may be negative", required=True),
        "cap_per_day": Field(Number(above=0), "most points in one day of the challenge's zone"),
        "cap": Field(Number(above=0), "most points in the whole window"),
    }
)

FORMAT = Format(
    key="weighted_points",
    title=N_("Weighted points"),
    shape=Obj({"parts": Field(ListOf(PART, 1, 12), "1 to 12 metrics", required=True)}),
    build=_build,
    check=_check,
    metrics=lambda params: frozenset(part.measure.metric for part in params.parts),
    score=_score,
    describe=_describe,
)
