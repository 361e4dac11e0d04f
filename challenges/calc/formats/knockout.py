"""Format 19, knockout: a bracket of seeded entrants; who loses a round is out."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction

from challenges.calc.formats.base import (
    Bar,
    Case,
    Contestant,
    Decision,
    Format,
    Frame,
    Score,
    Season,
    Verdict,
    additive,
    last_moment,
)
from challenges.calc.formats.brackets import Bracket, play_bracket, rounds_needed, unranked
from challenges.calc.formats.duels import check_number
from challenges.calc.formats.laying import (
    ROUND_FIELDS,
    check_rounds,
    decided_at,
    first_round,
    rounds_of,
)
from challenges.calc.formats.measure import MEASURE_FIELDS, Measure, measure_from
from challenges.calc.formats.percent import NO_TARGET, PERCENT, ZERO_TARGET
from challenges.calc.formats.rounds import RoundLine, RoundResult, RoundSpan
from challenges.calc.formats.seeding import (
    NOT_THERE,
    QUALIFYING,
    SEEDING,
    Seeding,
    check_twice,
    ordered,
    present,
    qualifying_end,
    seeding_from,
    sentence,
)
from challenges.calc.formats.stages import describe_rounds
from challenges.calc.notes import Note, note
from challenges.calc.shapes import Field, Obj, Values, told
from kernel.issues import N_, Issue, error

MOST_ENTRANTS = 256
NO_PLACE = note(
    "no_place", N_("No place in the bracket: there are fewer rounds than it would take.")
)
ALONE = note("alone", N_("A bracket needs at least two entrants."))


@dataclass(frozen=True, slots=True)
class Knockout:
    """What is added up in each round, how entrants are seeded, and the rounds."""

    measure: Measure
    seeding: Seeding
    spans: tuple[RoundSpan, ...] = ()
    qualifying: RoundSpan | None = None


def _build(values: Values) -> Knockout:
    return Knockout(measure_from(values), seeding_from(values["seeding"]))


def _timed(params: Knockout, values: Values, frame: Frame) -> Knockout:
    until = qualifying_end(values["seeding"], frame, [])
    spans = rounds_of(values, frame, start=until)
    if until is None:
        return replace(params, spans=spans)
    decided = min(decided_at(frame, until, values), spans[0].end)
    return replace(params, spans=spans, qualifying=RoundSpan(0, frame.start, until, decided))


def _rounds(params: Knockout) -> tuple[RoundSpan, ...]:
    return params.spans if params.qualifying is None else (params.qualifying, *params.spans)


def _check(values: Values, issues: list[Issue]) -> None:
    check_twice(values["seeding"], issues)


def _check_whole(values: Values, issues: list[Issue]) -> None:
    check_number(values, 2, MOST_ENTRANTS, issues)
    seeding: Values | None = values["score"]["seeding"]
    entrants = told(values.get, "entrants")
    is_team = entrants is not None and told(entrants.get, "kind") == "team"
    if is_team and seeding is not None and seeding["by"] == "target_attainment":
        issues.append(
            error(
                "teams_without_target",
                N_("Teams have no targets of their own to be seeded by."),
                N_("Seed teams by a list or by a draw."),
                seeding.at("by"),
            )
        )


def _check_in(values: Values, frame: Frame, issues: list[Issue]) -> None:
    before = len(issues)
    until = qualifying_end(values["seeding"], frame, issues)
    if len(issues) == before:
        check_rounds(values, frame, issues, start=until)


def _score(params: Knockout, case: Case) -> Score:
    effects = additive(case.records, params.measure)
    total = params.measure.total(case.records)
    if params.qualifying is None or case.ground.start >= params.qualifying.end:
        return Score(total, effects, achieved_at=last_moment(effects))
    target = case.target(params.measure.metric)
    if target is None or target.value == 0:
        return Score(None, effects, missing=NO_TARGET if target is None else ZERO_TARGET)
    return Score(PERCENT * total / target.value, effects, notes=target.notes)


def _play(
    params: Knockout, contestants: Sequence[Contestant], bar: Bar, season: Season
) -> Decision:
    there = present(contestants, season.spans[0].start)
    seeds = ordered(params.seeding, there, season)
    room = min(2 ** len(params.spans), MOST_ENTRANTS)
    seeds, outside = seeds[:room], set(seeds[room:])
    needed = rounds_needed(len(seeds))
    gone = {c.id: c.left_at for c in contestants if c.left_at is not None}
    spans = params.spans[:needed]
    bracket = play_bracket(season, spans if _is_seeded(params, season) else (), seeds, gone)
    values = _totals(contestants, bracket.rounds)
    below = unranked(bar, {id_: values[id_] for id_ in seeds}, bracket.survived)
    verdicts = {
        c.id: _verdict(c.id, seeds, outside, bracket, below.get(c.id), needed) for c in contestants
    }
    return Decision(
        verdicts,
        decided_at=_over_at(bracket, spans, season.as_of),
        values=values,
        rounds=(*_qualification(params, seeds, season), *bracket.rounds),
        undecided=bracket.champion is None,
    )


def _is_seeded(params: Knockout, season: Season) -> bool:
    """Whether the qualification is over."""
    return params.qualifying is None or params.qualifying.end <= season.as_of


def _totals(
    contestants: Sequence[Contestant], rounds: Sequence[RoundResult]
) -> dict[str, Fraction]:
    totals = {c.id: Fraction(0) for c in contestants}
    for line in (line for played in rounds for line in played.lines):
        totals[line.entrant] += line.value or 0
    return totals


def _verdict(
    entrant: str,
    seeds: Sequence[str],
    outside: set[str],
    bracket: Bracket,
    below: Note | None,
    needed: int,
) -> Verdict:
    if entrant not in seeds:
        return Verdict(reason=NO_PLACE if entrant in outside else NOT_THERE, winner=False)
    if needed == 0:
        return Verdict(reason=ALONE, winner=False)
    if below is not None:
        return Verdict(reason=below, winner=False)
    survived = bracket.survived[entrant]
    notes = _fate(entrant, bracket)
    winner = None if bracket.champion is not None else False
    return Verdict(place=(Fraction(survived),), winner=winner, notes=notes)


def _fate(entrant: str, bracket: Bracket) -> tuple[Note, ...]:
    for played in bracket.rounds:
        for line in played.lines:
            if line.entrant == entrant and line.outcome == "loss":
                number = str(played.span.number)
                return (note("out", N_("Out in round {round}."), round=number),)
    return ()


def _over_at(bracket: Bracket, spans: Sequence[RoundSpan], as_of: datetime) -> datetime | None:
    """When the final was decided."""
    if bracket.champion is None or not spans or as_of < spans[-1].decided_at:
        return None
    return spans[-1].decided_at


def _qualification(
    params: Knockout, seeds: Sequence[str], season: Season
) -> tuple[RoundResult, ...]:
    if params.qualifying is None:
        return ()
    lines = tuple(
        RoundLine(id_, season.value(QUALIFYING, id_), rank=seed)
        for seed, id_ in enumerate(seeds, start=1)
    )
    return (RoundResult(params.qualifying, lines, "qualification"),)


def _describe(params: Knockout) -> Sequence[Note]:
    template = (
        N_("Two meet in each round: who has more “{metric}” records goes on, the other is out.")
        if params.measure.count
        else N_("Two meet in each round: who has more “{metric}” goes on, the other is out.")
    )
    return (
        note("score", template, metric=params.measure.metric),
        sentence(params.seeding),
        note(
            "bracket",
            N_(
                "The first meets the last, so that the best two can only meet in the final. Where "
                "places are empty, the first go on without an opponent."
            ),
        ),
        note("bracket_tie", N_("If a round ends equal, who was set higher goes on.")),
        first_round(params.spans),
        describe_rounds(params.spans),
    )


FORMAT = Format(
    key="knockout",
    title=N_("Knockout"),
    shape=Obj(
        {
            **MEASURE_FIELDS,
            "seeding": Field(SEEDING, "who is set where; by lot if not written"),
            **ROUND_FIELDS,
        }
    ),
    build=_build,
    check=_check,
    check_whole=_check_whole,
    check_in=_check_in,
    timed=_timed,
    rounds=_rounds,
    play=_play,
    metrics=lambda params: frozenset({params.measure.metric}),
    score=_score,
    describe=_describe,
    joins_late=False,
)
