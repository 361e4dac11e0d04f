"""Format 8, most improved: the actual minus, or divided by, each one's own frozen baseline.

The baseline stands in the roster, or is what the records of an earlier window came to as they were
known at a stated moment (the start, or when a feed in arrears has arrived): nothing that becomes
known later moves it.
A newcomer has the median of their role.  A baseline below the floor counts as the floor, so that
holding back before the start brings nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from zoneinfo import ZoneInfo

from challenges.calc.formats.base import (
    Case,
    Format,
    Frame,
    Pooling,
    Score,
    additive,
    last_moment,
    text_of,
)
from challenges.calc.formats.earlier import WINDOW, check_window, window_of
from challenges.calc.formats.kinds import OWN, ROLE, TEAM, Baselines, Earlier, Part
from challenges.calc.formats.measure import MEASURE_FIELDS, Measure, measure_from
from challenges.calc.formats.most import HIGHEST_WINS
from challenges.calc.formats.percent import PERCENT
from challenges.calc.moments import iso_in
from challenges.calc.notes import Note, note
from challenges.calc.roster import Baseline
from challenges.calc.shapes import (
    Choice,
    Either,
    Field,
    Number,
    Obj,
    Values,
)
from kernel.issues import N_, Issue

NO_BASELINE = note("no_baseline", N_("No baseline, so there is nothing to compare with."))
ZERO_BASELINE = note("zero_baseline", N_("The baseline is not above zero: there is no ratio."))


@dataclass(frozen=True, slots=True)
class MostImproved:
    """What is added up, how it is compared, and where the baseline comes from."""

    measure: Measure
    ratio: bool
    floor: Fraction | None
    window: Earlier | None
    zone_key: str = ""


def _build(values: Values) -> MostImproved:
    return MostImproved(measure_from(values), values["compare"] == "ratio", values["floor"], None)


def _timed(params: MostImproved, values: Values, frame: Frame) -> MostImproved:
    written = values["baseline"]
    if written == "roster":
        return params
    window = window_of(written, frame, [])
    return replace(params, window=window, zone_key=frame.zone.key)


def _check_in(values: Values, frame: Frame, issues: list[Issue]) -> None:
    if values["baseline"] != "roster":
        check_window(values["baseline"], frame, issues)


def _score(params: MostImproved, case: Case) -> Score:
    actual = params.measure.total(case.records)
    found = case.person.baseline_of(params.measure.metric)
    if found is None:
        return Score(None, numerator=actual, missing=NO_BASELINE)
    whole = found.value if params.floor is None else max(found.value, params.floor)
    base = whole * found.share
    value, missing = _pool(params, actual, base)
    effects = additive(case.records, params.measure)
    figures = (("actual", actual), ("baseline", found.value), ("counted_baseline", base))
    notes = tuple(_notes(found, whole, base))
    return Score(
        value,
        effects,
        numerator=actual,
        denominator=base,
        achieved_at=last_moment(effects),
        missing=missing,
        notes=notes,
        parts=(Part(params.measure.metric, figures, notes),),
    )


def _pool(
    params: MostImproved, actual: Fraction, base: Fraction
) -> tuple[Fraction | None, Note | None]:
    if not params.ratio:
        return actual - base, None
    if base <= 0:
        return None, ZERO_BASELINE
    return PERCENT * actual / base, None


def _notes(found: Baseline, whole: Fraction, base: Fraction) -> Sequence[Note]:
    templates = {
        OWN: N_("Own baseline: {value}."),
        ROLE: N_("A newcomer: the baseline is the median of the role, {value}."),
        TEAM: N_("A newcomer: the baseline is the median of the team, {value}."),
    }
    source, value = found.source, text_of(found.value)
    said = [note(f"baseline_{source}", templates[source], value=value)]
    if whole != found.value:
        template = N_("It counts as the floor, {value}.")
        said.append(note("baseline_floor", template, value=text_of(whole)))
    if base != whole:
        template = N_("In the team for a part of the time: {value} of it counts.")
        said.append(note("baseline_share", template, value=text_of(base)))
    return said


def _describe(params: MostImproved) -> Sequence[Note]:
    template = (
        N_("The score is “{metric}” in percent of each one's own baseline.")
        if params.ratio
        else N_("The score is “{metric}” minus each one's own baseline.")
    )
    found = [note("score", template, metric=params.measure.metric), HIGHEST_WINS, _from(params)]
    found.append(
        note(
            "newcomer",
            N_(
                "Who has no baseline has the median of their role (of their team, when they have "
                "no role)."
            ),
        )
    )
    if params.floor is not None:
        template = N_("A baseline below {value} counts as {value}.")
        found.append(note("floor", template, value=text_of(params.floor)))
    return found


def _from(params: MostImproved) -> Note:
    window = params.window
    if window is None:
        return note("baseline_stated", N_("The baseline of each one is stated beforehand."))
    zone = ZoneInfo(params.zone_key)
    moments = {
        "start": iso_in(window.start, zone),
        "end": iso_in(window.end, zone),
        "known": iso_in(window.known_by, zone),
    }
    if window.windows == 1:
        template = N_(
            "The baseline is the total from {start} until just before {end}, as known on {known}; "
            "nothing moves it later."
        )
        return note("baseline_window", template, **moments)
    template = N_(
        "The baseline is the total from {start} until just before {end}, divided by {windows}, as "
        "known on {known}; nothing moves it later."
    )
    return note("baseline_windows", template, windows=str(window.windows), **moments)


FORMAT = Format(
    key="most_improved",
    title=N_("Most improved"),
    shape=Obj(
        {
            **MEASURE_FIELDS,
            "compare": Field(
                Choice(("difference", "ratio")),
                "actual minus baseline, or 100 x actual / baseline",
                default="difference",
            ),
            "baseline": Field(
                Either(Choice(("roster",)), WINDOW),
                "roster: as the roster states it; or an earlier window whose records give it",
                required=True,
            ),
            "floor": Field(Number(above=0), "a baseline below it counts as the floor"),
        }
    ),
    build=_build,
    check_in=_check_in,
    timed=_timed,
    metrics=lambda params: frozenset({params.measure.metric}),
    score=_score,
    describe=_describe,
    pooling=Pooling.RATIO,
    pool=_pool,
    team_scores=frozenset({"sum", "mean", "best_n"}),
    baselines=lambda p: Baselines(p.measure.metric, p.measure.count, p.window),
)
