"""What championship, elimination and leagues share: who plays in a round, and in which order."""

from collections.abc import Iterable, Sequence
from itertools import groupby

from challenges.calc.formats.base import Bar, Case, Contestant, Score, Season, additive, last_moment
from challenges.calc.formats.laying import ROUND_FIELDS
from challenges.calc.formats.measure import MEASURE_FIELDS, Measure
from challenges.calc.formats.rounds import RoundLine, RoundSpan
from challenges.calc.notes import Note, note
from challenges.calc.shapes import Field
from kernel.issues import N_

STAGE_FIELDS: dict[str, Field] = {**MEASURE_FIELDS, **ROUND_FIELDS}


def total(measure: Measure, case: Case) -> Score:
    """The total of one round."""
    effects = additive(case.records, measure)
    return Score(measure.total(case.records), effects, achieved_at=last_moment(effects))


def begun(season: Season) -> tuple[RoundSpan, ...]:
    """The rounds that have begun, in order."""
    return tuple(span for span in season.spans if span.number in season.scores)


def there(contestant: Contestant, span: RoundSpan) -> bool:
    """Whether they are there at some moment of the round."""
    joined, left = contestant.joined_at, contestant.left_at
    return (joined is None or joined < span.end) and (left is None or left > span.start)


def ordered(season: Season, number: int, entrants: Iterable[str]) -> list[tuple[str, ...]]:
    """The entrants of a round by score and tie-break chain, best first; equal ones together."""
    keyed = [
        ((value, *season.tie_break(number, id_)), id_)
        for id_ in entrants
        if (value := season.value(number, id_)) is not None
    ]
    keyed.sort(key=lambda pair: pair[1])
    keyed.sort(key=lambda pair: pair[0], reverse=True)
    groups = groupby(keyed, key=lambda pair: pair[0])
    return [tuple(id_ for _, id_ in group) for _, group in groups]


def ranks(groups: Sequence[Sequence[str]]) -> dict[str, int]:
    """Shared ranks of groups, best first: 1, 1, 3."""
    found: dict[str, int] = {}
    rank = 1
    for group in groups:
        found.update(dict.fromkeys(group, rank))
        rank += len(group)
    return found


def first(groups: Iterable[Sequence[str]], count: int) -> set[str]:
    """The first so many; of equal ones who do not all fit in, none."""
    found: set[str] = set()
    for group in groups:
        if len(found) + len(group) > count:
            break
        found.update(group)
    return found


def active(season: Season, number: int, entrants: Iterable[str], bar: Bar) -> list[str]:
    """Those whose score of the round is above zero, or reaches the minimum."""
    return [
        id_
        for id_ in entrants
        if (value := season.value(number, id_)) is not None and bar.reason_against(value) is None
    ]


def listed(lines: Iterable[RoundLine]) -> tuple[RoundLine, ...]:
    """By group and rank; those without a rank last."""
    return tuple(
        sorted(lines, key=lambda one: (one.group, one.rank is None, one.rank or 0, one.entrant))
    )


def describe_rounds(spans: Sequence[RoundSpan]) -> Note:
    """How many there are, and that they stay decided."""
    template = N_(
        "There are {count} rounds. A late arrival or a correction counts when it is known before "
        "its round is decided; a decided round is not replayed."
    )
    return note("rounds", template, count=str(len(spans)))
