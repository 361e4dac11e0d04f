"""What the rules would have done on earlier windows: who won, who had a chance, what it cost.

Every replay is scored by `standings`, as if each record had been known when it happened: what was
entered late counts, what was cancelled since does not. So a log that was imported in one go
rehearses like one that was kept day by day.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from fractions import Fraction

from challenges.calc.arrivals import Feed
from challenges.calc.facts import facts
from challenges.calc.formats.base import Effect
from challenges.calc.liability import maximum_liability
from challenges.calc.prizes import Award
from challenges.calc.records import Record, Told
from challenges.calc.roster import Roster
from challenges.calc.rules import Rules, TieRule, Ties
from challenges.calc.standings import Standing, Standings, standings

GOALS = frozenset({"race", "over_the_line"})
"""Formats in which reaching the target wins, whatever the others do."""
SHARED = frozenset({"collective_goal", "proportional_share"})
"""Formats that all win or none, or everybody by their part: nobody has a chance of their own."""
KNOCKING_OUT = frozenset({"knockout", "elimination"})
"""Formats in which who has lost is out, whatever the score."""
BY_ONE_RECORD = frozenset({"largest_record", "record"})
"""Formats that one record decides because they are made so."""


@dataclass(frozen=True, slots=True)
class Game:
    """One window: the rules moved to it, the log, and the roster of that time."""

    rules: Rules
    entries: tuple[Told, ...]
    roster: Roster


@dataclass(frozen=True, slots=True)
class Winner:
    """Somebody who would have won; `rank` None in formats without ranks."""

    entrant: str
    name: str
    rank: int | None
    score: Fraction | None


@dataclass(frozen=True, slots=True)
class Largest:
    """The record that counts most, and who would have won without it. `amount` is what it did, on
    the side `part` where a score has several."""

    record: str
    entrant: str
    amount: Fraction
    winners: tuple[str, ...]
    changes: bool
    part: str = ""


@dataclass(frozen=True, slots=True)
class Play:
    """One replay. `chances` is None where nobody has a chance of their own; `still_in` is how many
    an elimination had left when its rounds were over, None elsewhere."""

    rules: Rules
    half_at: datetime
    entrants: int
    ranked: int
    records: int
    winners: tuple[Winner, ...]
    chances: int | None
    tied: tuple[str, ...]
    largest: Largest | None
    awards: tuple[Award, ...]
    names: tuple[tuple[str, str], ...]
    still_in: int | None = None

    @property
    def empty(self) -> bool:
        """Whether nothing was counted: such a replay says nothing about the rules."""
        return self.records == 0


def play(game: Game, as_of: datetime) -> Play:
    """Replay one window with what is known at `as_of`."""
    rules = game.rules
    records = on_time(rules, game.entries, as_of)
    final = _score(game, records, rules.cut_off_at)
    half_at = rules.start + (rules.end - rules.start) / 2
    half = _score(game, [one for one in records if one.occurred_at < half_at], half_at)
    return Play(
        rules=rules,
        half_at=half_at,
        entrants=len(final.rows),
        ranked=sum(1 for row in final.rows if row.rank is not None),
        records=sum(len(row.effects) for row in final.rows),
        winners=winners_of(final),
        chances=chances_at_half(rules, half, final),
        tied=tied_for_something(game, records, final),
        largest=largest_of(game, records, final),
        awards=final.awards,
        names=tuple((row.entrant, row.name) for row in final.rows),
        still_in=left_in(final),
    )


def left_in(final: Standings) -> int | None:
    """How many with a rank an elimination had not put out; None in other formats."""
    if final.rules.format.key != "elimination":
        return None
    return sum(1 for row in final.rows if row.rank is not None and row.eliminated is None)


def on_time(rules: Rules, entries: Iterable[Told], as_of: datetime) -> list[Record]:
    """The records that hold at `as_of`, each as if it had been known when it happened."""
    lenient = replace(
        rules, cut_off_at=max(as_of, rules.cut_off_at), official_at=None, cancelled_at=None
    )
    return [
        replace(record, recorded_at=record.occurred_at, supersedes=None)
        for record in facts(lenient, entries, as_of).counted
    ]


def _score(game: Game, records: Iterable[Record], at: datetime) -> Standings:
    return standings(game.rules, records, game.roster, game.rules.calendar, at)


def winners_of(result: Standings) -> tuple[Winner, ...]:
    """Who wins, best first."""
    return tuple(
        Winner(row.entrant, row.name, row.rank, row.score) for row in result.rows if row.winner
    )


def chances_at_half(rules: Rules, half: Standings, final: Standings) -> int | None:
    """How many had a real chance at half-time: whoever, with the largest gain that anybody made
    in the second half, would have reached the score that won (the lowest winning score, or the
    target). Who had no figure at half-time and one at the end had a chance. Where losing puts
    out, whoever was still in. None where nobody has a chance of their own, and where
    there is nothing to measure it by: no ranks, no one target, no winner."""
    if rules.format.key in SHARED:
        return None
    ranked = rules.format.competitive or rules.format.key in GOALS
    if not ranked and not any(row.winner for row in final.rows):
        return None
    if rules.format.key in KNOCKING_OUT:
        return _still_in(half)
    before = {row.entrant: row.score for row in half.rows}
    sign = -1 if rules.lower_wins else 1
    gains = [
        sign * (row.score - (before.get(row.entrant) or Fraction(0)))
        for row in final.rows
        if row.score is not None and (before.get(row.entrant) is not None or sign == 1)
    ]
    best = max(gains, default=Fraction(0))
    won = [sign * row.score for row in final.rows if row.winner and row.score is not None]
    return sum(
        _had_chance(rules, row, before.get(row.entrant), sign, best, min(won, default=None))
        for row in final.rows
    )


def _still_in(half: Standings) -> int:
    """How many had lost in no round that was over, and had a place at all."""
    ended = [one for one in half.rounds or () if one.span.end <= half.as_of]
    lost = {line.entrant for one in ended for line in one.lines if line.outcome == "loss"}
    out = lost | {row.entrant for row in half.rows if row.eliminated is not None}
    playing = {line.entrant for one in half.rounds or () for line in one.lines}
    return len(playing - out)


def _had_chance(
    rules: Rules,
    row: Standing,
    at_half: Fraction | None,
    sign: int,
    best: Fraction,
    won: Fraction | None,
) -> bool:
    goal = row.target if rules.format.key in GOALS else None
    line = won if goal is None else goal
    if line is None or row.score is None:
        return False
    return at_half is None or sign * at_half + best >= line


def tied_for_something(game: Game, records: Sequence[Record], final: Standings) -> tuple[str, ...]:
    """Who stands level at a place that wins or brings a prize; a tie-break does not hide it."""
    shared = final
    if game.rules.ties.rule is TieRule.CHAIN:
        plain = replace(game, rules=replace(game.rules, ties=Ties()))
        shared = _score(plain, records, game.rules.cut_off_at)
    paid = {award.entrant for award in shared.awards}
    return tuple(
        row.entrant for row in shared.rows if row.tied and (row.winner or row.entrant in paid)
    )


def largest_of(game: Game, records: Sequence[Record], final: Standings) -> Largest | None:
    """The record that counts most, and whether its loss changes who wins; None where every record
    counts the same, or where one record is meant to decide."""
    if game.rules.format.key in BY_ONE_RECORD:
        return None
    effects = [(effect, row.entrant) for row in final.rows for effect in row.effects]
    sizes = {abs(effect.amount) for effect, _entrant in effects}
    if len(sizes) < 2:
        return None
    largest, entrant = max(effects, key=_by_size)
    rest = [one for one in records if one.id != largest.record.id]
    without = tuple(one.entrant for one in winners_of(_score(game, rest, final.as_of)))
    before = {one.entrant for one in winners_of(final)}
    changes = set(without) != before
    return Largest(largest.record.id, entrant, largest.amount, without, changes, largest.part)


def _by_size(pair: tuple[Effect, str]) -> tuple[Fraction, datetime, str, str]:
    """Of equal ones the latest, then by id: any of them may stand for all."""
    effect, entrant = pair
    return (abs(effect.amount), effect.record.occurred_at, effect.record.id, entrant)


@dataclass(frozen=True, slots=True)
class Regular:
    """How often an entrant would have won, of the replays in which they competed."""

    entrant: str
    name: str
    wins: int
    of: int


@dataclass(frozen=True, slots=True)
class Cost:
    """Prizes of one kind and currency: on average, at worst, and the most that can be due."""

    kind: str
    currency: str | None
    expected: Fraction
    worst: int
    most: int | None


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """All replays, newest first; `regulars` are those who won at least once, most wins first.
    `feed` is how fast records arrive now, where that is known and asked."""

    plays: tuple[Play, ...]
    regulars: tuple[Regular, ...]
    costs: tuple[Cost, ...]
    feed: Feed | None = None

    @property
    def told(self) -> tuple[Play, ...]:
        """The replays in which something was counted: only these speak about the rules."""
        return tuple(one for one in self.plays if not one.empty)


def rehearse(games: Sequence[Game], as_of: datetime, feed: Feed | None = None) -> Rehearsal:
    """Replay every game with what is known at `as_of`."""
    return summed_up((play(game, as_of) for game in games), feed)


def summed_up(plays: Iterable[Play], feed: Feed | None = None) -> Rehearsal:
    """Who would have won how often, and what it would have cost."""
    every = tuple(plays)
    told = [one for one in every if not one.empty]
    return Rehearsal(every, _regulars(told), _costs(told), feed)


def _regulars(plays: Iterable[Play]) -> tuple[Regular, ...]:
    wins: dict[str, int] = {}
    took_part: dict[str, int] = {}
    names: dict[str, str] = {}
    for one in plays:
        for entrant, name in one.names:
            took_part[entrant] = took_part.get(entrant, 0) + 1
            names.setdefault(entrant, name)
        for winner in one.winners:
            wins[winner.entrant] = wins.get(winner.entrant, 0) + 1
    found = [Regular(key, names[key], count, took_part[key]) for key, count in wins.items()]
    return tuple(sorted(found, key=lambda one: (-one.wins, one.of, one.name, one.entrant)))


def _costs(plays: Sequence[Play]) -> tuple[Cost, ...]:
    if not plays:
        return ()
    sums = [_by_kind(one.awards) for one in plays]
    most: dict[tuple[str, str], list[int | None]] = {}
    for one in plays:
        for due in maximum_liability(one.rules, one.entrants):
            most.setdefault((due.kind.value, due.currency or ""), []).append(due.most)
    return tuple(
        Cost(
            kind,
            currency or None,
            Fraction(sum(each.get((kind, currency), 0) for each in sums), len(sums)),
            max(each.get((kind, currency), 0) for each in sums),
            None if None in limits else max(one for one in limits if one is not None),
        )
        for (kind, currency), limits in sorted(most.items())
    )


def _by_kind(awards: Iterable[Award]) -> Mapping[tuple[str, str], int]:
    found: dict[tuple[str, str], int] = {}
    for award in awards:
        key = (award.kind.value, award.currency or "")
        found[key] = found.get(key, 0) + award.amount
    return found


# --- while it runs ----------------------------------------------------------------------------

GROWING = frozenset(
    {"most", "percent_of_target", "weighted_points", "race", "over_the_line", "steps"}
)
"""Formats whose scores add up over time, so that a pace can be told."""


@dataclass(frozen=True, slots=True)
class Fairness:
    """How open a running challenge is; `chances` is None where no pace can be told."""

    entrants: int
    winners: tuple[Winner, ...]
    chances: int | None
    tied: tuple[str, ...]
    largest: Largest | None


def fairness(game: Game, as_of: datetime) -> Fairness:
    """The same questions as in a rehearsal, about a challenge at `as_of`."""
    records = on_time(game.rules, game.entries, as_of)
    now = _score(game, records, as_of)
    return Fairness(
        entrants=len(now.rows),
        winners=winners_of(now),
        chances=chances_now(now),
        tied=tied_for_something(game, records, now),
        largest=largest_of(game, records, now),
    )


def chances_now(now: Standings) -> int | None:
    """How many can still win: whoever, at the best pace that anybody has shown so far, would reach
    at the end what wins then: the last place that wins, going on at the median pace of all (or
    the target). None where scores do not add up, or nothing has passed."""
    rules = now.rules
    passed = min(now.as_of, rules.end) - rules.start
    if rules.format.key not in GROWING or passed <= timedelta():
        return None
    left = Fraction((rules.end - rules.start) // _TICK, passed // _TICK) - 1
    scores = sorted(row.score for row in now.rows if row.score is not None)
    won = [row.score + left * _median(scores) for row in now.rows if row.winner and row.score]
    best = left * max(scores, default=Fraction(0))
    return sum(_can_win(rules, row, best, min(won, default=None)) for row in now.rows)


def _median(ordered: Sequence[Fraction]) -> Fraction:
    middle = len(ordered) // 2
    return (ordered[middle] + ordered[-middle - 1]) / 2


_TICK = timedelta(microseconds=1)


def _can_win(rules: Rules, row: Standing, best: Fraction, heading: Fraction | None) -> bool:
    goal = row.target if rules.format.key in GOALS else None
    line = heading if goal is None else goal
    return line is not None and row.score is not None and row.score + best >= line
