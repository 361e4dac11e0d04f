"""Format 22, elimination: at the end of each round the last leaves, until one is left.

Who ties for last stays: nobody of equal ones leaves.  So several may still be in when the rounds
are over: then the score of the last round orders them, and who is equal there too (also at zero)
stands level as `ties` says; level winners all win.  Who is out is so only when the round is
decided; until then everybody plays on.  Nobody loses more than one life in a round, and the best
of a round never leaves.  Who leaves the company is out with that round, whatever others do.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

from challenges.calc.formats.base import (
    Bar,
    Contestant,
    Decision,
    Format,
    Frame,
    Season,
    Verdict,
    text_of,
)
from challenges.calc.formats.laying import check_rounds, rounds_of
from challenges.calc.formats.measure import Measure, measure_from
from challenges.calc.formats.rounds import RoundLine, RoundResult, RoundSpan
from challenges.calc.formats.stages import (
    STAGE_FIELDS,
    begun,
    describe_rounds,
    first,
    listed,
    ordered,
    ranks,
    there,
    total,
)
from challenges.calc.notes import Note, note
from challenges.calc.shapes import Field, Number, Obj, Values, Whole
from kernel.issues import N_

NOT_BEGUN = note("not_begun", N_("No round has begun for them."))
STAYS, LOSES, OUT, LEFT = "stays", "loses_life", "out", "left"


@dataclass(frozen=True, slots=True)
class Elimination:
    """What a round adds up, how many leave, below what one leaves too, how many lives there are."""

    measure: Measure
    leave: int
    at_least: Fraction | None
    lives: int
    spans: tuple[RoundSpan, ...] = ()


@dataclass(slots=True)
class _Field:
    """Who is still in with how many lives, and with which round each of the others went out."""

    lives: dict[str, int]
    out: dict[str, int] = field(default_factory=dict)
    last_round: dict[str, int] = field(default_factory=dict)
    totals: dict[str, Fraction] = field(default_factory=dict)


def _build(values: Values) -> Elimination:
    return Elimination(measure_from(values), values["leave"], values["at_least"], values["lives"])


def _timed(params: Elimination, values: Values, frame: Frame) -> Elimination:
    return replace(params, spans=rounds_of(values, frame))


def _play(
    params: Elimination, contestants: Sequence[Contestant], bar: Bar, season: Season
) -> Decision:
    state = _Field({contestant.id: params.lives for contestant in contestants})
    rounds: list[RoundResult] = []
    for span in begun(season):
        _leave(state, contestants, span)
        playing = [c for c in contestants if c.id not in state.out and _plays(c, span)]
        if rounds and len(playing) <= 1:
            break  # one is left: it is over
        rounds.append(_round(params, season, span, playing, state))
    verdicts = {c.id: _verdict(season, state, c, bar) for c in contestants}
    values = {id_: season.value(number, id_) for id_, number in state.last_round.items()}
    return Decision(verdicts, values=values, rounds=tuple(rounds))


def _leave(state: _Field, contestants: Sequence[Contestant], span: RoundSpan) -> None:
    """Who has left before the round begins is out with the last round they played; not when they
    were the only one still in."""
    still = [c for c in contestants if c.id in state.last_round and c.id not in state.out]
    for contestant in still if len(still) > 1 else ():
        if contestant.left_at is not None and contestant.left_at <= span.start:
            state.out[contestant.id] = state.last_round[contestant.id]


def _plays(contestant: Contestant, span: RoundSpan) -> bool:
    """From the first round on that begins when they are there."""
    joined = contestant.joined_at
    return there(contestant, span) and (joined is None or joined <= span.start)


def _round(
    params: Elimination,
    season: Season,
    span: RoundSpan,
    playing: Sequence[Contestant],
    state: _Field,
) -> RoundResult:
    ids = [contestant.id for contestant in playing]
    gone = [c.id for c in playing if _is_gone(season, c, span)]
    groups = ordered(season, span.number, [id_ for id_ in ids if id_ not in gone])
    losing = _losing(params, season, span.number, groups)
    decided = season.as_of >= span.decided_at
    rank_of = ranks(groups)
    lines = []
    for id_ in ids:
        value = season.value(span.number, id_)
        state.last_round[id_] = span.number
        state.totals[id_] = state.totals.get(id_, Fraction(0)) + (value or Fraction(0))
        outcome = LEFT if id_ in gone else _outcome(state, id_, losing)
        if decided:
            _apply(state, id_, outcome, span.number)
        lines.append(RoundLine(id_, value, outcome=outcome, rank=rank_of.get(id_)))
    return RoundResult(span, listed(lines), "elimination")


def _is_gone(season: Season, contestant: Contestant, span: RoundSpan) -> bool:
    """Left before the end of the round; of a team, that nobody is in it."""
    left = contestant.left_at
    return (left is not None and left < span.end) or (
        season.value(span.number, contestant.id) is None
    )


def _losing(
    params: Elimination, season: Season, number: int, groups: Sequence[Sequence[str]]
) -> set[str]:
    """The last ones, as many as leave, and who is below the least; never the best, and of equal
    ones at the edge nobody."""
    found = first(reversed(groups[1:]), params.leave)
    if params.at_least is not None:
        for group in groups[1:]:
            for id_ in group:
                value = season.value(number, id_)
                if value is not None and value < params.at_least:
                    found.add(id_)
    return found


def _outcome(state: _Field, entrant: str, losing: Collection[str]) -> str:
    if entrant not in losing:
        return STAYS
    return LOSES if state.lives[entrant] > 1 else OUT


def _apply(state: _Field, entrant: str, outcome: str, number: int) -> None:
    if outcome == LOSES:
        state.lives[entrant] -= 1
    elif outcome in (OUT, LEFT):
        state.out[entrant] = number


def _verdict(season: Season, state: _Field, contestant: Contestant, bar: Bar) -> Verdict:
    """Later out is better; among those who went together, or are still in, the score of their last
    round. Who has nothing over all rounds has no rank."""
    id_ = contestant.id
    number, out = state.last_round.get(id_), state.out.get(id_)
    if number is None:
        return Verdict(reason=NOT_BEGUN)
    reason = bar.reason_against(state.totals[id_])
    stayed = Fraction(len(season.spans) + 1 if out is None else out)
    value = season.value(number, id_) or Fraction(0)
    return Verdict(
        place=None if reason else (stayed, value),
        reason=reason,
        notes=() if out is None else (note("out", N_("Out since round {round}."), round=str(out)),),
        eliminated=out,
        ties=season.tie_break(number, id_),
    )


def _describe(params: Elimination) -> Sequence[Note]:
    metric = params.measure.metric
    if params.leave == 1:
        template = N_(
            "After each round the last by “{metric}” leaves, until one is left or the rounds are "
            "over."
        )
        found = [note("score", template, metric=metric)]
    else:
        template = N_(
            "After each round the last {leave} by “{metric}” leave, until one is left or the "
            "rounds are over."
        )
        found = [note("score", template, leave=str(params.leave), metric=metric)]
    if params.at_least is not None:
        template = N_("Who stays below {goal} in a round leaves too; the best one never does.")
        found.append(note("at_least", template, goal=text_of(params.at_least)))
    if params.lives > 1:
        template = N_("Everybody has {lives} lives and leaves with the last of them.")
        found.append(note("lives", template, lives=str(params.lives)))
    return (
        *found,
        note("tie_for_last", N_("When several tie for last, none of them leaves.")),
        note(
            "several_left",
            N_(
                "Whoever is still in after the last round is ahead of all who left, by the score "
                "of that round, be it zero; equal ones stand level."
            ),
        ),
        note("nothing_at_all", N_("Who has nothing over all rounds has no rank and no prize.")),
        note("private", N_("Who has left is shown to nobody but themselves and their manager.")),
        describe_rounds(params.spans),
    )


FORMAT = Format(
    key="elimination",
    title=N_("Elimination"),
    shape=Obj(
        {
            **STAGE_FIELDS,
            "leave": Field(Whole(1, 1000), "how many leave after a round", default=1),
            "at_least": Field(Number(above=0), "who stays below it in a round leaves too"),
            "lives": Field(Whole(1, 9), "2 is a second life", default=1),
        }
    ),
    build=_build,
    check_in=check_rounds,
    timed=_timed,
    metrics=lambda params: frozenset({params.measure.metric}),
    score=lambda params, case: total(params.measure, case),
    describe=_describe,
    rounds=lambda params: params.spans,
    play=_play,
)
