"""Format 20, league: everyone meets everyone in weekly duels; points, and play-offs if wished."""

from collections.abc import Mapping, Sequence
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
    text_of,
)
from challenges.calc.formats.brackets import Bracket, play_bracket, rounds_needed, unranked
from challenges.calc.formats.duels import check_number, outcome, strength
from challenges.calc.formats.laying import ROUND_FIELDS, check_rounds, first_round, rounds_of
from challenges.calc.formats.measure import MEASURE_FIELDS, Measure, measure_from
from challenges.calc.formats.rounds import RoundLine, RoundResult, RoundSpan
from challenges.calc.formats.seeding import (
    NOT_THERE,
    ORDER,
    Seeding,
    check_twice,
    ordered,
    present,
    seeding_from,
    sentence,
)
from challenges.calc.formats.stages import describe_rounds
from challenges.calc.lots import draw
from challenges.calc.notes import Note, note
from challenges.calc.shapes import Choice, Field, Number, Obj, Values, Whole
from kernel.issues import N_, Issue, error

MOST_ENTRANTS = 256
POINTS = Obj(
    {
        "win": Field(Number(), "points for a won duel", default=Fraction(3)),
        "draw": Field(Number(), "points for a draw", default=Fraction(1)),
        "loss": Field(Number(), "points for a lost duel", default=Fraction(0)),
        "rest": Field(Number(), "points for a round without an opponent", default=Fraction(0)),
    }
)


@dataclass(frozen=True, slots=True)
class League:
    """What is added up, the points, the order of the schedule, the play-offs, and the rounds."""

    measure: Measure
    points: Mapping[str, Fraction]
    seeding: Seeding
    playoffs: int
    walkover: bool
    spans: tuple[RoundSpan, ...] = ()

    @property
    def regular(self) -> tuple[RoundSpan, ...]:
        """The rounds before the play-offs."""
        return self.spans[: len(self.spans) - rounds_needed(self.playoffs)]


def _build(values: Values) -> League:
    written = values["points"]
    points = {
        key: spec.default if written is None else written[key]
        for key, spec in POINTS.fields.items()
    }
    return League(
        measure_from(values),
        points,
        seeding_from(values["schedule"]),
        values["playoffs"],
        values["leavers"] == "walkover",
    )


def _timed(params: League, values: Values, frame: Frame) -> League:
    return replace(params, spans=rounds_of(values, frame))


def _check(values: Values, issues: list[Issue]) -> None:
    check_twice(values["schedule"], issues)
    if values["playoffs"] and values["playoffs"].bit_count() != 1:
        issues.append(
            error(
                "playoffs_size",
                N_("The play-offs need 2, 4, 8, 16 ... entrants."),
                N_("Write a power of two, or 0 for none."),
                values.at("playoffs"),
            )
        )


def _check_whole(values: Values, issues: list[Issue]) -> None:
    check_number(values, 2, MOST_ENTRANTS, issues)


def _check_in(values: Values, frame: Frame, issues: list[Issue]) -> None:
    before = len(issues)
    check_rounds(values, frame, issues)
    if len(issues) == before and len(rounds_of(values, frame)) <= rounds_needed(values["playoffs"]):
        issues.append(
            error(
                "no_round_left",
                N_("The play-offs take all the rounds; none is left for the league."),
                N_("Write more or shorter rounds, or smaller play-offs."),
                values.at("playoffs"),
            )
        )


def _score(params: League, case: Case) -> Score:
    effects = additive(case.records, params.measure)
    return Score(params.measure.total(case.records), effects, achieved_at=last_moment(effects))


def schedule(entrants: Sequence[str], number: int) -> list[tuple[str | None, str | None]]:
    """The pairs of a round (from 1) by the circle method; None is the empty place of an odd number.

    The first stays, all others move one place on from round to round, and the outermost meet.
    When everybody has met everybody, it begins anew.
    """
    circle: list[str | None] = [*entrants, *([None] if len(entrants) % 2 else [])]
    fixed, turning = circle[:1], circle[1:]
    shift = (number - 1) % len(turning) if turning else 0
    turned = fixed + turning[len(turning) - shift :] + turning[: len(turning) - shift]
    return [(turned[at], turned[-1 - at]) for at in range(len(turned) // 2)]


def _play(params: League, contestants: Sequence[Contestant], bar: Bar, season: Season) -> Decision:
    there = present(contestants, season.spans[0].start)
    order = ordered(params.seeding, there, season)
    gone = {c.id: c.left_at for c in contestants if c.left_at is not None}
    table = _Table(params, season, gone, dict.fromkeys(order, Fraction(0)))
    rounds = [table.play(span, schedule(order, span.number)) for span in params.regular]
    bracket = _playoffs(params, season, table, rounds, gone)
    survived = {} if bracket is None else bracket.survived
    below = unranked(bar, table.points, survived)
    undecided = _open(params, bracket)
    verdicts = {
        c.id: _verdict(c.id, table.points, survived, below.get(c.id), undecided=undecided)
        for c in contestants
    }
    return Decision(
        verdicts,
        values={c.id: table.points.get(c.id, Fraction(0)) for c in contestants},
        rounds=(*rounds, *(bracket.rounds if bracket is not None else ())),
        undecided=undecided,
    )


def _open(params: League, bracket: Bracket | None) -> bool:
    """Nobody wins anything before the final of the play-offs has begun, if one is played at all."""
    if bracket is None:
        return params.playoffs > 0
    return bool(bracket.rounds) and bracket.champion is None


class _Table:
    """The points so far; plays one regular round after the other."""

    def __init__(
        self,
        params: League,
        season: Season,
        gone: Mapping[str, datetime],
        points: dict[str, Fraction],
    ) -> None:
        self.params, self.season, self.gone, self.points = params, season, gone, points
        self.difference = dict.fromkeys(points, Fraction(0))
        self.total = dict.fromkeys(points, Fraction(0))

    def play(self, span: RoundSpan, pairs: Sequence[tuple[str | None, str | None]]) -> RoundResult:
        """A round with its points; a round that is still to come has only its pairs."""
        both = [pair for one, two in pairs for pair in ((one, two), (two, one))]
        lines = [self._line(span, own, other) for own, other in both if own is not None]
        if span.start > self.season.as_of:
            return RoundResult(span, tuple(lines), "regular")
        for line in lines:
            self.points[line.entrant] += line.points or 0
        totals = sorted(self.points.values(), reverse=True)
        placed = (
            replace(
                line,
                total=self.points[line.entrant],
                rank=totals.index(self.points[line.entrant]) + 1,
            )
            for line in lines
        )
        return RoundResult(span, tuple(placed), "regular")

    def _line(self, span: RoundSpan, own: str, other: str | None) -> RoundLine:
        if span.start > self.season.as_of:
            return RoundLine(own, against=other, outcome=None if other else "rest")
        if self._is_gone(own, span):
            return RoundLine(own, against=other, outcome="left", points=Fraction(0), how="left")
        if other is None or (self._is_gone(other, span) and not self.params.walkover):
            return RoundLine(own, outcome="rest", points=self.params.points["rest"], how="rest")
        value = self.season.value(span.number, own)
        if self._is_gone(other, span):
            points = self.params.points["win"]
            self._count(own, value, None)
            return RoundLine(own, value, other, "win", points, how="walkover")
        theirs = self.season.value(span.number, other)
        word = outcome(strength(value, ()), strength(theirs, ()))
        self._count(own, value, theirs)
        return RoundLine(own, value, other, word, self.params.points[word], how="score")

    def _count(self, own: str, value: Fraction | None, theirs: Fraction | None) -> None:
        self.total[own] += value or 0
        self.difference[own] += (value or 0) - (theirs or 0) if theirs is not None else 0

    def _is_gone(self, entrant: str, span: RoundSpan) -> bool:
        left = self.gone.get(entrant)
        return left is not None and left <= span.start

    def best(self) -> list[str]:
        """The order that fills the play-offs: points, difference, total, and then the lot."""
        return sorted(
            self.points,
            key=lambda id_: (
                self.points[id_],
                self.difference[id_],
                self.total[id_],
                draw(self.season.seed, id_),
            ),
            reverse=True,
        )


def _playoffs(
    params: League,
    season: Season,
    table: _Table,
    rounds: Sequence[RoundResult],
    gone: Mapping[str, datetime],
) -> Bracket | None:
    """The play-offs, as soon as the last regular round has ended."""
    if not params.playoffs or season.as_of < rounds[-1].span.end:
        return None
    spans = params.spans[len(params.regular) :]
    there = [id_ for id_ in table.best() if id_ not in gone or gone[id_] > spans[0].start]
    seeds = there[: params.playoffs]
    if len(seeds) > 1:
        return play_bracket(season, spans[: rounds_needed(len(seeds))], seeds, gone)
    # nobody to meet: whoever is left has won, and without anybody the table stands
    over = season.as_of >= spans[0].start
    return Bracket((), dict.fromkeys(seeds, 1), None) if over else None


def _verdict(
    entrant: str,
    points: Mapping[str, Fraction],
    survived: Mapping[str, int],
    below: Note | None,
    *,
    undecided: bool,
) -> Verdict:
    if entrant not in points:
        return Verdict(reason=NOT_THERE, winner=False)
    if below is not None:
        return Verdict(reason=below, winner=False)
    reached = Fraction(survived[entrant] + 1 if entrant in survived else 0)
    return Verdict(place=(reached, points[entrant]), winner=False if undecided else None)


def _describe(params: League) -> Sequence[Note]:
    points = {key: text_of(value) for key, value in params.points.items()}
    found = [
        note(
            "score",
            N_("A league of duels: in each round two meet, and who has more of “{metric}” wins."),
            metric=params.measure.metric,
        ),
        note(
            "league_points",
            N_("A win brings {win} points, a draw {draw}, a loss {loss}, a round of rest {rest}."),
            **points,
        ),
        sentence(params.seeding),
    ]
    if params.playoffs:
        template = N_("After the league the best {count} play for the title, loser out.")
        found.append(note("playoffs", template, count=str(params.playoffs)))
    found.append(
        note("leaver_walkover", N_("Against somebody who has left, the duel is won."))
        if params.walkover
        else note(
            "leaver_rest", N_("Instead of a duel with somebody who has left there is a rest.")
        )
    )
    return (*found, first_round(params.spans), describe_rounds(params.spans))


FORMAT = Format(
    key="league",
    title=N_("League of duels"),
    shape=Obj(
        {
            **MEASURE_FIELDS,
            "points": Field(POINTS, "3 for a win, 1 for a draw, 0 otherwise if not written"),
            "playoffs": Field(Whole(0, 64), "how many play for the title at the end", default=0),
            "leavers": Field(
                Choice(("walkover", "rest")),
                "what the opponent of somebody who has left gets",
                default="walkover",
            ),
            "schedule": Field(ORDER, "order of the schedule; by lot if not written"),
            **ROUND_FIELDS,
        }
    ),
    build=_build,
    check=_check,
    check_whole=_check_whole,
    check_in=_check_in,
    timed=_timed,
    rounds=lambda params: params.spans,
    play=_play,
    metrics=lambda params: frozenset({params.measure.metric}),
    score=_score,
    describe=_describe,
    joins_late=False,
)
