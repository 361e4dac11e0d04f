"""Format 21, championship: every stage ranks, its places earn points, the points add up.

Of equal points more first places decide, then more second ones and so on, over the stages that
count.  The worst k results may be dropped: of N stages the best N - k count, so while fewer have
begun nothing is dropped.  Who stays at or below zero (or below the minimum) in a stage has no
place in it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise

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
    active,
    begun,
    describe_rounds,
    listed,
    ordered,
    ranks,
    there,
    total,
)
from challenges.calc.notes import Note, note
from challenges.calc.shapes import Choice, Field, ListOf, Number, Obj, Values, Whole
from kernel.issues import N_, Issue, error

NO_POINTS = note("no_points", N_("No points in any stage."))


@dataclass(frozen=True, slots=True)
class Championship:
    """What each stage adds up, the points of its places, how many results are dropped."""

    measure: Measure
    points: tuple[Fraction, ...]
    drop: int
    split: bool
    spans: tuple[RoundSpan, ...] = ()


@dataclass(frozen=True, slots=True)
class _Stage:
    """One entrant's result: no place is no points."""

    number: int
    rank: int | None
    points: Fraction

    @property
    def worth(self) -> tuple[Fraction, Fraction, int]:
        """What is dropped first is least: fewer points, the worse place, the later stage."""
        place = Fraction(0) if self.rank is None else Fraction(1, self.rank)
        return (self.points, place, -self.number)


def _build(values: Values) -> Championship:
    return Championship(
        measure_from(values), values["points"], values["drop"], values["equal_places"] == "split"
    )


def _timed(params: Championship, values: Values, frame: Frame) -> Championship:
    return replace(params, spans=rounds_of(values, frame))


def _check(values: Values, issues: list[Issue]) -> None:
    if any(later > earlier for earlier, later in pairwise(values["points"])):
        issues.append(
            error(
                "points_rising",
                N_("A later place earns more points than the one before."),
                N_("List the points from the first place on, falling."),
                values.at("points"),
            )
        )


def _check_in(values: Values, frame: Frame, issues: list[Issue]) -> None:
    before = len(issues)
    check_rounds(values, frame, issues)
    count = len(rounds_of(values, frame)) if len(issues) == before else 0
    if count and values["drop"] >= count:
        issues.append(
            error(
                "drops_everything",
                N_("All {count} stages would be dropped."),
                N_("Drop fewer, or play more stages."),
                values.at("drop"),
                count=count,
            )
        )


def _play(
    params: Championship, contestants: Sequence[Contestant], bar: Bar, season: Season
) -> Decision:
    stages: dict[str, list[_Stage]] = {contestant.id: [] for contestant in contestants}
    rounds = []
    for span in begun(season):
        playing = [contestant.id for contestant in contestants if there(contestant, span)]
        places = _places(params, season, span, playing, bar)
        for id_, own in stages.items():
            own.append(places.get(id_, _Stage(span.number, None, Fraction(0))))
        lines = [_line(params, season, span, id_, stages[id_]) for id_ in playing]
        rounds.append(RoundResult(span, listed(lines), "stage"))
    counted = {id_: _counted(params, own) for id_, own in stages.items()}
    lowest = max((s.rank for own in counted.values() for s in own if s.rank), default=0)
    return Decision(
        {id_: _verdict(own, lowest) for id_, own in counted.items()},
        values={id_: _sum(own) for id_, own in counted.items()},
        rounds=_with_dropped(rounds, counted),
    )


def _places(
    params: Championship, season: Season, span: RoundSpan, playing: Sequence[str], bar: Bar
) -> Mapping[str, _Stage]:
    groups = ordered(season, span.number, active(season, span.number, playing, bar))
    rank_of = ranks(groups)
    return {
        id_: _Stage(span.number, rank_of[id_], _points(params, rank_of[id_], len(group)))
        for group in groups
        for id_ in group
    }


def _points(params: Championship, rank: int, holders: int) -> Fraction:
    """The points of the place; split: the mean of those of the places that are shared."""
    earned = params.points[rank - 1 :]
    if params.split:
        return sum(earned[:holders], Fraction(0)) / holders
    return earned[0] if earned else Fraction(0)


def _counted(params: Championship, own: Sequence[_Stage]) -> list[_Stage]:
    """The best results, as many as count in the whole championship."""
    best = sorted(own, key=lambda stage: stage.worth, reverse=True)
    return best[: len(params.spans) - params.drop]


def _sum(own: Sequence[_Stage]) -> Fraction:
    return sum((stage.points for stage in own), Fraction(0))


def _line(
    params: Championship, season: Season, span: RoundSpan, entrant: str, own: Sequence[_Stage]
) -> RoundLine:
    stage = own[-1]
    return RoundLine(
        entrant,
        season.value(span.number, entrant),
        points=stage.points,
        rank=stage.rank,
        total=_sum(_counted(params, own)),
    )


def _with_dropped(
    rounds: Sequence[RoundResult], counted: Mapping[str, Sequence[_Stage]]
) -> tuple[RoundResult, ...]:
    kept = {(id_, stage.number) for id_, own in counted.items() for stage in own}
    return tuple(
        replace(
            played,
            lines=tuple(
                line
                if (line.entrant, played.span.number) in kept
                else replace(line, outcome="dropped")
                for line in played.lines
            ),
        )
        for played in rounds
    )


def _verdict(own: Sequence[_Stage], lowest: int) -> Verdict:
    points = _sum(own)
    if points <= 0:
        return Verdict(reason=NO_POINTS)
    held = [stage.rank for stage in own]
    return Verdict(place=(points, *(Fraction(held.count(n)) for n in range(1, lowest + 1))))


def _describe(params: Championship) -> Sequence[Note]:
    points = ", ".join(text_of(one) for one in params.points)
    found = [
        note(
            "score",
            N_(
                "Each stage ranks by “{metric}”; its places earn points, from the first on: "
                "{points}."
            ),
            metric=params.measure.metric,
            points=points,
        )
    ]
    found.append(
        note("split_places", N_("In a shared place the points of all its places are divided."))
        if params.split
        else note("shared_places", N_("In a shared place each gets the points of that place."))
    )
    if params.drop:
        count, best = len(params.spans), len(params.spans) - params.drop
        template = N_("Of {count} stages each one's best {best} count.")
        found.append(note("drop", template, count=str(count), best=str(best)))
    found.append(
        note(
            "countback",
            N_("Of equal points more first places decide, then more second ones, and so on."),
        )
    )
    return (*found, describe_rounds(params.spans))


FORMAT = Format(
    key="championship",
    title=N_("Championship"),
    shape=Obj(
        {
            **STAGE_FIELDS,
            "points": Field(
                ListOf(Number(at_least=0), 1, 1000),
                "points of the places of a stage, from the first on; further places earn none",
                required=True,
            ),
            "drop": Field(Whole(0, 399), "how many worst results are dropped", default=0),
            "equal_places": Field(
                Choice(("share", "split")),
                "share: each gets the points of the shared place; split: those of all its places "
                "are added and divided",
                default="share",
            ),
        }
    ),
    build=_build,
    check=_check,
    check_in=_check_in,
    timed=_timed,
    metrics=lambda params: frozenset({params.measure.metric}),
    score=lambda params, case: total(params.measure, case),
    describe=_describe,
    rounds=lambda params: params.spans,
    play=_play,
)
