"""The plain parts that inputs are made of: blocks, ids, numbers, days, moments."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from fractions import Fraction
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from incentives.calc.facts import ENDS
from incentives.calc.fields import Choice, Flag, Number
from incentives.calc.reader import Reader, word_of
from kernel.documents import joined
from kernel.issues import N_


@cache
def _zones() -> frozenset[str]:
    """The names of time zones: the library walks through a folder of files to tell them."""
    return frozenset(available_timezones())


class Parts:
    """Reads plain values; what is wrong goes to the reader, and something harmless comes back."""

    def __init__(self, reader: Reader, currency: str) -> None:
        self.reader = reader
        self.currency = currency
        self.zoned = False
        # the zone of moments without one, and of plain dates
        self.timezone: str | None = None
        self.unzoned: list[tuple[str, str]] = []
        # the deals that events name, each with its place
        self.named: list[tuple[str, str]] = []
        # the managers that payees name, each with its place
        self.managers: list[tuple[str, str]] = []

    def check_twice(self, rows: Iterable[tuple[str, str]]) -> None:
        """Report each id (the second of a pair) that has stood before, at its place."""
        seen: set[str] = set()
        for path, key in rows:
            if key in seen:
                self.reader.error(
                    path,
                    "inputs.doubled_id",
                    N_("The id {id} stands twice."),
                    N_("Give each record once."),
                    id=key,
                )
            seen.add(key)

    def missing(self, path: str, key: str) -> None:
        """Report a key that must be there."""
        self.reader.error(
            path,
            "plan.missing_key",
            N_("The key {key} is missing."),
            N_("Add {key} to this block."),
            key=key,
        )

    def choice(self, value: Any, path: str, options: tuple[str, ...]) -> str | None:
        """One of a few words."""
        found = Choice(options).read(self.reader, value, path)
        return found if isinstance(found, str) else None

    def block(self, value: Any, path: str, keys: tuple[str, ...] | None) -> Mapping[str, Any]:
        """A block of these keys; of any keys when there are none."""
        if not isinstance(value, dict):
            self.reader.wrong(path, N_("A block of keys is expected here, not {found}."), value)
            return {}
        for key in value:
            if keys is not None and key not in keys:
                message = N_("The key {word} means nothing here.")
                self.reader.unknown(joined(path, key), "inputs.unknown_key", message, key, keys)
        return value

    def items(self, value: Any, path: str) -> list[Any]:
        """A list; nothing is an empty one."""
        if value is None:
            return []
        if isinstance(value, list):
            return value
        self.reader.wrong(path, N_("A list is expected here, not {found}."), value)
        return []

    def key(self, value: Any, path: str) -> str | None:
        """An id, required."""
        if isinstance(value, str) and value:
            return value
        self.reader.wrong(path, N_("An id is expected here, not {found}."), value)
        return None

    def text(self, value: Any, path: str) -> str | None:
        """A text, or nothing."""
        if value is None or isinstance(value, str):
            return value
        self.reader.wrong(path, N_("A text is expected here, not {found}."), value)
        return None

    def flag(self, value: Any, path: str) -> bool:
        """true or false, absent false; a document's scalars may be the words themselves."""
        if value is None:
            return False
        if value in ("true", "false"):
            return bool(value == "true")
        return Flag().read(self.reader, value, path) is True

    def number(self, value: Any, path: str) -> Fraction | None:
        """An exact number, also a fraction like 1/3."""
        return self._limited(value, path, Number())

    def above(self, value: Any, path: str) -> Fraction | None:
        """An exact number above 0."""
        return self._limited(value, path, Number(Fraction(0), strict=True))

    def at_least(self, value: Any, path: str) -> Fraction | None:
        """An exact number of at least 0."""
        return self._limited(value, path, Number(Fraction(0)))

    def _limited(self, value: Any, path: str, kind: Number) -> Fraction | None:
        found = kind.read(self.reader, value, path)
        return found if isinstance(found, Fraction) else None

    def numbers(self, value: Any, path: str) -> dict[str, Fraction]:
        """Figures by key."""
        if value is None:
            return {}
        if not isinstance(value, dict):
            self.reader.wrong(path, N_("A block of keys is expected here, not {found}."), value)
            return {}
        # null means "no value", which is not zero: the key is simply not there.
        given = {key: item for key, item in sorted(value.items()) if item is not None}
        read = {key: self.number(item, joined(path, key)) for key, item in given.items()}
        return {key: number for key, number in read.items() if number is not None}

    def attributes(self, value: Any, path: str) -> dict[str, str]:
        """Words by key."""
        if value is None:
            return {}
        if not isinstance(value, dict):
            self.reader.wrong(path, N_("A block of keys is expected here, not {found}."), value)
            return {}
        for key, item in value.items():
            if isinstance(item, dict | list):
                message = N_("A text or a number is expected here, not {found}.")
                self.reader.wrong(joined(path, key), message, item)
        return {key: word_of(item) for key, item in sorted(value.items()) if item is not None}

    def day(self, value: Any, path: str) -> date | None:
        """A date, or nothing."""
        if value is None:
            return None
        try:
            return date.fromisoformat(value)
        except (TypeError, ValueError):
            message = N_("A date like 2026-01-31 is expected, not {found}.")
            self.reader.wrong(path, message, value)
            return None

    def moment(self, value: Any, path: str) -> str:
        """A text that sorts by time, in UTC; a date, or a bare clock time, is of our zone."""
        if value is None:
            return ""
        try:
            moment = datetime.fromisoformat(value)
        except (TypeError, ValueError):
            message = N_("A date or a moment with its time zone is expected, not {found}.")
            self.reader.wrong(path, message, value)
            return ""
        if moment.tzinfo is not None:
            self.zoned = True
        elif self.timezone is None and len(value) > len("2026-01-31"):
            self.unzoned.append((path, value))
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=ZoneInfo(self.timezone or "UTC"))
        try:
            found = moment.astimezone(UTC).isoformat(timespec="microseconds")
        except OverflowError:
            found = ENDS[-1]
        if found.startswith(ENDS):
            message = N_("A date or a moment with its time zone is expected, not {found}.")
            self.reader.wrong(path, message, value)
            return ""
        return found

    def zone(self, value: Any, path: str) -> None:
        """From here on, days and bare clock times are of this time zone, an IANA name."""
        if value is None:
            return
        if isinstance(value, str) and value in _zones():
            self.timezone = value
            return
        message = N_("A time zone like Europe/Paris is expected, not {found}.")
        self.reader.wrong(path, message, value)

    def check_zones(self) -> None:
        """Clock times without zone order the deals well only as long as none has a zone."""
        for path, value in self.unzoned if self.zoned else ():
            self.reader.wrong(path, N_("The moment {found} lacks a time zone."), value)
