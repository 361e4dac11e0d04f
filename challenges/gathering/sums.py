"""What stands for records where they only add up, from groupings of the database."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from challenges.calc.digests import Digest, measure_of
from challenges.calc.moments import start_of
from challenges.calc.records import Entry
from challenges.calc.rules import ScoresFrom
from challenges.gathering.inputs import Inputs, entries_from
from kernel.periods import Window
from kpis.queries.sums import (
    Asked,
    Sql,
    grouped,
    people_with_others,
    rows_of,
    sums_in,
)
from kpis.queries.versions import scored_versions

Rows = Sequence[Sequence[Any]]


def told_sums(frame: Inputs) -> dict[str, Rows]:
    """What the database adds up of the records that count and were never revised, by metric: rows
    for `sums_of`. One query per metric."""
    asked = _asked(frame)
    return {metric: rows_of(grouped(metric, asked)) for metric in sorted(frame.rules.metrics)}


def revised_of(frame: Inputs) -> tuple[Entry, ...]:
    """The records of which no sum has anything: those with several revisions. One query."""
    rules = frame.rules
    window = Window(rules.start, rules.end)
    revised = scored_versions(rules.metrics, window, known=frame.known, revised=True)
    return tuple(entries_from(revised, frame.numbers))


def sums_of(frame: Inputs, told: Mapping[str, Rows]) -> Iterable[Digest]:
    """The sums in rows of `told_sums`, or of the statement of `with_effects`."""
    asked = _asked(frame)
    for metric, rows in told.items():
        for one in sums_in(metric, asked, rows):
            person = frame.numbers.get(one.person_id)
            if person is not None:
                yield Digest(
                    Digest.name(person, metric, one.sign), person, metric,
                    one.last_at.astimezone(UTC), asked.known_at, one.total, times=one.count,
                )  # fmt: skip


def with_other_records(frame: Inputs) -> frozenset[str]:
    """Who has records that no sum has: revised ones, and such as do not count. One query per
    metric."""
    asked = _asked(frame)
    found: set[int] = set()
    for metric in sorted(frame.rules.metrics):
        found |= people_with_others(metric, asked)
    return frozenset(frame.numbers[one] for one in found if one in frame.numbers)


def with_effects(frame: Inputs) -> tuple[str, Sql]:
    """What the format adds up: the metric, and a statement that gives its sums, for `sums_of`, with
    `person_id` and `records`: record to amount, as rows of a board keep it."""
    measure = measure_of(frame.rules)
    amount = "'1'" if measure.count else "trim_scale(amount)::text"
    return measure.metric, grouped(measure.metric, _asked(frame), each=amount)


def _asked(frame: Inputs) -> Asked:
    rules = frame.rules
    return Asked(
        Window(rules.start, rules.end),
        frame.known,
        min(frame.as_of, rules.cut_off_at),
        tuple(Window(pause.start, pause.end) for pause in rules.pauses),
        _since(frame),
    )


def _since(frame: Inputs) -> dict[int, datetime]:
    """From when on records count, for those who joined after the start."""
    rules = frame.rules
    if rules.entrants.scores_from is ScoresFrom.START:
        return {}
    joined = {
        frame.people[one.id].person_id: start_of(one.joined_on, rules.zone)
        for one in frame.roster.people
        if one.joined_on is not None
    }
    return {person_id: at for person_id, at in joined.items() if at > rules.start}
