"""Values that hold from one day to another: who leads whom, what a rate is, what a quota was."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import combinations, pairwise
from typing import Generic, TypeVar

from kernel.issues import N_, NOWHERE, Invalid, Issue, Place, error
from kernel.periods import Period

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Dated(Generic[T]):
    """`value` holds from `valid_from` up to but without `valid_to`; None is open on that side."""

    valid_from: date | None
    valid_to: date | None
    value: T

    def __post_init__(self) -> None:
        if self.valid_from is not None and self.valid_to is not None:
            Period(self.valid_from, self.valid_to)  # raises Invalid when it is empty

    def holds_on(self, day: date) -> bool:
        """Whether it holds on `day`."""
        return self._start <= day and (self.valid_to is None or day < self.valid_to)

    def within(self, period: Period) -> Period | None:
        """The days of `period` on which it holds, or None."""
        start = max(self._start, period.start)
        end = period.end if self.valid_to is None else min(self.valid_to, period.end)
        return Period(start, end) if start < end else None

    @property
    def _start(self) -> date:
        return date.min if self.valid_from is None else self.valid_from

    def _common(self, other: "Dated[T]") -> tuple[date, date | None] | None:
        """First day and end (None: open) of the days on which both hold."""
        start = max(self._start, other._start)
        ends = [end for end in (self.valid_to, other.valid_to) if end is not None]
        end = min(ends, default=None)
        return (start, end) if end is None or start < end else None


class Timeline(Generic[T]):
    """Dated values of one thing, in order of their beginnings.

    Overlaps are the user's mistake, reported by `overlaps`. Until they are corrected, the value
    that began last wins (of two that began together, the one given last), so that every reader
    sees the same one. Immutable.
    """

    __slots__ = ("entries",)
    entries: tuple[Dated[T], ...]

    def __init__(self, entries: Iterable[Dated[T]] = ()) -> None:
        """Any order; it only matters between entries that begin on the same day."""
        object.__setattr__(self, "entries", tuple(sorted(entries, key=lambda entry: entry._start)))

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("a timeline does not change; make another one")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Timeline) and self.entries == other.entries

    def __hash__(self) -> int:
        return hash(self.entries)

    def __repr__(self) -> str:
        return f"Timeline({list(self.entries)!r})"

    def entry_at(self, day: date) -> Dated[T] | None:
        """The entry that holds on `day`, or None in a gap."""
        return next((entry for entry in reversed(self.entries) if entry.holds_on(day)), None)

    def at(self, day: date) -> T | None:
        """The value on `day`, or None in a gap."""
        entry = self.entry_at(day)
        return None if entry is None else entry.value

    def slices(self, period: Period) -> tuple[tuple[Period, T], ...]:
        """The covered parts of `period` in order, each with its value.

        Together with `gaps(period)` they are exactly the days of `period`, each day once.
        """
        return tuple((part, entry.value) for part, entry in self._parts(period) if entry)

    def gaps(self, period: Period) -> tuple[Period, ...]:
        """The parts of `period` on which nothing holds, in order."""
        return tuple(part for part, entry in self._parts(period) if entry is None)

    def _parts(self, period: Period) -> list[tuple[Period, Dated[T] | None]]:
        """`period` cut wherever the entry that holds changes."""
        parts: list[tuple[Period, Dated[T] | None]] = []
        for start, end in _stretches(period, self.entries):
            entry = self.entry_at(start)
            if parts and parts[-1][1] is entry:
                parts[-1] = (Period(parts[-1][0].start, end), entry)
            else:
                parts.append((Period(start, end), entry))
        return parts

    def gap_issues(self, period: Period, where: Place = NOWHERE) -> list[Issue]:
        """One error for each gap in `period`."""
        return [_gap(gap, where) for gap in self.gaps(period)]

    def overlaps(self, where: Place = NOWHERE) -> list[Issue]:
        """One error for each pair of entries that hold on a common day."""
        pairs = combinations(self.entries, 2)
        common = (first._common(second) for first, second in pairs)
        return [_overlap(start, end, where) for start, end in filter(None, common)]

    def refuse_overlaps(self, where: Place = NOWHERE) -> None:
        """Raise `Invalid` with all overlaps, if there are any."""
        if issues := self.overlaps(where):
            raise Invalid(issues)


def _stretches(period: Period, entries: Iterable[Dated[T]]) -> list[tuple[date, date]]:
    inside = [part for entry in entries if (part := entry.within(period))]
    cuts = {period.start, period.end}
    cuts.update(part.start for part in inside)
    cuts.update(part.end for part in inside)
    ordered = sorted(cuts)
    return list(pairwise(ordered))


def _gap(gap: Period, where: Place) -> Issue:
    return error(
        "timeline.gap",
        N_("Nothing is stated from {first} to {last}."),
        N_("Add an entry for these days, or extend a neighbour."),
        where,
        first=gap.start.isoformat(),
        last=gap.last.isoformat(),
    )


def _overlap(start: date, end: date | None, where: Place) -> Issue:
    remedy = N_("End the earlier entry on the day on which the later one begins.")
    if end is None:
        return error(
            "timeline.overlap", N_("Two entries hold at the same time from {first} on."), remedy,
            where, first=start.isoformat(),
        )  # fmt: skip
    return error(
        "timeline.overlap",
        N_("Two entries hold at the same time from {first} to {last}."),
        remedy,
        where,
        first=start.isoformat(),
        last=(end - timedelta(days=1)).isoformat(),
    )
