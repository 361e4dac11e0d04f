"""Moments at which a board moves although nothing is recorded: it has to be scored again then."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from challenges.calc.field import window_days
from challenges.calc.moments import day_of, start_of
from challenges.calc.rules import Rules


def next_turn(rules: Rules, after: datetime) -> datetime | None:
    """The first such moment after `after`, until the cut-off: a round begins, ends or is decided, a
    day ends in a format that looks at today, an answer is due, late arrivals stop to count. None
    when from then on only records and people move the board.
    """
    return min((moment for moment in _turns(rules, after) if moment > after), default=None)


def _turns(rules: Rules, after: datetime) -> Iterator[datetime]:
    yield rules.cut_off_at
    for span in rules.format.rounds(rules.params):
        yield from (span.start, span.end, span.decided_at)
    if rules.format.daily:
        yield from _days(rules, after)
    if (due := rules.format.answer_due(rules.params)) is not None:
        yield due + timedelta(microseconds=1)  # exactly at the last moment is in time


def _days(rules: Rules, after: datetime) -> Iterator[datetime]:
    tomorrow = day_of(max(after, rules.start), rules.zone) + timedelta(days=1)
    if tomorrow <= window_days(rules).end:
        yield start_of(tomorrow, rules.zone)
