"""What every format is made of: the signature that a new one fills in.

A format turns an entrant's records into a `Score`, and all scores into a `Decision`.  A new one is
one module with one `Format` value, named once in `challenges.calc.formats`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from challenges.calc.formats.frame import Frame as Frame
from challenges.calc.formats.kinds import Baselines, Mark, Part, Reserves, Tickets
from challenges.calc.formats.measure import Measure
from challenges.calc.formats.progress import ActProgress
from challenges.calc.formats.rounds import RoundResult, RoundSpan
from challenges.calc.notes import Note, note
from challenges.calc.records import Record
from challenges.calc.roster import Person
from challenges.calc.shapes import Obj, Values
from kernel.calendars import WorkCalendar
from kernel.issues import N_, Issue
from kernel.numbers import as_text
from kernel.periods import Period


@dataclass(frozen=True, slots=True)
class Ground:
    """The playing field, the same for all entrants; `paused` are days wholly in a pause."""

    zone: ZoneInfo
    start: datetime
    end: datetime
    period: Period
    calendar: WorkCalendar
    as_of: datetime
    by_day: bool = False
    paused: frozenset[date] = frozenset()


@dataclass(frozen=True, slots=True)
class Case:
    """One person's part: their counted records by business time, and their own target.

    `target` gives the prorated target of a metric with the notes that explain it, or None.
    """

    person: Person
    records: tuple[Record, ...]
    ground: Ground
    target: Callable[[str], "OwnTarget | None"]


@dataclass(frozen=True, slots=True)
class OwnTarget:
    """A target after proration, and how it came about."""

    value: Fraction
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class Effect:
    """What one record did to the score; `part` names the side when a score has several."""

    record: Record
    amount: Fraction
    part: str = ""
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class Score:
    """A score with all that explains it; `value` None means there is nothing to rank.

    `achieved_at` is the business time of the last record that made the final score;
    `reached_at` and `reached_value` belong to targets. `set_aside` are records in the window that
    do not count in this format, and why.
    """

    value: Fraction | None
    effects: tuple[Effect, ...] = ()
    numerator: Fraction | None = None
    denominator: Fraction | None = None
    target: Fraction | None = None
    own_target: bool = False
    achieved_at: datetime | None = None
    reached_at: datetime | None = None
    reached_value: Fraction | None = None
    reached_by: tuple[str, ...] = ()
    missing: Note | None = None
    notes: tuple[Note, ...] = ()
    set_aside: tuple[tuple[Record, Note], ...] = ()
    acts: tuple[ActProgress, ...] = ()
    parts: tuple[Part, ...] = ()
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True, slots=True)
class Contestant:
    """A person or a team with its score, as `decide` sees it.

    `tie_break` is what the tie-break chain says (higher first; empty without a chain). In a format
    with rounds also since when and until when a person is there.
    """

    id: str
    score: Score
    joined_at: datetime | None = None
    left_at: datetime | None = None
    baseline: Fraction | None = None
    tie_break: tuple[Fraction, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a format says about one entrant.

    `place` orders the competition (higher wins, equal ties); None is unranked, `reason` says why.
    `winner` None leaves it to the rank. `eliminated` is the round with which they left. `ties` is
    the tie-break chain of the round that the place is of; None: of all that counts.
    """

    place: tuple[Fraction, ...] | None = None
    winner: bool | None = None
    tier: int = 0
    reason: Note | None = None
    notes: tuple[Note, ...] = ()
    eliminated: int | None = None
    ties: tuple[Fraction, ...] | None = None


@dataclass(frozen=True, slots=True)
class Collective:
    """The one total of a collective goal."""

    total: Fraction
    target: Fraction
    tier: int


@dataclass(frozen=True, slots=True)
class Decision:
    """A verdict for every contestant, whether it is all over, the collective total, and the best
    marks one after the other where one holder is sought. `scores` become known only when all are
    compared; `values` are what the rounds add up to. `undecided`: nothing can be won yet."""

    verdicts: Mapping[str, Verdict]
    decided_at: datetime | None = None
    collective: Collective | None = None
    marks: tuple[Mark, ...] = ()
    scores: Mapping[str, Score] = field(default_factory=dict)
    values: Mapping[str, Fraction | None] = field(default_factory=dict)
    rounds: tuple[RoundResult, ...] | None = None
    undecided: bool = False


@dataclass(frozen=True, slots=True)
class Season:
    """The rounds, and each entrant's score in those that have begun, by number and entrant.

    `breaks` orders equal scores of a round as the tie-break chain says (higher first; empty
    without a chain). Draws are made with `seed`.
    """

    spans: tuple[RoundSpan, ...]
    scores: Mapping[int, Mapping[str, Score]]
    breaks: Mapping[int, Mapping[str, tuple[Fraction, ...]]]
    as_of: datetime
    seed: str

    def value(self, number: int, entrant: str) -> Fraction | None:
        """The score of a round; None before it began, or when there is none."""
        score = self.scores.get(number, {}).get(entrant)
        return None if score is None else score.value

    def tie_break(self, number: int, entrant: str) -> tuple[Fraction, ...]:
        """What the chain says about an entrant of a round."""
        return self.breaks.get(number, {}).get(entrant, ())


@dataclass(frozen=True, slots=True)
class Bar:
    """Who may be ranked at all: the general minimum, and whether lower wins."""

    minimum: Fraction | None
    lower_wins: bool
    winners: int | None
    team: bool = False

    def reason_against(self, value: Fraction) -> Note | None:
        """Why this score is not ranked; None when it is."""
        if self.lower_wins:
            return None
        if self.minimum is None:
            return NOTHING_YET if value <= 0 else None
        if value < self.minimum:
            return note(
                "below_minimum",
                N_("Below the minimum of {minimum}."),
                minimum=text_of(self.minimum),
            )
        return None


class Pooling(StrEnum):
    """How a team's score comes from the members' scores."""

    ADDITIVE = "additive"
    RATIO = "ratio"
    OWN = "own"


NOTHING_YET = note("no_score", N_("No score above zero."))


def by_score(params: Any, contestants: Sequence[Contestant], bar: Bar) -> Decision:  # noqa: ARG001 - one signature for all formats
    """Higher score, better place (or lower, when so stated); below the bar is unranked."""
    return Decision({c.id: _by_score(c.score, bar) for c in contestants})


def _by_score(score: Score, bar: Bar) -> Verdict:
    if score.value is None:
        return Verdict(reason=score.missing or NOTHING_YET)
    reason = bar.reason_against(score.value)
    if reason is not None:
        return Verdict(reason=reason)
    return Verdict(place=(-score.value if bar.lower_wins else score.value,))


def no_checks(values: Values, issues: list[Issue]) -> None:
    """For formats whose shape says everything."""


def no_checks_in(values: Values, frame: Frame, issues: list[Issue]) -> None:
    """For formats without moments of their own."""


def no_rounds(params: Any) -> tuple[RoundSpan, ...]:  # noqa: ARG001 - one signature for all formats
    """For formats that are played in one go."""
    return ()


def as_built(params: Any, values: Values, frame: Frame) -> Any:  # noqa: ARG001 - one signature for all formats
    """For formats whose parameters need no clock."""
    return params


def percent_pool(
    params: Any,  # noqa: ARG001 - the signature of every pool
    numerator: Fraction,
    denominator: Fraction,
) -> tuple[Fraction | None, Note | None]:
    """100 x numerator / denominator, or why there is none."""
    if denominator == 0:
        return None, NOTHING_TO_DIVIDE
    return 100 * numerator / denominator, None


NOTHING_TO_DIVIDE = note("no_denominator", N_("There is nothing to divide by."))


def no_tiers(values: Values) -> int:  # noqa: ARG001 - the signature of every `tiers`
    """For formats without tiers."""
    return 0


def highest_tier_only(params: Any) -> bool:  # noqa: ARG001 - the signature of every format
    """Only the highest tier reached pays."""
    return False


def common_targets(params: Any) -> bool:  # noqa: ARG001 - the signature of every format
    """What is sought is the same for everybody."""
    return False


def entrants_only(params: Any) -> bool:  # noqa: ARG001 - the signature of every format
    """The members of teams are not ranked one by one."""
    return False


def nothing(params: Any) -> None:
    """For formats that have no such thing."""


@dataclass(frozen=True, slots=True)
class TeamView:
    """How a team is measured: the divisor (heads or full-time equivalents), or best N."""

    divisor: Fraction | None
    best_n: int | None


@dataclass(frozen=True, slots=True)
class Format:
    """One way of competing.

    `shape` is the document's `score` table; `build` turns it into the format's parameters;
    `check` appends issues, `check_whole` those that need the whole document; where `score` has
    moments of its own, `check_in` appends what the clock says against them and `timed` gives the
    parameters with them; `score` is pure; `score_team` only for `Pooling.OWN`; `pool_cases` pools
    the members of a team where two numbers do not say enough; `describe` gives the sentences of
    the rulebook. A format with rounds names them in `rounds`; then `score` is asked for each round
    alone, and `play` decides. With `joins_late` False only those play who are there at the start.
    `barred` says that the general minimum holds in a format that decides on its own.

    `own_targets` says whether each one is measured by a target of their own.

    `prizes` are the purposes that only this format has. `reserves`, `baselines` and `tickets` say
    what of these the parameters ask for. With `frozen` nothing known after the cut-off counts.
    `daily` scores look at today; `answer_due` is the last moment at which what was proposed can be
    accepted: with them a board moves without a record. `highest` is a score that nobody can
    exceed, where the parameters alone say one. `takes_charges` False is for formats in which
    nothing is added up, or nothing from before may count.
    """

    key: str
    title: str
    shape: Obj
    build: Callable[[Values], Any]
    metrics: Callable[[Any], frozenset[str]]
    score: Callable[[Any, Case], Score]
    describe: Callable[[Any], Sequence[Note]]
    decide: Callable[[Any, Sequence[Contestant], Bar], Decision] = by_score
    rounds: Callable[[Any], tuple[RoundSpan, ...]] = no_rounds
    play: Callable[[Any, Sequence[Contestant], Bar, Season], Decision] | None = None
    check: Callable[[Values, list[Issue]], None] = no_checks
    check_whole: Callable[[Values, list[Issue]], None] = no_checks
    check_in: Callable[[Values, Frame, list[Issue]], None] = no_checks_in
    timed: Callable[[Any, Values, Frame], Any] = as_built
    pooling: Pooling = Pooling.ADDITIVE
    pool: Callable[[Any, Fraction, Fraction], tuple[Fraction | None, Note | None]] = percent_pool
    score_team: Callable[[Any, Sequence[Case], TeamView], Score] | None = None
    pool_cases: Callable[[Any, Sequence[Case]], Score] | None = None
    lower_may_win: bool = False
    competitive: bool = True
    tiers: Callable[[Values], int] = no_tiers
    pays_every_tier: Callable[[Any], bool] = highest_tier_only
    individuals: Callable[[Any], bool] = entrants_only
    own_targets: Callable[[Any], bool] = common_targets
    joins_late: bool = True
    barred: bool = False
    team_scores: frozenset[str] = frozenset({"sum", "mean", "per_fte", "best_n"})
    prizes: frozenset[str] = frozenset()
    reserves: Callable[[Any], Reserves | None] = nothing
    baselines: Callable[[Any], Baselines | None] = nothing
    tickets: Callable[[Any], Tickets | None] = nothing
    frozen: bool = False
    daily: bool = False
    takes_charges: bool = True
    answer_due: Callable[[Any], datetime | None] = nothing
    highest: Callable[[Any], Fraction | None] = nothing


def day_in(record: Record, ground: Ground) -> date:
    """The business day of a record in the challenge's zone."""
    return record.occurred_at.astimezone(ground.zone).date()


def text_of(value: Fraction) -> str:
    """A number inside a sentence."""
    return as_text(value)


def last_moment(effects: Sequence[Effect]) -> datetime | None:
    """The business time of the last record that changed the score."""
    return max((e.record.occurred_at for e in effects if e.amount != 0), default=None)


def additive(records: Sequence[Record], measure: Measure) -> tuple[Effect, ...]:
    """One effect for each record of the measure's metric."""
    return tuple(Effect(r, measure.of(r)) for r in records if r.metric == measure.metric)
