"""A knockout bracket: who meets whom, who goes on, and how far each one came."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from challenges.calc.formats.base import Bar, Season
from challenges.calc.formats.duels import how_decided, strength
from challenges.calc.formats.rounds import RoundLine, RoundResult, RoundSpan
from challenges.calc.notes import Note

STAGES = {2: "final", 4: "semi_final", 8: "quarter_final"}


@dataclass(frozen=True, slots=True)
class Bracket:
    """The rounds so far, how many rounds each one has survived, and who has won it all.

    The winner of the final has survived one more than its loser. `champion` is None until the
    final has begun; then it is who would win if it ended now.
    """

    rounds: tuple[RoundResult, ...]
    survived: Mapping[str, int]
    champion: str | None


def rounds_needed(entrants: int) -> int:
    """How many rounds leave one of so many."""
    return max(entrants - 1, 0).bit_length()


def unranked(
    bar: Bar, values: Mapping[str, Fraction], survived: Mapping[str, int]
) -> dict[str, Note]:
    """Whom the bar on the score leaves without a rank, and why: nobody who has survived a round,
    or those whom they beat would move up into their place. When nobody reaches it: everybody."""
    below = {
        id_: reason
        for id_, value in values.items()
        if (reason := bar.reason_against(value)) is not None
    }
    if len(below) == len(values):
        return below
    return {id_: reason for id_, reason in below.items() if not survived.get(id_)}


def slots(size: int) -> list[int]:
    """The seeds from top to bottom: 1 meets the last, and 1 and 2 can only meet in the final."""
    order = [1]
    while len(order) < size:
        order = [seed for one in order for seed in (one, 2 * len(order) + 1 - one)]
    return order


def play_bracket(
    season: Season,
    spans: Sequence[RoundSpan],
    seeds: Sequence[str],
    gone: Mapping[str, datetime],
) -> Bracket:
    """Play the rounds that have begun; `seeds` from best to last, one span for each round needed.

    A round is paired as soon as the one before has ended, by what is known of it then.
    """
    size = 2 ** rounds_needed(len(seeds))
    number = {entrant: seed for seed, entrant in enumerate(seeds, start=1)}
    field: list[str | None] = [
        seeds[seed - 1] if seed <= len(seeds) else None for seed in slots(size)
    ]
    survived = dict.fromkeys(seeds, 0)
    rounds: list[RoundResult] = []
    for span in spans:
        if rounds and season.as_of < rounds[-1].span.end:
            break
        stage = STAGES.get(len(field), f"round_of_{len(field)}")
        match = _Match(season, span, number, gone)
        played = [match.play(*field[at : at + 2]) for at in range(0, len(field), 2)]
        rounds.append(
            RoundResult(span, tuple(line for lines, _ in played for line in lines), stage)
        )
        if span.start > season.as_of:
            break
        field = [winner for _, winner in played]
        for winner in field:
            if winner is not None:
                survived[winner] += 1
    champion = field[0] if len(field) == 1 else None
    return Bracket(tuple(rounds), survived, champion)


@dataclass(frozen=True, slots=True)
class _Match:
    season: Season
    span: RoundSpan
    seeds: Mapping[str, int]
    gone: Mapping[str, datetime]

    def play(self, one: str | None, two: str | None) -> tuple[list[RoundLine], str | None]:
        """The lines of a match and who goes on; an empty place is a bye for the other."""
        there = [id_ for id_ in (one, two) if id_ is not None]
        if len(there) < 2:
            lines = [RoundLine(id_, outcome="bye", how="bye") for id_ in there]
            return lines, (there[0] if there else None)
        first, second = there
        if self.span.start > self.season.as_of:
            return [RoundLine(first, against=second), RoundLine(second, against=first)], None
        winner, how = self._winner(first, second)
        return [self._line(id_, other, winner, how) for id_, other in self._pairs(there)], winner

    def _pairs(self, there: Sequence[str]) -> list[tuple[str, str]]:
        first, second = there
        return [(first, second), (second, first)]

    def _winner(self, first: str, second: str) -> tuple[str | None, str]:
        left = [id_ for id_ in (first, second) if self._is_gone(id_)]
        if len(left) == 2:
            return None, "walkover"
        if left:
            return (second if left[0] == first else first), "walkover"
        one, two = (
            strength(self.season.value(self.span.number, id_), self._break(id_))
            for id_ in (first, second)
        )
        if one == two:
            return min(first, second, key=lambda id_: self.seeds[id_]), "seed"
        return (first if one > two else second), how_decided(one, two)

    def _break(self, entrant: str) -> tuple[Fraction, ...]:
        return self.season.tie_break(self.span.number, entrant)

    def _is_gone(self, entrant: str) -> bool:
        """Who has left before the round begins no longer plays."""
        return entrant in self.gone and self.gone[entrant] <= self.span.start

    def _line(self, entrant: str, other: str, winner: str | None, how: str) -> RoundLine:
        if self._is_gone(entrant):
            return RoundLine(entrant, against=other, outcome="loss", how="left")
        value = self.season.value(self.span.number, entrant)
        return RoundLine(entrant, value, other, "win" if entrant == winner else "loss", how=how)
