"""Format 28, tiered leagues: groups of similar level; the best of a round go up, the last down.

Somebody starts where the document says, or by what they had before: the roster's baseline, or the
records of an earlier window; the leagues are then filled evenly from the top.  Who has nothing to
go by starts in the lowest league.  Who scored nothing in a round is set apart: without a place in
the league, and where they were (or one lower) in the next round.  Of equal ones who do not all fit
in, nobody moves.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

from challenges.calc.formats.base import Bar, Contestant, Decision, Format, Frame, Season, Verdict
from challenges.calc.formats.earlier import WINDOW, check_window, window_of
from challenges.calc.formats.kinds import Baselines, Earlier
from challenges.calc.formats.laying import check_rounds, rounds_of
from challenges.calc.formats.measure import Measure, measure_from
from challenges.calc.formats.rounds import RoundLine, RoundResult, RoundSpan
from challenges.calc.formats.stages import (
    STAGE_FIELDS,
    active,
    begun,
    describe_rounds,
    first,
    listed,
    ordered,
    ranks,
    there,
    total,
)
from challenges.calc.lots import draw
from challenges.calc.names import NAMES, Names, names_from
from challenges.calc.notes import Note, note
from challenges.calc.shapes import (
    Choice,
    Either,
    Field,
    ListOf,
    Obj,
    Text,
    Values,
    Whole,
    told,
)
from kernel.issues import N_, Issue, error

UP, DOWN, STAYS, INACTIVE, LEFT = "up", "down", "stays", "inactive", "left"
SET_APART = note("inactive", N_("Nothing in this round: set apart from the league."))
NO_ROUND = note("no_round_played", N_("No round was played, or they are no longer there."))


@dataclass(frozen=True, slots=True)
class League:
    """One group, and who starts in it when that is stated."""

    key: str
    names: Names
    start: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TieredLeagues:
    """The leagues from the top, how many move, where people start, what becomes of the inactive."""

    measure: Measure
    leagues: tuple[League, ...]
    move: int
    placed_by: str
    inactive_go_down: bool
    window: Earlier | None = None
    spans: tuple[RoundSpan, ...] = ()


@dataclass(slots=True)
class _State:
    """In which league each one plays (0 is the top), and the line, league and number of the round
    played last."""

    league: dict[str, int]
    last: dict[str, tuple[RoundLine, int, int]] = field(default_factory=dict)


def _build(values: Values) -> TieredLeagues:
    placed = values["placed_by"]
    return TieredLeagues(
        measure_from(values),
        tuple(
            League(one["key"], names_from(one["name"]), one["start"]) for one in values["leagues"]
        ),
        values["move"],
        placed if isinstance(placed, str) else "records",
        values["inactive"] == "down",
    )


def _timed(params: TieredLeagues, values: Values, frame: Frame) -> TieredLeagues:
    placed = values["placed_by"]
    window = None if isinstance(placed, str) else window_of(placed, frame, [])
    return replace(params, window=window, spans=rounds_of(values, frame))


def _check(values: Values, issues: list[Issue]) -> None:
    told(_check_keys, values, issues)
    told(_check_start, values, issues)


def _check_keys(values: Values, issues: list[Issue]) -> None:
    seen: set[str] = set()
    for league in values["leagues"]:
        if league["key"] in seen:
            _refuse(
                issues,
                league,
                "key",
                "league_twice",
                N_("Two leagues have the key “{league}”."),
                N_("Give each league a key of its own."),
                league=league["key"],
            )
        seen.add(league["key"])


def _check_start(values: Values, issues: list[Issue]) -> None:
    """Start groups and another way to place people exclude each other; nobody starts twice."""
    seen: set[str] = set()
    for league in values["leagues"]:
        for id_ in league["start"]:
            if id_ in seen:
                _refuse(
                    issues,
                    league,
                    "start",
                    "starts_twice",
                    N_("“{entrant}” starts in two places."),
                    N_("Name everybody once."),
                    entrant=id_,
                )
            seen.add(id_)
    if bool(seen) != (values["placed_by"] == "start"):
        _refuse(
            issues,
            values,
            "placed_by",
            "start_groups",
            N_("“start” of the leagues and “placed_by: start” belong together."),
            N_("Name who starts where, or say by what they are placed."),
        )


def _check_whole(values: Values, issues: list[Issue]) -> None:
    entrants = values["entrants"]
    teams = entrants is not None and entrants["kind"] == "team"
    if teams and values["score"]["placed_by"] != "start":
        _refuse(
            issues,
            values["score"],
            "placed_by",
            "teams_start",
            N_("Teams have no baseline to be placed by."),
            N_("Write in the leagues which teams start there."),
        )


def _check_in(values: Values, frame: Frame, issues: list[Issue]) -> None:
    told(check_rounds, values, frame, issues)
    placed = values["placed_by"]
    if not isinstance(placed, str):
        check_window(placed, frame, issues)


def _refuse(
    issues: list[Issue],
    values: Values,
    key: str,
    code: str,
    message: str,
    remedy: str,
    **params: object,
) -> None:
    issues.append(error(code, message, remedy, values.at(key), **params))


def _baselines(params: TieredLeagues) -> Baselines | None:
    if params.placed_by == "start":
        return None
    return Baselines(params.measure.metric, params.measure.count, params.window)


def _play(
    params: TieredLeagues, contestants: Sequence[Contestant], bar: Bar, season: Season
) -> Decision:
    state = _State(_placed(params, contestants, season))
    rounds = []
    for span in begun(season):
        playing = [contestant for contestant in contestants if there(contestant, span)]
        rounds.append(_round(params, season, span, playing, bar, state))
    return Decision(
        {c.id: _verdict(params, season, state, c.id, bar) for c in contestants},
        values={id_: line.value for id_, (line, _, _) in state.last.items()},
        rounds=tuple(rounds),
    )


def _placed(
    params: TieredLeagues, contestants: Sequence[Contestant], season: Season
) -> dict[str, int]:
    """Where each one starts; in the lowest league who is not named or has nothing to go by."""
    lowest = len(params.leagues) - 1
    found = {contestant.id: lowest for contestant in contestants}
    if params.placed_by == "start":
        stated = {id_: n for n, league in enumerate(params.leagues) for id_ in league.start}
        return {id_: stated.get(id_, lowest) for id_ in found}
    known = [c for c in contestants if c.baseline is not None and there(c, params.spans[0])]
    known.sort(key=lambda c: (c.baseline, draw(season.seed, c.id)), reverse=True)
    size, larger = divmod(len(known), len(params.leagues))
    ordered_ids = iter(contestant.id for contestant in known)
    for number in range(len(params.leagues)):
        for _ in range(size + (number < larger)):
            found[next(ordered_ids)] = number
    return found


def _round(
    params: TieredLeagues,
    season: Season,
    span: RoundSpan,
    playing: Sequence[Contestant],
    bar: Bar,
    state: _State,
) -> RoundResult:
    gone = {c.id for c in playing if c.left_at is not None and c.left_at < span.end}
    lines: list[RoundLine] = []
    outcomes: dict[str, str] = {}
    for number, league in enumerate(params.leagues):
        ids = [c.id for c in playing if state.league[c.id] == number]
        there_now = active(season, span.number, (id_ for id_ in ids if id_ not in gone), bar)
        groups = ordered(season, span.number, there_now)
        moves = _moves(params, number, groups)
        rank_of = ranks(groups)
        for id_ in ids:
            word = LEFT if id_ in gone else moves.get(id_, INACTIVE)
            value = season.value(span.number, id_)
            line = RoundLine(id_, value, outcome=word, rank=rank_of.get(id_), group=league.key)
            lines.append(line)
            outcomes[id_] = word
            state.last[id_] = (line, number, span.number)
    places = {league.key: number for number, league in enumerate(params.leagues)}
    if season.as_of >= span.end:
        _move(params, outcomes, state)
    ordered_lines = sorted(listed(lines), key=lambda line: places[line.group])
    return RoundResult(span, tuple(ordered_lines), "leagues")


def _moves(
    params: TieredLeagues, number: int, groups: Sequence[Sequence[str]]
) -> Mapping[str, str]:
    """Who of the active ones goes where; the best of a league never goes down."""
    found = {id_: STAYS for group in groups for id_ in group}
    up = first(groups, params.move) if number > 0 else set()
    rest = [group for group in groups[1:] if not up.issuperset(group)]
    lowest = len(params.leagues) - 1
    down = first(reversed(rest), params.move) if number < lowest else set()
    return found | dict.fromkeys(up, UP) | dict.fromkeys(down, DOWN)


def _move(params: TieredLeagues, outcomes: Mapping[str, str], state: _State) -> None:
    lowest = len(params.leagues) - 1
    for id_, word in outcomes.items():
        if word == UP:
            state.league[id_] -= 1
        elif word == DOWN or (word == INACTIVE and params.inactive_go_down):
            state.league[id_] = min(lowest, state.league[id_] + 1)


def _verdict(
    params: TieredLeagues, season: Season, state: _State, entrant: str, bar: Bar
) -> Verdict:
    """By league, then by the score of the last round; the first ones of each league win."""
    if entrant not in state.last:
        return Verdict(reason=NO_ROUND)
    line, number, played = state.last[entrant]
    latest = begun(season)[-1].number
    names = note("league", N_("League “{league}”."), league=params.leagues[number].key)
    if played != latest or line.outcome == LEFT:
        return Verdict(winner=False, reason=NO_ROUND, notes=(names,))
    if line.rank is None or line.value is None:
        return Verdict(winner=False, reason=SET_APART, notes=(names,))
    wins = bar.winners is None or line.rank <= bar.winners
    return Verdict(
        place=(Fraction(-number), line.value),
        winner=wins,
        tier=len(params.leagues) - number,
        notes=(names,),
        ties=season.tie_break(played, entrant),
    )


def _describe(params: TieredLeagues) -> Sequence[Note]:
    leagues = ", ".join(league.key for league in params.leagues)
    metric = params.measure.metric
    move = str(params.move)
    found = [
        note("score", N_("Each round ranks within a league by “{metric}”."), metric=metric),
        note("leagues", N_("The leagues, from the top: {leagues}."), leagues=leagues),
        note(
            "moves",
            N_("The first {move} of a league go up, the last {move} go down; of equal ones who "
               "do not all fit in, nobody moves."),
            move=move,
        ),
    ]  # fmt: skip
    match params.placed_by:
        case "start":
            found.append(note("placed", N_("Who starts in which league is stated.")))
        case "roster":
            found.append(note("placed", N_("The leagues are filled by everybody's baseline.")))
        case _:
            template = N_("The leagues are filled by “{metric}” in an earlier period.")
            found.append(note("placed", template, metric=metric))
    found.append(
        note("inactive", N_("Who scores nothing in a round is set apart and goes down one league."))
        if params.inactive_go_down
        else note("inactive", N_("Who scores nothing in a round is set apart and stays."))
    )
    return (*found, describe_rounds(params.spans))


LEAGUE = Obj(
    {
        "key": Field(Text(100), "short identifier", required=True),
        "name": Field(NAMES, "what people read; the key if not written"),
        "start": Field(
            ListOf(Text(100), 0, 10_000), "who starts in it, with `placed_by: start`", default=()
        ),
    }
)

FORMAT = Format(
    key="tiered_leagues",
    title=N_("Tiered leagues"),
    shape=Obj(
        {
            **STAGE_FIELDS,
            "leagues": Field(
                ListOf(LEAGUE, 2, 20), "the leagues, the top one first", required=True
            ),
            "placed_by": Field(
                Either(Choice(("start", "roster")), WINDOW),
                "start: as the leagues say; roster: by the baseline there; or an earlier window",
                default="start",
            ),
            "move": Field(Whole(1, 1000), "how many go up and down after a round", default=1),
            "inactive": Field(
                Choice(("stay", "down")), "where who scored nothing plays next", default="stay"
            ),
        }
    ),
    build=_build,
    check=_check,
    check_whole=_check_whole,
    check_in=_check_in,
    timed=_timed,
    metrics=lambda params: frozenset({params.measure.metric}),
    score=lambda params, case: total(params.measure, case),
    describe=_describe,
    rounds=lambda params: params.spans,
    play=_play,
    tiers=lambda values: len(values["leagues"]),
    baselines=_baselines,
)
