"""Which version of which record counts, given what is known at a moment.

- A chain counts when one of its versions was known by the cut-off; its corrections and
  cancellations count until the result is official.
- After official the stated policy decides: final and next_period keep what was known at signing,
  amend takes what is known now, amend_above only chains that change by at least the amount.
- Nothing that became known after `as_of` exists.
- The charges of the rules count always: they are no news, but part of what was agreed.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction

from challenges.calc.moments import iso_in
from challenges.calc.notes import Note, note
from challenges.calc.records import Chain, Record, Told, Version, chains
from challenges.calc.rules import AfterOfficial, Rules
from kernel.issues import N_


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A record that does not count, and why."""

    record: Record
    reason: Note


@dataclass(frozen=True, slots=True)
class Facts:
    """What counts, what does not and why, what is carried over, whether signing was overtaken."""

    counted: tuple[Record, ...]
    left_out: tuple[LeftOut, ...]
    carried: tuple[LeftOut, ...]
    amended: bool
    accepted: frozenset[str] = frozenset()
    """Records that somebody reviewed and accepted."""
    first_known: Mapping[str, datetime] = field(default_factory=dict)
    """When the fact behind a corrected record was first told of, by the correction's id."""


@dataclass(slots=True)
class _Sorting:
    counted: list[Record]
    left_out: list[LeftOut]
    carried: list[LeftOut]
    amended: bool = False
    accepted: set[str] = field(default_factory=set)
    first_known: dict[str, datetime] = field(default_factory=dict)


def facts(rules: Rules, entries: Iterable[Told], as_of: datetime) -> Facts:
    """Sort the entries; Invalid when they contradict each other."""
    return facts_of(rules, chains(entries), as_of)


def facts_of(rules: Rules, chained: Iterable[Chain], as_of: datetime) -> Facts:
    """`facts` of what is grouped into chains already."""
    sorting = _Sorting([], [], [])
    for chain in chained:
        _sort(rules, chain, as_of, sorting)
    return Facts(
        tuple(sorted((*rules.charges, *sorting.counted), key=business_order)),
        tuple(sorted(sorting.left_out, key=lambda out: business_order(out.record))),
        tuple(sorted(sorting.carried, key=lambda out: business_order(out.record))),
        sorting.amended,
        frozenset(sorting.accepted),
        sorting.first_known,
    )


def business_order(record: Record) -> tuple[datetime, tuple[str, str, str]]:
    """The order in which records count: by business time."""
    return (record.occurred_at, record.key)


def _sort(rules: Rules, chain: Chain, as_of: datetime, sorting: _Sorting) -> None:
    now = chain.current(lambda version: version.recorded_at <= as_of)
    if now is None:
        return
    if chain.first_known_at > rules.cut_off_at:
        _late(rules, known_records(now, as_of), sorting)
        return
    signed_at = rules.official_at
    if signed_at is None or as_of <= signed_at:
        _take(rules, chain, now, as_of, sorting)
        return
    signed = chain.current(lambda version: version.recorded_at <= signed_at)
    if signed is None or signed.id == now.id:
        _take(rules, chain, now, signed_at, sorting)
    elif _amends(rules, signed, now):
        sorting.amended |= _matters(rules, signed) or _matters(rules, now)
        _take(rules, chain, now, as_of, sorting)
    else:
        _take(rules, chain, signed, signed_at, sorting)
        _after_signing(rules, signed, now, sorting)


def known_records(version: Version, limit: datetime) -> tuple[Record, ...]:
    """The records of a version that were known at a moment."""
    if len(version.records) == 1 and version.records[0].recorded_at <= limit:
        return version.records
    return tuple(record for record in version.records if record.recorded_at <= limit)


def _matters(rules: Rules, version: Version) -> bool:
    return any(
        record.metric in rules.metrics and rules.start <= record.occurred_at < rules.end
        for record in version.records
    )


def _amends(rules: Rules, signed: Version, now: Version) -> bool:
    match rules.after_official:
        case AfterOfficial.AMEND:
            return True
        case AfterOfficial.AMEND_ABOVE:
            return _change(rules, signed, now) >= rules.amend_above
    return False


def _change(rules: Rules, signed: Version, now: Version) -> Fraction:
    """The largest change that the revision makes to a person's total of a scored metric."""
    totals: dict[tuple[str, str], Fraction] = {}
    for sign, version in ((-1, signed), (1, now)):
        for record in version.records:
            if record.metric in rules.metrics and rules.start <= record.occurred_at < rules.end:
                key = (record.person, record.metric)
                totals[key] = totals.get(key, Fraction(0)) + sign * record.value
    return max((abs(total) for total in totals.values()), default=Fraction(0))


def _take(rules: Rules, chain: Chain, version: Version, limit: datetime, sorting: _Sorting) -> None:
    """Count the version, unless it was rejected in the review; the one it replaced is listed as
    left out."""
    records = known_records(version, limit)
    review = version.review_at(min(limit, rules.official_at or limit)) if version.reviews else None
    if review is None or review.accepted:
        sorting.counted.extend(records)
    else:
        why = note("rejected", N_("Rejected in the review: {reason}"), reason=review.reason)
        sorting.left_out.extend(LeftOut(record, why) for record in records)
    if review is not None and review.accepted:
        sorting.accepted.add(version.id)
    if len(chain.versions) == 1:
        return
    sorting.first_known[version.id] = chain.first_known_at
    earlier = [v for v in chain.versions if v.recorded_at <= limit and v.records]
    for older in earlier[: earlier.index(version)] if version in earlier else earlier:
        reason = _replaced(rules, version)
        sorting.left_out.extend(LeftOut(record, reason) for record in older.records)


def _replaced(rules: Rules, by: Version) -> Note:
    known = iso_in(by.recorded_at, rules.zone)
    if not by.records:
        return note(
            "cancelled", N_("Cancelled by {by}, known since {known}."), by=by.id, known=known
        )
    return note("corrected", N_("Replaced by {by}, known since {known}."), by=by.id, known=known)


def _late(rules: Rules, records: Iterable[Record], sorting: _Sorting) -> None:
    for record in records:
        reason = note(
            "after_cut_off",
            N_("Known since {known}, after the cut-off."),
            known=iso_in(record.recorded_at, rules.zone),
        )
        sorting.left_out.append(LeftOut(record, reason))


def _after_signing(rules: Rules, signed: Version, now: Version, sorting: _Sorting) -> None:
    known = iso_in(now.recorded_at, rules.zone)
    if rules.after_official is AfterOfficial.NEXT_PERIOD:
        template = N_("Revised by {by} after signing ({known}): charged to the next period.")
        chosen = sorting.carried
    else:
        template = N_("Revised by {by} after signing ({known}): the signed result stays.")
        chosen = sorting.left_out
    reason = note("after_signing", template, by=now.id, known=known)
    chosen.extend(LeftOut(record, reason) for record in now.records or signed.records)
