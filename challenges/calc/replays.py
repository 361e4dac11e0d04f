"""The same rules on earlier windows: what a rehearsal plays.

A window of whole calendar months moves by its own length, from the first of a month to the first
of a month. Any other window moves month by month (by so many months as it is long, rounded up) to
the nearest day of the same weekday, with the same length and the same hours. Every other moment of
the document moves with the window.
"""

import re
from calendar import monthrange
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from challenges.calc.moments import read_moment
from challenges.calc.parse import parse_rules
from challenges.calc.rules import Rules
from kernel.issues import N_, Invalid, Issue, Place, error

MOST_MONTHS = 24
DAYS_OF_A_MONTH = 31
# what is a text even when it looks like a day, and days off, which do not move
FIXED = frozenset({"key", "name", "seed", "label", "timezone", "calendar", "version"})
# what happened to the challenge itself, and not to its rules
ITS_LIFE = ("official_at", "cancelled_at", "pauses", "published", "extend_for_pauses", "charges")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T[0-9:.]+(?:Z|[+-]\d{2}:?\d{2})?")
Move = Callable[[date], date]


@dataclass(frozen=True, slots=True)
class _Window:
    """The local days of a window, and how it moves."""

    first: date
    last: date
    whole_months: bool

    @property
    def step(self) -> int:
        """By how many months neighbouring replays lie apart."""
        if self.whole_months:
            return _months_between(self.first, self.last)
        return max(1, -(-(self.last - self.first).days // DAYS_OF_A_MONTH))

    def back(self, months: int) -> Move:
        """What moves a day by so many months."""
        if self.whole_months:
            return lambda day: add_months(day, -months)
        aim = add_months(self.first, -months)
        ahead = (self.first.weekday() - aim.weekday()) % 7
        shift = aim + timedelta(days=ahead - 7 if ahead > 3 else ahead) - self.first
        return lambda day: day + shift


def replays(document: Mapping[str, object], *, months: int, as_of: datetime) -> tuple[Rules, ...]:
    """The rules on the windows of the last `months` that were over for good (cut-off passed) at
    `as_of`, newest first. `Invalid` for rules that do not read, or a window longer than that."""
    plain = {key: value for key, value in document.items() if key not in ITS_LIFE}
    rules = parse_rules(plain)
    window = _window_of(rules)
    if not 1 <= months <= MOST_MONTHS or months < window.step:
        raise Invalid(_bad_months(window.step))
    ahead = max(0, _months_between(window.first, as_of.astimezone(rules.zone).date()))
    back = -(ahead // window.step) * window.step
    while (newest := _moved(plain, rules.zone, window, back)).cut_off_at > as_of:
        back += window.step
    more = range(back + window.step, back + months // window.step * window.step, window.step)
    return (newest, *(_moved(plain, rules.zone, window, step) for step in more))


def _bad_months(least: int) -> Issue:
    return error(
        "rehearsal_months",
        N_("A rehearsal of these rules looks back {least} to {most} months."),
        N_("Choose a number of months in that range."),
        Place(path="months"),
        least=least,
        most=MOST_MONTHS,
    )


def _window_of(rules: Rules) -> _Window:
    start, end = rules.start.astimezone(rules.zone), rules.end.astimezone(rules.zone)
    midnights = start.time() == time() == end.time()
    whole = midnights and start.day == 1 == end.day
    last = end.date() if midnights else end.date() + timedelta(days=1)
    return _Window(start.date(), last, whole)


def _moved(plain: Mapping[str, object], zone: ZoneInfo, window: _Window, months: int) -> Rules:
    return parse_rules(_shifted(plain, zone, window.back(months)))


def _shifted(plain: Mapping[str, object], zone: ZoneInfo, move: Move) -> dict[str, object]:
    return {
        key: value if key in FIXED else _shift(value, zone, move) for key, value in plain.items()
    }


def _shift(value: object, zone: ZoneInfo, move: Move) -> object:
    match value:
        case Mapping():
            return _shifted(value, zone, move)
        case str() if _DAY.fullmatch(value):
            return move(date.fromisoformat(value)).isoformat()
        case str() if _MOMENT.fullmatch(value):
            return _shift_moment(value, zone, move)
        case str():
            return value
        case datetime():
            return _shift_moment(value.isoformat(), zone, move)
        case date():
            return move(value).isoformat()
        case Sequence():
            return [_shift(inner, zone, move) for inner in value]
    return value


def _shift_moment(text: str, zone: ZoneInfo, move: Move) -> str:
    """The same hour of the wall clock on the moved day, whatever the offset is there."""
    wall = read_moment(text, zone, Place())[0].astimezone(zone)
    return datetime.combine(move(wall.date()), wall.time(), zone).isoformat()


def add_months(day: date, months: int) -> date:
    """The same day of another month, or the last one of it."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _months_between(first: date, last: date) -> int:
    return (last.year - first.year) * 12 + last.month - first.month
