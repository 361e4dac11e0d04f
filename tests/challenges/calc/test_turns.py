"""When the clock alone moves a board: never between two turns, in any documented format."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest

from challenges.calc import Rules, as_json, parse_rules
from challenges.calc import standings as standings_of
from challenges.calc.record_files import read_records
from challenges.calc.records import Told
from challenges.calc.roster import Roster
from challenges.calc.roster_files import read_roster
from challenges.calc.turns import next_turn
from tests.challenges.calc.builders import at, people, record, rules_of
from tests.challenges.calc.test_docs import EXAMPLES, Example

HOURS = timedelta(hours=7)  # no divisor of a day: the steps wander over the clock


@dataclass(frozen=True)
class Game:
    rules: Rules
    entries: tuple[Told, ...]
    roster: Roster

    def board(self, moment: datetime) -> dict[str, object]:
        """Everything that is told, but the moment and the state, which has moves of its own."""
        result = standings_of(self.rules, self.entries, self.roster, self.rules.calendar, moment)
        plain = as_json(result)
        return {key: value for key, value in plain.items() if key not in ("as_of", "state")}

    def quiet(self) -> Iterator[tuple[datetime, datetime]]:
        """Pairs of moments between which nothing becomes known and no turn lies."""
        moment = self.rules.start
        while moment < self.rules.cut_off_at + timedelta(days=2):
            later = moment + HOURS
            told = any(moment < one.recorded_at <= later for one in self.entries)
            turn = next_turn(self.rules, moment)
            if not told and (turn is None or turn > later):
                yield moment, later
            moment = later


def game_of(example: Example) -> Game:
    rules = parse_rules(example.rules)
    records = read_records(example.records, rules, "records")
    return Game(rules, tuple(records), read_roster(example.roster, "roster"))


STREAK = "format: streak\nscore: {metric: calls, counts: current}\n"
DUEL = """format: duel
score: {metric: revenue, proposed_at: 2026-11-03T10:00, accept_within: 90}
entrants: {people: [ana, ben]}
"""


def runs(*days: str) -> Game:
    told = [record(day, "ana", f"{day} 10:00", metric="calls") for day in days]
    return Game(rules_of(STREAK), tuple(told), people("ana", "ben"))


@pytest.mark.parametrize("example", EXAMPLES)
def test_between_two_turns_a_board_stands_still(example: Example) -> None:
    game = game_of(example)
    pairs = list(game.quiet())
    assert pairs
    boards = [(game.board(one), game.board(other)) for one, other in pairs]
    assert all(before == after for before, after in boards)


def test_a_streak_turns_with_each_day_of_the_window_and_no_longer() -> None:
    game = runs("11-02", "11-03", "11-27")
    moment, days = game.rules.start, 0
    while (turn := next_turn(game.rules, moment)) is not None:
        moment, days = turn, days + 1
    # 30 midnights of November in Paris, the last of them the end; then the cut-off
    assert (days, moment) == (31, game.rules.cut_off_at)
    assert all(game.board(one) == game.board(other) for one, other in game.quiet())
    assert game.board(at("11-04 22:59")) != game.board(at("11-04 23:00"))


def test_a_duel_turns_when_it_lapses() -> None:
    game = Game(rules_of(DUEL), (), people("ana", "ben"))
    lapse = at("11-03 10:30")  # 10:00 in Paris and an hour and a half
    turn = next_turn(game.rules, lapse)
    assert turn is not None
    assert turn - lapse == timedelta(microseconds=1)
    assert game.board(lapse) != game.board(turn)
    assert next_turn(game.rules, turn) == game.rules.cut_off_at


def test_a_total_has_only_the_cut_off() -> None:
    rules = rules_of("format: most\nscore: {metric: revenue}\n")
    assert next_turn(rules, rules.start) == rules.cut_off_at
    assert next_turn(rules, rules.cut_off_at) is None
