"""What is known at a moment: of each fact the version that stood then, by person."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from challenges.calc.moments import day_of
from challenges.calc.records import Entry, Record, chains

Days = Mapping[date, tuple[Record, ...]]


@dataclass(frozen=True, slots=True)
class Known:
    """The records that stood at one moment: of each person by business day, each day in the order
    of business."""

    by_person: Mapping[str, Days]

    def of(self, person: str) -> Days:
        """The person's days that have records."""
        return self.by_person.get(person, {})


class Log:
    """All versions of the facts of one metric, to be asked as they stood at any moment."""

    def __init__(self, entries: Iterable[Entry], zone: ZoneInfo) -> None:
        self._chains = chains(entries)
        self._zone = zone
        self._moments = sorted(
            {version.recorded_at for chain in self._chains for version in chain.versions}
        )
        self._known: dict[int, Known] = {}

    def at(self, moment: datetime) -> Known:
        """What was known at the moment. Between two arrivals the answer is the very same."""
        index = bisect_right(self._moments, moment)
        if index not in self._known:
            self._known[index] = self._read(moment)
        return self._known[index]

    def _read(self, moment: datetime) -> Known:
        found: dict[str, list[Record]] = {}
        for chain in self._chains:
            version = chain.current(lambda one: one.recorded_at <= moment)
            for record in version.records if version is not None else ():
                if record.recorded_at <= moment:
                    found.setdefault(record.person, []).append(record)
        return Known({person: self._by_day(records) for person, records in found.items()})

    def _by_day(self, records: list[Record]) -> Days:
        days: dict[date, list[Record]] = {}
        for record in sorted(records, key=lambda one: (one.occurred_at, one.key)):
            days.setdefault(day_of(record.occurred_at, self._zone), []).append(record)
        return {day: tuple(listed) for day, listed in days.items()}
