"""Which records look as if somebody should look at them; a person decides, never the engine.

A flagged record counts until somebody rejects it. Flags depend only on the records that count.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from types import MappingProxyType

from challenges.calc.facts import Facts
from challenges.calc.field import Lineup
from challenges.calc.moments import day_of
from challenges.calc.notes import Note, note
from challenges.calc.records import Charge, Record
from challenges.calc.rules import Integrity, Rules
from kernel.issues import N_
from kernel.numbers import as_text

Flags = dict[str, list[Note]]
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Flagged:
    """A record under review, and what is odd about it."""

    record: Record
    reasons: tuple[Note, ...]


def flagged(
    rules: Rules,
    records: Sequence[Record],
    accepted: frozenset[str] = frozenset(),
    first_known: Mapping[str, datetime] = MappingProxyType({}),
) -> tuple[Flagged, ...]:
    """The records that nobody has accepted yet, by business time; none without such rules.

    `first_known` is when the facts behind corrected records were first told of, by their ids.
    """
    integrity = rules.integrity
    if integrity is None:
        return ()
    found: Flags = {}
    for check in (_small, _many, _twice, _in_bulk, _at_the_end, _split):
        check(rules, integrity, records, found)
    _back_dated(integrity, records, first_known, found)
    return tuple(
        Flagged(record, tuple(found[record.id]))
        for record in sorted(records, key=lambda one: (one.occurred_at, one.key))
        if record.id in found and record.id not in accepted
    )


def _flag(found: Flags, record: Record, why: Note) -> None:
    reasons = found.setdefault(record.id, [])
    if why not in reasons:
        reasons.append(why)


def _small(rules: Rules, integrity: Integrity, records: Sequence[Record], found: Flags) -> None:  # noqa: ARG001 - the signature of every check
    least = integrity.minimum_value
    for record in records if least is not None else ():
        if least is not None and record.value < least:
            template = N_("Worth {value}, less than {minimum}.")
            value, minimum = as_text(record.value), as_text(least)
            _flag(found, record, note("small", template, value=value, minimum=minimum))


def _many(rules: Rules, integrity: Integrity, records: Sequence[Record], found: Flags) -> None:
    """More of one metric on a person's day than anybody does: those after the first so many."""
    most = integrity.most_per_day
    if most is None:
        return
    for mine in _grouped(
        records, lambda one: (one.person, one.metric, day_of(one.occurred_at, rules.zone))
    ):
        ordered = sorted(mine, key=lambda one: (one.occurred_at, one.key))
        usual = set(list(dict.fromkeys(one.id for one in ordered))[:most])
        for record in ordered:
            if record.id not in usual:
                template = N_("After the first {most} of the day.")
                _flag(found, record, note("many", template, most=str(most)))


def _twice(rules: Rules, integrity: Integrity, records: Sequence[Record], found: Flags) -> None:
    """Same metric, customer, day and value under another id: all but the first that was known."""
    if not integrity.duplicates:
        return
    for same in _grouped(
        (one for one in records if one.account),
        lambda one: (one.metric, one.account, day_of(one.occurred_at, rules.zone), one.value),
    ):
        first = min(same, key=lambda one: (one.recorded_at, one.id))
        for record in same:
            if record.id != first.id:
                template = N_("Same customer, day and value as {other}.")
                _flag(found, record, note("twice", template, other=first.id))


def _back_dated(
    integrity: Integrity,
    records: Sequence[Record],
    first_known: Mapping[str, datetime],
    found: Flags,
) -> None:
    """Known long after it happened. Of a corrected record counts when it was first told of: a
    correction in time of its own is no late record, and one to an earlier day is."""
    most = integrity.back_dated_days
    for record in records if most is not None else ():
        known = first_known.get(record.id, record.recorded_at)
        late = known - record.occurred_at - (DAY if record.date_only else timedelta())
        if most is not None and late > most * DAY:
            template = N_("Entered {days} days after it happened.")
            _flag(found, record, note("back_dated", template, days=str(late // DAY)))


def _in_bulk(
    rules: Rules,  # noqa: ARG001 - the signature of every check
    integrity: Integrity,
    records: Sequence[Record],
    found: Flags,
) -> None:
    """Many records of one person entered at once."""
    bulk = integrity.bulk
    if bulk is None:
        return
    for mine in _grouped(records, lambda one: one.person):
        for run in _runs(mine, lambda one: one.recorded_at, bulk.within, bulk.records):
            template = N_("One of {count} records entered within {minutes} minutes.")
            minutes = str(bulk.within // timedelta(minutes=1))
            why = note("bulk", template, count=str(len({r.id for r in run})), minutes=minutes)
            for record in run:
                _flag(found, record, why)


def _at_the_end(
    rules: Rules, integrity: Integrity, records: Sequence[Record], found: Flags
) -> None:
    """A large share of somebody's total in the last part of the window."""
    spike = integrity.spike
    if spike is None:
        return
    ticks = (rules.end - rules.start) // timedelta(microseconds=1)
    since = rules.end - timedelta(microseconds=int(ticks * spike.last))
    for mine in _grouped(records, lambda one: (one.person, one.metric)):
        total = sum((one.value for one in mine), Fraction(0))
        last = [one for one in mine if one.occurred_at >= since]
        part = sum((one.value for one in last), Fraction(0))
        if total > 0 and part >= spike.share * total:
            template = N_("{share} % of the total came in the last {last} % of the window.")
            share, end = str(100 * part // total), as_text(100 * spike.last)
            for record in last:
                _flag(found, record, note("spike", template, share=share, last=end))


def _split(
    rules: Rules,  # noqa: ARG001 - the signature of every check
    integrity: Integrity,
    records: Sequence[Record],
    found: Flags,
) -> None:
    """Several records of one person with one customer in a few days: perhaps one, cut up."""
    splits = integrity.splits
    if splits is None:
        return
    known = (one for one in records if one.account)
    for mine in _grouped(known, lambda one: (one.person, one.metric, one.account)):
        for run in _runs(mine, lambda one: one.occurred_at, splits.within, splits.records):
            template = N_("One of {count} records with the same customer within {days} days.")
            days = str(splits.within // DAY)
            why = note("split", template, count=str(len({r.id for r in run})), days=days)
            for record in run:
                _flag(found, record, why)


def _grouped(records: Iterable[Record], key: Callable[[Record], object]) -> Iterable[list[Record]]:
    groups: dict[object, list[Record]] = {}
    for record in records:
        groups.setdefault(key(record), []).append(record)
    return groups.values()


def _runs(
    records: Iterable[Record],
    moment: Callable[[Record], datetime],
    within: timedelta,
    least: int,
) -> Iterable[list[Record]]:
    """Stretches of at most `within` with at least `least` records; what overlaps is one."""
    ordered = sorted(records, key=lambda one: (moment(one), one.key))
    found: list[tuple[int, int]] = []
    first = 0
    for last, record in enumerate(ordered):
        while moment(record) - moment(ordered[first]) > within:
            first += 1
        if len({one.id for one in ordered[first : last + 1]}) < least:
            continue
        if found and first <= found[-1][1]:
            found[-1] = (found[-1][0], last)
        else:
            found.append((first, last))
    return [ordered[start : end + 1] for start, end in found]


def under_review(rules: Rules, field: Lineup, known: Facts) -> dict[str, tuple[Flagged, ...]]:
    """The flagged records of each entrant; nobody without such rules."""
    if rules.integrity is None:
        return {}
    mine = {
        entrant.id: [
            record
            for case in entrant.cases
            for record in case.records
            if not isinstance(record, Charge)
        ]
        for entrant in field.entrants
    }
    everything = {record.key: record for records in mine.values() for record in records}
    looked_at = flagged(rules, list(everything.values()), known.accepted, known.first_known)
    found = {one.record.key: one for one in looked_at}
    return {
        entrant: tuple(found[record.key] for record in records if record.key in found)
        for entrant, records in mine.items()
    }
