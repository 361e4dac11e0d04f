"""Format 16, duel: two entrants, one metric, both from zero; accepted in time or lapsed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from challenges.calc.formats.base import (
    Bar,
    Case,
    Contestant,
    Decision,
    Format,
    Frame,
    Score,
    Verdict,
    additive,
    last_moment,
)
from challenges.calc.formats.duels import (
    WRONG_NUMBER,
    check_two,
    how_decided,
    of,
    outcome,
    verdict_between,
    wrong_number,
)
from challenges.calc.formats.measure import MEASURE_FIELDS, Measure, measure_from
from challenges.calc.formats.rounds import RoundLine, RoundResult, RoundSpan
from challenges.calc.moments import iso_in, read_moment
from challenges.calc.notes import Note, note
from challenges.calc.shapes import Field, MomentText, Obj, Values, Whole
from kernel.issues import N_, Invalid, Issue, error

WAITING = note("not_accepted_yet", N_("The duel has not been accepted yet."))
LAPSED = note("lapsed", N_("The duel was not accepted in time: it has no result."))
BEFORE_ACCEPTING = note("before_accepting", N_("It happened before the duel was accepted."))


@dataclass(frozen=True, slots=True)
class Duel:
    """What is added up, over which time, and how it was accepted (`until` None: nobody asked)."""

    measure: Measure
    span: RoundSpan | None = None
    until: datetime | None = None
    accepted_at: datetime | None = None
    clock: Frame | None = None


def _build(values: Values) -> Duel:
    return Duel(measure_from(values))


def _timed(params: Duel, values: Values, frame: Frame) -> Duel:
    proposed, accepted = _moments(values, frame, [])
    begins = max(frame.start, accepted) if accepted else frame.start
    asked = proposed is not None or accepted is not None
    within = timedelta(minutes=values["accept_within"])
    return replace(
        params,
        span=RoundSpan(1, begins, frame.end, frame.cut_off_at, last=True),
        until=(proposed or frame.start) + within if asked else None,
        accepted_at=accepted,
        clock=frame,
    )


def _moments(
    values: Values, frame: Frame, issues: list[Issue]
) -> tuple[datetime | None, datetime | None]:
    found: list[datetime | None] = []
    for key in ("proposed_at", "accepted_at"):
        written = values[key]
        try:
            found.append(written and read_moment(written, frame.zone, values.at(key))[0])
        except Invalid as invalid:
            issues.extend(invalid.issues)
            found.append(None)
    return found[0], found[1]


def _check_in(values: Values, frame: Frame, issues: list[Issue]) -> None:
    proposed, accepted = _moments(values, frame, issues)
    if proposed is not None and accepted is not None and accepted < proposed:
        issues.append(
            error(
                "accepted_before_proposed",
                N_("The duel was accepted before it was proposed."),
                N_("Correct “proposed_at” or “accepted_at”."),
                values.at("accepted_at"),
            )
        )
    for key, moment in (("proposed_at", proposed), ("accepted_at", accepted)):
        if moment is not None and moment >= frame.end:
            issues.append(
                error(
                    "after_the_end",
                    N_("This lies at or after the end of the challenge."),
                    N_("Write a moment before the end."),
                    values.at(key),
                )
            )


def _score(params: Duel, case: Case) -> Score:
    missing = _no_result(params, case.ground.as_of)
    if missing is not None:
        return Score(None, missing=missing)
    begins = case.ground.start if params.span is None else params.span.start
    counted = [record for record in case.records if record.occurred_at >= begins]
    effects = additive(counted, params.measure)
    return Score(
        params.measure.total(counted),
        effects,
        achieved_at=last_moment(effects),
        set_aside=tuple(
            (record, BEFORE_ACCEPTING)
            for record in case.records
            if record.occurred_at < begins and record.metric == params.measure.metric
        ),
    )


def _no_result(params: Duel, as_of: datetime) -> Note | None:
    """Why there is no duel; exactly at the last moment is in time."""
    if params.until is None:
        return None
    accepted = params.accepted_at
    if accepted is not None and accepted <= min(as_of, params.until):
        return None
    return WAITING if as_of <= params.until else LAPSED


def _decide(params: Duel, contestants: Sequence[Contestant], bar: Bar) -> Decision:
    if wrong_number(contestants):
        return Decision({c.id: Verdict(reason=WRONG_NUMBER, winner=False) for c in contestants})
    if any(c.score.value is None for c in contestants):
        reasons = {c.id: c.score.missing or LAPSED for c in contestants}
        return Decision({id_: Verdict(reason=why, winner=False) for id_, why in reasons.items()})
    one, two = contestants
    pairs = ((one, two), (two, one))
    verdicts = {own.id: verdict_between(own, other, bar) for own, other in pairs}
    lines = tuple(_line(own, other) for own, other in pairs)
    rounds = () if params.span is None else (RoundResult(params.span, lines, "duel"),)
    return Decision(verdicts, rounds=rounds)


def _line(own: Contestant, other: Contestant) -> RoundLine:
    return RoundLine(
        own.id,
        own.score.value,
        other.id,
        outcome(of(own), of(other)),
        how=how_decided(of(own), of(other)),
    )


def _describe(params: Duel) -> Sequence[Note]:
    template = (
        N_("A duel between two: who has more “{metric}” records wins.")
        if params.measure.count
        else N_("A duel between two: who has the higher total of “{metric}” wins.")
    )
    found = [
        note("score", template, metric=params.measure.metric),
        note("duel_zero", N_("Both start at zero; equal totals are a draw, and nobody wins.")),
    ]
    if params.until is not None and params.clock is not None:
        until = iso_in(params.until, params.clock.zone)
        sentence = N_("It has to be accepted by {end}, or it lapses without a result.")
        found.append(note("duel_lapses", sentence, end=until))
        found.append(note("duel_from", N_("What happened before it was accepted does not count.")))
    return found


FORMAT = Format(
    key="duel",
    title=N_("Duel"),
    shape=Obj(
        {
            **MEASURE_FIELDS,
            "proposed_at": Field(MomentText(), "when it was proposed; then it must be accepted"),
            "accepted_at": Field(MomentText(), "when the other one accepted"),
            "accept_within": Field(Whole(1, 10_080), "minutes to accept it in", default=60),
        }
    ),
    build=_build,
    check_whole=check_two,
    check_in=_check_in,
    timed=_timed,
    metrics=lambda params: frozenset({params.measure.metric}),
    score=_score,
    describe=_describe,
    decide=_decide,
    barred=True,
    answer_due=lambda params: params.until,
    takes_charges=False,
)
